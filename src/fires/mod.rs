//! What became of every time that was due: kept with the runs, so that each starts one at the most, ever.
//!
//! ```text
//! see(schedule) → decided_until ─┐
//! waiting(schedule) ─────────────┴→ schedule::decide → record(decisions, runs) → those that are ours: a run → started
//! ```
//!
//! [`Fires::record`] is the claim. It writes all decisions in one transaction, on the disk before anything starts, and
//! answers those that nobody else has decided: of two programs on one state folder one gets a time, and after a crash
//! nobody gets it again. A claim names the run that it will start, whose lock is held from before it until the run is
//! written down, so that after a crash the claim tells whether it became one. A schedule that is seen for the first time, was edited, or was away begins with the present.
//!
//! It decides nothing, and it knows no run but by its id.

mod claims;
mod rows;
mod store;
#[cfg(test)]
mod tests;

pub use store::{Fires, Recording};

use crate::clock::Timestamp;
use crate::duration::Millis;
use crate::ids::RunId;
use crate::schedule::decide::{Decision, Kind};

/// A run that starts later than this after its time is counted as late.
pub const LATE: Millis = Millis::from_secs(5);

/// The schedule of a workflow on a service: a rehearsal takes nothing from an evening.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ScheduleKey {
    /// The key of the service.
    pub service: String,
    /// The workflow's name.
    pub workflow: String,
}

/// A schedule as it is taken up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Everything due up to here is decided.
    pub decided_until: Timestamp,
    /// Since when somebody keeps it without a break; what was due before and is not decided was missed.
    pub up_since: Timestamp,
}

/// What was recorded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recorded {
    /// The decisions that are ours to carry out, in order; the others are somebody else's.
    pub ours: Vec<Decision>,
    /// Everything due up to here is decided.
    pub decided_until: Timestamp,
}

/// A time that is claimed, and has not become a run yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claimed {
    /// The workflow's name.
    pub workflow: String,
    /// When it was due.
    pub due: Timestamp,
    /// When it was claimed.
    pub since: Timestamp,
    /// The run that it will start; none where an earlier version claimed it.
    pub run: Option<RunId>,
}

/// What became of a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fire {
    /// The workflow's name.
    pub workflow: String,
    /// When it was due.
    pub due: Timestamp,
    /// The local time as the schedule names it; none where the row stands for many.
    pub nominal: Option<String>,
    /// What became of it.
    pub kind: Kind,
    /// Why, for people.
    pub reason: String,
    /// How many times the row stands for, of which it is the last.
    pub times: u64,
    /// When it was decided.
    pub decided_at: Timestamp,
    /// How far it is.
    pub state: FireState,
    /// The run that it started, or is about to.
    pub run: Option<RunId>,
}

/// How far a time is that was decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FireState {
    /// Nothing is to be done.
    Settled,
    /// It waits for its turn.
    Waiting,
    /// A run is about to be started.
    Claimed,
    /// The run was started.
    Started,
    /// The run could not be started, or its process died before.
    Lost,
}

/// How many times of a schedule became what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FireCounts {
    /// Began a run when they were due, or when their turn came.
    pub fired: u64,
    /// Missed, and began a run all the same.
    pub caught_up: u64,
    /// Skipped.
    pub skipped: u64,
    /// Missed.
    pub missed: u64,
    /// Of those that fired, began more than [`LATE`] after their time, or after their turn came.
    pub late: u64,
}

impl FireState {
    /// The word in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Settled => "settled",
            Self::Waiting => "waiting",
            Self::Claimed => "claimed",
            Self::Started => "started",
            Self::Lost => "lost",
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        [Self::Settled, Self::Waiting, Self::Claimed, Self::Started, Self::Lost]
            .into_iter()
            .find(|state| state.as_str() == word)
    }
}
