//! What an action does to the world, and how one exchange with it can end.
//!
//! The wire decides the class; the class and the effect decide whether an exchange may be repeated.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::duration::Millis;

/// What performing an action again would do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Nothing leaves this machine: a wait, a pause, a loop.
    None,
    /// Looks without changing: may always be repeated.
    Read,
    /// Doing it twice is the same as doing it once.
    Repeatable,
    /// Doing it twice is heard twice: never repeated unless a person says so.
    Once,
}

impl Effect {
    /// The word people read.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Read => "read",
            Self::Repeatable => "repeatable",
            Self::Once => "once",
        }
    }
}

/// The bucket of the account's rate limit that a request draws from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// Makes a request of no service of ours, or none at all.
    None,
    /// Every GET.
    Read,
    /// Every POST and DELETE but `generate`.
    Write,
    /// `generate`.
    Generate,
}

/// How an exchange failed, as the wire tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorClass {
    /// Before the first byte left: nothing was done.
    Unsent,
    /// 429: nothing was done; wait as long as it says. Is no attempt.
    RateLimited,
    /// 503 in the service's envelope.
    Busy,
    /// 409 in the service's envelope.
    NotReady,
    /// The agent has no live room, or nobody in it.
    NoRoom,
    /// 401 or 403 from the service: the run stops.
    Unauthorized,
    /// 402 from the service: the run stops.
    OutOfCredits,
    /// Refused for good.
    Rejected,
    /// After the first byte and without a readable answer: nobody knows.
    Unknown,
}

impl ErrorClass {
    /// The word of reports and of `steps.<id>.error.class`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unsent => "unsent",
            Self::RateLimited => "rate_limited",
            Self::Busy => "busy",
            Self::NotReady => "not_ready",
            Self::NoRoom => "no_room",
            Self::Unauthorized => "unauthorized",
            Self::OutOfCredits => "out_of_credits",
            Self::Rejected => "rejected",
            Self::Unknown => "unknown",
        }
    }
}

/// One failed exchange, or a step that could not reach one. Holds no secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// How it failed.
    pub class: ErrorClass,
    /// The service's code, such as `NO_ACTIVE_ROOMS`, or a word of ours, such as `timeout`.
    pub code: String,
    /// What to tell people.
    pub message: String,
    /// The HTTP status, when there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The service's request id, when it named one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// How long the service asked us to wait.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<Millis>,
}

impl Failure {
    /// A failure of a class, with a code and a message.
    pub fn new(class: ErrorClass, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { class, code: code.into(), message: message.into(), status: None, request_id: None, retry_after: None }
    }

    /// A failure for good that no exchange was needed for.
    pub fn rejected(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(ErrorClass::Rejected, code, message)
    }
}

/// How one exchange ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Exchange {
    /// It succeeded with this result.
    Done {
        /// What `steps.<id>` will show.
        result: Value,
    },
    /// Not yet: look again after this long. Is no attempt and has its own bound.
    Again {
        /// How long to wait first.
        after: Millis,
        /// What to show meanwhile.
        progress: Progress,
    },
    /// It failed.
    Failed {
        /// How.
        failure: Failure,
    },
}

/// How far something is that takes a while.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// From 0.0 to 1.0, when known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fraction: Option<f64>,
    /// What it is doing, for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// The status or step in the service's words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub status: String,
}
