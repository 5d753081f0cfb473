//! The webhook by which the service tells that an agent is ready or has failed, for as long as a server lives.
//!
//! The service shows the secret of a webhook once, so one of an earlier server at the same address is of no use: it is
//! removed, and another one is registered. Without it agents are looked at every few seconds, as they are with it.

use crate::bithuman::{Client, WebhookRequest};
use crate::daemon::service::Reach;
use crate::outcome::{ErrorClass, Failure};
use crate::secret::Secret;
use crate::settings::ServiceUrl;

/// What is listened for.
const EVENTS: [&str; 2] = ["agent.ready", "agent.failed"];
/// Where the service posts to, below the server's address.
const PATH: &str = "hooks";
/// What the webhook is for, in the service's list.
const DESCRIPTION: &str = "runsheet serve";

/// A webhook that is registered.
pub struct Subscription {
    /// What signs its deliveries.
    pub secret: Secret,
    id: String,
    client: Client,
}

impl Subscription {
    /// Registers a webhook for the server at this address.
    pub async fn register(reach: &Reach, server: &ServiceUrl) -> Result<Self, Failure> {
        let (Reach::Connected(connected), Some(url)) = (reach, server.join(&[PATH])) else {
            return Err(Failure::rejected("no_service", "there is no service that could tell"));
        };
        let client = connected.client.clone();
        for known in client.list_webhooks().await?.iter().filter(|known| known.url == url.as_str()) {
            remove(&client, &known.id).await?;
        }
        let events = EVENTS.map(str::to_owned).to_vec();
        let request = WebhookRequest { url: url.into(), events, description: Some(DESCRIPTION.to_owned()) };
        let webhook = client.create_webhook(&request).await?;
        let missing = || Failure::new(ErrorClass::Unknown, "no_secret", "the service shows no secret for its webhook");
        Ok(Self { secret: webhook.secret.ok_or_else(missing)?, id: webhook.id, client })
    }

    /// Removes the webhook.
    pub async fn end(self) -> Result<(), Failure> {
        remove(&self.client, &self.id).await
    }
}

/// Removes a webhook; one that somebody else removed is removed.
async fn remove(client: &Client, id: &str) -> Result<(), Failure> {
    match client.delete_webhook(id).await {
        Err(failure) if failure.status == Some(404) => Ok(()),
        removed => removed,
    }
}
