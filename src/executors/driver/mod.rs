//! The one owner of a run: obeys its commands, numbers its events, writes them, and tells the reports.
//!
//! The order of writing is the product's promise. Of a try: its turn comes (rate token and slot together), it is
//! rendered once, `AttemptStarted` is appended, and synced if the action is *once* or paid for; only when the journal
//! has answered does the first byte leave; then the outcome is appended. Reports hear of an event after its commit.
//!
//! All that changes the run happens in this one task. Exchanges run beside it and send messages.

mod answers;
mod attempts;
mod changes;
mod clean;
mod lines;
mod person;
mod recorder;
mod replay;
mod rules;
mod spans;
mod timers;
mod weigh;
mod wishes;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio_util::task::TaskTracker;
use tracing::Instrument as _;

use crate::clock::Timestamp;
use crate::engine::command::Command;
use crate::engine::error::EngineError;
use crate::engine::event::{Event, Record, RunOutcome, StopReason};
use crate::engine::run::Run;
use crate::engine::state::StepState;
use crate::engine::summary::Counts;
use crate::executors::executor::{Executor, Pace};
use crate::executors::items::Items;
use crate::executors::names::Names;
use crate::executors::people::People;
use crate::executors::purchasing::Purchasing;
use crate::executors::rules::Rulebook;
use crate::executors::store::RunStore;
use crate::journal::{Durability, Journal, JournalError};
use crate::outcome::{Exchange, Failure};
use crate::plan::model::{Node, Section, StepKey, Work};
use crate::report::Report;
use crate::secret::Redactor;
use crate::sent::Sent;
use attempts::{Message, Probes};
use recorder::Recorder;
pub use replay::{Replay, replay};
use spans::Spans;
use timers::Timers;

/// How often other processes' wishes are looked for.
const LOOK_FOR_REQUESTS: Duration = Duration::from_millis(250);

/// What drives a run.
pub struct Parts {
    /// The run, as far as it has come.
    pub run: Run,
    /// Its records so far, for the reports.
    pub records: Vec<Record>,
    /// Where it is kept.
    pub journal: Arc<dyn Journal>,
    /// Who performs its exchanges.
    pub executor: Arc<dyn Executor>,
    /// Its purchases; none where nothing is bought.
    pub purchasing: Option<Arc<Purchasing>>,
    /// What was said, in it and in others.
    pub sent: Arc<dyn Sent>,
    /// Its files and secrets.
    pub store: Arc<RunStore>,
    /// What must not be seen.
    pub redactor: Redactor,
    /// Who is told.
    pub report: Box<dyn Report + Send>,
    /// Who is asked.
    pub people: People,
}

/// How driving a run ended.
#[derive(Debug)]
pub enum Ended {
    /// The run ended for good.
    Finished(RunOutcome),
    /// It can go on later.
    Stopped(StopReason),
    /// The journal could not be written: it can go on from what was kept.
    Unwritten {
        /// Why.
        error: JournalError,
        /// The steps of the script that have not ended, in their order.
        open: Vec<String>,
    },
}

/// What driving a run came to.
#[derive(Debug)]
pub struct Driven {
    /// How it ended.
    pub ended: Ended,
    /// How many steps are in each state.
    pub counts: Counts,
    /// The credits that were spent, refunds taken off.
    pub credits: u64,
}

