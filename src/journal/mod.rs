//! Where what happened is kept: a run is its records, in order, without gaps.
//!
//! The driver of a run appends; lists, reports and a resume read. An append is answered after its commit, so what
//! was answered survives the death of the process. A [`Durability::Synced`] append survives a power cut too, and
//! with it everything appended before it, of any run.
//!
//! A power cut may therefore lose only what follows the last synced record. That is harmless: before a line is
//! spoken or an agent is paid for, the intent is synced, as are an agent's id, a cancel, what a person resolved and
//! a run's end. What can be missing is the end of waits, of reads and of what may be repeated, and the outcome of
//! an intent that is there, which makes that step unknown rather than done twice.
//!
//! It refuses a taken id, a record that does not follow the last one, and a journal that does not read back. The
//! rows of [`RunRow`] are a summary for lists; nothing is decided from them.

pub mod blobs;
pub mod folder;
#[cfg(feature = "crash-points")]
pub mod late;
mod line;
pub mod lock;
pub mod memory;
mod origin;
mod row;
pub mod sqlite;
mod tail;
pub mod upkeep;

use std::pin::Pin;

use serde_json::Value;

pub use self::row::{Counts, RunFilter, RunRow, RunStatus, RunSummary};
pub use self::tail::{Reach, Totals};
use crate::database::DatabaseError;
pub use crate::database::Durability;
use crate::engine::event::Record;
use crate::ids::RunId;
use crate::plan::model::StepKey;

/// An answer that comes later.
pub type Reply<'a, T> = Pin<Box<dyn Future<Output = Result<T, JournalError>> + Send + 'a>>;

/// The answer to an append: resolves after the commit, and for a synced record after the disk has it.
pub type Ack = Reply<'static, ()>;

/// Keeps the records of runs. Its futures need a Tokio runtime.
pub trait Journal: Send + Sync {
    /// Begins a run with its record 0, synced. Refuses an id that is taken.
    ///
    /// The run's lock is held before: a run that nobody holds is shown as crashed.
    fn create<'a>(&'a self, row: &RunRow, record0: &Record) -> Reply<'a, ()>;

    /// Queues a record. The outer future waits only for room in the queue and decides the order; the [`Ack`] it
    /// gives says how the write ended. After one that failed, every later record of the run is refused.
    fn append<'a>(
        &'a self,
        run: &RunId,
        record: &Record,
        durability: Durability,
    ) -> Pin<Box<dyn Future<Output = Ack> + Send + 'a>>;

    /// Every record of a run, in order, checked for gaps.
    fn load<'a>(&'a self, run: &RunId) -> Reply<'a, Vec<Record>>;

    /// The runs that a filter lets through, newest first.
    fn runs<'a>(&'a self, filter: &RunFilter) -> Reply<'a, Vec<RunRow>>;

    /// Rewrites a run's summary.
    fn set_status<'a>(&'a self, run: &RunId, summary: &RunSummary) -> Reply<'a, ()>;

    /// Leaves a wish for whoever drives the run, in this process or another. Synced.
    fn put_request<'a>(&'a self, run: &RunId, request: &Request) -> Reply<'a, ()>;

    /// Takes the wishes left for a run, in the order they came. Cheap when nothing changed: ask every 250 ms.
    fn take_requests<'a>(&'a self, run: &RunId) -> Reply<'a, Vec<Request>>;
}

impl dyn Journal + '_ {
    /// The run with this id, else the only one whose id begins with it.
    pub async fn find(&self, typed: &str) -> Result<Option<RunRow>, JournalError> {
        let prefix = RunId::from_typed(typed);
        let mut found = self.runs(&RunFilter { prefix: Some(prefix.clone()), ..RunFilter::default() }).await?;
        if let Some(exact) = found.iter().position(|row| row.id == prefix) {
            return Ok(Some(found.swap_remove(exact)));
        }
        match found.len() {
            0 | 1 => Ok(found.pop()),
            _ => Err(JournalError::Ambiguous {
                typed: typed.to_owned(),
                runs: found.into_iter().map(|row| row.id).collect(),
            }),
        }
    }

    /// The run that began last.
    pub async fn latest(&self) -> Result<Option<RunRow>, JournalError> {
        Ok(self.runs(&RunFilter { limit: Some(1), ..RunFilter::default() }).await?.pop())
    }

    /// The run of a workflow file, relative to the project, that began last among those that have not ended.
    pub async fn latest_unfinished_of(&self, file: &str) -> Result<Option<RunRow>, JournalError> {
        let filter =
            RunFilter { file: Some(file.to_owned()), unfinished: true, limit: Some(1), ..RunFilter::default() };
        Ok(self.runs(&filter).await?.pop())
    }
}

/// A wish of a person for a run under way.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// What is wished.
    pub kind: RequestKind,
    /// The rest, such as the step and how it is resolved; null when there is none.
    pub body: Value,
}

impl Request {
    /// The step that it names.
    pub fn step(&self) -> Option<StepKey> {
        serde_json::from_value(self.body.get("step")?.clone()).ok()
    }
}

/// What a person can wish of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RequestKind {
    /// End it for good.
    Cancel,
    /// Go on after a pause.
    Go,
    /// Settle a step that nobody knows about.
    Resolve,
    /// Stop it, to be resumed.
    Stop,
}

impl RequestKind {
    /// Every kind.
    const ALL: [Self; 4] = [Self::Cancel, Self::Go, Self::Resolve, Self::Stop];

    /// The word in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cancel => "cancel",
            Self::Go => "go",
            Self::Resolve => "resolve",
            Self::Stop => "stop",
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// Why a journal could not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JournalError {
    /// Another run has this id: draw another.
    #[error("the run id `{0}` is taken")]
    Taken(RunId),
    /// No run has this id.
    #[error("there is no run `{0}`")]
    NoRun(RunId),
    /// Several ids begin with what was typed.
    #[error("`{typed}` could be any of {} runs: {}", runs.len(), listed(runs))]
    Ambiguous {
        /// What was typed.
        typed: String,
        /// The runs.
        runs: Vec<RunId>,
    },
    /// The record does not follow the last one that was kept.
    #[error("record {seq} of run `{run}` does not follow its last one")]
    OutOfOrder {
        /// The run.
        run: RunId,
        /// The record's number.
        seq: u64,
    },
    /// What was read is not what was written.
    #[error("the journal of run `{run}` is damaged at record {seq}: {detail}")]
    Corrupt {
        /// The run.
        run: RunId,
        /// The first record that cannot be trusted.
        seq: u64,
        /// What is wrong with it.
        detail: String,
    },
    /// The database refused.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

impl JournalError {
    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::Taken(_) => "draw another id".to_owned(),
            Self::NoRun(_) => "`runsheet runs` lists them".to_owned(),
            Self::Ambiguous { .. } => "type more of the id".to_owned(),
            Self::OutOfOrder { run, .. } => format!("`runsheet resume {run}` goes on from what was kept"),
            Self::Corrupt { run, .. } => format!(
                "it cannot be resumed, and a new run would say its lines again: put `runs.db` back from a copy, or see \
                 what was said by `sqlite3 runs.db \"SELECT seq, at, body FROM events WHERE run = '{run}'\"`"
            ),
            Self::Database(error) => error.hint(),
        }
    }
}

fn listed(runs: &[RunId]) -> String {
    runs.iter().take(5).map(RunId::as_str).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests;
