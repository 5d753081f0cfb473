//! One step of a run: the phase it is in, and what it gathered on the way.
//!
//! Kept small, for a loop may have hundreds of thousands: what only a step under way needs is boxed, and
//! dropped when it ends.

use serde_json::Value;

use crate::clock::Timestamp;
use crate::engine::command::WaitReason;
use crate::engine::event::{Prepared, Rendering, StopReason};
use crate::engine::state::{SkipReason, StepState};
use crate::outcome::Failure;

/// A step.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Step {
    /// Where it is on its way.
    pub phase: Phase,
    /// How many of its needs have not let it go on yet.
    pub open_needs: u32,
    /// A need failed, or was skipped because one of its own did.
    pub upstream: bool,
    /// A direct or indirect need failed.
    pub failed_above: bool,
    /// A person skipped it before its needs had ended.
    pub skip_asked: bool,
    /// What it gathers while under way.
    pub trial: Option<Box<Trial>>,
    /// What it left behind.
    pub left: Left,
}

/// Where a step is on its way, in this order but for repeats.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Phase {
    /// Its needs have not ended.
    Pending,
    /// Its condition is being read.
    Condition,
    /// A timer runs.
    Waiting { until: Timestamp, why: WaitReason },
    /// It waits for its cue on the run's clock.
    Cue,
    /// It may go out, be prepared, or list its items.
    Ready,
    /// It was tried in an empty room, and may be tried there again.
    Knocking,
    /// An attempt reached for the service.
    InFlight,
    /// It is a pause, and open.
    Paused,
    /// Nobody knows whether it took effect.
    Unknown,
    /// It cannot go out until the run was stopped and resumed.
    Blocked(Block),
    /// It is a loop whose items are known.
    Looping,
    /// It succeeded; what follows waits.
    Holding { until: Timestamp },
    /// It ended, and what follows may go on.
    Ended(End),
}

/// How a step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Succeeded,
    Failed,
    Skipped(SkipReason),
    Cancelled,
    Unknown,
}

/// What the service withholds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Block {
    Unauthorized,
    OutOfCredits,
    Unreachable,
}

/// What a step under way gathers.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Trial {
    /// The number of the try under way, or of the next one.
    pub attempt: u32,
    /// How many tries failed in a row, the one under way counted: not yet is no failure, and ends a row.
    pub row: u32,
    /// How often it looked again, over all its tries.
    pub looks: u32,
    /// When the first try began.
    pub since: Option<Timestamp>,
    /// When its delay and cue were over; none when it may go out however late.
    pub moment: Option<Timestamp>,
    /// The instant after which its rules say that it is too late.
    pub expires: Option<Timestamp>,
    /// What the tries send.
    pub rendering: Option<Box<Rendering>>,
    /// How the last try failed.
    pub failure: Option<Box<Failure>>,
    /// What a `wait` or `pause` waits for.
    pub prepared: Option<Box<Prepared>>,
    /// When an open pause times out.
    pub times_out: Option<Timestamp>,
}

/// What an ended step leaves behind.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Left {
    #[default]
    Nothing,
    Result(Box<Value>),
    Failure(Box<Failure>),
    /// The rest of why it was skipped, for people.
    Reason(Box<str>),
}

impl Default for Trial {
    fn default() -> Self {
        Self {
            attempt: 1,
            row: 1,
            looks: 0,
            since: None,
            moment: None,
            expires: None,
            rendering: None,
            failure: None,
            prepared: None,
            times_out: None,
        }
    }
}

impl Step {
    /// A step with so many needs.
    pub fn new(open_needs: u32, failed_above: bool) -> Self {
        Self {
            phase: Phase::Pending,
            open_needs,
            upstream: false,
            failed_above,
            skip_asked: false,
            trial: None,
            left: Left::Nothing,
        }
    }

    /// What it gathers, begun when it is first asked for.
    pub fn trial_mut(&mut self) -> &mut Trial {
        self.trial.get_or_insert_default()
    }

