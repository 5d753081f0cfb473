//! The README is true: its workflows pass `check`, its steps run, and its commands print what it shows.
//!
//! In a `console` block, lines after `$ ` are run in a copy of the examples, against a sandbox where they would reach
//! the service; the lines below must be what they print, ids, codes and times aside. `…` alone on a line stands for any
//! lines. A `watch` is given something to watch: `workflows/hello.yaml` is saved with another line, and Ctrl-C pressed
//! when its run has ended.

#![expect(clippy::expect_used, clippy::panic, reason = "a test fails by a panic, also in what tests share")]

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::channel;
use std::time::Duration;

use regex::Regex;
use runsheet::sandbox::{RunningSandbox, Sandbox, Settings};

/// A fenced block.
struct Block {
    kind: String,
    line: usize,
    /// How far it is indented, within a list say.
    indent: usize,
    text: String,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn blocks(file: &str) -> Vec<Block> {
    let text = fs::read_to_string(root().join(file)).expect("the file is there");
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    for (index, line) in text.lines().enumerate() {
        match (&mut open, line.trim_start().strip_prefix("```")) {
            (None, Some(kind)) => {
                let indent = line.len() - line.trim_start().len();
                open = Some(Block { kind: kind.to_owned(), line: index + 2, indent, text: String::new() });
            }
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (Some(block), None) => {
                block.text.push_str(line.get(block.indent..).unwrap_or_default());
                block.text.push('\n');
            }
            (None, None) => {}
        }
    }
    blocks
}

/// A copy of the examples, where commands may write.
struct Copy(tempfile::TempDir);

impl Copy {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder can be made");
        copy(&root().join("workflows"), &folder.path().join("workflows"));
        copy(&root().join("schemas"), &folder.path().join("schemas"));
        Self(folder)
    }

