//! The keys of a workflow file, as written. Their doc comments are the editor's hover text and the reference.
//!
//! Only the schema is made from these types: `shape` checks a file's tree against it, `check` reads the tree.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::actions::fields::{Length, Text};

/// Writes a type whose schema is given literally.
macro_rules! written {
    ($(#[$doc:meta])* $name:ident, $generator:ident => $schema:expr) => {
        $(#[$doc])*
        pub struct $name;

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema($generator: &mut SchemaGenerator) -> Schema {
                $schema
            }
        }
    };
}

mod campaign;
mod declared;
mod starts;

pub use campaign::{
    ArmKeys, CapKeys, Excluded, ExcludedRows, Expires, PriorityWord, ReportKeys, ThrottleKeys, VariantKeys, WindowKeys,
};
pub use declared::{AgentsFile, DeclaredKeys};
pub use starts::{CatchupWord, Concurrency, OverlapWord, Time, Times, Webhook};

/// A script for talking-avatar agents.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct WorkflowFile {
    /// The version of the language: `1`.
    pub version: Version,
    /// The workflow's name: letters, digits, `-`, `_`; the file's stem when left out.
    pub name: Option<String>,
    /// What the workflow is for.
    pub description: Option<String>,
    /// What a run is given, by `--input name=value` or `--inputs FILE`; checked before the first step.
    pub inputs: Option<Names<Input>>,
    /// Constants: templates over `inputs` and each other.
    pub vars: Option<Names<Anything>>,
    /// Secrets, each with its source and the hosts it may go to; for `http` only.
    pub secrets: Option<Names<SecretDeclaration>>,
    /// The agent of every step that names none.
    pub agent: Option<Agent>,
    /// The room of every step that names none; `all` is every room of the agent.
    pub room: Option<String>,
    /// What steps have that do not say otherwise.
    pub defaults: Option<Defaults>,
    /// No purchase is begun that could pass this many credits.
    pub max_credits: Option<u64>,
    /// The longest the whole run may take, on the run's clock.
    pub timeout: Option<Templated<Length>>,
    /// The most requests in flight at once; 16 when left out.
    #[schemars(range(min = 1))]
    pub max_parallel: Option<Templated<u32>>,
    /// When the workflow runs by itself, while `runsheet serve` is there to start it.
    pub schedule: Option<Times>,
    /// What happens when a scheduled run is due while one is under way; `skip` when left out.
    pub overlap: Option<OverlapWord>,
    /// Which missed runs are made up for; `latest` when left out, and `none` for `at`.
    pub catchup: Option<CatchupWord>,
    /// How long after its time a missed run may be made up for; 10m when left out.
    pub catchup_window: Option<Length>,
    /// How many runs of a group go on at once, over all workflows that name it.
    pub concurrency: Option<Concurrency>,
    /// How a request from outside starts a run.
    pub webhook: Option<Webhook>,
    /// When people may be addressed, where neither step nor loop says it.
    pub window: Option<WindowKeys>,
    /// How fast lines go out at most, below what the account allows.
    pub throttle: Option<ThrottleKeys>,
    /// Whose requests go first where several runs share an account; `normal` when left out.
    pub priority: Option<PriorityWord>,
    /// Reports that are written when a run ends or stops.
    pub report: Option<ReportKeys>,
    /// Agents declared by name, for `agent:` and `{{ agents.NAME.code }}`.
    pub agents: Option<Names<Declared>>,
    /// The script: read from top to bottom, at least one step.
    #[schemars(length(min = 1))]
    pub steps: Vec<Entry>,
    /// A script for when the run has failed, begun when every other step has ended.
    pub on_failure: Option<Vec<Entry>>,
    /// A script for the end of every run, begun when every other step has ended.
    pub r#finally: Option<Vec<Entry>>,
    /// Name to template, read when the run succeeded.
    pub outputs: Option<Names<Text>>,
}

/// One input.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, example = serde_json::json!({ "type": "string", "default": "Alex" }))]
pub struct Input {
    /// What it is; `string` when left out.
    pub r#type: Option<InputType>,
    /// Its value when none is given.
    pub default: Option<Anything>,
    /// Whether it must be given; true when there is no default.
    pub required: Option<bool>,
    /// What it is for.
    pub description: Option<String>,
    /// The values of an `enum`.
    #[schemars(length(min = 1))]
    pub values: Option<Vec<Anything>>,
    /// A regular expression that the whole text matches.
    pub pattern: Option<String>,
    /// The least number, or the least length of a text or list.
    pub min: Option<f64>,
    /// The greatest number, or the greatest length of a text or list.
    pub max: Option<f64>,
    /// Whether it is masked wherever people look.
    pub sensitive: Option<bool>,
}

