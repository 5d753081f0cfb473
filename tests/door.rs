//! The door to runs, without a command line: prepare, begin, steer and follow, as a page or a schedule does.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use runsheet::daemon::opened::{Opened, Part, Script};
use runsheet::daemon::refused::Refused;
use runsheet::daemon::runs::Runs;
use runsheet::daemon::service::Reach;
use runsheet::daemon::start::{Options, Ready};
use runsheet::daemon::tail::Tail;
use runsheet::data::inputs::GivenInputs;
use runsheet::data::project::Project;
use runsheet::engine::event::{RunOutcome, StopReason};
use runsheet::executors::driver::Ended;
use runsheet::executors::people::People;
use runsheet::ids::RunId;
use runsheet::journal::{Request, RequestKind};
use serde_json::Value;

use crate::support::{SECRET, Stage};

/// How long anything may take.
const BOUND: Duration = Duration::from_secs(60);

/// The runs of a stage's project, whose settings say where its service is.
fn runs(stage: &Stage) -> Runs {
    let settings = format!("BITHUMAN_API_URL={}\nBITHUMAN_API_SECRET={SECRET}\n", stage.url());
    std::fs::write(stage.path().join(".env"), settings).unwrap();
    Runs::open(stage.path(), None).unwrap()
}

fn service() -> Reach {
    Reach::Service { api_url: None, tier: None }
}

async fn prepared(stage: &Stage, runs: &Runs) -> Result<Ready, Refused> {
    let file = stage.path().join("workflows/show.yaml");
    let opened = Opened::read(&file, &file, Project::find(Some(&file), stage.path()))?;
    let script = Script::build(opened, &GivenInputs::default(), &Part::default())?;
    runs.prepare(script, service(), &Options::default()).await
}

/// A run that is followed from its beginning.
struct Followed {
    tail: Tail,
    read: VecDeque<(u64, String)>,
}

impl Followed {
    fn of(runs: &Runs, run: &RunId) -> Self {
        Self { tail: runs.tail(run), read: VecDeque::new() }
    }

    /// The number and kind of the next event, if there is one yet.
    async fn next(&mut self) -> Option<(u64, String)> {
        if self.read.is_empty()
            && let Some(events) = self.tail.advance().await.unwrap()
        {
            self.read.extend(events.iter().map(|event| {
                let body = serde_json::to_value(event).unwrap();
                (event.seq, body["event"].as_str().unwrap().to_owned())
            }));
        }
        self.read.pop_front()
    }

    /// Reads events until one of this kind.
    async fn until(&mut self, kind: &str) -> Vec<(u64, String)> {
        let (mut seen, began) = (Vec::new(), Instant::now());
        loop {
            match self.next().await {
                Some(event) => {
                    seen.push(event);
                    if seen.last().is_some_and(|(_, name)| name == kind) {
                        return seen;
                    }
                }
                None => tokio::task::yield_now().await,
            }
            assert!(began.elapsed() < BOUND, "no `{kind}` after {seen:?}");
        }
    }
}

fn in_runtime<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async { tokio::time::timeout(BOUND, future).await.unwrap() })
}

#[test]
fn a_run_is_begun_steered_and_followed_without_a_terminal() {
    let stage = Stage::new("- speak: One\n- pause: Wait\n- speak: Two");
    let runs = runs(&stage);
    in_runtime(async {
        let ready = prepared(&stage, &runs).await.unwrap();
        let lines: Vec<String> = ready.first_lines(3).unwrap().into_iter().map(|line| line.text).collect();
        assert_eq!(lines, ["One", "Two"]);
        assert!(ready.offer().await.unwrap().is_empty());
        assert_eq!((stage.heard().len(), runs.active().all().len()), (0, 0));
        let started = ready.spawn(None, People::somebody().0).await.unwrap();
        let id = started.handle.run.clone();
        let mut all = Followed::of(&runs, &id);
        let mut seen = all.until("step_waiting").await;
        assert!(runs.active().get(&id).is_some());
        runs.tell(&id, &Request { kind: RequestKind::Go, body: Value::Null }).await.unwrap();
        seen.extend(all.until("run_finished").await);
        assert!(matches!(started.ended.await.unwrap(), Ok(Ended::Finished(RunOutcome::Succeeded))));
        assert!(all.next().await.is_none(), "nothing comes after the end");
        assert!(seen.iter().map(|(seq, _)| *seq).eq(0..seen.len() as u64), "{seen:?}");
        // From the beginning again, also when all is over.
        assert_eq!(Followed::of(&runs, &id).until("run_finished").await, seen);
        assert!(runs.active().all().is_empty());
    });
    assert_eq!(stage.heard(), ["One", "Two"]);
}

