//! One trial: a run that is killed and taken up again until it ends.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use runsheet::daemon::runs::Runs;
use runsheet::engine::event::{Record, Resolution};
use runsheet::engine::run::Run;
use runsheet::engine::state::StepState;
use runsheet::journal::{Request, RequestKind};
use runsheet::plan::model::StepKey;
use serde_json::json;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use super::script::{OnUnknown, PEOPLE, workflow};
use super::theatre::Theatre;
use crate::support::{Chance, all_steps, text_of};

/// No process of a trial takes longer.
const BOUND: Duration = Duration::from_secs(60);
/// No trial needs more processes.
const MOST_PROCESSES: usize = 60;

/// How a process is ended.
#[derive(Clone, Debug)]
pub enum Killing {
    /// By itself, at a named place and pass.
    Point(&'static str, u64),
    /// By SIGKILL, this long after its start.
    Signal(Duration),
    /// Not at all.
    Spared,
}

/// The named places, each with a bound on the pass that is drawn.
const POINTS: [(&str, u64); 6] = [
    ("before_append", 60),
    ("after_append", 25),
    ("after_send", 25),
    ("after_answer", 25),
    ("after_intent", 2),
    ("after_purchase", 2),
];

/// What a trial came to.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Processes that were ended at a named place.
    pub at_points: usize,
    /// Processes that were ended by SIGKILL.
    pub by_signal: usize,
    /// Times a run was taken up again.
    pub resumes: usize,
    /// Steps that go out once.
    pub once: usize,
    /// Of these, times that nobody knew.
    pub unknown: usize,
}

impl Tally {
    /// Processes that were ended.
    pub fn kills(&self) -> usize {
        self.at_points + self.by_signal
    }

    /// Adds another.
    pub fn add(&mut self, other: &Self) {
        self.at_points += other.at_points;
        self.by_signal += other.by_signal;
        self.resumes += other.resumes;
        self.once += other.once;
        self.unknown += other.unknown;
    }
}

/// A run in a project of its own.
pub struct Trial<'a> {
    theatre: &'a Theatre,
    /// The word that all its lines begin with.
    pub name: String,
    on_unknown: OnUnknown,
    keeps_late: bool,
    folder: TempDir,
    runtime: Runtime,
    /// What it came to.
    pub tally: Tally,
}

impl<'a> Trial<'a> {
    /// A new project.
    pub fn new(theatre: &'a Theatre, name: String, on_unknown: OnUnknown) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let workflows = folder.path().join("workflows");
        std::fs::create_dir(&workflows).unwrap();
        std::fs::write(workflows.join("sweep.yaml"), workflow(on_unknown, &theatre.web())).unwrap();
        std::fs::write(workflows.join("people.csv"), PEOPLE).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        Self { theatre, name, on_unknown, keeps_late: false, folder, runtime, tally: Tally::default() }
    }

    /// Lets the journal answer before it keeps.
    pub fn keeping_late(mut self) -> Self {
        self.keeps_late = true;
        self
    }

    /// Lets it keep in time again.
    pub fn keeping_in_time(mut self) -> Self {
        self.keeps_late = false;
        self
    }

    /// Plays the run to its end, killed so many times on the way. Answers its records.
    pub fn play(&mut self, chance: &mut Chance, kills: usize) -> Vec<Record> {
        for _ in 0..MOST_PROCESSES {
            let killing = match self.tally.kills() {
                so_far if so_far < kills => draw(chance, so_far > 0),
                _ => Killing::Spared,
            };
            let code = self.process(&killing);
            match (&killing, code) {
                (Killing::Point(..), None) => self.tally.at_points += 1,
                (Killing::Signal(_), None) => self.tally.by_signal += 1,
                (Killing::Spared, None) => panic!("{}: a process died by itself", self.name),
                (_, Some(0)) => return self.records(),
                (_, Some(5)) => self.tell_the_truth(),
                // A service that answers badly too often stops a run, which goes on later.
                (_, Some(4)) => {}
                (_, Some(code)) => panic!("{}: exit {code} with {killing:?}", self.name),
            }
        }
        panic!("{}: it does not end", self.name)
    }