/// The type of an input.
#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub enum InputType {
    /// A text.
    String,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// One of `values`.
    Enum,
    /// A list of texts.
    List,
}

/// A secret: never printed, journaled, reported; goes to its hosts only.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[schemars(example = serde_json::json!({ "from": "env:CRM_TOKEN", "hosts": ["api.crm.example"] }))]
pub struct SecretDeclaration {
    /// Where it is: `env:NAME` or `file:PATH`.
    pub from: String,
    /// The hosts that it may be sent to, on any port.
    #[schemars(length(min = 1))]
    pub hosts: Vec<String>,
}

/// What steps have that do not say otherwise.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Defaults {
    /// The longest one exchange with the service may take; 30s when left out.
    pub timeout: Option<Templated<Length>>,
    /// How failures are tried again.
    pub retry: Option<Retry>,
    /// How long to wait after success: a duration, or `speech`.
    pub hold: Option<Templated<Hold>>,
    /// What happens when nobody knows whether a step took effect.
    pub on_unknown: Option<OnUnknownWord>,
    /// How long to wait for somebody to be in the room.
    pub wait_for_room: Option<Templated<Length>>,
    /// Words of speech a minute; 150 when left out.
    #[schemars(range(min = 1, max = 1000))]
    pub speech_rate: Option<Templated<f64>>,
}

/// How failures are tried again; what may be repeated is decided by the error's class.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, example = serde_json::json!({ "max_attempts": 3, "delay": "2s" }))]
pub struct Retry {
    /// Tries in all; 4 when left out.
    #[schemars(range(min = 1, max = 100))]
    pub max_attempts: Option<Templated<u32>>,
    /// How the waits between tries grow; `exponential` when left out.
    pub backoff: Option<Backoff>,
    /// The first wait; 1s when left out.
    pub delay: Option<Templated<Length>>,
    /// The longest wait; 30s when left out.
    pub max_delay: Option<Templated<Length>>,
    /// Whether waits are spread, so that many steps do not come at once; true when left out.
    pub jitter: Option<bool>,
    /// No try begins later than this after the first.
    pub deadline: Option<Templated<Length>>,
}

/// How waits grow.
#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub enum Backoff {
    /// Each twice the one before.
    Exponential,
    /// All alike.
    Constant,
}

/// What happens when nobody knows whether a step took effect.
#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub enum OnUnknownWord {
    /// A person is asked.
    Ask,
    /// It counts as done.
    Skip,
    /// It is done again.
    Resend,
}

/// The keys of a step beside its action.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct StepFile {
    /// The step's name in references; `<action>_<n>` when left out.
    pub id: Option<String>,
    /// What people read.
    pub name: Option<String>,
    /// Whom: a declared name, the id of a `generate` step, a code such as `A91XMB7113`, or a template.
    pub agent: Option<Agent>,
    /// Where; `all` is every room of the agent.
    pub room: Option<String>,
    /// What the step waits for: an id or a list. Left out, the entry above; `[]` starts at once.
    pub needs: Option<OneOrMany>,
    /// A condition, read once when the needs have ended, before `delay`.
    pub r#if: Option<Expression>,
    /// A wait before the action, once its needs are met.
    pub delay: Option<Templated<Length>>,
    /// Not before this offset on the run's clock: a timed cue.
    pub at: Option<Templated<Length>>,
    /// A wait after success: a duration, or `speech`, the estimated length of the spoken text.
    pub hold: Option<Templated<Hold>>,
    /// A step that cannot go out within this time after its moment is skipped; 10s for a step with `at`.
    pub expires: Option<Templated<Expires>>,
    /// At most once for this value over all runs of the workflow.
    pub once_per: Option<Templated<String>>,
    /// When people may be addressed: of this step, or of every step of this loop.
    pub window: Option<WindowKeys>,
    /// Whether it goes out whatever the window says.
    pub critical: Option<bool>,
    /// How often a person may be addressed: by this step, or by this loop.
    pub cap: Option<CapKeys>,
    /// Texts of which each person hears one, in place of the action's own.
    pub variants: Option<VariantKeys>,
    /// The longest one exchange with the service may take; 30s when left out.
    pub timeout: Option<Templated<Length>>,
    /// How failures are tried again.
    pub retry: Option<Retry>,
    /// Whether a failure counts as success for what follows and for the run.
    pub continue_on_error: Option<bool>,
    /// What happens when nobody knows whether the step took effect; `ask` when left out.
    pub on_unknown: Option<OnUnknownWord>,
    /// Goes through a list: written out, an expression, or the rows of a file.
    pub foreach: Option<Source>,
    /// The name of the item inside the loop; `item` when left out.
    pub r#as: Option<String>,
    /// An expression that names the item across resumes.
    pub key: Option<Expression>,
    /// How many items are under way at once; 1 when left out.
    #[schemars(range(min = 1))]
    pub max_parallel: Option<Templated<u32>>,
    /// Whether the first failure stops the loop from beginning new items.
    pub fail_fast: Option<bool>,
    /// The steps of each item of `foreach`.
    #[schemars(length(min = 1))]
    pub steps: Option<Vec<Entry>>,
    /// Entries that start together: steps, or lists of steps in order; what follows waits for all.
    #[schemars(length(min = 1))]
    pub parallel: Option<Vec<Branch>>,
}