    /// Its state as everyone else sees it.
    pub fn state(&self) -> StepState {
        match self.phase {
            Phase::Pending => StepState::Pending,
            Phase::Waiting { why: WaitReason::Delay | WaitReason::Cue, .. } => StepState::Waiting,
            Phase::Waiting { why: WaitReason::Window | WaitReason::Cap | WaitReason::Underway, .. } => {
                match self.has_gone_out() {
                    true => StepState::Running,
                    false => StepState::Waiting,
                }
            }
            Phase::Condition | Phase::Cue => StepState::Waiting,
            Phase::Ready if self.has_gone_out() => StepState::Running,
            Phase::Ready => StepState::Waiting,
            Phase::Waiting { .. } | Phase::Knocking | Phase::InFlight | Phase::Looping => StepState::Running,
            Phase::Paused => StepState::Paused,
            Phase::Unknown => StepState::Unknown,
            Phase::Blocked(_) => StepState::Blocked,
            Phase::Holding { .. } => StepState::Succeeded,
            Phase::Ended(end) => end.state(),
        }
    }
}

impl Step {
    /// Tells whether a try of it began.
    fn has_gone_out(&self) -> bool {
        self.trial.as_ref().is_some_and(|trial| trial.since.is_some())
    }
}

impl Phase {
    /// Tells whether the step is under way: neither before its needs have ended nor over.
    pub fn is_active(self) -> bool {
        !matches!(self, Self::Pending | Self::Ended(_))
    }

    /// Tells whether the step holds its item's place. Not what a person or a resume has to end, nor what waits for a
    /// rule or for somebody to be in its room: however many wait, others are served meanwhile.
    pub fn is_live(self) -> bool {
        !matches!(self, Self::Pending | Self::Unknown | Self::Blocked(_) | Self::Knocking) && !self.is_withheld()
    }

    /// Tells whether a rule or an empty room lets the step wait.
    pub fn is_withheld(self) -> bool {
        use WaitReason::{Cap, Room, Underway, Window};
        matches!(self, Self::Waiting { why: Window | Cap | Underway | Room, .. })
    }

    /// Tells whether the step asks for something though its item has no place.
    pub fn needs_no_place(self) -> bool {
        matches!(self, Self::Unknown | Self::Knocking) || self.is_withheld()
    }

    /// Tells whether a person may still skip a step: it has not gone out, or came back without effect.
    pub fn may_be_skipped(self) -> bool {
        match self {
            Self::Pending | Self::Condition | Self::Waiting { .. } | Self::Cue | Self::Ready | Self::Knocking => true,
            Self::Paused | Self::Blocked(_) => true,
            Self::InFlight | Self::Unknown | Self::Looping | Self::Holding { .. } | Self::Ended(_) => false,
        }
    }

    /// Where the phase is counted, among [`PHASES`].
    pub fn tally_index(self) -> usize {
        match self {
            Self::Pending => 0,
            Self::Condition => 1,
            Self::Waiting { .. } => 2,
            Self::Cue => 3,
            Self::Ready => 4,
            Self::InFlight => 5,
            Self::Paused => 6,
            Self::Unknown => 7,
            Self::Blocked(Block::Unauthorized) => 8,
            Self::Blocked(Block::OutOfCredits) => 9,
            Self::Blocked(Block::Unreachable) => 10,
            Self::Looping => 11,
            Self::Holding { .. } => 12,
            Self::Ended(_) => 13,
            Self::Knocking => 14,
        }
    }

    /// The word of error messages.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Condition => "about to have its condition read",
            Self::Waiting { .. } => "waiting",
            Self::Cue => "waiting for its cue",
            Self::Ready => "ready",
            Self::Knocking => "waiting for its room",
            Self::InFlight => "in flight",
            Self::Paused => "paused",
            Self::Unknown => "unknown",
            Self::Blocked(_) => "blocked",
            Self::Looping => "looping",
            Self::Holding { .. } => "holding",
            Self::Ended(_) => "over",
        }
    }
}

/// How many counters [`Phase::tally_index`] tells apart.
pub(super) const PHASES: usize = 15;

impl End {
    /// The state as everyone else sees it.
    pub fn state(self) -> StepState {
        match self {
            Self::Succeeded => StepState::Succeeded,
            Self::Failed => StepState::Failed,
            Self::Skipped(reason) => StepState::Skipped(reason),
            Self::Cancelled => StepState::Cancelled,
            Self::Unknown => StepState::LeftUnknown,
        }
    }
}

impl From<Block> for StopReason {
    fn from(block: Block) -> Self {
        match block {
            Block::Unauthorized => Self::Unauthorized,
            Block::OutOfCredits => Self::OutOfCredits,
            Block::Unreachable => Self::Unreachable,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_that_left_nothing_is_small() {
        assert!(size_of::<Step>() <= 64, "{}", size_of::<Step>());
    }
}
