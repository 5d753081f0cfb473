//! A valid workflow. Only `check` makes one; `plan::build` turns it into a graph.
//!
//! Names are resolved to ids that exist; texts and conditions parse; what is left open is what only a run knows.

use std::path::PathBuf;
use std::sync::Arc;

use indexmap::IndexMap;
use serde_json::{Map, Value};

use crate::data::inputs::InputSpec;
use crate::diagnostic::{Source, Span};
use crate::duration::Millis;
use crate::plan::model::{Exclusion, OnUnknown, Reports, Rules, SecretSource, Section, Why};
use crate::schedule::Schedule;
use crate::share::{Priority, Throttle};
use crate::workflow::agents::DeclaredAgent;
use crate::workflow::node::Spanned;

/// A checked workflow file.
#[derive(Clone, Debug)]
pub struct Workflow {
    /// The file, for places.
    pub source: Arc<Source>,
    /// The file's path on disk.
    pub path: PathBuf,
    /// Its name: written, or the file's stem.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// The typed inputs.
    pub inputs: IndexMap<String, InputSpec>,
    /// Constants: values whose strings are templates over `inputs` and each other, in an order that works.
    pub vars: IndexMap<String, Value>,
    /// Where secrets come from.
    pub secrets: IndexMap<String, SecretSource>,
    /// The most credits that purchases may use.
    pub max_credits: Option<u64>,
    /// The longest the run may take.
    pub timeout: Option<Setting<Millis>>,
    /// The most requests in flight at once.
    pub max_parallel: Option<Setting<u32>>,
    /// Words of speech a minute.
    pub speech_rate: Option<Setting<f64>>,
    /// When it runs by itself.
    pub schedule: Option<Schedule>,
    /// The group whose runs it shares a limit with.
    pub concurrency: Option<Concurrency>,
    /// How a request from outside starts a run.
    pub webhook: Option<Webhook>,
    /// How fast lines go out at most.
    pub throttle: Option<Throttle>,
    /// Whose requests go first.
    pub priority: Priority,
    /// Reports that are written when a run ends or stops.
    pub reports: Reports,
    /// Every step in file order, those of `steps` first, then `on_failure`, then `finally`; joints included.
    pub steps: Vec<Step>,
    /// Templates read when the run succeeded.
    pub outputs: IndexMap<String, Spanned<String>>,
    /// The agents that it declares, and those that it uses.
    pub agents: Agents,
    /// Whether the file names a room anywhere.
    pub names_rooms: bool,
    /// Files read by the workflow, as written, with the path on disk.
    pub files: IndexMap<String, PathBuf>,
}

/// Agents declared by name.
#[derive(Clone, Debug, Default)]
pub struct Agents {
    /// Those that the file declares.
    pub own: IndexMap<String, DeclaredAgent>,
    /// Those that its steps address or its texts read, its own and shared ones.
    pub used: IndexMap<String, DeclaredAgent>,
}

/// A group of workflows whose runs share a limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Concurrency {
    /// The group's name.
    pub group: String,
    /// The most runs at once; one at least.
    pub limit: u32,
}

/// How a request from outside starts a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Webhook {
    /// Where the secret is that requests are signed with: `env:NAME` or `file:PATH`.
    pub secret: String,
    /// Inputs, each with the keys that lead to it in the body of the request.
    pub inputs: IndexMap<String, Vec<String>>,
}

/// A value of a step's control field: known when the file is read, or a template over `inputs` and `vars`.
#[derive(Clone, Debug, PartialEq)]
pub enum Setting<T> {
    /// Known.
    Known(T),
    /// Rendered when the plan is built, then read as the field's type.
    Template(Spanned<String>),
}

