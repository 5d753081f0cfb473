//! Agents: `POST /v1/agent/generate`, `GET /v1/agent/status/{id}`, `/v1/agent/{code}`, `GET /v1/agents`.
//!
//! `generate` is paid for: it never goes out without an idempotency key, under which a repeat answers the first
//! response and charges nothing for 24 hours.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::body::Body;
use super::client::{Client, Request};
use crate::outcome::{Failure, Tier};

/// What an agent is made from; the service chooses what is left out.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct GenerateRequest {
    /// Its personality.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt: Option<String>,
    /// Its looks: a URL or base64 data.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// Its looks and manners: a URL or base64 data.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub video: Option<String>,
    /// Its voice: a URL or base64 data.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audio: Option<String>,
    /// Of the image: `16:9`, `9:16`, `1:1`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aspect_ratio: Option<String>,
    /// Of the video: `16:9`, `9:16`, `1:1`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub video_aspect_ratio: Option<String>,
    /// The id it should have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<String>,
    /// Of the source video, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration: Option<f64>,
    /// `expression`, `essence`, `auto` or one of their versions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// `v1` or `v2`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Whether the background is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transparency: Option<bool>,
    /// `portrait` or `full_body`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub framing: Option<String>,
}

/// A creation that has begun.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Generated {
    /// The new agent's id.
    pub agent_id: String,
    /// How far it is, in the service's words.
    pub status: String,
    /// Whether the service repeated its first answer to the same key, charging nothing.
    pub replayed: bool,
}

/// An agent as the service describes it; what it did not say is left out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AgentRecord {
    /// The agent's id.
    pub agent_id: String,
    /// The code it is addressed by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// How far it is, in the service's words.
    pub status: String,
    /// From 0.0 to 1.0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub progress: Option<f64>,
    /// What is being done, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub progress_msg: Option<String>,
    /// The step of the creation, such as `voice_image`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current_step: Option<String>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_message: Option<String>,
    /// Its personality.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub system_prompt: Option<String>,
    /// Where its image is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image_url: Option<String>,
    /// Where its video is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub video_url: Option<String>,
    /// Where its model is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model_url: Option<String>,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The model it was made with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// The models it can be shown with.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub supported_models: Vec<String>,
    /// Its voice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub voice_id: Option<String>,
    /// What it is, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The language it speaks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Its gender.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gender: Option<String>,
    /// When it was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<String>,
    /// When it was changed last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<String>,
}

/// How far an agent is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AgentPhase {
    /// Being made: ask again.
    Working,
    /// Done.
    Ready,
    /// Ended wrong, and refunded.
    Failed,
}

/// A prompt that was replaced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PromptUpdate {
    /// The agent's code.
    pub agent_code: String,
    /// Whether the prompt was replaced.
    pub updated: bool,
}

/// An agent that was deleted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Deleted {
    /// The agent's code.
    pub agent_code: String,
    /// Whether it is gone.
    pub deleted: bool,
}

/// Which agents to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AgentQuery {
    /// Only those of a status.
    pub status: Option<String>,
    /// How many, 1 to 100; the service's default is 20.
    pub limit: Option<u32>,
    /// How many to leave out first.
    pub offset: u64,
}

/// Some agents, the newest first.
#[derive(Clone, Debug, PartialEq)]
pub struct AgentPage {
    /// The agents of this page.
    pub agents: Vec<AgentRecord>,
    /// How many there are in all, when the service says it.
    pub total: Option<u64>,
    /// The offset of the next page, when there is one.
    pub next_offset: Option<u64>,
}

/// Tells whether the service itself says that it has no such agent; a gateway that finds nothing says nothing of it.
pub fn has_no_agent(failure: &Failure) -> bool {
    failure.status == Some(404) && matches!(failure.code.as_str(), "AGENT_NOT_FOUND" | "NOT_FOUND")
}

impl AgentRecord {
    /// Tells how far it is. Only `ready` and `failed` end a creation; `completed` and `success` come earlier, and
    /// `success` counts as done only with all of the progress.
    pub fn phase(&self) -> AgentPhase {
        match self.status.to_ascii_lowercase().as_str() {
            "ready" => AgentPhase::Ready,
            "success" if self.progress.is_some_and(|progress| progress >= 1.0) => AgentPhase::Ready,
            "failed" => AgentPhase::Failed,
            _ => AgentPhase::Working,
        }
    }

