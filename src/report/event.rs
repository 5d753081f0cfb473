//! Public events: what leaves the program about a run, versioned, apart from the journal's own form.
//!
//! The journal's events may change with the engine; these may only grow. `schemas/event.schema.json` is made
//! from these types.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::outcome::{Failure, Progress};

/// The version that every public event carries.
pub const VERSION: u8 = 1;

/// One event of a run: a line of `--report jsonl`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PublicEvent {
    /// The version of this form: 1.
    pub v: u8,
    /// The event's place in the run, from 0, without gaps.
    pub seq: u64,
    /// When it happened: RFC 3339, UTC, to the millisecond.
    pub at: String,
    /// The run's id.
    pub run: String,
    /// What happened.
    #[serde(flatten)]
    pub body: Body,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "event")]
pub enum Body {
    /// The run began.
    RunStarted {
        /// The workflow's name.
        workflow: String,
        /// The file it came from, relative to the project.
        file: String,
        /// The service it speaks to.
        service: PublicService,
        /// The values of the inputs; sensitive ones are masked.
        inputs: Map<String, Value>,
        /// How many steps the plan has; a loop counts as one.
        steps: u64,
        /// The lengths of waits are divided by this.
        speed: f64,
        /// Whether nobody is reached.
        dry: bool,
    },
    /// A step's first attempt is about to go out, or its wait, pause or loop begins.
    StepStarted {
        /// Which step.
        #[serde(flatten)]
        step: PublicStep,
        /// Its action.
        action: String,
        /// The code of the agent it addresses.
        #[serde(skip_serializing_if = "Option::is_none")]
        agent: Option<String>,
        /// The room where it is heard; absent for every room.
        #[serde(skip_serializing_if = "Option::is_none")]
        room: Option<String>,
        /// What is said.
        #[serde(skip_serializing_if = "Option::is_none")]
        text: Option<String>,
        /// How many items a loop has.
        #[serde(skip_serializing_if = "Option::is_none")]
        count: Option<u64>,
    },
    /// A step looked, and is not there yet.
    StepProgress {
        /// Which step.
        #[serde(flatten)]
        step: PublicStep,
        /// How far it is.
        progress: PublicProgress,
        /// When it looks again.
        #[serde(skip_serializing_if = "Option::is_none")]
        until: Option<String>,
    },
    /// A step waits before it goes on.
    StepWaiting {
        /// Which step.
        #[serde(flatten)]
        step: PublicStep,
        /// For what.
        reason: Waiting,
        /// Until when, if that is known.
        #[serde(skip_serializing_if = "Option::is_none")]
        until: Option<String>,
        /// What a pause tells the person.
        #[serde(skip_serializing_if = "Option::is_none")]
        message: Option<String>,
        /// Why the service keeps it from going on.
        #[serde(skip_serializing_if = "Option::is_none")]
        error: Option<PublicError>,
    },
    /// An attempt failed and another will follow.
    StepRetrying {
        /// Which step; `attempt` is the one to come.
        #[serde(flatten)]
        step: PublicStep,
        /// When it goes out.
        until: String,
        /// How the last one failed.
        error: PublicError,
    },
    /// A step succeeded.
    StepSucceeded {
        /// Which step.
        #[serde(flatten)]
        step: PublicStep,
        /// Its result.
        result: Value,
        /// How long what follows is held back, in milliseconds.
        #[serde(skip_serializing_if = "Option::is_none")]
        hold_ms: Option<u64>,
        /// What it cost.
        #[serde(skip_serializing_if = "Option::is_none")]
        credits: Option<u64>,
    },
    /// A step failed.
    StepFailed {
        /// Which step.
        #[serde(flatten)]
        step: PublicStep,
        /// How.
        error: PublicError,
    },
    /// A step was skipped.
    StepSkipped {
        /// Which step.
        #[serde(flatten)]
        step: PublicStep,
        /// Why: `condition`, `expired`, `upstream`, `person`, `not_needed`, `fail_fast`, `left_out`, `already_sent`, `excluded`,
        /// `capped`, `superseded`, `held_out`.
        reason: String,
        /// The rest, such as which run said it before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        detail: Option<String>,
    },
    /// Nobody knows whether a step took effect.
    StepUnknown {
        /// Which step.
        #[serde(flatten)]
        step: PublicStep,
        /// How its last exchange ended.
        #[serde(skip_serializing_if = "Option::is_none")]
        error: Option<PublicError>,
    },
    /// It was settled what became of an unknown step.
    StepResolved {
        /// Which step.
        #[serde(flatten)]
        step: PublicStep,
        /// As what: `happened`, `did_not_happen`, `leave_unknown`.
        reason: String,
    },
    /// A step was given up because a person ended the run.
    StepCancelled {
        /// Which step.
        #[serde(flatten)]
        step: PublicStep,
    },
    /// Where the people of a loop stand whose lines may be kept from going out: at most once a second, with what
    /// changed a count, and before the run ends or stops.
    Audience {
        /// The loop.
        step: String,
        /// How many people stand where.
        #[serde(flatten)]
        counts: PublicAudience,
    },
    /// Nothing can start until somebody acts. The last line, unless the run is resumed.
    RunStopped {
        /// Why: `person`, `unknown`, `pause`, `unauthorized`, `out_of_credits`, `unreachable`, `journal`, or
        /// `unfinished` where the journal of a run ends without a word.
        reason: String,
    },
    /// The run goes on.
    RunResumed {},
    /// The run ended for good. The last line.
    RunFinished {
        /// How.
        outcome: PublicOutcome,
        /// The rendered outputs.
        outputs: Map<String, Value>,
        /// What was paid for by this run.
        credits: u64,
        /// What made the run fail where no step did: its time ran out, or an output could not be rendered.
        #[serde(skip_serializing_if = "Option::is_none")]
        error: Option<PublicError>,
    },
}

