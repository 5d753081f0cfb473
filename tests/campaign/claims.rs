//! The hour that counts is the one in which a line leaves, however long it was in coming.

use std::collections::BTreeSet;
use std::sync::Arc;

use runsheet::clock::Timestamp;
use runsheet::engine::event::Event;
use runsheet::engine::run::Run;
use runsheet::executors::driver::{Driver, Ended, Parts};
use runsheet::executors::executor::Executor as _;
use runsheet::executors::people::People;
use runsheet::executors::scripted::ScriptedExecutor;
use runsheet::executors::store::RunStore;
use runsheet::ids::RunId;
use runsheet::journal::Journal as _;
use runsheet::plan::model::StepKey;
use runsheet::report::Reports;
use runsheet::secret::Redactor;
use runsheet::sent::memory::MemorySent;
use runsheet::sent::{Fate, Line, LineId, Reply, Sent, Standing};

use crate::support::{Planned, journal_of, run_id};

const WORKFLOW: &str = "version: 1
agent: A91XMB7113
room: lobby
window: { from: '09:00', to: '10:00', timezone: UTC }
steps:
  - { speak: Hello, once_per: Ada }
";

/// A keeper whose first claim takes until the hour has struck.
struct Slow {
    sent: MemorySent,
    clock: Arc<ScriptedExecutor>,
    until: Timestamp,
}

impl Sent for Slow {
    fn look<'a>(&'a self, line: &Line, now: Timestamp) -> Reply<'a, Standing> {
        self.sent.look(line, now)
    }

    fn claim<'a>(&'a self, line: &Line, now: Timestamp) -> Reply<'a, Standing> {
        self.clock.advance_to(self.until);
        self.sent.claim(line, now)
    }

    fn wait<'a>(&'a self, line: &Line, now: Timestamp) -> Reply<'a, ()> {
        self.sent.wait(line, now)
    }

    fn settle<'a>(&'a self, id: &LineId, fate: Fate) -> Reply<'a, ()> {
        self.sent.settle(id, fate)
    }

    fn recover<'a>(&'a self, service: &str, run: &RunId, out: BTreeSet<StepKey>) -> Reply<'a, ()> {
        self.sent.recover(service, run, out)
    }

    fn leave<'a>(&'a self, service: &str, run: &RunId) -> Reply<'a, ()> {
        self.sent.leave(service, run)
    }
}

#[tokio::test]
async fn a_window_that_closes_while_a_line_is_claimed_keeps_it_until_it_opens_again() {
    let at = |text: &str| Timestamp::parse(text).unwrap();
    let begins = at("2026-12-01T09:59:59Z");
    let planned = Planned::text(WORKFLOW, &[]);
    let record = planned.record_0(begins);
    let journal = journal_of(std::slice::from_ref(&record)).await;
    let clock = Arc::new(ScriptedExecutor::starting_at(begins));
    let sent = Slow { sent: MemorySent::default(), clock: clock.clone(), until: at("2026-12-01T10:00:01Z") };
    let run = Run::begin(&record).unwrap();
    let parts = Parts {
        store: Arc::new(RunStore::in_memory(run.start(), Default::default())),
        run,
        records: vec![record],
        journal: journal.clone(),
        executor: clock,
        purchasing: None,
        sent: Arc::new(sent),
        redactor: Redactor::default(),
        report: Box::new(Reports::default()),
        people: People::nobody(),
    };
    let driven = Driver::new(parts).unwrap().drive().await.unwrap();
    assert!(matches!(driven.ended, Ended::Finished(_)), "{:?}", driven.ended);
    let records = journal.load(&run_id()).await.unwrap();
    let sent: Vec<Timestamp> = records
        .iter()
        .filter(|record| matches!(record.event, Event::AttemptStarted { .. }))
        .map(|record| record.at)
        .collect();
    assert_eq!(sent, [at("2026-12-02T09:00:00Z")]);
}
