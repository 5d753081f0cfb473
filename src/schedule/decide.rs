//! What becomes of each time that is due: the one decision, for the scheduler and for `schedule explain` alike.

mod candidate;
mod desk;
mod missed;
#[cfg(test)]
mod tests;

use super::{Due, Reason, Schedule};
use crate::clock::Timestamp;
use crate::duration::Millis;
use candidate::Candidate;
use desk::Desk;
use missed::Missed;

/// Times that were decided for further ahead than this were decided by a clock that was wrong.
pub const FAR_AHEAD: Millis = Millis::from_secs(24 * 3600);

/// How things stand when a decision is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The present.
    pub now: Timestamp,
    /// Everything due up to here was decided before. A schedule that is new or was edited begins with the present.
    pub decided_until: Timestamp,
    /// Since when somebody has been there to start runs, whoever; what was due before was missed. A silence that
    /// [`super::presence`] does not notice is none.
    pub up_since: Timestamp,
    /// How many runs of the workflow are under way; one that is stopped is not.
    pub under_way: usize,
    /// The times that wait since an earlier decision, the oldest first.
    pub waiting: Vec<Waiting>,
    /// How many more runs the workflow's group has room for, below zero where more are under way than fit; none
    /// without a group.
    pub room: Option<i64>,
}

/// A time that waits for its turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// When it was due.
    pub due: Timestamp,
    /// As what it will start.
    pub kind: Kind,
    /// When it was put to wait.
    pub since: Timestamp,
}

/// What was decided, in the order in which it is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decisions {
    /// Everything due up to here is decided now.
    pub decided_until: Timestamp,
    /// What becomes of each time.
    pub all: Vec<Decision>,
}

/// What becomes of a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// When it was due: what the run is known by.
    pub due: Timestamp,
    /// What is due; none of a time that has waited, and of many missed ones together.
    pub what: Option<Due>,
    /// What becomes of it.
    pub kind: Kind,
    /// Why.
    pub reason: Reason,
    /// What is to be done now.
    pub action: Action,
    /// How many times it stands for: more than one only of missed ones, of which `due` is the last.
    pub times: u64,
    /// The first of them.
    pub since: Timestamp,
}

/// What becomes of a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// It starts a run.
    Fire,
    /// It starts none.
    Skip,
    /// It starts one, later than its nominal time, because the clocks skip that.
    Shift,
    /// It was missed, and starts one now.
    Catchup,
    /// It was missed, and starts none.
    Missed,
}

/// What is to be done about a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Start a run, and before that cancel those under way if it says so.
    Start {
        /// Whether the runs of the workflow under way are cancelled.
        cancel: bool,
    },
    /// Keep it waiting: it comes back in [`Standing::waiting`].
    Wait,
    /// Nothing.
    Nothing,
}

/// Decides about everything that is due and was not decided before, and about what waits.
///
/// Asked again with what it has decided, it decides nothing new.
pub fn decide(schedule: &Schedule, standing: &Standing) -> Decisions {
    let is_wrong = standing.decided_until.since(standing.now) > FAR_AHEAD;
    let decided_until = if is_wrong { standing.now } else { standing.decided_until.max(standing.now) };
    let (before, since): (Vec<_>, Vec<_>) = standing.waiting.iter().partition(|one| one.since < standing.up_since);
    let mut desk = Desk::new(schedule.overlap, standing, since);
    let mut missed = Missed::new(schedule, standing.now, before);
    let mut on_time = Vec::new();
    for due in schedule.after(standing.decided_until.min(decided_until)).take_while(|due| due.at <= standing.now) {
        match due.at < standing.up_since {
            _ if !due.starts() => desk.shown_twice(due),
            true => missed.add(due),
            false => on_time.push(Candidate::on_time(due)),
        }
    }
    desk.start_waiting();
    for candidate in missed.made_up(&mut desk).into_iter().chain(on_time) {
        desk.take(candidate);
    }
    Decisions { decided_until, all: desk.into_decisions() }
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 5] = [Self::Fire, Self::Skip, Self::Shift, Self::Catchup, Self::Missed];

    /// The word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fire => "fire",
            Self::Skip => "skip",
            Self::Shift => "shift",
            Self::Catchup => "catchup",
            Self::Missed => "missed",
        }
    }

    /// Reads the word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}
