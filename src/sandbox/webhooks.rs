//! Webhooks: registered, listed, tested, deleted.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::clock::Timestamp;
use crate::sandbox::answers::{Answer, Refusal};
use crate::sandbox::deliveries::Delivery;
use crate::sandbox::fields::Fields;
use crate::sandbox::random;
use crate::sandbox::service::{Call, Service};
use crate::sandbox::state::Change;

/// What can be listened for.
const EVENTS: &[&str] = &["agent.ready", "agent.failed"];

/// An address that is told of events.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Webhook {
    /// Its id.
    pub(crate) id: String,
    /// Where deliveries go: this machine only.
    pub(crate) url: String,
    /// What it listens for.
    pub(crate) events: Vec<String>,
    /// What a person wrote about it.
    pub(crate) description: Option<String>,
    /// Signs deliveries; shown once, when it is registered.
    pub(crate) secret: String,
    /// When it was registered.
    pub(crate) created_at: Timestamp,
}

impl Webhook {
    fn shown(&self) -> Value {
        json!({
            "id": self.id,
            "url": self.url,
            "events": self.events,
            "active": true,
            "description": self.description,
            "created_at": self.created_at.to_string(),
        })
    }
}

/// `POST /v1/webhooks`.
pub(crate) fn create(service: &mut Service, call: &Call) -> Result<Answer, Refusal> {
    let forms = service.settings.errors;
    let fields = Fields::of(&call.body, forms)?;
    let url = fields.required_text("url")?;
    if !is_loopback(url) {
        return Err(forms.invalid("Invalid value for url: the sandbox delivers to http:// on this machine only"));
    }
    let everything = || EVENTS.iter().map(|&event| event.to_owned()).collect();
    let (seed, n) = (service.settings.seed, service.state.changes);
    let webhook = Webhook {
        id: random::draw_uuid(seed, "webhook", n).to_string(),
        url: url.to_owned(),
        events: fields.list_of("events", EVENTS)?.unwrap_or_else(everything),
        description: fields.text("description")?.map(str::to_owned),
        secret: format!("whsec_{}", random::draw_uuid(seed, "webhook secret", n).simple()),
        created_at: call.now,
    };
    let mut data = webhook.shown();
    data["secret"] = json!(webhook.secret);
    service.record(Change::Webhook(webhook));
    Ok(Answer::ok(json!({"success": true, "data": data})))
}

fn is_loopback(url: &str) -> bool {
    let Ok(url) = reqwest::Url::parse(url) else { return false };
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    url.scheme() == "http" && (host == "localhost" || address.is_ok_and(|address| address.is_loopback()))
}

/// `GET /v1/webhooks`.
pub(crate) fn list(service: &mut Service, _: &Call) -> Result<Answer, Refusal> {
    let data: Vec<_> = service.state.webhooks.values().map(Webhook::shown).collect();
    Ok(Answer::ok(json!({"success": true, "data": data})))
}

/// `GET /v1/webhooks/{id}`.
pub(crate) fn get(service: &mut Service, call: &Call) -> Result<Answer, Refusal> {
    Ok(Answer::ok(json!({"success": true, "data": find(service, call)?.shown()})))
}

/// `DELETE /v1/webhooks/{id}`.
pub(crate) fn delete(service: &mut Service, call: &Call) -> Result<Answer, Refusal> {
    let id = find(service, call)?.id;
    let body = json!({"success": true, "id": id, "deleted": true});
    service.record(Change::WebhookDeleted(id));
    Ok(Answer::ok(body))
}

/// `POST /v1/webhooks/{id}/test`: sends a ping.
pub(crate) fn test(service: &mut Service, call: &Call) -> Result<Answer, Refusal> {
    let webhook = find(service, call)?;
    let id = Delivery::begin(service, &webhook, "ping", json!({"webhook_id": webhook.id}), call.now);
    Ok(Answer::ok(json!({"success": true, "data": {"delivery_id": id, "event": "ping"}})))
}

/// `GET /v1/webhooks/{id}/deliveries`, newest first.
pub(crate) fn deliveries(service: &mut Service, call: &Call) -> Result<Answer, Refusal> {
    let webhook = find(service, call)?;
    let own = service.state.deliveries.values().rev().filter(|delivery| delivery.webhook == webhook.id);
    let data: Vec<_> = own.map(Delivery::shown).collect();
    Ok(Answer::ok(json!({"success": true, "data": data})))
}

fn find(service: &Service, call: &Call) -> Result<Webhook, Refusal> {
    let id = call.segment(0);
    let missing = || Refusal::new(404, "NOT_FOUND", format!("Webhook not found: {id}"));
    service.state.webhooks.get(id).cloned().ok_or_else(missing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deliveries_never_leave_this_machine() {
        for url in ["http://127.0.0.1:9/hook", "http://localhost/hook", "http://[::1]:9/"] {
            assert!(is_loopback(url), "{url}");
        }
        for url in
            ["https://example.com/", "http://10.0.0.1/", "http://localhost.example.com/", "ftp://127.0.0.1/", "x"]
        {
            assert!(!is_loopback(url), "{url}");
        }
    }
}
