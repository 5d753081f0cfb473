//! `runsheet serve` over a project of its own, beside a sandbox that the test can look into.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use runsheet::sandbox::Fault;
use rusqlite::Connection;
use serde_json::Value;

use crate::support::{Ended, Running, Stage};

/// A server that ends with its test.
pub struct Serving {
    stage: Stage,
    child: Child,
    url: String,
}

impl Serving {
    /// Serves these workflows.
    pub fn of(workflows: &[(&str, &str)]) -> Self {
        Self::with_faults(workflows, Value::Array(Vec::new()))
    }

    /// The same beside a service in which this goes wrong.
    pub fn with_faults(workflows: &[(&str, &str)], faults: Value) -> Self {
        let faults: Vec<Fault> = serde_json::from_value(faults).unwrap();
        let stage = Stage::with("- speak: Hello", |settings| {
            settings.faults = faults;
            settings.any_room = true;
        });
        std::fs::remove_file(stage.path().join("workflows/show.yaml")).unwrap();
        workflows.iter().for_each(|(name, text)| stage.write(name, text));
        let (child, url) = serve(&stage, "127.0.0.1:0");
        Self { stage, child, url }
    }

    /// Where it answers.
    pub fn url(&self) -> String {
        self.url.clone()
    }

    /// Writes a workflow, as an editor does.
    pub fn write(&self, name: &str, text: &str) {
        self.stage.write(name, text);
    }

    /// Removes a file beside the workflows.
    pub fn remove(&self, name: &str) {
        std::fs::remove_file(self.stage.path().join("workflows").join(name)).unwrap();
    }

    /// Puts the examples of the product beside the workflows.
    pub fn copy_examples(&self) {
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("workflows"), &self.stage.path().join("workflows"));
    }

    /// What was heard, in order.
    pub fn heard(&self) -> Vec<String> {
        self.stage.heard()
    }

    /// The id of the latest run.
    pub fn latest(&self) -> String {
        self.stage.latest()
    }

    /// Begins a run in a process of its own, and waits until it has said its first line.
    pub fn run_elsewhere(&self, workflow: &str) -> Running {
        let file = format!("workflows/{workflow}.yaml");
        let mut command = self.stage.command(&["run", &file, "--report", "jsonl"]);
        let mut running = Running::spawn(&mut command);
        running.until("step_succeeded", "speak_1");
        running
    }

    /// Calls a command in the project.
    pub fn call(&self, arguments: &[&str]) -> Ended {
        Running::spawn(&mut self.stage.command(arguments)).end()
    }

    /// Kills the server as `kill -9` does.
    pub fn kill(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }

    /// Tells the server to end, and waits until it has.
    pub fn drain(&mut self) {
        let sent = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
        assert!(self.child.wait().unwrap().success());
    }

    /// Starts the server anew at the same place.
    pub fn start_again(&mut self) {
        let address = self.url.trim_start_matches("http://").to_owned();
        (self.child, self.url) = serve(&self.stage, &address);
    }

    /// Kills the server and starts it anew at the same place.
    pub fn restart(&mut self) {
        self.kill();
        self.start_again();
    }

    /// Another server on the same state folder, until it is dropped.
    pub fn beside(&self) -> Beside {
        Beside(serve(&self.stage, "127.0.0.1:0").0)
    }

    /// The runs, newest first, as `runs --format json` lists them.
    pub fn runs(&self) -> Vec<Value> {
        let listed = self.call(&["runs", "--format", "json"]);
        serde_json::from_str(listed.stdout()).unwrap_or_default()
    }

    /// Asks the database of the state folder: the first column of each row, as text.
    pub fn asked(&self, select: &str) -> Vec<String> {
        let database = Connection::open(self.stage.path().join(".runsheet/runs.db")).unwrap();
        let mut asked = database.prepare(select).unwrap();
        let rows = asked.query_map([], |row| row.get(0)).unwrap();
        rows.map(Result::unwrap).collect()
    }

    /// Changes the database of the state folder.
    pub fn change(&self, statements: &str) {
        let database = Connection::open(self.stage.path().join(".runsheet/runs.db")).unwrap();
        database.execute_batch(statements).unwrap();
    }

    /// The workflows whose schedules are kept.
    pub fn schedules(&self) -> Vec<String> {
        self.asked("SELECT workflow FROM schedules WHERE active = 1 ORDER BY workflow")
    }

    /// What became of the times of a workflow that are settled, the oldest first.
    pub fn became(&self, workflow: &str) -> Vec<String> {
        self.asked(&format!(
            "SELECT decision FROM fires WHERE workflow = '{workflow}' AND state <> 'claimed' ORDER BY due"
        ))
    }

    /// Looks until something is so.
    #[track_caller]
    pub fn until(&self, what: &str, mut is_so: impl FnMut(&Self) -> bool) {
        let until = Instant::now() + Duration::from_secs(60);
        while !is_so(self) {
            assert!(Instant::now() < until, "{what}: it never comes to be so: {:?}, {:?}", self.runs(), self.heard());
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// A second server; it ends with its test.
pub struct Beside(Child);

impl Drop for Beside {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        match entry.path().is_dir() {
            true => copy(&entry.path(), &target),
            false => drop(std::fs::copy(entry.path(), target).unwrap()),
        }
    }
}

/// Starts the server and reads where it answers.
fn serve(stage: &Stage, listen: &str) -> (Child, String) {
    let mut command = stage.command(&["serve", "--listen", listen]);
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().unwrap();
    let mut url = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut url).unwrap();
    assert!(url.starts_with("http://"), "the server says where it answers: {url:?}");
    (child, url.trim().to_owned())
}
