//! What happened in a run. A journal is a list of these; nothing else changes a run.

mod rendering;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use self::rendering::{Rendering, Reuse, Speech};
use crate::clock::Timestamp;
use crate::duration::Millis;
use crate::engine::selection::Selection;
use crate::engine::state::SkipReason;
use crate::ids::RunId;
use crate::outcome::{Exchange, Failure};
use crate::plan::model::{Plan, StepKey};

/// An event with its place in the run's order and its instant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// From 0, without gaps.
    pub seq: u64,
    /// When it happened, on the machine's clock; never divided by a speed.
    pub at: Timestamp,
    /// What happened.
    pub event: Event,
}

/// Record 0: everything that a run was started with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Start {
    /// The run's id.
    pub run: RunId,
    /// The version of the program that started it.
    pub version: String,
    /// The frozen graph, inputs included.
    pub plan: Plan,
    /// The lengths of waits are divided by this.
    pub speed: f64,
    /// The service it speaks to; resuming against another is refused.
    pub service: Service,
    /// Every pause is answered at once.
    pub go: bool,
    /// Nothing bought before is reused.
    pub fresh: bool,
    /// Whether agents may be deleted.
    pub allow_destroy: bool,
    /// Whether a step fails rather than buy: nobody allowed it, and the file does not bound it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub no_purchase: bool,
    /// Executed on a virtual clock, reaching nobody.
    pub dry: bool,
    /// Which of its steps go out.
    #[serde(default, skip_serializing_if = "Selection::is_whole")]
    pub selection: Selection,
    /// The clock of a rehearsal that goes by another one than the world's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock: Option<RehearsalClock>,
}

/// The clock of a rehearsal.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RehearsalClock {
    /// What it showed when the run began.
    pub from: Timestamp,
    /// How many times as fast as the world's it runs.
    pub pace: f64,
}

impl Start {
    /// Whether it ran on an emulator of its own, within the process.
    pub fn is_rehearsal(&self) -> bool {
        self.service.key == format!("sandbox:{}", self.run)
    }
}

/// The service a run speaks to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Service {
    /// The key of purchases, known agents and rates: base URL and account.
    pub key: String,
    /// The base URL.
    pub url: String,
    /// The account in the service's words, or a salted hash of the secret.
    pub account: String,
    /// Whether it is a sandbox.
    pub sandbox: bool,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "type")]
pub enum Event {
    /// Record 0.
    Started(Box<Start>),
    /// A step's condition was read.
    ConditionRead {
        /// The step.
        step: StepKey,
        /// What it said.
        holds: bool,
    },
    /// A timer of a step ran out: its delay, cue, backoff, poll, hold, wait, or its pause's timeout.
    Due {
        /// The step.
        step: StepKey,
    },
    /// A loop's items became known. Values are kept here unless a file has them.
    ItemsListed {
        /// The loop.
        step: StepKey,
        /// The key of each item, in order.
        keys: Vec<String>,
        /// The items themselves; empty when the plan or a file of the run has them.
        values: Vec<Value>,
    },
    /// A `wait` or `pause` was rendered and begins.
    Prepared {
        /// The step.
        step: StepKey,
        /// What it waits for.
        wait: Prepared,
    },
    /// A try is about to reach for the service: written, and synced if it matters, before the first byte.
    AttemptStarted {
        /// The step.
        step: StepKey,
        /// Which try, from 1; looking again (`Again`, 429) stays in the same one.
        attempt: u32,
        /// What is sent.
        rendering: Box<Rendering>,
    },
    /// The try ended.
    AttemptEnded {
        /// The step.
        step: StepKey,
        /// How.
        exchange: Exchange,
    },
    /// A step failed before any exchange: a text, a list, an agent, a room that could not be had.
    StepFailed {
        /// The step.
        step: StepKey,
        /// Why.
        failure: Failure,
    },
    /// A *once* step could not go out in time.
    Expired {
        /// The step.
        step: StepKey,
    },
    /// A rule keeps a *once* step from going out now: it is looked at again at the instant.
    Withheld {
        /// The step.
        step: StepKey,
        /// When the rule may let it go.
        until: Timestamp,
        /// Which rule.
        by: Withholding,
        /// The instant after which it is too late, where the rules say one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        expires: Option<Timestamp>,
    },
    /// A rule keeps a *once* step from ever going out in this run.
    RuledOut {
        /// The step.
        step: StepKey,
        /// Why.
        reason: SkipReason,
        /// The rest, for people; empty when there is none.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        detail: String,
    },
    /// Somebody, or something, said go.
    Gone {
        /// The pause.
        step: StepKey,
        /// `person`, `--go`, or `timeout`.
        by: String,
    },
    /// A person, or `on_unknown`, settled what happened to a step that nobody knew about.
    Resolved {
        /// The step.
        step: StepKey,
        /// As what.
        resolution: Resolution,
    },
    /// A person skipped the step before it went out.
    SkippedByPerson {
        /// The step.
        step: StepKey,
    },
    /// A person asked that nothing new goes out; the run's clock stands still.
    Suspended,
    /// A person said go on.
    Released,
    /// The run's own timeout ran out.
    TimedOut,
    /// A person asked the run to stop: what is in flight ends, nothing new begins.
    StopRequested,
    /// A person ended the run for good.
    CancelRequested,
    /// Nothing can start until somebody acts.
    Stopped {
        /// Why.
        reason: StopReason,
    },
    /// The run goes on after a stop or a crash.
    Resumed,
    /// The run ended for good.
    Finished {
        /// How.
        outcome: RunOutcome,
        /// The rendered outputs.
        outputs: IndexMap<String, Value>,
        /// The output that could not be rendered, where that made the run fail.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        failure: Option<Failure>,
    },
}