    /// Writes each workflow of the README that has a name beside the examples, as a reader would.
    fn keep_named_workflows(&self) {
        for block in blocks("README.md").iter().filter(|block| block.kind == "yaml") {
            if let Some(name) = block.text.lines().find_map(|line| line.strip_prefix("name: ")) {
                let file = self.path().join("workflows").join(format!("{name}.yaml"));
                fs::write(file, &block.text).expect("a file can be written");
            }
        }
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn run(&self, command: &str, sandbox: &RunningSandbox) -> (i32, String) {
        if command.starts_with("runsheet watch") {
            return self.watch(command, sandbox);
        }
        let output = self.command(command, sandbox).output().expect("a shell runs");
        (output.status.code().unwrap_or(-1), String::from_utf8_lossy(&output.stdout).into_owned())
    }

    fn watch(&self, command: &str, sandbox: &RunningSandbox) -> (i32, String) {
        let mut watch = self.command(command, sandbox).stdout(Stdio::piped()).spawn().expect("a shell runs");
        let (lines, said) = channel();
        let stdout = watch.stdout.take().expect("stdout is a pipe");
        std::thread::spawn(move || {
            BufReader::new(stdout).lines().map_while(Result::ok).try_for_each(|l| lines.send(l))
        });
        let mut printed = String::new();
        // Ends with the output; a watch that says nothing for so long has failed.
        while let Ok(line) = said.recv_timeout(Duration::from_secs(60)) {
            if line.starts_with("watching ") {
                let file = self.path().join("workflows/hello.yaml");
                let text = fs::read_to_string(&file).expect("a file");
                fs::write(&file, text.replace("Hello {{", "Welcome, {{")).expect("a file can be written");
            }
            if line.contains("steps: ") {
                let sent = Command::new("kill").args(["-INT", &watch.id().to_string()]).status();
                assert!(sent.expect("kill runs").success());
            }
            printed.push_str(&line);
            printed.push('\n');
        }
        drop(watch.kill());
        (watch.wait().ok().and_then(|status| status.code()).unwrap_or(-1), printed)
    }

    fn command(&self, command: &str, sandbox: &RunningSandbox) -> Command {
        // Commands in a row need the shell to stay.
        let begin = if command.starts_with("runsheet watch") { "exec " } else { "" };
        let script = format!("{begin}{} 2>&1", command.replace("cargo run -- ", "runsheet "));
        let binary = PathBuf::from(env!("CARGO_BIN_EXE_runsheet"));
        let folder = binary.parent().expect("a binary is in a folder");
        let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap_or_default());
        let mut shell = Command::new("sh");
        shell
            .args(["-c", &script])
            .current_dir(self.path())
            .env("PATH", path)
            .env("BITHUMAN_API_URL", sandbox.url())
            .env("BITHUMAN_API_SECRET", "readme-secret")
            .env("NO_COLOR", "1")
            .env("TZ", "UTC")
            .env_remove("RUST_LOG")
            .stdin(Stdio::null());
        shell
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder can be made");
    for entry in fs::read_dir(from).expect("a folder can be read").flatten() {
        let target = to.join(entry.file_name());
        match entry.path().is_dir() {
            true => copy(&entry.path(), &target),
            false => drop(fs::copy(entry.path(), target).expect("a file can be copied")),
        }
    }
}

/// What differs from run to run, made the same.
fn calm(text: &str) -> Vec<String> {
    let rules = [
        (r"\brun [0-9A-Z]{4,6}\b", "run RUN"),
        (r"\b(resume|show|go) [0-9A-Z]{4,6}\b", "$1 RUN"),
        (r"\bA\d[0-9A-Z]{7,8}\b", "CODE"),
        (r"\b\d+(\.\d+)?(ms|s)\b", "TIME"),
        (r"\b\d+m\d\ds\b", "TIME"),
        (r"\b\d+ records are", "N records are"),
        (r"127\.0\.0\.1:\d+", "127.0.0.1:PORT"),
        (r"account [0-9a-f]{12}", "account ACCOUNT"),
        (r"the account has \d+ and keeps \d+", "the account has …"),
        (r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d)?", "INSTANT"),
        (r"(?m)^[0-9A-Z]{4,6}( +\w+ +✔)", "RUN$1"),
        (r" +", " "),
    ];
    let mut calm = text.to_owned();
    for (pattern, to) in rules {
        calm = Regex::new(pattern).expect("a pattern").replace_all(&calm, to).into_owned();
    }
    calm.lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect()
}

/// Tells whether the lines are those expected, `…` standing for any.
fn matches(expected: &[String], found: &[String]) -> bool {
    match expected.split_first() {
        None => found.is_empty(),
        Some((first, rest)) if first == "…" => (0..=found.len()).any(|skipped| matches(rest, &found[skipped..])),
        Some((first, rest)) => found.first() == Some(first) && matches(rest, &found[1..]),
    }
}

/// A command with the lines it prints.
fn commands(block: &Block) -> Vec<(String, String)> {
    let mut commands: Vec<(String, String)> = Vec::new();
    for line in block.text.lines() {
        match (line.strip_prefix("$ "), commands.last_mut()) {
            (Some(command), _) => commands.push((command.to_owned(), String::new())),
            (None, Some((_, printed))) => {
                printed.push_str(line);
                printed.push('\n');
            }
            (None, None) => panic!("README line {}: a console block begins with `$ `", block.line),
        }
    }
    commands
}

/// The command that runs this very test.
const TESTS: &str = "tests/all";

#[tokio::test(flavor = "multi_thread")]
async fn every_command_of_the_readme_prints_what_it_shows() {
    let settings = Settings { any_room: true, speed: 100.0, ..Settings::default() };
    let sandbox = Sandbox::start(settings).await.expect("a sandbox starts");
    let copy = Copy::new();
    copy.keep_named_workflows();
    let mut failures = Vec::new();
    for block in blocks("README.md").iter().filter(|block| block.kind == "console") {
        for (command, expected) in commands(block).into_iter().filter(|(command, _)| command != TESTS) {
            let (code, printed) = copy.run(&command, &sandbox);
            if !matches(&calm(&expected), &calm(&printed)) {
                failures.push(format!("README line {}: `{command}` (exit {code}) prints\n{printed}", block.line));
            }
        }
    }
    sandbox.stop().await;
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

/// Stand-ins for the commands of a CI service that reach it; what they are given must be there. `git` has something to
/// commit when `CHANGED` says so, and as it is, refuses to commit nothing.
const STAND_INS: &str = "\
gh() { [ \"$1 $2 $3\" = 'pr comment 7' ] && [ -s plan.txt ]; }
git() { case \"$1\" in
  add) [ -f \"$2\" ];; diff) [ -z \"$CHANGED\" ];; commit) [ -n \"$CHANGED\" ] && echo committed;;
  config|push) ;; pull) [ \"$2\" = --rebase ];; *) false;;
esac; }
NUMBER=7
";

/// The commands of a workflow of a CI service in order, each with the condition that stands above it.
fn ci_steps(text: &str) -> Vec<(Option<&str>, &str)> {
    let (mut steps, mut condition) = (Vec::new(), None);
    for line in text.lines().map(str::trim) {
        if let Some(command) = line.strip_prefix("- run: ") {
            steps.push((None, command));
        } else if let Some(written) = line.strip_prefix("- if: ") {
            condition = Some(written);
        } else if let Some(command) = line.strip_prefix("run: ") {
            steps.push((condition.take(), command));
        }
    }
    steps
}

#[tokio::test(flavor = "multi_thread")]
async fn every_step_of_the_readmes_ci_passes() {
    let settings = Settings { speed: 100.0, ..Settings::default() };
    let sandbox = Sandbox::start(settings).await.expect("a sandbox starts");
    let copy = Copy::new();
    copy.keep_named_workflows();
    let found = blocks("README.md");
    let steps: Vec<_> = found.iter().filter(|block| block.kind == "yml").flat_map(|b| ci_steps(&b.text)).collect();
    assert_eq!(steps.len(), 6);
    // Once with agents to make, and once with nothing that is new.
    for changed in ["1", ""] {
        for (_, command) in &steps {
            let (code, printed) = copy.run(&format!("{STAND_INS}CHANGED={changed}; {{ {command}; }}"), &sandbox);
            assert_eq!(code, 0, "`{command}` prints\n{printed}");
            let commits = command.contains("git commit") && !changed.is_empty();
            assert_eq!(printed.contains("committed"), commits, "`{command}` prints\n{printed}");
        }
    }
    sandbox.stop().await;
    let (condition, _) = steps.last().expect("a step");
    assert!(condition.is_some_and(|condition| condition.starts_with("always()")), "what was bought is committed");
}

#[test]
fn every_workflow_of_the_readme_passes_check() {
    let copy = Copy::new();
    let folder = copy.path().join("readme");
    fs::create_dir_all(&folder).expect("a folder can be made");
    let found = blocks("README.md");
    let yaml: Vec<&Block> = found.iter().filter(|block| block.kind == "yaml").collect();
    assert!(!yaml.is_empty());
    for block in &yaml {
        let whole = block.text.contains("version: 1");
        let text = match whole {
            true => block.text.clone(),
            false => format!("version: 1\nagent: A91XMB7113\nsteps:\n{}", block.text),
        };
        fs::write(folder.join(format!("line_{}.yaml", block.line)), text).expect("a file can be written");
    }
    let findings = runsheet::commands::check::check(&[folder]);
    let errors: Vec<_> = findings.diagnostics.iter().filter(|found| found.is_error()).cloned().collect();
    assert!(errors.is_empty(), "{}", runsheet::diagnostic::render::plain(&errors));
    assert_eq!(findings.files, yaml.len());
}

#[test]
fn a_line_that_is_not_printed_is_noticed() {
    let lines = |text: &str| calm(text);
    assert!(matches(&lines("a run 7Q4M 2.1s\n…\nend"), &lines("a run 1234 3.0s\nx\ny\nend")));
    assert!(!matches(&lines("a\nb"), &lines("a\nc")));
    assert!(!matches(&lines("a"), &lines("a\nb")));
}
