//! What a run would do.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

/// What a run would do.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct PlanAnswer {
    /// The plan, as `runsheet plan --format json` tells it.
    pub plan: Value,
    /// The plan as a drawing.
    pub svg: String,
    /// What would be said, in order.
    pub says: Vec<Say>,
    /// What would be bought.
    pub buys: Vec<Buy>,
    /// What that costs.
    pub credits: u64,
    /// The shortest time it takes; null when only a run can know.
    pub duration_ms: Option<u64>,
}

/// A line that would go out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub(crate) struct Say {
    /// The step, as `greet` or `greet[Ada]`.
    pub step: String,
    /// What is said.
    pub text: String,
    /// Where.
    pub room: Option<String>,
}

/// An agent that would be bought.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub(crate) struct Buy {
    /// The step.
    pub step: String,
    /// The model that is asked for.
    pub model: Option<String>,
    /// What it costs.
    pub credits: u64,
    /// Why it is not one that was bought before.
    pub why: String,
}