#[test]
fn a_run_is_stopped_taken_up_and_cancelled() {
    let stage = Stage::new("- speak: One\n- wait: 5m\n- speak: Two");
    let runs = runs(&stage);
    in_runtime(async {
        let started = prepared(&stage, &runs).await.unwrap().spawn(None, People::nobody()).await.unwrap();
        let id = started.handle.run.clone();
        let mut events = Followed::of(&runs, &id);
        events.until("step_succeeded").await;
        assert!(started.handle.stop());
        assert!(matches!(started.ended.await.unwrap(), Ok(Ended::Stopped(StopReason::Person))));
        let standing = runs.standing(&id).await.unwrap();
        assert!(runs.standing(&id).await.is_err(), "one holds it at a time");
        assert_eq!(standing.next_lines(None, 3).len(), 1);
        let again = standing.prepare(service()).await.unwrap().spawn(None, People::nobody()).await.unwrap();
        runs.tell(&id, &Request { kind: RequestKind::Cancel, body: Value::Null }).await.unwrap();
        assert!(matches!(again.ended.await.unwrap(), Ok(Ended::Finished(RunOutcome::Cancelled))));
        let seen = events.until("run_finished").await;
        assert!(seen.iter().any(|(_, kind)| kind == "run_resumed"), "{seen:?}");
        assert!(seen.windows(2).all(|pair| pair[0].0 + 1 == pair[1].0), "{seen:?}");
    });
    assert_eq!(stage.heard(), ["One"]);
}

#[test]
fn who_follows_late_slows_nothing_and_misses_nothing() {
    let guests: Vec<String> = (0..500).map(|n| format!("g{n}")).collect();
    let each = "as: guest, key: guest, max_parallel: 16, speak: 'Hi {{ guest }}' }";
    let stage = Stage::new(&format!("- {{ id: greet, foreach: [{}], {each}", guests.join(", ")));
    let runs = runs(&stage);
    in_runtime(async {
        let started = prepared(&stage, &runs).await.unwrap().spawn(None, People::nobody()).await.unwrap();
        let mut events = Followed::of(&runs, &started.handle.run);
        events.until("run_started").await;
        assert!(matches!(started.ended.await.unwrap(), Ok(Ended::Finished(RunOutcome::Succeeded))));
        let seen = events.until("run_finished").await;
        assert!(seen.len() > 1_000, "{}", seen.len());
        assert!(seen.iter().map(|(seq, _)| *seq).eq(1..=seen.len() as u64));
    });
}

#[test]
fn what_cannot_begin_says_why_and_leaves_nothing() {
    let stage = Stage::new("- speek: One");
    let runs = runs(&stage);
    in_runtime(async {
        assert!(matches!(prepared(&stage, &runs).await, Err(Refused::Mistakes(found)) if found.len() == 1));
        stage.rewrite("- speak: '{{ inputs.guest }}'");
        let text = crate::support::scripted("- speak: '{{ inputs.guest }}'");
        stage.rewrite(&text.replace("steps:", "inputs: { guest: { type: string, required: true } }\nsteps:"));
        assert!(matches!(prepared(&stage, &runs).await, Err(Refused::Inputs(errors)) if errors.len() == 1));
        assert!(runs.journal().latest().await.unwrap().is_none());
    });
}
