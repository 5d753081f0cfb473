//! A watch under way: what it says is read as it comes.

use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::support::Stage;

/// How long anything may take.
const BOUND: Duration = Duration::from_secs(60);

/// How often it is looked at.
const LOOK: Duration = Duration::from_millis(1);

/// A watch under way on a stage.
pub struct Desk<'a> {
    stage: &'a Stage,
    child: Child,
    stdin: Option<ChildStdin>,
    stderr: Arc<Mutex<String>>,
    stdout: Arc<Mutex<String>>,
    readers: Vec<std::thread::JoinHandle<()>>,
}

impl<'a> Desk<'a> {
    /// Begins to watch, and waits until it does.
    #[track_caller]
    pub fn watch(stage: &'a Stage, arguments: &[&str]) -> Self {
        let desk = Self::start(stage, arguments);
        desk.until_said("watching ");
        desk
    }

    /// Begins to watch.
    pub fn start(stage: &'a Stage, arguments: &[&str]) -> Self {
        let mut command: Command = stage.command(&["watch", "--report", "jsonl"]);
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let stdin = child.stdin.take();
        let (stderr, stdout): (Arc<Mutex<String>>, Arc<Mutex<String>>) = Default::default();
        let readers = vec![
            read(child.stderr.take().unwrap(), stderr.clone()),
            read(child.stdout.take().unwrap(), stdout.clone()),
        ];
        Self { stage, child, stdin, stderr, stdout, readers }
    }

    /// What people read so far.
    pub fn said(&self) -> String {
        self.stderr.lock().unwrap().clone()
    }

    /// What programs read so far.
    pub fn printed(&self) -> String {
        self.stdout.lock().unwrap().clone()
    }

    /// How many runs have begun.
    pub fn runs(&self) -> usize {
        self.stdout.lock().unwrap().matches(r#""event":"run_started""#).count()
    }

    /// How many runs have ended for good.
    pub fn ended(&self) -> usize {
        self.stdout.lock().unwrap().matches(r#""event":"run_finished""#).count()
    }

    /// Waits until people read this.
    #[track_caller]
    pub fn until_said(&self, text: &str) -> &Self {
        self.until(|desk| desk.said().contains(text), text)
    }

    /// Waits until so many lines were heard.
    #[track_caller]
    pub fn until_heard(&self, count: usize) -> &Self {
        self.until(|desk| desk.stage.heard().len() >= count, &format!("{count} lines heard"))
    }

    /// Waits until so many runs have ended for good.
    #[track_caller]
    pub fn until_ended(&self, count: usize) -> &Self {
        self.until(|desk| desk.ended() >= count, &format!("{count} runs ended"))
    }

    /// Looks until something is so.
    #[track_caller]
    pub fn until(&self, is_so: impl Fn(&Self) -> bool, what: &str) -> &Self {
        let until = Instant::now() + BOUND;
        while !is_so(self) {
            assert!(Instant::now() < until, "never: {what}\n--- stderr\n{}", self.said());
            std::thread::park_timeout(LOOK);
        }
        self
    }

    /// Presses Enter.
    pub fn enter(&mut self) {
        self.stdin.as_mut().unwrap().write_all(b"\n").unwrap();
    }

    /// Presses Ctrl-C, and waits for the end. Answers the exit code, what was said, and how long it took.
    #[track_caller]
    pub fn stop(mut self) -> (i32, String, Duration) {
        let began = Instant::now();
        let sent = Command::new("kill").args(["-INT", &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
        let until = began + BOUND;
        let status = loop {
            match self.child.try_wait().unwrap() {
                Some(status) => break status,
                None => assert!(Instant::now() < until, "the watch does not end:\n{}", self.said()),
            }
            std::thread::park_timeout(LOOK);
        };
        let took = began.elapsed();
        self.readers.drain(..).for_each(|reader| reader.join().unwrap());
        (status.code().unwrap_or(-1), self.said(), took)
    }
}

impl Drop for Desk<'_> {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn read(from: impl Read + Send + 'static, to: Arc<Mutex<String>>) -> std::thread::JoinHandle<()> {
    std::thread::spawn(move || {
        for line in BufReader::new(from).lines().map_while(Result::ok) {
            let mut text = to.lock().unwrap();
            text.push_str(&line);
            text.push('\n');
        }
    })
}
