//! `POST /v1/agent/{code}/speak`: saying a line in live rooms. A repeat is heard twice.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::client::{Answer, Client, Request};
use super::wire;
use crate::outcome::Failure;

/// What became of a text for live rooms; at least one was reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Delivery {
    /// The agent's code.
    pub agent_code: String,
    /// What was done with the text: `speak` or `add_context`.
    pub context_type: String,
    /// How many rooms were reached.
    pub delivered_to_rooms: u64,
    /// How many rooms were not, for want of a worker.
    #[serde(default)]
    pub rooms_skipped_no_worker: u64,
}

impl Client {
    /// Makes an agent say a message in one room, or in every active one. Heard by nobody is a failure.
    pub async fn speak(&self, code: &str, message: &str, room: Option<&str>) -> Result<Delivery, Failure> {
        let mut body = json!({ "message": message });
        if let Some(room) = room {
            body["room_id"] = json!(room);
        }
        let answer = self.call(Request::post(&["v1", "agent", code, "speak"]).body(body)).await?;
        Delivery::of(&answer, code, "speak")
    }
}

impl Delivery {
    /// Reads the answer to a text that was sent to an agent's rooms.
    pub(super) fn of(answer: &Answer, code: &str, context_type: &str) -> Result<Self, Failure> {
        let delivery = answer.read("`delivered_to_rooms`", |body| {
            let body = body.data();
            Some(Self {
                agent_code: body.text("agent_code").unwrap_or_else(|| code.to_owned()),
                context_type: body.text("context_type").unwrap_or_else(|| context_type.to_owned()),
                delivered_to_rooms: body.count("delivered_to_rooms")?,
                rooms_skipped_no_worker: body.count("rooms_skipped_no_worker").unwrap_or(0),
            })
        })?;
        if delivery.delivered_to_rooms == 0 {
            return Err(wire::heard_by_nobody(&answer.head(), delivery.rooms_skipped_no_worker));
        }
        Ok(delivery)
    }
}
