//! The state of a step as everyone but the engine sees it.

use serde::{Deserialize, Serialize};

/// Where a step stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StepState {
    /// Something that it needs has not ended.
    Pending,
    /// Its needs have ended; it waits for its condition, delay, cue or turn.
    Waiting,
    /// It went out, and may be between two tries; a wait under way; a loop with items.
    Running,
    /// A pause that waits for a person.
    Paused,
    /// Nobody knows whether it took effect, yet.
    Unknown,
    /// The service is unreachable, refuses the secret or wants credits: pending again after a resume.
    Blocked,
    /// It succeeded; what follows may still be held.
    Succeeded,
    /// It failed.
    Failed,
    /// It was not done.
    Skipped(SkipReason),
    /// The run was cancelled, or timed out, before it ended.
    Cancelled,
    /// Nobody will know whether it took effect: counts as success for what follows.
    LeftUnknown,
}

/// Why a step was not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SkipReason {
    /// Its own `if` was false; what needs it runs as if it had succeeded.
    Condition,
    /// It could not go out in time; likewise.
    Expired,
    /// A person skipped it; likewise.
    Person,
    /// Something it needs failed or was itself skipped for this reason: spreads.
    Upstream,
    /// A step of `on_failure` in a run that did not fail.
    NotNeeded,
    /// An item that `fail_fast` kept from beginning.
    FailFast,
    /// The run was told to leave it out; what needs it runs as if it had succeeded.
    LeftOut,
    /// It went out before for the same value, in this run or another; likewise.
    AlreadySent,
    /// The person is among those to leave out; likewise.
    Excluded,
    /// The person was addressed too often, and would be until it is too late; likewise.
    Capped,
    /// A newer line for the same value waits; likewise.
    Superseded,
    /// The person is among those who hear nothing; likewise.
    HeldOut,
}

impl StepState {
    /// The word of `steps.<id>.state` and of reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pending | Self::Waiting | Self::Blocked => "pending",
            Self::Running | Self::Paused => "running",
            Self::Unknown | Self::LeftUnknown => "unknown",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Skipped(_) => "skipped",
            Self::Cancelled => "cancelled",
        }
    }

    /// Tells whether nothing more will happen to it, a hold aside.
    pub fn has_ended(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Skipped(_) | Self::Cancelled | Self::LeftUnknown)
    }
}

impl SkipReason {
    /// The word people read.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Condition => "condition",
            Self::Expired => "expired",
            Self::Person => "person",
            Self::Upstream => "upstream",
            Self::NotNeeded => "not_needed",
            Self::FailFast => "fail_fast",
            Self::LeftOut => "left_out",
            Self::AlreadySent => "already_sent",
            Self::Excluded => "excluded",
            Self::Capped => "capped",
            Self::Superseded => "superseded",
            Self::HeldOut => "held_out",
        }
    }
}