    /// Starts the run, or takes it up, in a process that may be killed. Answers its exit code, none when it was.
    pub fn process(&mut self, killing: &Killing) -> Option<i32> {
        let is_kept = self.runs().is_some_and(|runs| self.runtime.block_on(runs.journal().latest()).unwrap().is_some());
        let input = format!("trial={}", self.name);
        let arguments: &[&str] = match is_kept {
            true => &["resume"],
            false => &["run", "--go", "--allow-destroy", "--input", &input],
        };
        self.tally.resumes += usize::from(is_kept);
        let mut command = Command::new(env!("CARGO_BIN_EXE_runsheet"));
        for name in ["BITHUMAN_API_KEY", "BITHUMAN_API_BASE", "RUST_LOG", "http_proxy", "HTTP_PROXY"] {
            command.env_remove(name);
        }
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env("BITHUMAN_API_URL", self.theatre.url())
            .env("BITHUMAN_API_SECRET", "any-secret")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(self.folder.path().join("stderr")).unwrap());
        if self.keeps_late {
            command.env("RUNSHEET_CRASH_KEEPS_LATE", "1");
        }
        if let Killing::Point(point, pass) = killing {
            command.env("RUNSHEET_CRASH", format!("{point}:{pass}"));
        }
        let mut child = command.spawn().expect("the binary");
        if let Killing::Signal(after) = killing {
            wait(&mut child, *after);
            drop(child.kill());
        }
        let ended = wait(&mut child, BOUND);
        if !ended {
            drop(child.kill());
            panic!("{}: still running after {BOUND:?} with {killing:?}", self.name);
        }
        child.wait().unwrap().code()
    }

    /// The journal of the run.
    pub fn records(&self) -> Vec<Record> {
        let runs = self.runs().expect("a state folder");
        self.runtime.block_on(async {
            let row = runs.journal().latest().await.unwrap().expect("a run");
            runs.journal().load(&row.id).await.unwrap()
        })
    }

    /// What is printed when it goes wrong.
    pub fn stderr(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("stderr")).unwrap_or_default()
    }

    fn runs(&self) -> Option<Runs> {
        let is_there = self.folder.path().join(".runsheet/runs.db").is_file();
        // Its folders open within a runtime, where its writers live.
        let _entered = self.runtime.enter();
        is_there.then(|| Runs::open(self.folder.path(), None).unwrap())
    }

    /// Tells the run of each step that nobody knows about what the world knows.
    fn tell_the_truth(&mut self) {
        assert_eq!(self.on_unknown, OnUnknown::Ask, "{}: {}", self.name, self.stderr());
        let witness = self.theatre.witness();
        let runs = self.runs().expect("a state folder");
        let run = Run::replay(&self.records()).unwrap();
        let open = unknown_steps(&run);
        assert!(!open.is_empty(), "{}: nothing is open: {}", self.name, self.stderr());
        for step in open {
            self.tally.unknown += 1;
            let resolution = match witness.times(&text_of(&run, step)) {
                0 => Resolution::DidNotHappen,
                _ => Resolution::Happened,
            };
            let request =
                Request { kind: RequestKind::Resolve, body: json!({ "step": step, "resolution": resolution }) };
            self.runtime.block_on(runs.journal().put_request(&run.start().run, &request)).unwrap();
        }
    }
}

/// Draws how a process is killed. One that takes up a run has less before it, and passes fewer places.
fn draw(chance: &mut Chance, is_resumed: bool) -> Killing {
    if chance.below(5) < 2 {
        return Killing::Signal(chance.up_to(Duration::from_millis(400)));
    }
    let (point, most) = *chance.pick(if is_resumed { &POINTS[..4] } else { &POINTS });
    let most = if is_resumed { most / 4 } else { most };
    Killing::Point(point, 1 + chance.below(most))
}

/// Waits for the end of a process, up to a bound. Tells whether it ended.
fn wait(child: &mut Child, bound: Duration) -> bool {
    let until = Instant::now() + bound;
    while Instant::now() < until {
        if child.try_wait().unwrap().is_some() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    false
}

/// Every step that is unknown.
fn unknown_steps(run: &Run) -> Vec<StepKey> {
    all_steps(run).into_iter().filter(|step| run.state(*step) == StepState::Unknown).collect()
}
