//! Agents: generate, status, get, update, delete, list.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::clock::Timestamp;
use crate::duration::Millis;
use crate::sandbox::answers::{Answer, Refusal};
use crate::sandbox::creation::Agent;
use crate::sandbox::fields::{Fields, Source};
use crate::sandbox::random;
use crate::sandbox::service::{Call, Service};
use crate::sandbox::settings::ErrorForms;
use crate::sandbox::state::Change;

/// How long an answer is repeated for its key.
const REPLAY: Millis = Millis::from_secs(24 * 3600);

const RATIOS: &[&str] = &["16:9", "9:16", "1:1"];
const MODELS: &[&str] =
    &["expression", "essence", "essence-1", "expression-1", "essence-2", "essence-2-max", "expression-2", "auto"];
const STATUSES: &[&str] = &["processing", "generating", "success", "completed", "ready", "failed"];

/// What a creation without a prompt is given.
const PROMPTS: &[&str] = &[
    "You are a friendly AI assistant.",
    "You are a curious museum guide.",
    "You are a patient language teacher.",
    "You are a cheerful concierge.",
];

/// What agents are called.
const NAMES: &[&str] = &["Avery", "Robin", "Noor", "Mika", "Sasha", "Jules"];

/// `POST /v1/agent/generate`.
pub(crate) fn generate(service: &mut Service, call: &Call) -> Result<Answer, Refusal> {
    let key = call.idempotency_key.as_deref();
    if let Some((at, body)) = key.and_then(|key| service.state.replays.get(key))
        && call.now.since(*at) < REPLAY
    {
        return Ok(Answer::ok(body.clone()).header("Idempotency-Replayed", true));
    }
    let agent = requested(service, call)?;
    let (price, balance) = (agent.price, service.state.balance);
    if balance < price {
        return Err(Refusal::insufficient_balance(price, balance));
    }
    let body = json!({
        "success": true,
        "message": "Agent generation started",
        "agent_id": agent.code,
        "status": "processing",
    });
    service.record(Change::Balance(balance - price));
    service.record(Change::Agent(Box::new(agent)));
    if let Some(key) = key {
        service.record(Change::Replay { key: key.to_owned(), at: call.now, body: body.clone() });
    }
    Ok(Answer::ok(body))
}

/// The agent that a body asks for.
fn requested(service: &Service, call: &Call) -> Result<Agent, Refusal> {
    let fields = Fields::of(&call.body, service.settings.errors)?;
    let prompt = fields.text("prompt")?;
    let url = |source: Option<Source>| match source {
        Some(Source::Url(url)) => Some(url.to_owned()),
        Some(Source::Data) | None => None,
    };
    let (image_url, video_url) = (url(fields.source("image")?), url(fields.source("video")?));
    fields.source("audio")?;
    fields.one_of("aspect_ratio", RATIOS)?;
    fields.one_of("video_aspect_ratio", RATIOS)?;
    fields.positive_number("duration")?;
    let model = fields.one_of("model", MODELS)?.unwrap_or("expression");
    let version = fields.one_of("version", &["v1", "v2"])?;
    fields.flag("transparency")?;
    fields.one_of("framing", &["portrait", "full_body"])?;
    let code = match fields.filled_text("agent_id")? {
        Some(code) => chosen_code(service, code)?,
        None => free_code(service, call.idempotency_key.as_deref()),
    };
    let luck = random::draw(service.settings.seed, &code, 0) as usize;
    Ok(Agent {
        prompt: prompt.filter(|text| !text.is_empty()).unwrap_or(PROMPTS[luck % PROMPTS.len()]).to_owned(),
        name: NAMES[luck % NAMES.len()].to_owned(),
        model: model.to_owned(),
        image_url,
        video_url,
        price: price(model, version),
        length: service.settings.creation.at_speed(service.settings.speed),
        failure: call.fails_creation.clone(),
        settled: false,
        ..Agent::ready(&code, call.now)
    })
}

