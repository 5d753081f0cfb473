//! A step of a run as reports see it.

use serde_json::Value;

use crate::clock::Timestamp;
use crate::duration::Millis;
use crate::engine::command::WaitReason;
use crate::engine::event::{Rendering, Resolution};
use crate::outcome::{Exchange, Failure, Progress};

/// What is known of a step.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StepView {
    /// Where it stands.
    pub state: State,
    /// How many attempts began.
    pub attempts: u32,
    /// When its first attempt, its wait, its pause or its loop began.
    pub began: Option<Timestamp>,
    /// When its last exchange began.
    pub sent: Option<Timestamp>,
    /// When it came to its final state.
    pub ended: Option<Timestamp>,
    /// What its attempts send.
    pub rendering: Option<Box<Rendering>>,
    /// How far it is.
    pub progress: Option<Box<Progress>>,
    /// How its last failed exchange, or the step, failed.
    pub failure: Option<Box<Failure>>,
    /// The rest of why it was skipped.
    pub detail: Option<Box<str>>,
    /// Its result; none until it succeeded. Of many steps at once most have none.
    pub result: Option<Box<Value>>,
    /// What it cost.
    pub credits: Option<u64>,
    /// What settled an unknown step.
    pub resolution: Option<Resolution>,
    /// Who said go.
    pub by: Option<Box<str>>,
}

/// Where a step stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum State {
    /// Its turn has not come.
    #[default]
    Pending,
    /// It waits, until an instant.
    Waiting {
        /// The instant.
        until: Timestamp,
        /// For what.
        reason: WaitReason,
    },
    /// An exchange is under way, or its items are.
    Running,
    /// It will try again.
    Retrying {
        /// The attempt to come.
        attempt: u32,
        /// When.
        until: Timestamp,
    },
    /// A pause waits for a person.
    Open {
        /// What the person reads.
        message: String,
        /// When it gives up waiting.
        until: Option<Timestamp>,
    },
    /// It goes out when a person lets it.
    Held,
    /// It succeeded, and holds back what follows.
    Holding {
        /// Until this instant.
        until: Timestamp,
    },
    /// The service keeps it from going on.
    Blocked,
    /// Nobody knows whether it took effect, and a person is to say.
    Asking,
    /// It succeeded.
    Succeeded,
    /// It failed.
    Failed,
    /// It was skipped.
    Skipped {
        /// Why.
        reason: String,
    },
    /// Nobody knows whether it took effect, and nobody will.
    Unknown,
    /// It was given up.
    Cancelled,
}

impl State {
    /// Tells whether the step has come to its end.
    pub fn is_ended(&self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Skipped { .. } | Self::Unknown | Self::Cancelled)
    }

    /// Tells whether the step is begun and not ended.
    pub fn is_active(&self) -> bool {
        !self.is_ended() && *self != Self::Pending
    }

    /// Why it was skipped.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Skipped { reason } => Some(reason),
            _ => None,
        }
    }

    /// The outcome in a word: `pending` and `running` for what has not ended.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Pending | Self::Held => "pending",
            Self::Waiting { .. } | Self::Running | Self::Retrying { .. } | Self::Open { .. } => "running",
            Self::Blocked => "blocked",
            Self::Holding { .. } | Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Skipped { .. } => "skipped",
            Self::Asking | Self::Unknown => "unknown",
            Self::Cancelled => "cancelled",
        }
    }
}

impl StepView {
    /// Takes in how an exchange ended; what becomes of the step is said by a change.
    pub(crate) fn take_in(&mut self, exchange: &Exchange) {
        match exchange {
            Exchange::Again { progress, .. } => self.progress = Some(Box::new(progress.clone())),
            Exchange::Failed { failure } => self.failure = Some(Box::new(failure.clone())),
            Exchange::Done { .. } => {}
        }
    }

    /// How long it took, or takes until now; its hold is not counted.
    pub fn elapsed(&self, now: Timestamp) -> Millis {
        self.began.map_or(Millis::ZERO, |began| self.ended.unwrap_or(now).since(began))
    }

    /// The text it speaks, if it speaks.
    pub fn speech(&self) -> Option<&str> {
        self.rendering.as_ref()?.speech.as_ref().map(|speech| speech.text.as_str())
    }

    /// A text field of what was sent.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.rendering.as_ref()?.fields.get(name)?.as_str()
    }

    /// The number of rooms that heard it.
    pub fn rooms(&self) -> Option<u64> {
        self.result("delivered_to_rooms")?.as_u64()
    }

    /// A field of its result.
    pub fn result(&self, name: &str) -> Option<&Value> {
        self.result.as_ref()?.get(name)
    }
}