    /// Reads a record that says which agent it is about and how far it is.
    fn read(body: Body<'_>) -> Option<Self> {
        let code = body.text("code");
        Some(Self {
            agent_id: body.text("agent_id").or_else(|| code.clone())?,
            status: body.text("status")?,
            code,
            progress: body.number("progress"),
            progress_msg: body.text("progress_msg"),
            current_step: body.text("current_step"),
            error_message: body.text("error_message"),
            system_prompt: body.text("system_prompt"),
            image_url: body.text("image_url"),
            video_url: body.text("video_url"),
            model_url: body.text("model_url"),
            name: body.text("name"),
            model: body.text("model"),
            supported_models: body.texts("supported_models"),
            voice_id: body.text("voice_id"),
            description: body.text("description"),
            language: body.text("language"),
            gender: body.text("gender"),
            created_at: body.text("created_at"),
            updated_at: body.text("updated_at"),
        })
    }
}

impl Client {
    /// Begins to make an agent, once for each idempotency key.
    pub async fn generate(&self, request: &GenerateRequest, idempotency_key: &str) -> Result<Generated, Failure> {
        if idempotency_key.trim().is_empty() {
            return Err(Failure::rejected("no_idempotency_key", "an agent is not bought without an idempotency key"));
        }
        let post = Request::post(&["v1", "agent", "generate"]).tier(Tier::Generate).idempotency_key(idempotency_key);
        let answer = self.call(post.body(json!(request))).await?;
        answer.read("`agent_id`", |body| {
            let body = if body.text("agent_id").is_some() { body } else { body.data() };
            Some(Generated {
                agent_id: body.text("agent_id")?,
                status: body.text("status").unwrap_or_else(|| "processing".to_owned()),
                replayed: answer.replayed,
            })
        })
    }

    /// Asks how far a creation is. A failed question is not a failed creation.
    pub async fn agent_status(&self, agent_id: &str) -> Result<AgentRecord, Failure> {
        self.call(Request::get(&["v1", "agent", "status", agent_id]))
            .await?
            .read("agent with a `status`", |body| AgentRecord::read(body.data()))
    }

    /// Asks for an agent.
    pub async fn agent(&self, code: &str) -> Result<AgentRecord, Failure> {
        self.call(Request::get(&["v1", "agent", code]))
            .await?
            .read("agent with a `status`", |body| AgentRecord::read(body.data()))
    }

    /// Replaces the prompt of an agent.
    pub async fn update_prompt(&self, code: &str, prompt: &str) -> Result<PromptUpdate, Failure> {
        let request = Request::post(&["v1", "agent", code]).body(json!({ "system_prompt": prompt }));
        self.call(request).await?.read("`updated`", |body| {
            let agent_code = body.data().text("agent_code").unwrap_or_else(|| code.to_owned());
            Some(PromptUpdate { agent_code, updated: body.data().flag("updated")? })
        })
    }

    /// Lists agents, one page at a time.
    pub async fn list_agents(&self, query: &AgentQuery) -> Result<AgentPage, Failure> {
        let mut request = Request::get(&["v1", "agents"]).query("offset", query.offset);
        if let Some(limit) = query.limit {
            request = request.query("limit", limit);
        }
        if let Some(status) = &query.status {
            request = request.query("status", status);
        }
        self.call(request).await?.read("list of agents", |body| {
            let listed = body.list("data")?;
            let next = query.offset + listed.len() as u64;
            let pagination = body.object("pagination");
            let has_more = pagination.and_then(|page| page.flag("has_more")).unwrap_or(false) && !listed.is_empty();
            Some(AgentPage {
                agents: listed.into_iter().filter_map(AgentRecord::read).collect(),
                total: pagination.and_then(|page| page.count("total")),
                next_offset: has_more.then_some(next),
            })
        })
    }

    /// Deletes an agent for good.
    pub async fn delete_agent(&self, code: &str) -> Result<Deleted, Failure> {
        self.call(Request::delete(&["v1", "agent", code])).await?.read("`deleted`", |body| {
            let agent_code = body.data().text("agent_code").unwrap_or_else(|| code.to_owned());
            Some(Deleted { agent_code, deleted: body.data().flag("deleted")? })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ready_and_failed_end_a_creation() {
        let phase =
            |status: &str, progress| AgentRecord { status: status.into(), progress, ..AgentRecord::default() }.phase();
        for status in ["processing", "generating", "completed", "success", "queued", ""] {
            assert_eq!(phase(status, Some(0.45)), AgentPhase::Working, "{status}");
        }
        assert_eq!(phase("completed", Some(1.0)), AgentPhase::Working);
        assert_eq!(phase("success", None), AgentPhase::Working);
        assert_eq!(phase("success", Some(1.0)), AgentPhase::Ready);
        assert_eq!(phase("ready", None), AgentPhase::Ready);
        assert_eq!(phase("failed", Some(1.0)), AgentPhase::Failed);
    }
}
