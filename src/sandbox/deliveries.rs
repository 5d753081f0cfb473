//! Deliveries to webhooks: signed, sent, tried again.
//!
//! The service begins a delivery under its lock; the server carries it out, and notes each try.

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::clock::Timestamp;
use crate::duration::Millis;
use crate::sandbox::creation::Agent;
use crate::sandbox::service::Service;
use crate::sandbox::state::Change;
use crate::sandbox::webhooks::Webhook;

/// How long to wait before each try after the first, at speed 1.
pub(crate) const RETRY_AFTER: [Millis; 3] = [Millis::from_secs(1), Millis::from_secs(5), Millis::from_secs(25)];

/// How long a receiver may take to answer.
pub(crate) const PATIENCE: Millis = Millis::from_secs(10);

/// What the server has to do once an answer is decided.
#[derive(Clone, Debug)]
pub(crate) enum Errand {
    /// Send this.
    Deliver(Box<Outgoing>),
    /// Settle creations at this instant.
    Settle(Timestamp),
}

/// A delivery with what is needed to send it.
#[derive(Clone, Debug)]
pub(crate) struct Outgoing {
    pub(crate) delivery: Delivery,
    pub(crate) url: String,
    pub(crate) secret: String,
}

/// One event on its way to one webhook.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Delivery {
    /// Its id, `evt_…`.
    pub(crate) id: String,
    /// The webhook that it goes to.
    pub(crate) webhook: String,
    /// What happened.
    pub(crate) event: String,
    /// The raw body, signed as it is.
    pub(crate) body: String,
    /// When it happened.
    pub(crate) created: Timestamp,
    /// How often it was tried.
    pub(crate) tries: u32,
    /// What the receiver answered last.
    pub(crate) status: Option<u16>,
    /// Whether the receiver took it.
    pub(crate) taken: bool,
}

impl Delivery {
    /// Tells every webhook that listens how a creation ended.
    pub(crate) fn announce(service: &mut Service, agent: &Agent, now: Timestamp) {
        let mut data = json!({"agent_id": agent.code, "code": agent.code});
        let event = match &agent.failure {
            None => "agent.ready",
            Some(error) => {
                data["error"] = json!(error);
                "agent.failed"
            }
        };
        let webhooks: Vec<_> = service.state.webhooks.values().cloned().collect();
        for webhook in webhooks.iter().filter(|webhook| webhook.events.iter().any(|wanted| wanted == event)) {
            Self::begin(service, webhook, event, data.clone(), now);
        }
    }

    /// Begins a delivery and answers its id.
    pub(crate) fn begin(service: &mut Service, to: &Webhook, event: &str, data: Value, now: Timestamp) -> String {
        let id = format!("evt_{:016x}", service.draw("delivery"));
        let created = now.0.div_euclid(1000);
        let body = json!({"id": id, "event": event, "created": created, "data": data}).to_string();
        let (event, webhook) = (event.to_owned(), to.id.clone());
        let delivery = Self { id, webhook, event, body, created: now, tries: 0, status: None, taken: false };
        let id = delivery.id.clone();
        service.record(Change::Delivery(delivery.clone()));
        let outgoing = Outgoing { delivery, url: to.url.clone(), secret: to.secret.clone() };
        service.errands.push(Errand::Deliver(Box::new(outgoing)));
        id
    }

    /// Notes a try and what the receiver answered, if anything.
    pub(crate) fn note_try(&mut self, status: Option<u16>) {
        self.tries += 1;
        self.status = status;
        self.taken = status.is_some_and(|status| (200..300).contains(&status));
    }

    /// As `deliveries` shows it.
    pub(crate) fn shown(&self) -> Value {
        json!({
            "id": self.id,
            "event": self.event,
            "created_at": self.created.to_string(),
            "attempts": self.tries,
            "response_status": self.status,
            "delivered": self.taken,
        })
    }
}

impl Outgoing {
    /// Sends it once; answers the receiver's status, when there was one.
    pub(crate) async fn send(&self, client: &reqwest::Client, now: Timestamp) -> Option<u16> {
        let timestamp = now.0.div_euclid(1000);
        let request = client
            .post(&self.url)
            .header("Content-Type", "application/json")
            .header("X-BitHuman-Event", &self.delivery.event)
            .header("X-BitHuman-Delivery", &self.delivery.id)
            .header("X-BitHuman-Timestamp", timestamp)
            .header("X-BitHuman-Signature", signature(&self.secret, timestamp, &self.delivery.body))
            .body(self.delivery.body.clone());
        request.send().await.ok().map(|response| response.status().as_u16())
    }
}

/// `sha256=` and the hex HMAC of `{timestamp}.{raw body}`.
fn signature(secret: &str, timestamp: i64, body: &str) -> String {
    let timestamp = timestamp.to_string();
    let bytes = hmac_sha256(secret, &[timestamp.as_bytes(), b".", body.as_bytes()]);
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256={hex}")
}

/// HMAC-SHA256 over some parts, one after another.
pub(crate) fn hmac_sha256(key: &str, parts: &[&[u8]]) -> Vec<u8> {
    #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).expect("HMAC takes a key of any length");
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_the_one_that_openssl_computes() {
        // printf '1700000000.{"id":"evt_1"}' | openssl dgst -sha256 -hmac whsec_test
        let expected = "sha256=c89214b5b5da833daed6f0b8c5bb6bd58cea9022bd80ccc78230f3942d632925";
        assert_eq!(signature("whsec_test", 1_700_000_000, r#"{"id":"evt_1"}"#), expected);
    }
}
