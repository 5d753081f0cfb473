//! `POST /v1/agent/{code}/speak`, and how anything reaches rooms.

use serde_json::json;

use crate::sandbox::answers::{Answer, Refusal};
use crate::sandbox::creation::Agent;
use crate::sandbox::fields::Fields;
use crate::sandbox::service::{Call, Service};
use crate::sandbox::settings::{ErrorForms, Settings};
use crate::sandbox::state::{Change, Heard, HeardKind};

/// Makes the agent say a message.
pub(crate) fn speak(service: &mut Service, call: &Call) -> Result<Answer, Refusal> {
    let message = Fields::of(&call.body, service.settings.errors)?.required_text("message")?.to_owned();
    deliver(service, call, HeardKind::Speak, &message)
}

/// Brings a text to the room that the body names, or to every active one.
pub(crate) fn deliver(service: &mut Service, call: &Call, kind: HeardKind, text: &str) -> Result<Answer, Refusal> {
    let forms = service.settings.errors;
    let room_id = Fields::of(&call.body, forms)?.filled_text("room_id")?;
    let agent = service.agent(call.segment(0), call.now)?;
    let rooms = if agent.is_ready(call.now) {
        let mut rooms = live_rooms(&agent, room_id, &service.settings);
        rooms.extend(service.attended(room_id, call.now).map(|room| (room, true)));
        rooms
    } else if forms == ErrorForms::Live {
        return Err(not_ready(&agent));
    } else {
        Vec::new()
    };
    if rooms.is_empty() {
        return Err(forms.no_active_rooms(&agent.code));
    }
    let (served, skipped): (Vec<_>, Vec<_>) = rooms.into_iter().partition(|(_, is_served)| *is_served);
    let mut body = json!({
        "agent_code": agent.code,
        "context_type": kind.as_str(),
        "delivered_to_rooms": served.len(),
    });
    if !skipped.is_empty() {
        body["rooms_skipped_no_worker"] = json!(skipped.len());
    }
    for (room_id, _) in served {
        let seq = service.state.heard.len() as u64 + 1;
        let agent_code = agent.code.clone();
        service.record(Change::Heard(Heard { seq, at: call.now, agent_code, room_id, kind, text: text.to_owned() }));
    }
    Ok(Answer::ok(body))
}

/// The newer refusals before an agent can be spoken through.
pub(crate) fn not_ready(agent: &Agent) -> Refusal {
    match agent.failure {
        Some(_) => Refusal::new(409, "AGENT_NOT_READY", format!("Agent {} is not ready", agent.code)),
        None => Refusal::new(409, "AGENT_PROCESSING", format!("Agent {} is still being generated", agent.code)),
    }
}

/// The active rooms of a ready agent, or the one that is asked for, and whether somebody serves each.
fn live_rooms(agent: &Agent, room_id: Option<&str>, settings: &Settings) -> Vec<(String, bool)> {
    let is_closed = |room: &str| agent.closed.iter().any(|closed| closed == room);
    let standing = settings.rooms.iter().filter(|room| !agent.opened.contains_key(*room) && !is_closed(room));
    let opened = agent.opened.iter().map(|(room, is_served)| (room.clone(), *is_served));
    let rooms = standing.map(|room| (room.clone(), true)).chain(opened);
    match room_id {
        None => rooms.collect(),
        Some(asked) => {
            let found: Vec<_> = rooms.filter(|(room, _)| room == asked).collect();
            if found.is_empty() && settings.any_room && !is_closed(asked) {
                return vec![(asked.to_owned(), true)];
            }
            found
        }
    }
}
