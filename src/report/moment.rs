//! What reports are told: a record of the journal, and what became of the steps by it.
//!
//! The engine derives much without an event (what is skipped for `upstream`, which step is unknown), so
//! whoever drives or replays a run says with each record how the steps' states changed.

use serde_json::Value;

use crate::clock::Timestamp;
use crate::duration::Millis;
use crate::engine::command::WaitReason;
use crate::engine::event::Record;
use crate::outcome::Failure;
use crate::plan::model::StepKey;

/// One record and its consequences.
#[derive(Clone, Copy, Debug)]
pub struct Moment<'a> {
    /// The record, already in the journal.
    pub record: &'a Record,
    /// How the steps' states changed by it, in order.
    pub changes: &'a [Change],
    /// Whether it happened before a run was taken up again: known from the journal, shown before.
    pub past: bool,
}

/// A step came to another state.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The step.
    pub step: StepKey,
    /// Its state now.
    pub to: ChangedTo,
}

/// The state that a step came to.
#[derive(Clone, Debug, PartialEq)]
pub enum ChangedTo {
    /// It waits.
    Waiting {
        /// Until when.
        until: Timestamp,
        /// For what.
        reason: WaitReason,
    },
    /// An attempt failed and another will follow.
    Retrying {
        /// The attempt to come, from 1.
        attempt: u32,
        /// When it goes out.
        until: Timestamp,
        /// How the last one failed.
        failure: Failure,
    },
    /// It succeeded.
    Succeeded {
        /// Its result.
        result: Value,
        /// How long what follows is held back from now, at the run's speed.
        hold: Option<Millis>,
    },
    /// It failed.
    Failed {
        /// How.
        failure: Failure,
    },
    /// It was skipped.
    Skipped {
        /// Why: `condition`, `expired`, `upstream`, `person`, `not_needed`, `fail_fast`, `left_out`, `already_sent`, `excluded`,
        /// `capped`, `superseded`, `held_out`.
        reason: String,
        /// The rest, for people.
        detail: Option<String>,
    },
    /// Nobody knows whether it took effect.
    Unknown,
    /// The service keeps it from going on; the run stops and it is pending again.
    Blocked {
        /// How.
        failure: Failure,
    },
    /// It was given up because a person ended the run.
    Cancelled,
    /// It goes out when a person lets it.
    Held,
    /// It waits for a person.
    PauseOpen {
        /// What the person reads.
        message: String,
    },
}
