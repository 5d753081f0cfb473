//! Numbers events, applies them, queues them for the journal, and tells the reports when they are committed.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, mpsc, oneshot};
use tokio::task::JoinHandle;
use tracing::Instrument as _;

use super::changes;
use crate::clock::Timestamp;
use crate::crash;
use crate::engine::error::EngineError;
use crate::engine::event::{Event, Record};
use crate::engine::run::Run;
use crate::executors::executor::Executor;
use crate::ids::RunId;
use crate::journal::{Ack, Durability, Journal, JournalError, Request};
use crate::report::{Change, Moment, Report};

/// How often reports may repaint what moves.
const TICK: Duration = Duration::from_millis(100);
/// How many events reports may be behind before they are waited for.
const BEHIND: usize = 16_384;

/// Writes a run's events.
pub struct Recorder {
    run: RunId,
    seq: u64,
    journal: Arc<dyn Journal>,
    told: Option<mpsc::Sender<Told>>,
    reporter: Option<JoinHandle<()>>,
    failure: Arc<Failed>,
}

/// What the reporter is told.
enum Told {
    /// An event, when the answer says that it is kept.
    Event(Box<Record>, Vec<Change>, Ack),
    /// Something for the person in front.
    Notice(String),
    /// Answered when everything before is kept and shown.
    Flush(oneshot::Sender<()>),
}

/// The first write that failed.
#[derive(Default)]
struct Failed {
    error: Mutex<Option<JournalError>>,
    noticed: Notify,
}

impl Failed {
    fn set(&self, error: JournalError) {
        self.error.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
        self.noticed.notify_one();
    }

    fn get(&self) -> Option<JournalError> {
        self.error.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Recorder {
    /// Goes on after these records; the reports hear of them first.
    pub fn new(
        records: &[Record],
        run: RunId,
        (journal, clock): (Arc<dyn Journal>, Arc<dyn Executor>),
        report: Box<dyn Report + Send>,
    ) -> Self {
        let (told, inbox) = mpsc::channel(BEHIND);
        let mut report = report;
        retell(records, report.as_mut());
        let failure = Arc::new(Failed::default());
        let reporter = tokio::spawn(tell(report, inbox, (failure.clone(), clock)).in_current_span());
        Self { run, seq: records.len() as u64, journal, told: Some(told), reporter: Some(reporter), failure }
    }

    /// Applies and queues an event.
    pub async fn record(
        &mut self,
        run: &mut Run,
        event: Event,
        durability: Durability,
        at: Timestamp,
    ) -> Result<(), EngineError> {
        let (record, changes) = self.apply(run, event, at)?;
        tracing::trace!(seq = record.seq, ?durability, "a record is queued");
        let ack = self.journal.append(&self.run, &record, durability).await;
        self.tell(Told::Event(Box::new(record), changes, ack)).await;
        Ok(())
    }

    /// As [`Self::record`]; the future says when the event is kept.
    pub async fn record_watched(
        &mut self,
        run: &mut Run,
        event: Event,
        durability: Durability,
        at: Timestamp,
    ) -> Result<impl Future<Output = Result<(), JournalError>> + Send + use<>, EngineError> {
        let (record, changes) = self.apply(run, event, at)?;
        tracing::trace!(seq = record.seq, ?durability, "a record is queued, and waited for");
        let ack = self.journal.append(&self.run, &record, durability).await;
        let (seen, answer) = oneshot::channel();
        let gone = JournalError::NoRun(self.run.clone());
        let relayed: Ack = Box::pin(async move { answer.await.unwrap_or(Err(gone)) });
        self.tell(Told::Event(Box::new(record), changes, relayed)).await;
        Ok(async move {
            let result = ack.await;
            drop(seen.send(result.clone()));
            result
        })
    }

    fn apply(&mut self, run: &mut Run, event: Event, at: Timestamp) -> Result<(Record, Vec<Change>), EngineError> {
        let record = Record { seq: self.seq, at, event };
        run.apply(&record)?;
        self.seq += 1;
        crash::point(crash::Point::BeforeAppend);
        let changes = changes::after(run, &record);
        Ok((record, changes))
    }

    async fn tell(&self, told: Told) {
        if let Some(sender) = &self.told {
            // The reporter ends only when this sender is dropped.
            drop(sender.send(told).await);
        }
    }

    /// Shows something to the person in front; dropped when the reports are far behind.
    pub fn say(&self, notice: &str) {
        if let Some(sender) = &self.told {
            drop(sender.try_send(Told::Notice(notice.to_owned())));
        }
    }

    /// What other processes wish; nothing when the journal cannot be read now.
    pub async fn requests(&self, run: RunId) -> Vec<Request> {
        self.journal.take_requests(&run).await.unwrap_or_default()
    }

    /// Waits until everything recorded is kept and shown.
    pub async fn settled(&self) -> Result<(), JournalError> {
        let (done, answer) = oneshot::channel();
        self.tell(Told::Flush(done)).await;
        drop(answer.await);
        self.failure.get().map_or(Ok(()), Err)
    }

    /// The first write that failed.
    pub fn failure(&self) -> Option<JournalError> {
        self.failure.get()
    }

    /// Notes a write that failed.
    pub fn fail(&self, error: JournalError) {
        self.failure.set(error);
    }

    /// Waits until a write fails.
    pub async fn failed(&self) {
        self.failure.noticed.notified().await;
    }

    /// Ends the reports.
    pub async fn close(&mut self) {
        self.told = None;
        if let Some(reporter) = self.reporter.take() {
            // A report that panicked has said so; the run itself is kept.
            drop(reporter.await);
        }
    }
}

/// Tells a report what happened before: of a run that is taken up again it was shown then, but for the last record,
/// by which it goes on.
fn retell(records: &[Record], report: &mut dyn Report) {
    let news = records.last().map_or(0, |record| record.seq);
    let told = |moment: Moment<'_>| report.event(&Moment { past: moment.record.seq < news, ..moment });
    if let Err(error) = super::replay(records, told) {
        tracing::error!(%error, "the run's past cannot be shown");
    }
}

/// Tells the reports what happened, in order, once it is kept.
async fn tell(
    mut report: Box<dyn Report + Send>,
    mut inbox: mpsc::Receiver<Told>,
    (failure, clock): (Arc<Failed>, Arc<dyn Executor>),
) {
    let mut tick = tokio::time::interval(TICK);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
    loop {
        let told = tokio::select! {
            biased;
            told = inbox.recv() => told,
            _ = tick.tick(), if report.moves() => {
                report.tick(clock.now());
                continue;
            }
        };
        match told {
            Some(Told::Event(record, changes, ack)) => match ack.await {
                Ok(()) => {
                    tracing::trace!(seq = record.seq, "a record is kept");
                    report.event(&Moment { record: &record, changes: &changes, past: false });
                }
                Err(error) => failure.set(error),
            },
            Some(Told::Notice(notice)) => report.notice(&notice),
            Some(Told::Flush(done)) => drop(done.send(())),
            None => break,
        }
    }
    if let Err(error) = report.finish() {
        tracing::error!(%error, "a report could not be written");
    }
}
