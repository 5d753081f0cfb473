//! The binary as it serves, each of its answers held against its own document.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::request::{Ask, Got, head};
use crate::support::Stage;

/// No test waits longer for something to be so.
const BOUND: Duration = Duration::from_secs(60);

/// A server of the binary, which never outlives its test.
pub struct Served {
    child: Child,
    pub address: SocketAddr,
    document: OnceLock<Value>,
}

impl Served {
    /// Serves a project of a stage on a free port of this machine.
    pub fn of(stage: &Stage) -> Self {
        Self::with(stage, &[])
    }

    /// The same with more arguments.
    pub fn with(stage: &Stage, arguments: &[&str]) -> Self {
        let listens = arguments.contains(&"--listen");
        let mut command = stage.command(&["serve"]);
        command.args(arguments).args(if listens { &[][..] } else { &["--listen", "127.0.0.1:0"] });
        Self::spawn(&mut command)
    }

    /// Waits until a command says where it listens.
    pub fn spawn(command: &mut Command) -> Self {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let Some(address) = line.trim().strip_prefix("http://") else {
            let mut said = String::new();
            child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
            panic!("it does not serve: {line}{said}");
        };
        let mut address: SocketAddr = address.parse().unwrap();
        if address.ip().is_unspecified() {
            address.set_ip([127, 0, 0, 1].into());
        }
        Self { child, address, document: OnceLock::new() }
    }

    /// The number of its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Asks, and holds the answer against the document.
    #[track_caller]
    pub fn ask(&self, ask: &Ask) -> Got {
        let got = ask.send(self.address);
        self.holds(ask, &got);
        got
    }

    /// The JSON of something that is looked at.
    #[track_caller]
    pub fn get(&self, path: &str) -> Value {
        self.ask(&Ask::get(path)).is(200, "")
    }

    /// Asks for a change.
    #[track_caller]
    pub fn post(&self, path: &str, body: &Value) -> Got {
        self.ask(&Ask::post(path, body))
    }

    /// Begins a run. Answers its id.
    #[track_caller]
    pub fn start(&self, body: &Value) -> String {
        let got = self.post("/api/v1/runs", body);
        let run = got.is(201, "")["run"].as_str().unwrap().to_owned();
        assert_eq!(got.header("location"), format!("/api/v1/runs/{run}"));
        run
    }

    /// A run.
    #[track_caller]
    pub fn run(&self, run: &str) -> Value {
        self.get(&format!("/api/v1/runs/{run}"))
    }

    /// Waits until a run is so. Answers it.
    #[track_caller]
    pub fn until(&self, run: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        let until = Instant::now() + BOUND;
        loop {
            let shown = self.run(run);
            if is_so(&shown) {
                return shown;
            }
            assert!(Instant::now() < until, "it never comes to be so: {shown:#}");
            std::thread::yield_now();
        }
    }

    /// Waits until a run has ended so.
    #[track_caller]
    pub fn until_status(&self, run: &str, status: &str) -> Value {
        self.until(run, |shown| shown["status"] == status)
    }

    /// Opens a stream of events.
    #[track_caller]
    pub fn listen(&self, ask: &Ask) -> Stream {
        let mut reader = ask.open(self.address);
        let (status, headers) = head(&mut reader);
        assert_eq!(status, 200);
        assert!(headers.contains(&("content-type".to_owned(), "text/event-stream".to_owned())), "{headers:?}");
        Stream { reader }
    }