/// The rows of a file.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, example = serde_json::json!({ "csv": "guests.csv" }))]
pub struct Rows {
    /// A file of comma-separated values with a header.
    pub csv: Option<String>,
    /// A file that holds a JSON list.
    pub json: Option<String>,
    /// A file with one JSON value a line.
    pub jsonl: Option<String>,
    /// A file that holds a YAML list.
    pub yaml: Option<String>,
    /// Rows to leave out, by a file that is read again before each item goes out.
    pub exclude: Option<Excluded>,
}

/// An agent that is any the account has.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct AgentCode {
    /// The agent's code, or a template that renders to it.
    pub code: String,
}

written!(
    /// The version of the language.
    Version, _generator => json_schema!({ "type": "integer", "const": 1, "x-runsheet": "version" })
);
written!(
    /// Any value.
    Anything, _generator => json_schema!({})
);
written!(
    /// A duration, or `speech`.
    Hold, _generator => json_schema!({ "type": "string", "x-runsheet": "hold", "examples": ["speech", "2s"] })
);
written!(
    /// A condition or expression, without braces.
    Expression, _generator => json_schema!({ "type": ["string", "boolean"] })
);
written!(
    /// An id or a list of ids.
    OneOrMany, _generator => json_schema!({
        "anyOf": [{ "type": "string" }, { "type": "array", "items": { "type": "string" } }],
        "examples": [["host", "speak_1"]],
    })
);
written!(
    /// An agent: a word, or `{ code: … }`.
    Agent, generator => json_schema!({
        "anyOf": [{ "type": "string" }, generator.subschema_for::<AgentCode>()],
        "examples": ["host"],
    })
);
written!(
    /// Where a loop's items come from.
    Source, generator => {
        let mut rows = generator.subschema_for::<Rows>();
        let one = ["csv", "json", "jsonl", "yaml"].map(|key| serde_json::json!({ "required": [key] }));
        rows.insert("oneOf".to_owned(), one.to_vec().into());
        json_schema!({
            "anyOf": [{ "type": "string" }, { "type": "array" }, rows],
            "examples": [["Alex", "Kim"]],
        })
    }
);
written!(
    /// An agent: what `generate` takes, and what may become of it.
    Declared, _generator => json_schema!({ "$ref": "#/$defs/agent" })
);
written!(
    /// One entry of a script.
    Entry, _generator => json_schema!({ "$ref": "#/$defs/entry" })
);
written!(
    /// One entry of `parallel`: a step, or steps in order.
    Branch, _generator => json_schema!({
        "anyOf": [
            { "$ref": "#/$defs/entry" },
            { "type": "array", "items": { "$ref": "#/$defs/entry" }, "minItems": 1 },
        ],
    })
);

/// A value that may be a template.
pub struct Templated<T>(PhantomData<T>);

impl<T: JsonSchema> JsonSchema for Templated<T> {
    fn schema_name() -> Cow<'static, str> {
        format!("Templated{}", T::schema_name()).into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = T::json_schema(generator);
        schema.insert("x-template".to_owned(), true.into());
        schema
    }
}

/// A map whose keys are names of the language.
pub struct Names<T>(PhantomData<T>);

impl<T: JsonSchema> JsonSchema for Names<T> {
    fn schema_name() -> Cow<'static, str> {
        format!("Names{}", T::schema_name()).into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = BTreeMap::<String, T>::json_schema(generator);
        schema.insert("propertyNames".to_owned(), serde_json::json!({ "pattern": "^[a-z][a-z0-9_]*$" }));
        schema
    }
}