fn price(model: &str, version: Option<&str>) -> u64 {
    match (model, version) {
        ("essence-2" | "essence-2-max", _) | ("essence", Some("v2")) => 500,
        ("expression-2" | "auto", _) | ("expression", Some("v2")) => 2000,
        _ => 250,
    }
}

fn chosen_code(service: &Service, code: &str) -> Result<String, Refusal> {
    let forms = service.settings.errors;
    if code.len() > 64 || !code.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b)) {
        return Err(forms.invalid("Invalid value for agent_id: must be 1 to 64 letters, digits, - or _"));
    }
    if service.state.agents.contains_key(code) {
        return Err(forms.invalid(format!("Invalid value for agent_id: {code} already exists")));
    }
    Ok(code.to_owned())
}

/// A code that nobody has: from the key when there is one, else from how many there were.
fn free_code(service: &Service, key: Option<&str>) -> String {
    let made = (service.state.agents.len() + service.state.deleted.len()) as u64;
    let seed = key.map_or(service.settings.seed, |key| {
        Sha256::digest(key).iter().take(8).fold(0, |bits, &byte| bits << 8 | u64::from(byte))
    });
    let first = if key.is_some() { 0 } else { made };
    let mut codes = (first..).map(|n| random::agent_code(random::draw(seed, "agent", n)));
    let is_free = |code: &String| !service.state.agents.contains_key(code) && !service.state.deleted.contains(code);
    codes.find(is_free).unwrap_or_default()
}

/// `GET /v1/agent/status/{agent_id}`.
pub(crate) fn status(service: &mut Service, call: &Call) -> Result<Answer, Refusal> {
    let agent = service.agent(call.segment(0), call.now)?;
    let forms = service.settings.errors;
    let progress = agent.progress(call.now, forms);
    let [image_url, video_url, model_url] = agent.urls(call.now);
    let error_message = agent.failure.as_ref().filter(|_| progress.status == "failed");
    let mut data = json!({
        "agent_id": agent.code,
        "status": progress.status,
        "progress": progress.fraction,
        "progress_msg": progress.message,
        "current_step": progress.step,
        "error_message": error_message,
        "system_prompt": agent.prompt,
        "image_url": image_url,
        "video_url": video_url,
        "model_url": model_url,
        "name": agent.name,
    });
    if forms == ErrorForms::Live {
        data["supported_models"] = json!(agent.supported_models());
    }
    Ok(Answer::ok(json!({"success": true, "data": data})))
}

/// `GET /v1/agent/{code}`.
pub(crate) fn get(service: &mut Service, call: &Call) -> Result<Answer, Refusal> {
    let agent = service.agent(call.segment(0), call.now)?;
    let data = shown(&agent, call.now, service.settings.errors);
    Ok(Answer::ok(json!({"success": true, "data": data})))
}

/// An agent as `get` and `list` show it; the newer form tells more.
fn shown(agent: &Agent, now: Timestamp, forms: ErrorForms) -> Value {
    let [image_url, video_url, model_url] = agent.urls(now);
    let mut data = json!({
        "agent_id": agent.code,
        "status": agent.progress(now, forms).status,
        "system_prompt": agent.prompt,
        "image_url": image_url,
        "video_url": video_url,
        "model_url": model_url,
        "name": agent.name,
    });
    if forms == ErrorForms::Live {
        data["code"] = json!(agent.code);
        data["model"] = json!(agent.model);
        data["supported_models"] = json!(agent.supported_models());
        data["voice_id"] = json!(format!("voice_{}", agent.code.to_lowercase()));
        data["description"] = Value::Null;
        data["language"] = json!("en");
        data["gender"] = Value::Null;
        data["created_at"] = json!(agent.created_at.to_string());
        data["updated_at"] = json!(agent.updated_at.to_string());
    }
    data
}

/// `POST /v1/agent/{code}`.
pub(crate) fn update(service: &mut Service, call: &Call) -> Result<Answer, Refusal> {
    let agent = service.agent(call.segment(0), call.now)?;
    let prompt = Fields::of(&call.body, service.settings.errors)?.required_text("system_prompt")?.to_owned();
    let body = json!({"agent_code": agent.code, "updated": true});
    service.record(Change::Agent(Box::new(Agent { prompt, updated_at: call.now, ..agent })));
    Ok(Answer::ok(body))
}

