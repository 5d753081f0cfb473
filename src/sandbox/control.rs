//! What tests and people ask of the sandbox itself: rooms, what was heard, counts, faults.

use serde_json::{Value, json};

use crate::sandbox::answers::{Answer, Refusal};
use crate::sandbox::creation::Agent;
use crate::sandbox::faults::Fault;
use crate::sandbox::fields::Fields;
use crate::sandbox::service::{Call, Service};
use crate::sandbox::state::{Change, Heard};

/// `POST /_sandbox/agents/{code}/rooms`. With `"worker": false` the room is there and nobody serves it.
pub(crate) fn open_room(service: &mut Service, call: &Call) -> Result<Answer, Refusal> {
    let fields = Fields::of(&call.body, service.settings.errors)?;
    let room_id = fields.required_text("room_id")?.to_owned();
    let is_served = fields.flag("worker")?.unwrap_or(true);
    let mut agent: Agent = service.agent(call.segment(0), call.now)?;
    let body = json!({"agent_code": agent.code, "room_id": room_id, "open": true});
    agent.closed.retain(|closed| *closed != room_id);
    agent.opened.insert(room_id, is_served);
    service.record(Change::Agent(Box::new(agent)));
    Ok(Answer::ok(body))
}

/// `DELETE /_sandbox/agents/{code}/rooms/{room_id}`.
pub(crate) fn close_room(service: &mut Service, call: &Call) -> Result<Answer, Refusal> {
    let mut agent: Agent = service.agent(call.segment(0), call.now)?;
    let room_id = call.segment(1).to_owned();
    let body = json!({"agent_code": agent.code, "room_id": room_id, "open": false});
    agent.opened.shift_remove(&room_id);
    if !agent.closed.contains(&room_id) {
        agent.closed.push(room_id);
    }
    service.record(Change::Agent(Box::new(agent)));
    Ok(Answer::ok(body))
}

/// `GET /_sandbox/heard`: all that was ever heard, in order.
pub(crate) fn heard(service: &mut Service, _: &Call) -> Result<Answer, Refusal> {
    let shown = |heard: &Heard| {
        json!({
            "seq": heard.seq,
            "at": heard.at.to_string(),
            "agent_code": heard.agent_code,
            "room_id": heard.room_id,
            "kind": heard.kind.as_str(),
            "text": heard.text,
        })
    };
    let heard: Vec<Value> = service.state.heard.iter().map(shown).collect();
    Ok(Answer::ok(json!({"heard": heard})))
}

/// `GET /_sandbox/requests`: how often each endpoint was asked.
pub(crate) fn requests(service: &mut Service, _: &Call) -> Result<Answer, Refusal> {
    Ok(Answer::ok(json!({"requests": service.state.requests})))
}

/// `POST /_sandbox/faults`: replaces the list, and counts anew.
pub(crate) fn faults(service: &mut Service, call: &Call) -> Result<Answer, Refusal> {
    let list: Vec<Fault> = serde_json::from_value(call.body.clone())
        .map_err(|error| service.settings.errors.invalid(format!("Not a list of faults: {error}")))?;
    let body = json!({"faults": list.len()});
    service.record(Change::Faults(list));
    Ok(Answer::ok(body))
}
