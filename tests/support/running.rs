//! A process of the binary, watched event by event, that never outlives its test.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::Ended;

/// No run of a test takes longer.
const BOUND: Duration = Duration::from_secs(60);

/// A run under way.
pub struct Running {
    child: Child,
    lines: Receiver<String>,
    stdout: String,
    stderr: Option<JoinHandle<String>>,
    until: Instant,
}

impl Running {
    /// Starts a command without a terminal.
    pub fn spawn(command: &mut Command) -> Self {
        let mut child =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary");
        let (said, lines) = channel();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || {
            for line in stdout.lines() {
                // Nobody listens any more when the test has failed.
                if line.map_or(true, |line| said.send(line).is_err()) {
                    return;
                }
            }
        });
        let mut errors = child.stderr.take().unwrap();
        let stderr = std::thread::spawn(move || {
            let mut bytes = Vec::new();
            drop(errors.read_to_end(&mut bytes));
            String::from_utf8_lossy(&bytes).into_owned()
        });
        Self { child, lines, stdout: String::new(), stderr: Some(stderr), until: Instant::now() + BOUND }
    }

    /// Waits for an event: of this kind, of this step.
    #[track_caller]
    pub fn until(&mut self, event: &str, step: &str) -> &mut Self {
        loop {
            let line = self.next().unwrap_or_else(|| panic!("ended before `{event}` of `{step}`:\n{}", self.stdout));
            let seen: Value = serde_json::from_str(&line).unwrap();
            if seen["event"] == event && (step.is_empty() || seen["step"] == step) {
                return self;
            }
        }
    }

    /// Sends a signal: `INT`, `TERM`, `KILL`.
    pub fn signal(&mut self, name: &str) -> &mut Self {
        let sent = Command::new("kill").args([format!("-{name}"), self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
        self
    }

    /// Waits for its end.
    #[track_caller]
    pub fn end(mut self) -> Ended {
        while self.next().is_some() {}
        let code = self.child.wait().unwrap().code();
        let stderr = self.stderr.take().unwrap().join().unwrap();
        Ended::new(code, std::mem::take(&mut self.stdout), stderr)
    }

    #[track_caller]
    fn next(&mut self) -> Option<String> {
        match self.lines.recv_timeout(self.until.saturating_duration_since(Instant::now())) {
            Ok(line) => {
                self.stdout.push_str(&line);
                self.stdout.push('\n');
                Some(line)
            }
            Err(RecvTimeoutError::Disconnected) => None,
            Err(RecvTimeoutError::Timeout) => panic!("still running after {BOUND:?}:\n{}", self.stdout),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
