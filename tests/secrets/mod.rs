//! No secret leaves: canaries are given to everything that holds secrets, servers send them back in every form, and
//! then every byte that was written anywhere is searched.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by a panic, also in what tests share")]

mod canary;
mod echo;

use std::path::Path;
use std::process::{Command, Output};

use canary::{ALL, CRM, DOT_ENV, PAGER, SERVICE, files, found};

use crate::support::{AGENT, Gate, Running, Stage, Web};

/// The files in which the secrets were put.
const SOURCES: [&str; 2] = [".env", "vault/pager.txt"];

/// A project full of secrets between careless servers, and all that its commands printed.
struct Theatre {
    stage: Stage,
    service: Web,
    elsewhere: Web,
    gate: Gate,
    printed: Vec<(String, Vec<u8>)>,
}

impl Theatre {
    fn new() -> Self {
        let theatre = Self {
            stage: Stage::new("- speak: Hello"),
            service: echo::service(),
            elsewhere: echo::elsewhere(),
            gate: Gate::new(),
            printed: Vec::new(),
        };
        theatre.stage.write("vault/pager.txt", &format!("{}\n", PAGER.value));
        std::fs::write(theatre.stage.path().join(".env"), format!("{}='{}'\n", DOT_ENV.name, DOT_ENV.value)).unwrap();
        std::fs::create_dir_all(theatre.stage.path().join("tmp")).unwrap();
        theatre
    }

    /// A workflow with these steps, which may send its secrets to this machine.
    fn script(&self, name: &str, steps: &str) {
        let text = format!(
            "version: 1\nagent: {AGENT}\nroom: lobby\ndefaults: {{ hold: 0s, retry: {{ delay: 10ms, max_attempts: 3 }} }}\n\
             inputs: {{ phone: {{ type: string, sensitive: true, default: '+33 6 12 34 56 78' }} }}\n\
             secrets:\n  crm: {{ from: env:CRM, hosts: ['127.0.0.1'] }}\n  pager: {{ from: file:vault/pager.txt, hosts: ['127.0.0.1'] }}\n\
             steps:\n{steps}\n"
        );
        self.stage.write(name, &text);
    }

    /// A request to the careless server that carries both secrets.
    fn request(&self, id: &str, path: &str, more: &str) -> String {
        format!(
            "- id: {id}\n  http:\n    url: {}\n    headers: {{ authorization: 'Bearer {{{{ secrets.crm }}}}', x-pager: '{{{{ secrets.pager }}}}' }}\n    \
             query: {{ key: '{{{{ secrets.crm }}}}' }}\n{more}  continue_on_error: true\n  on_unknown: skip\n",
            self.elsewhere.url(path)
        )
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.stage.command(arguments);
        command
            .env("BITHUMAN_API_URL", self.service.url(""))
            .env("BITHUMAN_API_SECRET", SERVICE.value)
            .env("CRM", CRM.value)
            .env("TMPDIR", self.stage.path().join("tmp"));
        command
    }

    /// Runs a command to its end and keeps what it printed.
    fn run(&mut self, arguments: &[&str]) -> Output {
        let output = self.command(arguments).env("RUST_LOG", "trace").output().expect("the binary");
        self.keep(arguments, &output)
    }

    fn keep(&mut self, arguments: &[&str], output: &Output) -> Output {
        self.printed.push((arguments.join(" "), [&output.stdout[..], &output.stderr[..]].concat()));
        output.clone()
    }

    /// Everything that was printed or written, searched.
    #[track_caller]
    fn hides_everything(&self) {
        let mut seen: Vec<String> = self.printed.iter().flat_map(|(by, bytes)| found(by, bytes)).collect();
        let written = files(self.stage.path(), &SOURCES);
        assert!(written.iter().any(|file| file.ends_with("runs.db")), "{written:?}");
        for file in written {
            seen.extend(found(&file.display().to_string(), &std::fs::read(&file).unwrap()));
        }
        seen.extend(self.stage.heard().iter().flat_map(|line| found("heard", line.as_bytes())));
        assert!(seen.is_empty(), "secrets are seen:\n{}", seen.join("\n"));
    }

    #[track_caller]
    fn printed(&self, text: &str) -> &Self {
        let is_there = |(_, bytes): &(String, Vec<u8>)| String::from_utf8_lossy(bytes).contains(text);
        assert!(self.printed.iter().any(is_there), "`{text}` is printed nowhere");
        self
    }
}

