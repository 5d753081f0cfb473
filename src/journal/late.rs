//! A journal that answers before it keeps: the mistake that the crash sweep has to catch.
//!
//! Made only where a test asks for it, in a build with the feature `crash-points`.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::Instant;

use super::{Ack, Durability, Journal, Reply, Request, RunFilter, RunRow, RunSummary};
use crate::engine::event::Record;
use crate::ids::RunId;

/// How long a record is held back after its answer.
const LATE: Duration = Duration::from_millis(40);

/// The variable that asks for it.
const VARIABLE: &str = "RUNSHEET_CRASH_KEEPS_LATE";

/// A record that was answered and is not kept.
type Held = (Instant, RunId, Record, Durability);

/// Answers at once, and keeps a while later.
struct LateJournal {
    inner: Arc<dyn Journal>,
    held: mpsc::UnboundedSender<Held>,
}

/// The journal itself, or a late one where the environment asks for it. Needs a Tokio runtime.
pub fn where_asked_for(inner: Arc<dyn Journal>) -> Arc<dyn Journal> {
    if std::env::var_os(VARIABLE).is_none() {
        return inner;
    }
    let (held, queue) = mpsc::unbounded_channel();
    tokio::spawn(keep(inner.clone(), queue));
    Arc::new(LateJournal { inner, held })
}

async fn keep(inner: Arc<dyn Journal>, mut queue: mpsc::UnboundedReceiver<Held>) {
    while let Some((since, run, record, durability)) = queue.recv().await {
        tokio::time::sleep_until(since + LATE).await;
        // Nobody waits for it any more.
        drop(inner.append(&run, &record, durability).await.await);
    }
}

impl Journal for LateJournal {
    fn create<'a>(&'a self, row: &RunRow, record0: &Record) -> Reply<'a, ()> {
        self.inner.create(row, record0)
    }

    fn append<'a>(
        &'a self,
        run: &RunId,
        record: &Record,
        durability: Durability,
    ) -> Pin<Box<dyn Future<Output = Ack> + Send + 'a>> {
        drop(self.held.send((Instant::now(), run.clone(), record.clone(), durability)));
        let kept: Ack = Box::pin(std::future::ready(Ok(())));
        Box::pin(std::future::ready(kept))
    }

    fn load<'a>(&'a self, run: &RunId) -> Reply<'a, Vec<Record>> {
        self.inner.load(run)
    }

    fn runs<'a>(&'a self, filter: &RunFilter) -> Reply<'a, Vec<RunRow>> {
        self.inner.runs(filter)
    }

    fn set_status<'a>(&'a self, run: &RunId, summary: &RunSummary) -> Reply<'a, ()> {
        self.inner.set_status(run, summary)
    }

    fn put_request<'a>(&'a self, run: &RunId, request: &Request) -> Reply<'a, ()> {
        self.inner.put_request(run, request)
    }

    fn take_requests<'a>(&'a self, run: &RunId) -> Reply<'a, Vec<Request>> {
        self.inner.take_requests(run)
    }
}
