//! What an exchange sends, once its texts are rendered.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::clock::Timestamp;
use crate::duration::Millis;

/// What an exchange sends: rendered once, used again by every later try.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Rendering {
    /// The action's fields: secrets as references, files as hashes.
    pub fields: Map<String, Value>,
    /// The agent's code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// The room; none is every room of the agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room: Option<String>,
    /// The text as heard, and how long it takes to say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speech: Option<Speech>,
    /// The key that makes a repeat harmless.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idempotency_key: Option<String>,
    /// For a purchase: the agent that was bought before and is used again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reuse: Option<Reuse>,
    /// For a purchase: what it costs.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub credits: u64,
    /// Which of several texts it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
    /// The instant after which it is too late, where the rules say one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp>,
    /// The value for which it goes out once over all runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub once_per: Option<String>,
    /// The person's time zone, where the rules name one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
}

/// An agent that was bought before and is used again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reuse {
    /// Its code.
    pub agent: String,
    /// Its status when the service was asked.
    pub status: String,
    /// Whether its prompt is another now, and is to be updated.
    pub update_prompt: bool,
    /// The key of its purchase; empty in journals that did not keep it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub purchase: String,
}

fn is_zero(credits: &u64) -> bool {
    *credits == 0
}

/// What is said, and how long that takes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Speech {
    /// The text.
    pub text: String,
    /// The estimate.
    pub length: Millis,
}