/// A step with the edges of the graph.
#[derive(Clone, Debug)]
pub struct Step {
    /// Its id.
    pub id: String,
    /// What people read.
    pub name: Option<String>,
    /// The step's place: from its first key to its last value.
    pub span: Span,
    /// The script it belongs to.
    pub section: Section,
    /// What it waits for: indices into the list it is in, each with the gravest reason, in order of index.
    pub needs: Vec<(usize, Why)>,
    /// What it does.
    pub work: StepWork,
    /// The expression of `if`, and whether it calls `always()` or `failed()`.
    pub condition: Option<(Spanned<String>, bool)>,
    /// `delay`.
    pub delay: Option<Setting<Millis>>,
    /// `at`.
    pub at: Option<Setting<Millis>>,
    /// `hold`, defaults applied; none means the action's default.
    pub hold: Option<HoldSetting>,
    /// `expires`.
    pub expires: Option<Setting<Millis>>,
    /// `timeout`, defaults applied.
    pub timeout: Option<Setting<Millis>>,
    /// `retry`, defaults applied field by field.
    pub retry: RetrySetting,
    /// `continue_on_error`.
    pub continue_on_error: bool,
    /// `on_unknown`, defaults applied.
    pub on_unknown: OnUnknown,
    /// What keeps it from going out: its own rules, and those of its loop and of the file.
    pub rules: Rules,
}

/// What a step does.
#[derive(Clone, Debug)]
pub enum StepWork {
    /// An action of the catalogue.
    Action(Box<StepAction>),
    /// A loop.
    Loop(Box<StepLoop>),
    /// The end of a `parallel` group.
    Join,
}

/// An action with its fields.
#[derive(Clone, Debug)]
pub struct StepAction {
    /// The name in the catalogue.
    pub action: String,
    /// The fields as JSON: the short form spelled out, scalars of text fields as spelled, `{ file: … }` texts inlined.
    pub fields: Map<String, Value>,
    /// The place of each field.
    pub spans: IndexMap<String, Span>,
    /// Whom it addresses.
    pub agent: Option<StepAgent>,
    /// Where it is heard.
    pub room: Option<StepRoom>,
}

/// Whom a step addresses.
#[derive(Clone, Debug, PartialEq)]
pub enum StepAgent {
    /// The agent made by the step with this id, in the same list or outside the loop.
    Made(String),
    /// The agent that is declared by this name.
    Declared(String),
    /// A code, written out.
    Code(String),
    /// A template that renders to a code.
    Template(String),
}

/// Where a step is heard.
#[derive(Clone, Debug, PartialEq)]
pub enum StepRoom {
    /// In every active room of the agent.
    Every,
    /// In one room, by a template.
    Named(String),
}

/// A loop over items.
#[derive(Clone, Debug)]
pub struct StepLoop {
    /// Where the items come from.
    pub items: LoopItems,
    /// `as`; `item` when not written.
    pub name: String,
    /// `key`.
    pub key: Option<Spanned<String>>,
    /// `max_parallel`; 1 when not written.
    pub max_parallel: Option<Setting<u32>>,
    /// `fail_fast`.
    pub fail_fast: bool,
    /// Who is left out when their turn comes; paths as written.
    pub exclude: Vec<Exclusion>,
    /// The steps of each item.
    pub body: Vec<Step>,
    /// Whether the body was written as one action.
    pub single: bool,
}

/// Where a loop's items come from.
#[derive(Clone, Debug)]
pub enum LoopItems {
    /// Written in the file; strings in it are text, never templates.
    List(Vec<Value>),
    /// An expression.
    Expression(Spanned<String>),
    /// The rows of a file.
    File {
        /// `csv`, `json`, `jsonl` or `yaml`.
        format: String,
        /// The path as written, a key of [`Workflow::files`].
        path: Spanned<String>,
    },
}

/// `hold` as written.
#[derive(Clone, Debug, PartialEq)]
pub enum HoldSetting {
    /// The estimated length of the spoken text.
    Speech,
    /// A length.
    For(Setting<Millis>),
}

/// `retry` as written, with the defaults of the file; what is none has the language's default.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RetrySetting {
    /// Tries in all.
    pub max_attempts: Option<Setting<u32>>,
    /// Whether waits double.
    pub exponential: Option<bool>,
    /// The first wait.
    pub delay: Option<Setting<Millis>>,
    /// The longest wait.
    pub max_delay: Option<Setting<Millis>>,
    /// Whether waits are spread.
    pub jitter: Option<bool>,
    /// No try begins later than this after the first.
    pub deadline: Option<Setting<Millis>>,
}
