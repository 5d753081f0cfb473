//! What is asked.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

/// What a plan is made for.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlanAsked {
    /// The values of inputs, by name.
    #[serde(default)]
    pub inputs: Map<String, Value>,
}

/// A run to begin.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StartAsked {
    /// The workflow's name.
    pub workflow: String,
    /// The values of inputs, by name.
    #[serde(default)]
    pub inputs: Map<String, Value>,
    /// Whether agents may be bought.
    #[serde(default)]
    pub allow_purchase: bool,
    /// Whether it is rehearsed on a sandbox of its own, where nobody is reached.
    #[serde(default)]
    pub dry: bool,
}

/// A run to go on with.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ResumeAsked {
    /// Whether the lines that follow may be said.
    #[serde(default)]
    pub yes: bool,
}

/// A run to begin anew.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RerunAsked {
    /// Only what failed, was cancelled or never began, and what hung on it.
    #[serde(default)]
    pub failed: bool,
    /// Only this step and everything that needs it.
    #[serde(default)]
    pub from: Option<String>,
    /// Whether lines may be said again, and agents be bought.
    #[serde(default)]
    pub yes: bool,
}

/// A go to what waits for one.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GoAsked {
    /// The step that it is meant for, and no other; else what waits first.
    #[serde(default)]
    pub step: Option<String>,
    /// The key of the item that the step is in.
    #[serde(default)]
    pub item: Option<String>,
}

/// What became of a step that nobody knows about.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ResolveAsked {
    /// The step.
    pub step: String,
    /// The key of the item that it is in.
    #[serde(default)]
    pub item: Option<String>,
    /// `happened` or `did_not_happen`.
    #[serde(rename = "as")]
    pub resolution: ResolvedAs,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ResolvedAs {
    /// It took effect: what follows goes on.
    Happened,
    /// It did not: it goes out now.
    DidNotHappen,
    /// Nobody will know: what follows goes on.
    LeaveUnknown,
}

/// Nothing is asked beside what the path says.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub(crate) struct NothingAsked {}

/// A token.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LoginAsked {
    /// Its text.
    pub token: String,
}

/// Which runs are listed.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct RunsAsked {
    /// Of this workflow only.
    pub workflow: Option<String>,
    /// Of this status only.
    pub status: Option<String>,
    /// At most so many, from 1 to 500.
    pub limit: Option<usize>,
    /// Only those that began before this one.
    pub before: Option<String>,
}

/// Where a stream begins.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct StreamAsked {
    /// The number of its first event.
    pub from: Option<u64>,
}

/// A span of a schedule.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct SpanAsked {
    /// From when: RFC 3339.
    pub from: Option<String>,
    /// Until when: RFC 3339.
    pub to: Option<String>,
}
