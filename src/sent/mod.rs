//! What was said to whom: asked by the driver around a *once* step that has rules which count over runs.
//!
//! ```text
//! look(line) → free: wait for a turn → claim(line) → free: the intent is recorded, the line goes out → settle(…)
//!     │                                    └ already sent, capped, superseded: as below
//!     └ already sent, superseded: it is skipped · capped: it waits
//! ```
//!
//! [`Sent::claim`] is the decision: it looks and writes in one transaction, queued before the record of the intent, so
//! that whatever is on its way is known here, to every run of the state folder. A line of which nobody knows whether it
//! was heard stays claimed, and counts. What is known not to have gone out is given back.
//!
//! It decides nothing else, and it knows of a run only its id and when it began.

mod count;
pub mod memory;
pub mod sqlite;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::pin::Pin;

use crate::clock::Timestamp;
use crate::database::DatabaseError;
use crate::duration::Millis;
use crate::ids::RunId;
use crate::plan::model::StepKey;

/// An answer that comes later.
pub type Reply<'a, T> = Pin<Box<dyn Future<Output = Result<T, DatabaseError>> + Send + 'a>>;

/// Keeps what was said. Its futures need a Tokio runtime.
pub trait Sent: Send + Sync {
    /// What keeps a line from going out now.
    fn look<'a>(&'a self, line: &Line, now: Timestamp) -> Reply<'a, Standing>;

    /// The same, and if nothing does, records in the same breath that it goes out.
    ///
    /// Written before any record that the journal is given afterwards; on the disk when the first synced one is.
    fn claim<'a>(&'a self, line: &Line, now: Timestamp) -> Reply<'a, Standing>;

    /// Records that a line waits, so that an older one for the same value gives way.
    fn wait<'a>(&'a self, line: &Line, now: Timestamp) -> Reply<'a, ()>;

    /// Records what became of a line that was claimed or that waits. One that was neither is no error.
    fn settle<'a>(&'a self, id: &LineId, fate: Fate) -> Reply<'a, ()>;

    /// Gives back what a run that is taken up claimed and did not send: all but these steps, which may have gone out.
    fn recover<'a>(&'a self, service: &str, run: &RunId, out: BTreeSet<StepKey>) -> Reply<'a, ()>;

    /// Lets a run's lines wait no more: it ended.
    fn leave<'a>(&'a self, service: &str, run: &RunId) -> Reply<'a, ()>;
}

/// Which line of which run.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LineId {
    /// The key of the service.
    pub service: String,
    /// The run.
    pub run: RunId,
    /// The step.
    pub step: StepKey,
}

/// A line that is to go out, and what counts it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Which it is.
    pub id: LineId,
    /// The workflow's name.
    pub workflow: String,
    /// When its run began: of two that wait, the one of the later run is the newer.
    pub run_began: Timestamp,
    /// The step as people name it.
    pub shown: String,
    /// The value for which it goes out once.
    pub once_per: Option<String>,
    /// Whose cap counts it.
    pub cap: Option<Counted>,
    /// How long after it goes out its fate is known, or nobody will ever know.
    pub settles: Millis,
}

/// A cap, for one person at one instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    /// The group of workflows that count together.
    pub group: String,
    /// The person.
    pub person: String,
    /// The most times within a length, and the length.
    pub rolling: Option<(u32, Millis)>,
    /// The most times on a day, and when the person's present day begins and ends.
    pub day: Option<(u32, Timestamp, Timestamp)>,
}

/// What keeps a line from going out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nothing.
    Free,
    /// It went out before for the same value, or may have.
    AlreadySent(Earlier),
    /// The person was addressed too often.
    Capped {
        /// Until when.
        until: Timestamp,
    },
    /// Another line for the same value or person is on its way: look again then.
    Underway {
        /// When its fate is known.
        until: Timestamp,
    },
    /// A newer line for the same value waits.
    Superseded {
        /// In this run.
        run: RunId,
    },
}

/// A line that went out, or may have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Earlier {
    /// The run.
    pub run: RunId,
    /// When.
    pub at: Timestamp,
    /// Whether the service said that somebody heard it; else nobody knows.
    pub is_heard: bool,
}

/// What became of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The service said that somebody heard it.
    Heard,
    /// Nobody knows, and nobody will by waiting: it counts as sent, whatever becomes of later tries.
    Unknown,
    /// A person says that nobody heard it: it waits to be tried again.
    Denied,
    /// It did not take effect, and waits to be tried again.
    Waits,
    /// It will not be tried again: if it waits, it waits no more. What may have gone out stays.
    Dropped,
}

/// A value for which a line went out, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentLine {
    /// The value.
    pub once_per: String,
    /// The step as people name it.
    pub step: String,
    /// The run, the instant, and whether it is known to have been heard.
    pub earlier: Earlier,
    /// Whether it was on its way when its run last told of it; where that run is over, nobody knows.
    pub is_out: bool,
}

impl Standing {
    /// Tells whether nothing keeps the line.
    pub fn is_free(&self) -> bool {
        *self == Self::Free
    }
}
