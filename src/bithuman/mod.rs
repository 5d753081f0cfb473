//! The service: one client, one rate limit, one reading of what the wire says.
//!
//! [`Client::call`] is the only place that sends and classifies; each resource adds typed methods to the client in a
//! file of its own. Whoever drives a run takes a token of [`RateLimits`] first; the client repeats nothing and waits
//! for nothing. The secret appears in no output, no debug form and no error text. Knows nothing of workflows.

mod account;
mod account_tier;
mod agents;
mod body;
mod bucket;
mod client;
mod context;
mod embed_tokens;
mod headers;
mod rate_limit;
mod sending;
mod service;
mod speak;
mod validate;
mod webhooks;
mod wire;

#[cfg(test)]
mod tests;

pub use account::{Account, CreditSummary, PriceList};
pub use account_tier::{AccountTier, Limits, UnknownTier};
pub use agents::{
    AgentPage, AgentPhase, AgentQuery, AgentRecord, Deleted, GenerateRequest, Generated, PromptUpdate, has_no_agent,
};
pub use client::{Answer, Client, Request};
pub use context::ContextType;
pub use embed_tokens::EmbedToken;
pub use headers::{RateHeaders, http_date, retry_after};
pub use rate_limit::{Claim, Grant, Kind, RateLimits, RunQueue, RunTurn, Until};
pub use service::{ServiceIdentity, ServiceKey};
pub use speak::Delivery;
pub use validate::Validation;
pub use webhooks::{Webhook, WebhookDelivery, WebhookRequest};
