//! `POST /v1/agent/{code}/add-context`: telling an agent something while it is live. A repeat is told twice.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::client::{Client, Request};
use super::speak::Delivery;
use crate::outcome::Failure;

/// What an agent does with what it is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ContextType {
    /// Knows it from then on, silently.
    #[default]
    AddContext,
    /// Says it.
    Speak,
}

impl ContextType {
    /// The word of the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AddContext => "add_context",
            Self::Speak => "speak",
        }
    }
}

impl Client {
    /// Tells an agent something in one room, or in every active one. Heard by nobody is a failure.
    pub async fn add_context(
        &self,
        code: &str,
        context: &str,
        context_type: ContextType,
        room: Option<&str>,
    ) -> Result<Delivery, Failure> {
        let mut body = json!({ "context": context, "type": context_type.as_str() });
        if let Some(room) = room {
            body["room_id"] = json!(room);
        }
        let answer = self.call(Request::post(&["v1", "agent", code, "add-context"]).body(body)).await?;
        Delivery::of(&answer, code, context_type.as_str())
    }
}
