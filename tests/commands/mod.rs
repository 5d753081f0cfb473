//! The commands of the binary, as people and programs call them.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic, also in what tests share")]

use std::path::PathBuf;
use std::process::Command;

use runsheet::sandbox::{RunningSandbox, Sandbox, Settings};

mod doctor;
mod forms;
mod history;
mod init;
mod printing;
mod say;

/// An agent of the sandboxes here, ready from the start.
const AGENT: &str = "A91XMB7113";
/// The secret of the sandboxes here.
const SECRET: &str = "canary-secret-42";

/// A folder to call the binary in.
struct Project {
    folder: tempfile::TempDir,
    settings: Vec<(String, String)>,
}

/// How a call ended, and what was printed.
#[derive(Debug)]
struct Ran {
    code: i32,
    stdout: String,
    stderr: String,
}

impl Project {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("workflows")).unwrap();
        Self { folder, settings: Vec::new() }
    }

    /// The same with a file.
    fn file(self, name: &str, text: &str) -> Self {
        std::fs::write(self.path(name), text).unwrap();
        self
    }

    /// The same with a variable of the environment.
    fn set(mut self, name: &str, value: &str) -> Self {
        self.settings.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same with the settings of a sandbox.
    fn on(self, sandbox: &RunningSandbox) -> Self {
        self.set("BITHUMAN_API_URL", &sandbox.url()).set("BITHUMAN_API_SECRET", SECRET)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The binary in this folder, with nothing of the caller's settings.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_runsheet"));
        for variable in ["BITHUMAN_API_SECRET", "BITHUMAN_API_KEY", "BITHUMAN_API_URL", "BITHUMAN_API_BASE", "RUST_LOG"]
        {
            command.env_remove(variable);
        }
        command.envs(self.settings.iter().cloned()).env("TZ", "UTC").current_dir(self.folder.path()).args(arguments);
        command
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        let output = self.command(arguments).stdin(std::process::Stdio::null()).output().unwrap();
        Ran {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Ran {
    /// Asserts the exit code.
    fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self:?}");
        self
    }

    /// Asserts that data, or words for people, hold a text.
    fn says(self, text: &str) -> Self {
        assert!(self.stdout.contains(text) || self.stderr.contains(text), "`{text}` in {self:#?}");
        self
    }
}

/// A sandbox that stands alone, and knows one agent and one secret.
async fn sandbox(change: impl FnOnce(&mut Settings)) -> RunningSandbox {
    let mut settings = Settings {
        agents: vec![AGENT.to_owned()],
        secret: Some(runsheet::secret::Secret::new(SECRET)),
        ..Settings::default()
    };
    change(&mut settings);
    Sandbox::start(settings).await.unwrap()
}