fn echoing(theatre: &Theatre) -> String {
    let json = "    method: POST\n    json: { inside: '{{ secrets.pager }}' }\n    effect: repeatable\n";
    let headers = "    keep_headers: [x-echo, x-request-id]\n";
    let mut steps = theatre.request("json", "/json", json);
    for (id, path, more) in [
        ("escaped", "/escaped", ""),
        ("headers", "/headers", headers),
        ("redirect", "/redirect", ""),
        ("moved", "/moved", headers),
        ("flaky", "/flaky", ""),
        ("refused", "/refused", ""),
        ("expected", "/expected", "    expect: [418]\n"),
    ] {
        steps += &theatre.request(id, path, more);
    }
    for number in 0..12 {
        steps += &theatre.request(&format!("cut_{number}"), "/cut", "");
    }
    steps
        + "- set_prompt: Be brief
- { id: record, get_agent: }
- { speak: 'Hello {{ inputs.phone }}' }
- { add_context: Something, continue_on_error: true }
- { id: loop, foreach: '[steps.json.body.forms[0], steps.record.name]', as: thing, key: thing, speak: 'x', room: lobby }
outputs: { all: '{{ json steps.json.body }}', agent: '{{ json steps.record }}' }"
}

#[test]
fn no_secret_leaves_a_run_that_succeeds_whatever_comes_back() {
    let mut theatre = Theatre::new();
    theatre.script("show.yaml", &echoing(&theatre));
    let run = ["run", "workflows/show.yaml"];
    let reports = ["--report", "jsonl", "--report", "junit=run.xml", "--report", "csv=run.csv"];
    let output = theatre.run(&[&run[..], &reports[..]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    for form in [&["--log-level", "trace", "--log-format", "json"][..], &["--log-level", "trace"]] {
        assert_eq!(theatre.run(&[&run[..], form].concat()).status.code(), Some(0));
    }
    // What is looked for did come back: it is told by the names that stand in its place.
    for name in ["[api-secret]", "[crm]", "[pager]", "[DOT]"] {
        theatre.printed(name);
    }
    assert!(theatre.elsewhere.received().iter().any(|request| request.rest.contains(CRM.value)));
    assert!(theatre.service.received().iter().any(|request| request.rest.contains(SERVICE.value)));
    theatre.printed("the attempt succeeds").printed("request_id=").printed("\"request_id\":").printed("hyper");
    let log: String = theatre.printed.iter().map(|(_, bytes)| String::from_utf8_lossy(bytes).into_owned()).collect();
    let logged = log.lines().filter(|line| line.contains("DEBUG") || line.contains("TRACE") || line.contains("INFO"));
    assert!(logged.clone().count() > 100, "only {} lines are logged", logged.clone().count());
    let texts: Vec<&str> = logged.filter(|line| line.contains("12 34 56")).collect();
    assert!(texts.is_empty(), "a text is logged: {texts:#?}");
    for command in [
        &["show"][..],
        &["show", "--report", "jsonl", "--report", "junit=show.xml", "--report", "csv=show.csv"],
        &["runs"],
        &["runs", "--format", "json"],
        &["doctor", "workflows/show.yaml"],
        &["plan", "workflows/show.yaml"],
        &["plan", "workflows/show.yaml", "--format", "json"],
        &["check"],
        &["run", "workflows/show.yaml", "--dry-run"],
    ] {
        theatre.run(command);
    }
    theatre.hides_everything();
}

#[test]
fn no_secret_leaves_a_run_that_fails_or_cannot_begin() {
    let mut theatre = Theatre::new();
    let failing = theatre.request("refused", "/refused", "").replace("  continue_on_error: true\n", "");
    theatre.script("show.yaml", &format!("{failing}- speak: Hello\nfinally: [{{ add_context: '{{{{ run.id }}}}' }}]"));
    let run = ["run", "workflows/show.yaml", "--report", "jsonl", "--report", "junit=run.xml"];
    assert_eq!(theatre.run(&run).status.code(), Some(1));
    // Mistakes in the file, in `.env`, in the settings.
    theatre.script(
        "broken.yaml",
        "- http: { url: 'https://{{ secrets.crm }}/', heeders: {} }\n- speek: '{{ secrets.pager }}'",
    );
    for command in [&["check"][..], &["plan", "workflows/broken.yaml"], &["run", "workflows/broken.yaml"]] {
        assert_eq!(theatre.run(command).status.code(), Some(2));
    }
    let output =
        theatre.command(&run).env("BITHUMAN_API_SECRET", format!("{} {}", SERVICE.value, "x")).output().unwrap();
    assert_eq!(theatre.keep(&["run", "with an unusable key"], &output).status.code(), Some(3));
    let output = theatre.command(&run).env("BITHUMAN_API_URL", format!("https://u:{}@x.example", CRM.value)).output();
    assert_eq!(theatre.keep(&["run", "with a password in the URL"], &output.unwrap()).status.code(), Some(3));
    theatre.run(&["show"]);
    let readable = std::fs::read_to_string(theatre.stage.path().join(".env")).unwrap();
    std::fs::write(theatre.stage.path().join(".env"), readable.replace("'\n", "\n")).unwrap();
    for command in [&run[..], &["doctor"]] {
        assert_eq!(theatre.run(command).status.code(), Some(3));
    }
    theatre.hides_everything();
}

#[test]
fn no_secret_leaves_a_run_that_is_killed_and_resumed_also_against_another_service() {
    let mut theatre = Theatre::new();
    let steps = theatre.request("before", "/json", "") + &format!("- {{ id: gate, http: {} }}\n", theatre.gate.url());
    theatre.script("show.yaml", &(steps + &theatre.request("after", "/refused", "")));
    let arguments = ["run", "workflows/show.yaml", "--report", "jsonl"];
    let mut running = Running::spawn(theatre.command(&arguments).env("RUST_LOG", "trace"));
    theatre.gate.reached();
    running.signal("KILL");
    let ended = running.end();
    let printed = [ended.stdout(), ended.stderr()].concat().into_bytes();
    theatre.printed.push(("the run that was killed".to_owned(), printed));
    theatre.gate.open();
    let other = echo::service();
    let output = theatre.command(&["resume"]).env("BITHUMAN_API_URL", other.url("")).env("RUST_LOG", "trace").output();
    assert_eq!(theatre.keep(&["resume", "against another service"], &output.unwrap()).status.code(), Some(3));
    let resumed = Running::spawn(theatre.command(&["resume", "--report", "jsonl"]).env("RUST_LOG", "trace"));
    theatre.gate.reached();
    theatre.gate.open();
    let ended = resumed.end();
    ended.exits(0);
    theatre.printed.push(("resume".to_owned(), [ended.stdout(), ended.stderr()].concat().into_bytes()));
    theatre.run(&["show", "--report", "jsonl"]);
    theatre.hides_everything();
}

#[cfg(feature = "crash-points")]
#[test]
fn no_secret_leaves_a_panic_and_the_run_goes_on_afterwards() {
    let mut theatre = Theatre::new();
    theatre.script("show.yaml", &theatre.request("before", "/json", ""));
    let run = ["run", "workflows/show.yaml"];
    let output = theatre.command(&run).env("RUNSHEET_PANIC", "1").env("RUST_BACKTRACE", "1").output().unwrap();
    assert_eq!(theatre.keep(&run, &output).status.code(), Some(1));
    theatre.printed("runsheet itself is at fault, at src/").printed("forced, with [crm]");
    assert_eq!(theatre.run(&["resume"]).status.code(), Some(0));
    theatre.hides_everything();
}

#[test]
fn no_filter_lets_a_library_tell_a_sensitive_input() {
    let theatre = Theatre::new();
    theatre.script("show.yaml", "- speak: 'Call {{ upper inputs.phone }}'");
    for filter in ["trace", "handlebars::render=trace", "[run]=trace"] {
        let run = ["run", "workflows/show.yaml", "--sandbox"];
        let output = theatre.command(&run).env("RUST_LOG", filter).output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        let logged: Vec<&str> = told.lines().filter(|line| line.contains("TRACE") || line.contains("DEBUG")).collect();
        assert!(output.status.success() && logged.iter().all(|line| !line.contains("12 34 56")), "{filter}: {told}");
    }
}

/// The search finds every form that is planted, at the end of a file as well as in what was printed.
#[test]
fn the_search_finds_what_is_planted() {
    let folder = tempfile::tempdir().unwrap();
    for canary in ALL {
        let others = canary.forms();
        for form in
            others.iter().map(String::as_str).chain([&canary.value[..9], &canary.value[canary.value.len() - 9..]])
        {
            let planted = folder.path().join("a/b");
            std::fs::create_dir_all(&planted).unwrap();
            std::fs::write(planted.join("c.db"), format!("\0\u{1}garbage{form}")).unwrap();
            let files = files(folder.path(), &SOURCES);
            let seen = found("c.db", &std::fs::read(&files[0]).unwrap());
            assert!(seen.iter().any(|seen| seen.ends_with(canary.name)), "{form} of {} is not found", canary.name);
        }
    }
    assert_eq!(found("nothing", b"a text of no interest, api-secret, crm, canary"), Vec::<String>::new());
    assert_eq!(files(Path::new("/nowhere"), &[]).len(), 0);
}
