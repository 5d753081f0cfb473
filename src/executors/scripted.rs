//! The executor of rehearsals on paper: it answers by itself, at once, on a virtual clock.
//!
//! Answers have the shape of the service's and are the same every time. What only the world could tell, the body of
//! an `http` answer say, is absent.

use serde_json::{Value, json};

use crate::clock::{Clock, Timestamp, VirtualClock};
use crate::executors::executor::{Executor, Job, Later, Pace, Permit, Place};
use crate::outcome::Exchange;

/// Answers by itself.
pub struct ScriptedExecutor {
    clock: VirtualClock,
}

impl ScriptedExecutor {
    /// An executor whose clock shows `start`.
    pub fn starting_at(start: Timestamp) -> Self {
        Self { clock: VirtualClock::at(start) }
    }
}

impl Executor for ScriptedExecutor {
    fn admit(&self, _: Place) -> Later<Option<Permit>> {
        Box::pin(std::future::ready(Some(Permit(None))))
    }

    fn exchange(&self, job: Job) -> Later<Exchange> {
        Box::pin(std::future::ready(Exchange::Done { result: answer(&job) }))
    }

    fn pace(&self) -> Pace {
        Pace::Virtual
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn advance_to(&self, instant: Timestamp) {
        self.clock.advance_to(instant);
    }
}

fn answer(job: &Job) -> Value {
    let agent = job.rendering.agent.as_deref().unwrap_or("A00DRYRUN0");
    match job.action.as_str() {
        "validate" => json!({ "valid": true }),
        "generate" => json!({ "agent_id": code_of(&job.rendering.fields), "status": "processing", "reused": false }),
        "wait_ready" | "get_agent" => record(agent),
        "set_prompt" => json!({ "agent_code": agent, "updated": true }),
        "speak" => delivery(agent, "speak"),
        "add_context" => {
            let kind = job.rendering.fields.get("type").and_then(Value::as_str).unwrap_or("add_context");
            delivery(agent, kind)
        }
        "list_agents" => json!({ "agents": [] }),
        "delete_agent" => json!({ "deleted": true }),
        "http" => json!({ "status_code": 200, "headers": {}, "body": null }),
        _ => Value::Null,
    }
}

/// The record of an agent that is ready, with every field that the service always fills.
fn record(agent: &str) -> Value {
    json!({
        "agent_id": agent,
        "code": agent,
        "status": "ready",
        "progress": 1.0,
        "progress_msg": "ready",
        "current_step": "done",
        "name": agent,
        "system_prompt": "",
    })
}

fn delivery(agent: &str, kind: &str) -> Value {
    json!({ "agent_code": agent, "context_type": kind, "delivered_to_rooms": 1 })
}

/// A code that is the same for the same fields.
fn code_of(fields: &serde_json::Map<String, Value>) -> String {
    if let Some(wanted) = fields.get("agent_id").and_then(Value::as_str) {
        return wanted.to_owned();
    }
    let hash = crate::sha256::hex(Value::Object(fields.clone()).to_string());
    format!("A{}", hash[..9].to_ascii_uppercase())
}