/// A fault of the program. The run can be taken up again from what was kept.
#[derive(Debug, thiserror::Error)]
pub enum DriverError {
    /// The engine refused an event of its own driver.
    #[error("the run refused an event: {0}")]
    Refused(#[from] EngineError),
    /// A task beside the driver ended without a word.
    #[error("a part of the run broke off; what was recorded is kept\n  = hint: `runsheet resume` goes on")]
    BrokenOff,
}

/// The owner of a run.
pub struct Driver {
    run: Run,
    names: Names,
    items: Items,
    recorder: Recorder,
    executor: Arc<dyn Executor>,
    purchasing: Option<Arc<Purchasing>>,
    rulebook: Rulebook,
    store: Arc<RunStore>,
    redactor: Redactor,
    people: People,
    timers: Timers,
    waits: HashMap<u64, Option<StepKey>>,
    seen: u64,
    busy: usize,
    /// The newest claim of each step whose line is being claimed, and how many claims of it there are: only the newest
    /// may be given back.
    claims: HashMap<StepKey, (u64, u32)>,
    /// What is being written of lines.
    writing: TaskTracker,
    probes: Probes,
    messages: (mpsc::Sender<Message>, mpsc::Receiver<Message>),
    last_go: Option<Timestamp>,
    credits: u64,
    spans: Spans,
}

impl Driver {
    /// Takes a run over. Items that an event does not hold are read again.
    pub fn new(parts: Parts) -> Result<Self, Failure> {
        let names = Names::of(&parts.run.start().plan);
        let items = items_so_far(&parts.run, &parts.store)?;
        let rulebook = Rulebook::of(parts.run.plan(), &parts.store, parts.sent)?;
        let start = parts.run.start();
        let spans = Spans::of(start);
        let recorder =
            || Recorder::new(&parts.records, start.run.clone(), (parts.journal, parts.executor.clone()), parts.report);
        let recorder = spans.run().in_scope(recorder);
        Ok(Self {
            names,
            items,
            recorder,
            spans,
            run: parts.run,
            executor: parts.executor,
            purchasing: parts.purchasing,
            rulebook,
            store: parts.store,
            redactor: parts.redactor,
            people: parts.people,
            timers: Timers::default(),
            waits: HashMap::new(),
            seen: 0,
            busy: 0,
            claims: HashMap::new(),
            writing: TaskTracker::new(),
            probes: Probes::default(),
            messages: mpsc::channel(1024),
            last_go: None,
            credits: spent(&parts.records),
        })
    }

    /// Drives the run until it ends or stops.
    pub async fn drive(mut self) -> Result<Driven, DriverError> {
        let span = self.spans.run().clone();
        let ended = self.until_the_end().instrument(span.clone()).await;
        self.recorder.close().instrument(span).await;
        Ok(Driven { ended: ended?, counts: self.run.counts(), credits: self.credits })
    }

    async fn until_the_end(&mut self) -> Result<Ended, DriverError> {
        tracing::info!(service = %self.run.start().service.url, "the run is under way");
        self.recover_lines().await;
        let mut requests = tokio::time::interval(LOOK_FOR_REQUESTS);
        loop {
            while let Some((ticket, command)) = self.next_command() {
                self.seen = ticket;
                if let Some(ended) = self.obey(ticket, command).await? {
                    return Ok(ended);
                }
            }
            if let Some(error) = self.recorder.failure() {
                return Ok(self.unwritten(error));
            }
            if self.run.idle_but_for_people().is_some() {
                // Their words may lie there since before the run was taken up.
                self.look_for_requests().await?;
                if self.next_command().is_some() {
                    continue;
                }
            }
            if let Some(ended) = self.stop_for_want_of_people().await? {
                return Ok(ended);
            }
            self.wait_for_something(&mut requests).await?;
        }
    }

    fn next_command(&self) -> Option<(u64, Command)> {
        self.run.decide_after(self.seen).next().map(|(ticket, command)| (ticket, command.clone()))
    }

    async fn obey(&mut self, ticket: u64, command: Command) -> Result<Option<Ended>, DriverError> {
        match command {
            Command::ReadCondition { step } => self.read_condition(step).await?,
            Command::ListItems { step } => self.list_items(step).await?,
            Command::Prepare { step } => self.prepare(step).await?,
            Command::Wait { step, until, .. } => self.wait_until(ticket, Some(step), until),
            Command::TimeOut { until } => self.wait_until(ticket, None, until),
            Command::Attempt { step, attempt, since, looks, expires } => {
                let turn = attempts::Turn { ticket, step, attempt, since, looks, expires, until: expires };
                match self.is_ruled(step) {
                    true => self.examine(turn).await?,
                    false => self.queue(turn),
                }
            }
            Command::Pause { step } if self.run.start().go => {
                self.record(Event::Gone { step, by: "--go".to_owned() }, Durability::Lazy).await?;
            }
            Command::Pause { .. } | Command::Ask { .. } => {}
            Command::Finish { outcome } => return self.finish(outcome).await.map(Some),
            Command::Stop { reason } => return self.stop(reason).await.map(Some),
        }
        Ok(None)
    }

    fn wait_until(&mut self, ticket: u64, step: Option<StepKey>, until: Timestamp) {
        self.waits.insert(ticket, step);
        self.timers.set(until, ticket);
    }

    /// With nobody there to ask, a run that only a person could move stops.
    async fn stop_for_want_of_people(&mut self) -> Result<Option<Ended>, DriverError> {
        if self.people.present || self.busy > 0 {
            return Ok(None);
        }
        match self.run.idle_but_for_people() {
            Some(reason) => self.stop(reason).await.map(Some),
            None => Ok(None),
        }
    }

