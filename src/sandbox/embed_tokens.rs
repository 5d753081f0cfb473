//! `POST /v1/embed-tokens/request`: how a live session is opened.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::sandbox::answers::{Answer, Refusal};
use crate::sandbox::creation::Agent;
use crate::sandbox::deliveries::hmac_sha256;
use crate::sandbox::fields::Fields;
use crate::sandbox::service::{Call, Service};
use crate::sandbox::speak::not_ready;
use crate::sandbox::state::Change;

/// Answers a token, and opens the room that its session speaks in: a room of the session's id.
pub(crate) fn request(service: &mut Service, call: &Call) -> Result<Answer, Refusal> {
    let fields = Fields::of(&call.body, service.settings.errors)?;
    let code = fields.required_text("agent_id")?;
    let fingerprint = fields.required_text("fingerprint")?;
    let agent = service.agent(code, call.now)?;
    if !agent.is_ready(call.now) {
        return Err(not_ready(&agent));
    }
    let sid = format!("session_{:016x}", service.draw("session"));
    let issued = call.now.0.div_euclid(1000);
    let claims =
        json!({"agent_id": agent.code, "sid": sid, "fingerprint": fingerprint, "iat": issued, "exp": issued + 3600});
    let token = signed(&claims, &format!("sandbox {}", service.settings.seed));
    let data = json!({"token": token, "sid": sid, "supported_models": agent.supported_models()});
    let mut agent: Agent = agent.clone();
    agent.opened.insert(sid, true);
    service.record(Change::Agent(Box::new(agent)));
    Ok(Answer::ok(json!({"status": "success", "status_code": 200, "data": data})))
}

/// A JSON Web Token over some claims.
fn signed(claims: &Value, key: &str) -> String {
    let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let head = encode(br#"{"alg":"HS256","typ":"JWT"}"#);
    let body = encode(claims.to_string().as_bytes());
    let signature = encode(&hmac_sha256(key, &[head.as_bytes(), b".", body.as_bytes()]));
    format!("{head}.{body}.{signature}")
}