/// A step as public events name it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PublicStep {
    /// Its id; `loop.step` within a loop whose body is several steps.
    pub step: String,
    /// The item of the loop it is in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<PublicItem>,
    /// Which attempt, from 1; absent when it reaches for no service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempt: Option<u32>,
    /// The earlier run in which it ended so; nothing of it goes out in this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_run: Option<String>,
}

/// An item of a loop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PublicItem {
    /// Its key.
    pub key: String,
    /// Its place in the list, from 0.
    pub index: u32,
}

/// The service of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PublicService {
    /// The base URL.
    pub url: String,
    /// The account.
    pub account: String,
    /// Whether it is a sandbox.
    pub sandbox: bool,
}

/// How a step failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PublicError {
    /// The class: `unsent`, `rate_limited`, `busy`, `not_ready`, `no_room`, `unauthorized`, `out_of_credits`,
    /// `rejected`, `unknown`.
    pub class: String,
    /// The service's code, or a word of ours.
    pub code: String,
    /// What to tell people.
    pub message: String,
    /// The HTTP status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The service's request id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

/// How far a step is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PublicProgress {
    /// From 0 to 1, when known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fraction: Option<f64>,
    /// What it is doing, for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// The status in the service's words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub status: String,
}

/// What a step waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Waiting {
    /// Its `delay`.
    Delay,
    /// Its cue on the run's clock, `at`.
    Cue,
    /// The service's rate limit.
    RateLimit,
    /// The hours at which people are addressed.
    Window,
    /// The person, who was addressed too often.
    Cap,
    /// The `wait` that it is.
    Wait,
    /// A person, to say go.
    Pause,
    /// A person, to let it go out: the run goes step by step.
    Go,
    /// The service, to take requests again: the run stops.
    Service,
}

/// How many people of a loop stand where. Each counts once: the counts add up to `people`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PublicAudience {
    /// All of them.
    pub people: u64,
    /// Who heard a line.
    pub heard: u64,
    /// Who heard it in the earlier run that this one repeats.
    pub carried: u64,
    /// For whom a step failed.
    pub failed: u64,
    /// Of whom nobody knows whether they heard it.
    pub unknown: u64,
    /// In whose room nobody is yet.
    pub waiting_for_room: u64,
    /// Who is not addressed at this hour.
    pub outside_window: u64,
    /// Who was addressed too often, for now or until it was too late.
    pub capped: u64,
    /// Who is among those to leave out.
    pub excluded: u64,
    /// For whom it was too late.
    pub expired: u64,
    /// To whom it was said before, in this run or another.
    pub already_sent: u64,
    /// For whom a newer line waits.
    pub superseded: u64,
    /// Who is to hear nothing.
    pub held_out: u64,
    /// To whom nothing was said for another reason, such as a condition.
    pub skipped: u64,
    /// Whose turn had not come when the run was ended.
    pub cancelled: u64,
    /// Whose turn is to come, or under way.
    pub to_come: u64,
}

/// How a run ended for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PublicOutcome {
    /// Well.
    Succeeded,
    /// A step failed, or the run's time ran out.
    Failed,
    /// A person ended it.
    Cancelled,
}

impl From<&Failure> for PublicError {
    fn from(failure: &Failure) -> Self {
        Self {
            class: failure.class.as_str().to_owned(),
            code: failure.code.clone(),
            message: failure.message.clone(),
            status: failure.status,
            request_id: failure.request_id.clone(),
        }
    }
}

impl From<&Progress> for PublicProgress {
    fn from(progress: &Progress) -> Self {
        Self { fraction: progress.fraction, message: progress.message.clone(), status: progress.status.clone() }
    }
}

impl Body {
    /// Tells whether a stream may end with it.
    pub fn is_end(&self) -> bool {
        matches!(self, Self::RunFinished { .. } | Self::RunStopped { .. })
    }
}
