//! The keys that say how a workflow is started by itself and from outside.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::Names;
use crate::actions::fields::Length;

/// When a workflow runs by itself: a list of times.
pub struct Times;

impl JsonSchema for Times {
    fn schema_name() -> Cow<'static, str> {
        "Times".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut time = generator.subschema_for::<Time>();
        let one = ["cron", "every", "at"].map(|key| serde_json::json!({ "required": [key] }));
        let example = serde_json::json!({ "cron": "0 9 * * 1-5", "timezone": "Europe/Paris" });
        time.insert("oneOf".to_owned(), one.to_vec().into());
        time.insert("examples".to_owned(), serde_json::json!([example]));
        json_schema!({ "type": "array", "items": time, "minItems": 1, "examples": [[example]] })
    }
}

/// A time at which the workflow runs by itself: `cron` with its `timezone`, `every` or `at`.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Time {
    /// A pattern of five fields: minute, hour, day of the month, month, day of the week.
    pub cron: Option<String>,
    /// Whose local time `cron` names: an IANA name such as `Europe/Paris`.
    pub timezone: Option<String>,
    /// Again and again, counted from midnight UTC: from `1s` to `24h`.
    pub every: Option<Length>,
    /// Once: a date and a time with its offset from UTC.
    pub at: Option<String>,
}

/// What happens when a scheduled run is due while one is under way.
#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub enum OverlapWord {
    /// It is left out.
    Skip,
    /// It waits for its turn, one at the most.
    Queue,
    /// It starts, and the run under way is cancelled.
    Cancel,
    /// It starts beside the other.
    Allow,
}

/// Which missed runs are made up for.
#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub enum CatchupWord {
    /// None.
    None,
    /// The latest one.
    Latest,
    /// All of them.
    All,
}

/// How many runs of a group go on at once. A time that is due waits for room; a webhook and a start over the API are
/// refused as long as there is none.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, example = serde_json::json!({ "group": "outbound", "limit": 1 }))]
pub struct Concurrency {
    /// The name of the group: letters, digits, `-`, `_`.
    pub group: String,
    /// The most runs at once; 1 when left out.
    #[schemars(range(min = 1))]
    pub limit: Option<u32>,
}

/// How a request from outside starts a run.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[schemars(example = serde_json::json!({ "secret": "env:HOOK_SECRET", "inputs": { "customer": "body.name" } }))]
pub struct Webhook {
    /// Where the secret is that requests are signed with: `env:NAME` or `file:PATH`.
    pub secret: String,
    /// Inputs, each with the part of the request that it is read from, such as `body.name`.
    pub inputs: Option<Names<String>>,
}
