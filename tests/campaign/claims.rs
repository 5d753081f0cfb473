//! What happens while a line is claimed: the hour strikes, a person holds it up and lets it go on.

use std::collections::BTreeSet;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use runsheet::clock::Timestamp;
use runsheet::engine::event::Event;
use runsheet::engine::run::Run;
use runsheet::executors::driver::{Driver, Ended, Parts};
use runsheet::executors::executor::Executor as _;
use runsheet::executors::people::{People, Says};
use runsheet::executors::scripted::ScriptedExecutor;
use runsheet::executors::store::RunStore;
use runsheet::ids::RunId;
use runsheet::journal::Journal as _;
use runsheet::plan::model::StepKey;
use runsheet::report::Reports;
use runsheet::secret::Redactor;
use runsheet::sent::memory::MemorySent;
use runsheet::sent::{Fate, Line, LineId, Reply, Sent, Standing};
use tokio::sync::Notify;

use crate::support::{Planned, journal_of, run_id};

const WORKFLOW: &str = "version: 1
agent: A91XMB7113
room: lobby
window: { from: '09:00', to: '10:00', timezone: UTC }
steps:
  - { speak: Hello, once_per: Ada }
";

/// What holds the answer to a claim, by how many came before.
type Hold = Box<dyn Fn(usize) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

/// A keeper whose answers to claims take their time: what is claimed is claimed at once.
struct Slow {
    sent: MemorySent,
    claims: AtomicUsize,
    hold: Hold,
    settled: Mutex<Vec<Fate>>,
}

impl Slow {
    fn new(hold: Hold) -> Arc<Self> {
        Arc::new(Self { sent: MemorySent::default(), claims: AtomicUsize::new(0), hold, settled: Mutex::default() })
    }
}

impl Sent for Slow {
    fn look<'a>(&'a self, line: &Line, now: Timestamp) -> Reply<'a, Standing> {
        self.sent.look(line, now)
    }

    fn claim<'a>(&'a self, line: &Line, now: Timestamp) -> Reply<'a, Standing> {
        let (standing, before) = (self.sent.claim(line, now), self.claims.fetch_add(1, Ordering::SeqCst));
        Box::pin(async move {
            (self.hold)(before).await;
            standing.await
        })
    }

    fn wait<'a>(&'a self, line: &Line, now: Timestamp) -> Reply<'a, ()> {
        self.sent.wait(line, now)
    }

    fn settle<'a>(&'a self, id: &LineId, fate: Fate) -> Reply<'a, ()> {
        self.settled.lock().unwrap().push(fate);
        self.sent.settle(id, fate)
    }

    fn recover<'a>(&'a self, service: &str, run: &RunId, out: BTreeSet<StepKey>) -> Reply<'a, ()> {
        self.sent.recover(service, run, out)
    }

    fn leave<'a>(&'a self, service: &str, run: &RunId) -> Reply<'a, ()> {
        self.sent.leave(service, run)
    }
}

/// Drives the workflow from an instant on. Answers when its line went out, each time it did.
async fn drive(begins: Timestamp, clock: Arc<ScriptedExecutor>, sent: Arc<Slow>, people: People) -> Vec<Timestamp> {
    let record = Planned::text(WORKFLOW, &[]).record_0(begins);
    let journal = journal_of(std::slice::from_ref(&record)).await;
    let run = Run::begin(&record).unwrap();
    let parts = Parts {
        store: Arc::new(RunStore::in_memory(run.start(), Default::default())),
        run,
        records: vec![record],
        journal: journal.clone(),
        executor: clock,
        purchasing: None,
        sent,
        redactor: Redactor::default(),
        report: Box::new(Reports::default()),
        people,
    };
    let driven = Driver::new(parts).unwrap().drive().await.unwrap();
    assert!(matches!(driven.ended, Ended::Finished(_)), "{:?}", driven.ended);
    let records = journal.load(&run_id()).await.unwrap();
    let went_out = records.iter().filter(|record| matches!(record.event, Event::AttemptStarted { .. }));
    went_out.map(|record| record.at).collect()
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

#[tokio::test]
async fn a_window_that_closes_while_a_line_is_claimed_keeps_it_until_it_opens_again() {
    let begins = at("2026-12-01T09:59:59Z");
    let clock = Arc::new(ScriptedExecutor::starting_at(begins));
    let struck = clock.clone();
    let sent = Slow::new(Box::new(move |before| {
        if before == 0 {
            struck.advance_to(at("2026-12-01T10:00:01Z"));
        }
        Box::pin(async {})
    }));
    assert_eq!(drive(begins, clock, sent, People::nobody()).await, [at("2026-12-02T09:00:00Z")]);
}

#[tokio::test]
async fn what_is_claimed_again_is_not_given_back_for_the_claim_before() {
    let begins = at("2026-12-01T09:30:00Z");
    let clock = Arc::new(ScriptedExecutor::starting_at(begins));
    let (people, line) = People::somebody();
    let let_go = Arc::new(Notify::new());
    let sent = Slow::new(Box::new(move |before| {
        let (line, let_go) = (line.clone(), let_go.clone());
        Box::pin(async move {
            if before == 0 {
                // A person holds the run up and lets it go on: the line is claimed a second time meanwhile.
                line.send(Says::Suspend).await.unwrap();
                line.send(Says::Go).await.unwrap();
                let_go.notified().await;
            } else {
                // The answer to the first claim comes before that to the second one.
                let_go.notify_one();
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        })
    }));
    assert_eq!(drive(begins, clock, sent.clone(), people).await.len(), 1);
    assert_eq!(sent.claims.load(Ordering::SeqCst), 2);
    assert!(!sent.settled.lock().unwrap().contains(&Fate::Waits), "another run could have said it meanwhile");
}
