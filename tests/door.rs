//! The door to runs, without a command line: prepare, begin, steer and follow, as a page or a schedule does.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by a panic")]

use std::time::Duration;

use runsheet::daemon::opened::{Opened, Script};
use runsheet::daemon::refused::Refused;
use runsheet::daemon::runs::Runs;
use runsheet::daemon::service::Reach;
use runsheet::daemon::start::{Options, Ready};
use runsheet::daemon::subscribe::Subscription;
use runsheet::data::inputs::GivenInputs;
use runsheet::data::project::Project;
use runsheet::engine::event::{RunOutcome, StopReason};
use runsheet::executors::driver::Ended;
use runsheet::executors::people::People;
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
    let script = Script::build(opened, &GivenInputs::default(), None, false)?;
    runs.prepare(script, service(), &Options::default()).await
}

/// Reads events until one of this kind; answers their numbers and kinds.
async fn until(subscription: &mut Subscription, kind: &str) -> Vec<(u64, String)> {
    let mut seen = Vec::new();
    loop {
        let next = tokio::time::timeout(BOUND, subscription.next()).await;
        let Some(event) = next.unwrap_or_else(|_| panic!("no `{kind}` after {seen:?}")).unwrap() else { return seen };
        let body = serde_json::to_value(event.as_ref()).unwrap();
        let Value::String(name) = &body["event"] else { panic!("{body}") };
        seen.push((event.seq, name.clone()));
        if name == kind {
            return seen;
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
        let mut all = runs.subscribe(&id, 0).await.unwrap();
        let mut seen = until(&mut all, "step_waiting").await;
        assert_eq!(runs.active().get(&id).map(|handle| handle.file), Some("workflows/show.yaml".to_owned()));
        runs.tell(&id, &Request { kind: RequestKind::Go, body: Value::Null }).await.unwrap();
        seen.extend(until(&mut all, "run_finished").await);
        assert!(matches!(started.ended.await.unwrap(), Ok(Ended::Finished(RunOutcome::Succeeded))));
        assert!(all.next().await.unwrap().is_none(), "nothing comes after the end");
        assert!(seen.iter().map(|(seq, _)| *seq).eq(0..seen.len() as u64), "{seen:?}");
        // From any number on, also when all is over.
        let mut late = runs.subscribe(&id, 3).await.unwrap();
        assert_eq!(until(&mut late, "run_finished").await, seen[3..]);
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
        let mut events = runs.subscribe(&id, 0).await.unwrap();
        until(&mut events, "step_succeeded").await;
        assert!(started.handle.stop());
        assert!(matches!(started.ended.await.unwrap(), Ok(Ended::Stopped(StopReason::Person))));
        let standing = runs.standing(&id).await.unwrap();
        assert!(runs.standing(&id).await.is_err(), "one holds it at a time");
        assert_eq!(standing.next_lines(None, 3).len(), 1);
        let again = standing.prepare(service()).await.unwrap().spawn(None, People::nobody()).await.unwrap();
        runs.tell(&id, &Request { kind: RequestKind::Cancel, body: Value::Null }).await.unwrap();
        assert!(matches!(again.ended.await.unwrap(), Ok(Ended::Finished(RunOutcome::Cancelled))));
        let seen = until(&mut events, "run_finished").await;
        assert!(seen.iter().any(|(_, kind)| kind == "run_resumed"), "{seen:?}");
        assert!(seen.windows(2).all(|pair| pair[0].0 + 1 == pair[1].0), "{seen:?}");
    });
    assert_eq!(stage.heard(), ["One"]);
}

#[test]
fn a_subscriber_who_falls_behind_slows_nothing_and_misses_nothing() {
    let guests: Vec<String> = (0..500).map(|n| format!("g{n}")).collect();
    let each = "as: guest, key: guest, max_parallel: 16, speak: 'Hi {{ guest }}' }";
    let stage = Stage::new(&format!("- {{ id: greet, foreach: [{}], {each}", guests.join(", ")));
    let runs = runs(&stage);
    in_runtime(async {
        let started = prepared(&stage, &runs).await.unwrap().spawn(None, People::nobody()).await.unwrap();
        let mut events = runs.subscribe(&started.handle.run, 0).await.unwrap();
        until(&mut events, "run_started").await;
        assert!(matches!(started.ended.await.unwrap(), Ok(Ended::Finished(RunOutcome::Succeeded))));
        let seen = until(&mut events, "run_finished").await;
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