    async fn wait_for_something(&mut self, requests: &mut tokio::time::Interval) -> Result<(), DriverError> {
        let next = self.timers.next(|ticket| self.run.stands(ticket));
        if self.executor.pace() == Pace::Virtual && self.busy == 0 {
            if let Some(instant) = next {
                self.executor.advance_to(instant);
            }
            return self.say_what_is_due().await;
        }
        let wait = next.map(|instant| self.executor.until(instant));
        tokio::select! {
            Some(message) = self.messages.1.recv() => self.hear(message).await?,
            Some(says) = self.people.says.recv() => self.heed(says).await?,
            () = tokio::time::sleep(wait.unwrap_or_default()), if wait.is_some() => {}
            _ = requests.tick() => self.look_for_requests().await?,
            () = self.recorder.failed() => {}
        }
        self.say_what_is_due().await
    }

    async fn say_what_is_due(&mut self) -> Result<(), DriverError> {
        while let Some(ticket) = self.timers.take_due(self.executor.now()) {
            let waiting = self.waits.remove(&ticket);
            if !self.run.stands(ticket) {
                continue;
            }
            let event = match waiting {
                Some(Some(step)) => Event::Due { step },
                Some(None) => Event::TimedOut,
                None => continue,
            };
            self.record(event, Durability::Lazy).await?;
        }
        Ok(())
    }

    async fn finish(&mut self, outcome: RunOutcome) -> Result<Ended, DriverError> {
        let (outputs, failure) = match outcome {
            RunOutcome::Succeeded => self.outputs(),
            RunOutcome::Failed | RunOutcome::Cancelled => Default::default(),
        };
        let outcome = if failure.is_some() { RunOutcome::Failed } else { outcome };
        tracing::info!(?outcome, credits = self.credits, "the run ends");
        self.record(Event::Finished { outcome, outputs, failure }, Durability::Synced).await?;
        self.write_lines().await;
        self.leave_lines().await;
        Ok(self.recorder.settled().await.map_or_else(|error| self.unwritten(error), |()| Ended::Finished(outcome)))
    }

    async fn stop(&mut self, reason: StopReason) -> Result<Ended, DriverError> {
        tracing::info!(?reason, "the run stops and can go on later");
        self.record(Event::Stopped { reason }, Durability::Synced).await?;
        self.write_lines().await;
        Ok(self.recorder.settled().await.map_or_else(|error| self.unwritten(error), |()| Ended::Stopped(reason)))
    }

    fn unwritten(&self, error: JournalError) -> Ended {
        let is_open = |(_, node, state): &(StepKey, &Node, StepState)| {
            !state.has_ended() && node.section == Section::Main && !matches!(node.work, Work::Join)
        };
        let steps = self.run.steps().filter(|(key, ..)| key.item.is_none());
        Ended::Unwritten { error, open: steps.filter(is_open).map(|(_, node, _)| node.id.clone()).collect() }
    }

    /// Applies an event, queues it for the journal, and for the reports behind it.
    async fn record(&mut self, event: Event, durability: Durability) -> Result<(), DriverError> {
        self.recorder.record(&mut self.run, event, durability, self.executor.now()).await?;
        self.drop_lines();
        Ok(())
    }
}

/// What a run has spent: what was bought, without what was bought before or refunded.
fn spent(records: &[Record]) -> u64 {
    let mut open = HashMap::new();
    let mut credits = 0;
    for record in records {
        match &record.event {
            Event::AttemptStarted { step, rendering, .. } => drop(open.insert(*step, rendering.credits)),
            Event::AttemptEnded { step, exchange: Exchange::Done { .. } } => {
                credits += open.remove(step).unwrap_or_default();
            }
            _ => {}
        }
    }
    credits
}

/// The items of the loops that have begun.
fn items_so_far(run: &Run, store: &RunStore) -> Result<Items, Failure> {
    let mut items = Items::default();
    for (index, node) in run.start().plan.nodes.iter().enumerate() {
        let Work::Loop(inner) = &node.work else { continue };
        let step = StepKey::node(index as u32);
        if let Some(recorded) = run.listed(step) {
            let read = crate::executors::items::read_again(inner, recorded, store, &run.start().selection)?;
            items.keep(step.node, read);
        }
    }
    Ok(items)
}
