//! The keys of agents that are declared by name, as written.

use schemars::JsonSchema;

use super::{Anything, Declared, Names, Version};
use crate::actions::fields::Length;

/// Agents that the workflows of a project share by name.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct AgentsFile {
    /// The version of the language: `1`.
    pub version: Version,
    /// What the file is: `agents`.
    pub kind: AgentsKind,
    /// Constants: templates over each other.
    pub vars: Option<Names<Anything>>,
    /// The agents, by name.
    pub agents: Names<Declared>,
}

/// The kind of a file that only declares agents.
#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub enum AgentsKind {
    /// Agents.
    Agents,
}

/// The keys of a declared agent beside those of `generate`.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct DeclaredKeys {
    /// What may become of the agent.
    pub lifecycle: Option<LifecycleKeys>,
    /// How long things may take.
    pub timeouts: Option<TimeoutKeys>,
}

/// What may become of a declared agent.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, example = serde_json::json!({ "prevent_destroy": true }))]
pub struct LifecycleKeys {
    /// Whether it is never deleted, nor replaced by another.
    pub prevent_destroy: Option<bool>,
    /// The fields whose changes are let be.
    #[schemars(example = serde_json::json!(["prompt"]))]
    pub ignore: Option<Vec<DeclaredField>>,
    /// What happens when what makes its face changes; `replace` when left out.
    pub on_change: Option<OnChangeWord>,
}

/// A field of a declared agent.
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum DeclaredField {
    /// Its prompt.
    Prompt,
    /// Its picture.
    Image,
    /// Its film.
    Video,
    /// Its voice.
    Audio,
    /// Its picture's aspect ratio.
    AspectRatio,
    /// Its film's aspect ratio.
    VideoAspectRatio,
    /// Its film's length.
    Duration,
    /// Its model.
    Model,
    /// Its model's version.
    Version,
    /// Its background.
    Transparency,
    /// How much of it is shown.
    Framing,
}

/// What happens when what makes a face changes.
#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub enum OnChangeWord {
    /// A new agent is made in its place, with `--allow-replace`.
    Replace,
    /// The old one is kept.
    Keep,
}

/// How long things may take.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, example = serde_json::json!({ "ready": "30m" }))]
pub struct TimeoutKeys {
    /// How long the agent may take to be ready; 15m for models of version 1, else 3h.
    pub ready: Option<Length>,
}