/// A rule that lets a line wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Withholding {
    /// People are not addressed at this hour.
    Window,
    /// The person was addressed too often.
    Cap,
    /// Another line for the same value or person is on its way, and nobody knows yet what becomes of it.
    Underway,
}

/// What a `wait` or a `pause` waits for, once rendered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Prepared {
    /// `wait: for`: a length, divided by the run's speed.
    For(Millis),
    /// `wait: until`: an instant of the world's clock.
    Until(Timestamp),
    /// `pause`.
    Pause {
        /// What the person reads.
        message: String,
        /// How long to wait for one, divided by the run's speed.
        timeout: Option<Millis>,
        /// Whether a pause that nobody answered fails.
        fail: bool,
    },
}

/// How a person, or `on_unknown`, settles an unknown step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resolution {
    /// It took effect: the step succeeded.
    Happened,
    /// It did not: it goes out now.
    DidNotHappen,
    /// Nobody will know: recorded as unknown, and counts as success for what follows.
    LeaveUnknown,
}

/// Why a run stopped without having ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StopReason {
    /// A person asked (exit 130).
    Person,
    /// A step is unknown and nobody is there to ask (exit 5).
    Unknown,
    /// A pause is open and nobody is there to say go (exit 5).
    Pause,
    /// The service refused the secret (exit 3).
    Unauthorized,
    /// The account lacks credits (exit 4).
    OutOfCredits,
    /// The service cannot be reached (exit 4).
    Unreachable,
    /// The journal could not be written (exit 4).
    Journal,
}

/// How a run ended for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunOutcome {
    /// Every step succeeded, was skipped for a reason of its own, or may fail.
    Succeeded,
    /// A step failed, or the run's time ran out.
    Failed,
    /// A person ended it.
    Cancelled,
}

impl Event {
    /// The step an event belongs to, if any.
    pub fn step(&self) -> Option<StepKey> {
        match self {
            Self::ConditionRead { step, .. }
            | Self::Due { step }
            | Self::ItemsListed { step, .. }
            | Self::Prepared { step, .. }
            | Self::AttemptStarted { step, .. }
            | Self::AttemptEnded { step, .. }
            | Self::StepFailed { step, .. }
            | Self::Expired { step }
            | Self::Withheld { step, .. }
            | Self::RuledOut { step, .. }
            | Self::Gone { step, .. }
            | Self::Resolved { step, .. }
            | Self::SkippedByPerson { step } => Some(*step),
            _ => None,
        }
    }

    /// The event's name in the journal.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Started(_) => "started",
            Self::ConditionRead { .. } => "condition_read",
            Self::Due { .. } => "due",
            Self::ItemsListed { .. } => "items_listed",
            Self::Prepared { .. } => "prepared",
            Self::AttemptStarted { .. } => "attempt_started",
            Self::AttemptEnded { .. } => "attempt_ended",
            Self::StepFailed { .. } => "step_failed",
            Self::Expired { .. } => "expired",
            Self::Withheld { .. } => "withheld",
            Self::RuledOut { .. } => "ruled_out",
            Self::Gone { .. } => "gone",
            Self::Resolved { .. } => "resolved",
            Self::SkippedByPerson { .. } => "skipped_by_person",
            Self::Suspended => "suspended",
            Self::Released => "released",
            Self::TimedOut => "timed_out",
            Self::StopRequested => "stop_requested",
            Self::CancelRequested => "cancel_requested",
            Self::Stopped { .. } => "stopped",
            Self::Resumed => "resumed",
            Self::Finished { .. } => "finished",
        }
    }
}
