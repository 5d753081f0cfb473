//! `POST /v1/embed-tokens/request`: how a live session is opened in a browser.

use serde_json::json;

use super::client::{Client, Request};
use crate::outcome::Failure;
use crate::secret::Secret;

/// What opens one live session.
#[derive(Clone, Debug)]
pub struct EmbedToken {
    /// The token: whoever holds it is let in.
    pub token: Secret,
    /// The session's id.
    pub session_id: Option<String>,
    /// The models the agent can be shown with.
    pub supported_models: Vec<String>,
}

impl Client {
    /// Asks for a token for one visitor, whom the fingerprint tells from others.
    pub async fn request_embed_token(&self, agent_id: &str, fingerprint: &str) -> Result<EmbedToken, Failure> {
        let body = json!({ "agent_id": agent_id, "fingerprint": fingerprint });
        let answer = self.call(Request::post(&["v1", "embed-tokens", "request"]).body(body)).await?;
        answer.read("`token`", |body| {
            let body = body.data();
            Some(EmbedToken {
                token: Secret::new(body.text("token")?),
                session_id: body.text("sid"),
                supported_models: body.texts("supported_models"),
            })
        })
    }
}