    /// Sends a signal and waits for the end. Answers the exit code.
    pub fn end(mut self, signal: &str) -> Option<i32> {
        let sent = Command::new("kill").args([format!("-{signal}"), self.id().to_string()]).status().unwrap();
        assert!(sent.success());
        let until = Instant::now() + BOUND;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            assert!(Instant::now() < until, "it never ends");
            std::thread::yield_now();
        }
    }

    /// Ends it. Answers all that it told.
    pub fn told(mut self) -> String {
        let mut stderr = self.child.stderr.take().unwrap();
        assert_eq!(self.end("TERM"), Some(0));
        let mut told = String::new();
        stderr.read_to_string(&mut told).unwrap();
        told
    }

    /// The document of the API.
    pub fn document(&self) -> &Value {
        self.document.get_or_init(|| Ask::get("/api/v1/openapi.json").send(self.address).json())
    }

    /// Every answer is one that the document tells, in the form that it tells.
    #[track_caller]
    fn holds(&self, ask: &Ask, got: &Got) {
        let (method, path) = ask.target();
        let is_told = path.starts_with("/api/") || path.starts_with("/hooks") || path == "/metrics";
        // A path or a method that is none is no operation, and a host that is not ours learns no document.
        if !is_told || method == "HEAD" || matches!(got.status, 405 | 421) || self.needs_token() {
            return;
        }
        let document = self.document();
        let Some(operation) = operation(document, method, path) else {
            assert_eq!(got.status, 404, "{method} {path} is in no document: {got:?}");
            return;
        };
        let answer = &operation["responses"][got.status.to_string()];
        assert!(answer.is_object(), "{method} {path} does not tell of {}: {got:?}", got.status);
        let Some(schema) = answer["content"].get("application/json").map(|content| content["schema"].clone()) else {
            return;
        };
        // A schema that lets everything through is no object.
        let mut whole = if schema.is_object() { schema } else { json!({}) };
        whole["components"] = document["components"].clone();
        let validator = jsonschema::draft202012::new(&whole).unwrap();
        let value = got.json();
        let mistakes: Vec<String> =
            validator.iter_errors(&value).map(|error| format!("{} at {}", error, error.instance_path())).collect();
        assert!(mistakes.is_empty(), "{method} {path} answers {value:#}\n{mistakes:#?}");
    }

    /// Whether a look at the document needs a token.
    fn needs_token(&self) -> bool {
        self.document.get().is_none() && Ask::get("/api/v1/openapi.json").send(self.address).status == 401
    }
}

/// The operation of a path.
pub fn operation<'a>(document: &'a Value, method: &str, path: &str) -> Option<&'a Value> {
    let fits = |pattern: &str| {
        let (wanted, given): (Vec<_>, Vec<_>) = (pattern.split('/').collect(), path.split('/').collect());
        wanted.len() == given.len()
            && wanted.iter().zip(&given).all(|(wanted, given)| wanted.starts_with('{') || wanted == given)
    };
    let paths = document["paths"].as_object()?;
    let (_, found) = paths.iter().find(|(pattern, _)| fits(pattern))?;
    found.get(method.to_lowercase().as_str())
}

impl Drop for Served {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// A stream of events under way.
pub struct Stream {
    reader: BufReader<TcpStream>,
}

impl Stream {
    /// The next event: its number, its name, its data. None at the end.
    pub fn next(&mut self) -> Option<(Option<u64>, String, Value)> {
        let (mut id, mut name, mut data) = (None, String::new(), String::new());
        loop {
            let mut line = String::new();
            if self.reader.read_line(&mut line).unwrap() == 0 {
                return None;
            }
            match line.trim_end_matches('\n').split_once(": ") {
                Some(("id", text)) => id = Some(text.parse().unwrap()),
                Some(("event", text)) => text.clone_into(&mut name),
                Some(("data", text)) => data.push_str(text),
                _ if line == "\n" && !name.is_empty() => {
                    return Some((id, name, serde_json::from_str(&data).unwrap()));
                }
                _ => {}
            }
        }
    }

    /// Waits until the stream tells what happens from now on.
    #[track_caller]
    pub fn ready(mut self) -> Self {
        let mut line = String::new();
        while line != ": from now on\n" {
            line.clear();
            assert!(self.reader.read_line(&mut line).unwrap() > 0, "the stream ends");
        }
        self
    }

    /// The numbered events to the end of a run; states that it ends by `end`.
    #[track_caller]
    pub fn rest(&mut self) -> Vec<Value> {
        let mut events = Vec::new();
        loop {
            match self.next() {
                Some((None, name, _)) if name == "end" => return events,
                Some((Some(id), name, data)) => {
                    assert_eq!((data["seq"].as_u64(), data["event"].as_str()), (Some(id), Some(name.as_str())));
                    events.push(data);
                }
                other => panic!("the stream breaks off: {other:?}"),
            }
        }
    }
}

/// A body without wishes.
pub fn nothing() -> Value {
    json!({})
}
