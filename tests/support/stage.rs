//! A project in a folder of its own, and the sandbox that its runs reach.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use runsheet::sandbox::{Fault, RunningSandbox, Sandbox, Settings};
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use super::{Ended, Running};

/// The agent that exists from the start, heard in the room `lobby`.
pub const AGENT: &str = "A91XMB7113";
/// The secret of the service; it may be seen nowhere.
pub const SECRET: &str = "canary-of-the-service";
/// The balance at the start.
const CREDITS: u64 = 100_000;

/// A workflow whose steps address [`AGENT`] in the lobby, hold nothing back and repeat quickly.
pub fn scripted(steps: &str) -> String {
    format!("version: 1\nagent: {AGENT}\nroom: lobby\n{QUICK}steps:\n{steps}\n")
}

/// The same for steps that make their agent.
pub fn casting(steps: &str) -> String {
    format!("version: 1\n{QUICK}steps:\n{steps}\n")
}

const QUICK: &str = "defaults: { hold: 0s, retry: { delay: 10ms } }\n";

/// A project and its service.
pub struct Stage {
    sandbox: Option<RunningSandbox>,
    address: SocketAddr,
    settings: Settings,
    runtime: Runtime,
    folder: TempDir,
    environment: Vec<(String, String)>,
}

impl Stage {
    /// A project whose workflow has these steps, or is this text when it begins with `version:`.
    pub fn new(workflow: &str) -> Self {
        Self::with(workflow, |_| {})
    }

    /// The same beside a sandbox that is different. Creations take no time worth waiting for.
    pub fn with(workflow: &str, change: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = Settings {
            agents: vec![AGENT.to_owned()],
            credits: CREDITS,
            creation: runsheet::duration::Millis(20),
            ..Settings::default()
        };
        change(&mut settings);
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let sandbox = runtime.block_on(Sandbox::start(settings.clone())).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let address = sandbox.address();
        let stage = Self { sandbox: Some(sandbox), address, settings, runtime, folder, environment: Vec::new() };
        stage.rewrite(workflow);
        stage
    }

    /// A project beside a sandbox in which this goes wrong, as `kind: faults` files say it.
    pub fn with_faults(workflow: &str, faults: Value) -> Self {
        let faults: Vec<Fault> = serde_json::from_value(faults).unwrap();
        Self::with(workflow, |settings| settings.faults = faults)
    }

    /// Writes the workflow anew.
    pub fn rewrite(&self, workflow: &str) {
        let text = if workflow.starts_with("version:") { workflow.to_owned() } else { scripted(workflow) };
        self.write("show.yaml", &text);
    }

    /// Writes a file beside the workflow.
    pub fn write(&self, name: &str, text: &str) {
        let path = self.folder.path().join("workflows").join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Sets a variable of the environment of every command.
    pub fn set(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Where runs are kept.
    pub fn state(&self) -> PathBuf {
        self.folder.path().join(".runsheet")
    }

    /// Where its service is.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The project's folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Runs the workflow to its end, with events on stdout.
    pub fn run(&self, arguments: &[&str]) -> Ended {
        self.start(arguments).end()
    }

    /// Begins to run the workflow.
    pub fn start(&self, arguments: &[&str]) -> Running {
        Running::spawn(self.command(&["run", "--report", "jsonl"]).args(arguments))
    }

    /// Goes on with the latest run.
    pub fn resume(&self) -> Ended {
        Running::spawn(self.command(&["resume", "--report", "jsonl"]).args::<[&str; 0], _>([])).end()
    }

    /// The id of the latest run.
    pub fn latest(&self) -> String {
        let output = self.command(&["runs", "--format", "json", "--limit", "1"]).output().expect("the binary");
        let rows: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        rows[0]["run"].as_str().expect("a run").to_owned()
    }

    /// The binary in the project's folder, with the service's settings and no others.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_runsheet"));
        for name in ["BITHUMAN_API_KEY", "BITHUMAN_API_BASE", "RUST_LOG", "http_proxy", "HTTP_PROXY"] {
            command.env_remove(name);
        }
        command
            .current_dir(self.folder.path())
            .env("BITHUMAN_API_URL", format!("http://{}", self.address))
            .env("BITHUMAN_API_SECRET", SECRET)
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .args(arguments);
        command
    }

    /// What was heard, in order.
    pub fn heard(&self) -> Vec<String> {
        self.sandbox().heard().into_iter().map(|heard| heard.text).collect()
    }

    /// Where what was heard.
    pub fn heard_where(&self) -> Vec<(String, String)> {
        self.sandbox().heard().into_iter().map(|heard| (heard.room_id, heard.text)).collect()
    }

    /// When what was heard, since 1970.
    pub fn heard_at(&self) -> Vec<Duration> {
        let at = self.sandbox().heard().into_iter().map(|heard| heard.at.0);
        at.map(|at| Duration::from_millis(u64::try_from(at).unwrap())).collect()
    }

    /// How often an endpoint was asked: `POST /v1/agent/{code}/speak`.
    pub fn requests(&self, endpoint: &str) -> u64 {
        self.sandbox().requests().get(endpoint).copied().unwrap_or(0)
    }

    /// Credits spent since the start, refunds taken off.
    pub fn spent(&self) -> u64 {
        CREDITS - self.sandbox().credits()
    }

    /// Asks the sandbox something over HTTP.
    pub fn ask(&self, method: &str, path: &str, body: Value) -> Value {
        rustls::crypto::ring::default_provider().install_default().ok();
        let url = format!("http://{}{path}", self.address);
        let request = reqwest::Client::new().request(method.parse().unwrap(), url).header("api-secret", SECRET);
        self.runtime.block_on(async { request.json(&body).send().await.unwrap().json().await.unwrap() })
    }

    /// Leaves a person's word for the latest run, as another process does.
    pub fn answer(&self, kind: &str, body: &str) {
        let database = rusqlite::Connection::open(self.state().join("runs.db")).unwrap();
        let left =
            "INSERT INTO requests (run, kind, body) SELECT id, ?1, ?2 FROM runs ORDER BY started_at DESC LIMIT 1";
        assert_eq!(database.execute(left, [kind, body]).unwrap(), 1);
    }

    /// Lets everything that was recorded have happened earlier: `-2 minutes`.
    pub fn age(&self, by: &str) {
        let database = rusqlite::Connection::open(self.state().join("runs.db")).unwrap();
        let aged = "UPDATE events SET checksum = NULL, at = strftime('%Y-%m-%dT%H:%M:%fZ', at, ?1)";
        assert!(database.execute(aged, [by]).unwrap() > 0);
    }

    /// Looks until something is so.
    #[track_caller]
    pub fn wait_for(&self, mut is_so: impl FnMut(&Self) -> bool) {
        let until = Instant::now() + Duration::from_secs(30);
        while !is_so(self) {
            assert!(Instant::now() < until, "it never comes to be so");
            std::thread::yield_now();
        }
    }

    /// Takes the service away.
    pub fn close(&mut self) {
        let sandbox = self.sandbox.take().unwrap();
        self.runtime.block_on(sandbox.stop());
    }

    /// Brings the service back where it was; its state needs a `state_file`.
    pub fn reopen(&mut self) {
        let settings = Settings { listen: self.address, ..self.settings.clone() };
        self.sandbox = Some(self.runtime.block_on(Sandbox::start(settings)).unwrap());
    }

    fn sandbox(&self) -> &RunningSandbox {
        self.sandbox.as_ref().expect("the service is there")
    }
}
