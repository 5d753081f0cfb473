//! A time that would start a run, if nothing is in its way.

use super::{Action, Decision, Due, Kind, Reason, Waiting};
use crate::clock::Timestamp;
use crate::schedule::entry::Change;

/// A time that would start a run.
pub(super) struct Candidate {
    /// When it was due.
    pub(super) due: Timestamp,
    /// What is due; none of a time that has waited.
    pub(super) what: Option<Due>,
    /// As what it would start.
    pub(super) kind: Kind,
    /// Why it would.
    pub(super) reason: Reason,
}

impl Candidate {
    /// A time that is due now.
    pub(super) fn on_time(due: Due) -> Self {
        let (kind, reason) = match due.first.change {
            Change::Skipped => (Kind::Shift, Reason::NotShown { nominal: due.first.nominal }),
            Change::None | Change::Repeated => (Kind::Fire, Reason::Due),
        };
        Self { due: due.at, what: Some(due), kind, reason }
    }

    /// A time that was missed.
    pub(super) fn missed(due: Due, now: Timestamp) -> Self {
        let reason = Reason::MadeUp { late: now.since(due.at) };
        Self { due: due.at, what: Some(due), kind: Kind::Catchup, reason }
    }

    /// A time that has waited since before nobody was there.
    pub(super) fn left(waiting: Waiting, now: Timestamp) -> Self {
        let reason = Reason::MadeUp { late: now.since(waiting.due) };
        Self { due: waiting.due, what: None, kind: Kind::Catchup, reason }
    }

    /// What becomes of it.
    pub(super) fn becomes(self, action: Action) -> Decision {
        let Self { due, what, kind, reason } = self;
        Decision { due, what, kind, reason, action, times: 1, since: due }
    }

    /// It starts nothing, for a reason.
    pub(super) fn does_not(self, kind: Kind, reason: Reason) -> Decision {
        Self { kind, reason, ..self }.becomes(Action::Nothing)
    }
}
