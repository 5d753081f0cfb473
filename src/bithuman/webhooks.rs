//! Webhooks: `/v1/webhooks`, where the service tells that an agent is ready or has failed.

use serde_json::{Map, Value, json};

use super::body::Body;
use super::client::{Client, Request};
use crate::outcome::Failure;
use crate::secret::Secret;

/// A webhook to register.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WebhookRequest {
    /// Where the service posts to.
    pub url: String,
    /// Which events; every one when empty.
    pub events: Vec<String>,
    /// What it is for.
    pub description: Option<String>,
}

/// A registered webhook.
#[derive(Clone, Debug)]
pub struct Webhook {
    /// Its id.
    pub id: String,
    /// Where the service posts to.
    pub url: String,
    /// Which events.
    pub events: Vec<String>,
    /// Whether it is in use.
    pub active: bool,
    /// What signs its deliveries; shown once, when it is registered.
    pub secret: Option<Secret>,
}

/// One delivery that the service made or tried, as it describes it.
#[derive(Clone, Debug, PartialEq)]
pub struct WebhookDelivery {
    /// Its id.
    pub id: String,
    /// Its event.
    pub event: Option<String>,
    /// All that the service says about it.
    pub details: Map<String, Value>,
}

impl Webhook {
    fn read(body: Body<'_>) -> Option<Self> {
        Some(Self {
            id: body.text("id")?,
            url: body.text("url").unwrap_or_default(),
            events: body.texts("events"),
            active: body.flag("active").unwrap_or(true),
            secret: body.text("secret").map(Secret::new),
        })
    }
}

impl WebhookDelivery {
    fn read(body: Body<'_>) -> Option<Self> {
        Some(Self { id: body.text("id")?, event: body.text("event"), details: body.0.as_object()?.clone() })
    }
}

impl Client {
    /// Registers a webhook.
    pub async fn create_webhook(&self, request: &WebhookRequest) -> Result<Webhook, Failure> {
        let mut body = json!({ "url": request.url });
        if !request.events.is_empty() {
            body["events"] = json!(request.events);
        }
        if let Some(description) = &request.description {
            body["description"] = json!(description);
        }
        let answer = self.call(Request::post(&["v1", "webhooks"]).body(body)).await?;
        answer.read("webhook with an `id`", |body| Webhook::read(body.data()))
    }

    /// Lists the webhooks.
    pub async fn list_webhooks(&self) -> Result<Vec<Webhook>, Failure> {
        let answer = self.call(Request::get(&["v1", "webhooks"])).await?;
        answer.read("list of webhooks", |body| Some(body.list("data")?.into_iter().filter_map(Webhook::read).collect()))
    }

    /// Asks for a webhook.
    pub async fn webhook(&self, id: &str) -> Result<Webhook, Failure> {
        let answer = self.call(Request::get(&["v1", "webhooks", id])).await?;
        answer.read("webhook with an `id`", |body| Webhook::read(body.data()))
    }

    /// Removes a webhook.
    pub async fn delete_webhook(&self, id: &str) -> Result<(), Failure> {
        self.call(Request::delete(&["v1", "webhooks", id])).await.map(drop)
    }

    /// Has the service post a `ping` to a webhook.
    pub async fn test_webhook(&self, id: &str) -> Result<(), Failure> {
        self.call(Request::post(&["v1", "webhooks", id, "test"])).await.map(drop)
    }

    /// Lists what was delivered to a webhook.
    pub async fn webhook_deliveries(&self, id: &str) -> Result<Vec<WebhookDelivery>, Failure> {
        let answer = self.call(Request::get(&["v1", "webhooks", id, "deliveries"])).await?;
        answer.read("list of deliveries", |body| {
            Some(body.list("data")?.into_iter().filter_map(WebhookDelivery::read).collect())
        })
    }
}