/// `DELETE /v1/agent/{code}`.
pub(crate) fn delete(service: &mut Service, call: &Call) -> Result<Answer, Refusal> {
    let agent = service.agent(call.segment(0), call.now)?;
    let body = json!({"success": true, "agent_code": agent.code, "deleted": true});
    service.record(Change::AgentDeleted(agent.code));
    Ok(Answer::ok(body))
}

/// `GET /v1/agents`, newest first.
pub(crate) fn list(service: &mut Service, call: &Call) -> Result<Answer, Refusal> {
    let forms = service.settings.errors;
    let asked = |name: &str| call.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    let number = |name: &str, default: usize, least: usize, most: usize| match asked(name) {
        None => Ok(default),
        Some(text) => text
            .parse()
            .ok()
            .filter(|number| (least..=most).contains(number))
            .ok_or_else(|| forms.invalid(format!("Invalid value for {name}: {text}"))),
    };
    let (limit, offset) = (number("limit", 20, 1, 100)?, number("offset", 0, 0, usize::MAX)?);
    let wanted = asked("status");
    if let Some(word) = wanted.filter(|word| !STATUSES.contains(word)) {
        return Err(forms.invalid(format!("Invalid value for status: {word}")));
    }
    let agents = service.state.agents.values().rev();
    let fitting: Vec<_> =
        agents.filter(|agent| wanted.is_none_or(|word| word == agent.progress(call.now, forms).status)).collect();
    let page: Vec<_> = fitting.iter().skip(offset).take(limit).map(|agent| shown(agent, call.now, forms)).collect();
    let total = fitting.len();
    let has_more = offset.saturating_add(page.len()) < total;
    let pagination = json!({"limit": limit, "offset": offset, "total": total, "has_more": has_more});
    Ok(Answer::ok(json!({"success": true, "data": page, "pagination": pagination})))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::service::Incoming;
    use crate::sandbox::settings::Settings;

    fn ask(service: &mut Service, method: &str, path: &str, at: i64) -> Answer {
        let incoming = Incoming {
            method: method.to_owned(),
            path: path.to_owned(),
            secret: Some("sandbox-secret".to_owned()),
            idempotency_key: Some("key-1".to_owned()),
            ..Incoming::default()
        };
        service.answer(incoming, None, Timestamp(at))
    }

    fn generate_at(service: &mut Service, at: i64) -> (Answer, String) {
        let answer = ask(service, "POST", "/v1/agent/generate", at);
        let code = answer.body["agent_id"].as_str().unwrap().to_owned();
        (answer, code)
    }

    #[test]
    fn a_key_is_remembered_for_a_day_and_not_longer() {
        let mut service = Service::open(Settings::default(), Timestamp(0)).unwrap();
        let (first, code) = generate_at(&mut service, 0);
        assert!(first.headers.is_empty());
        let (replayed, same) = generate_at(&mut service, 24 * 3_600_000 - 1);
        assert_eq!(replayed.headers, [("Idempotency-Replayed", "true".to_owned())]);
        assert_eq!((same, service.state.balance), (code.clone(), 99_750));
        let (_, other) = generate_at(&mut service, 24 * 3_600_000);
        assert_ne!(other, code);
        assert_eq!(service.state.balance, 99_500);
    }

    #[test]
    fn a_status_shows_the_marks_that_are_no_end() {
        let mut service = Service::open(Settings::default(), Timestamp(0)).unwrap();
        let (_, code) = generate_at(&mut service, 0);
        let mut seen = Vec::new();
        for second in 0..=150 {
            let answer = ask(&mut service, "GET", &format!("/v1/agent/status/{code}"), second * 1000);
            seen.push(answer.body["data"]["status"].as_str().unwrap().to_owned());
        }
        seen.dedup();
        let expected = "processing completed generating success generating success generating completed ready";
        assert_eq!(seen.join(" "), expected);
    }
}
