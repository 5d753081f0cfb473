//! The plan: every step as a node with its edges, frozen when the run starts.
//!
//! Record 0 of a run holds its plan, so editing a file never changes a run under way. Only `build` makes one.
//! Texts stay unrendered here; they are rendered once, when their step is about to go out.

mod key;
mod policy;
mod rules;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::duration::Millis;
use crate::outcome::{Effect, Tier};
use crate::share::{Priority, Throttle};

pub use key::{ItemStep, StepKey};
pub use policy::{Hold, OnUnknown, Policy, Retry, Timing};
pub use rules::{Arm, CapRule, Exclusion, Rolling, Rules, Variants, WindowRule, draw};

/// The graph of one workflow for given inputs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The workflow's name.
    pub workflow: String,
    /// The file it came from, relative to the project.
    pub file: String,
    /// The values of the inputs, defaults included.
    pub inputs: IndexMap<String, Value>,
    /// The inputs whose values are masked wherever people look.
    pub sensitive: Vec<String>,
    /// The constants, rendered.
    pub vars: IndexMap<String, Value>,
    /// Where each secret is read from, and where it may go. Never its value.
    pub secrets: IndexMap<String, SecretSource>,
    /// The steps: first the script's, then those of `on_failure`, then those of `finally`.
    pub nodes: Vec<Node>,
    /// Templates read when the run succeeded.
    pub outputs: IndexMap<String, String>,
    /// The most credits that purchases may use.
    pub max_credits: Option<u64>,
    /// The longest the run may take on its own clock.
    pub timeout: Option<Millis>,
    /// The most requests in flight at once.
    pub max_parallel: u32,
    /// Whether it goes before or after other runs of its account.
    #[serde(default, skip_serializing_if = "Priority::is_default")]
    pub priority: Priority,
    /// How fast its lines go out at the most; none where only the account limits them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub throttle: Option<Throttle>,
    /// The declared agents that its steps address or its texts read, by name.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub agents: IndexMap<String, PlannedAgent>,
    /// The command that goes on with it, where that is not to resume it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub again: String,
    /// Agents that its purchases leave alone: they belong to others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub spoken_for: Vec<String>,
    /// Where reports are written when the run ends or stops, as templates of paths relative to the project.
    #[serde(default, skip_serializing_if = "Reports::is_empty")]
    pub reports: Reports,
    /// What the run was expected to come to, for the texts of pauses.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub estimate: Value,
    /// Files that the run reads, by the path as written, relative to the project, and their SHA-256 in hexadecimal.
    pub files: IndexMap<String, String>,
}

/// The names of [`Plan::estimate`].
pub const ESTIMATED: [&str; 8] = ["people", "lines", "credits", "requests", "excluded", "never", "finishes", "minutes"];

/// Reports that a workflow asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reports {
    /// A row a person, as CSV.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub csv: Option<String>,
    /// The same, as JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub json: Option<String>,
}

impl Reports {
    /// Tells whether none is asked for.
    pub fn is_empty(&self) -> bool {
        self.csv.is_none() && self.json.is_none()
    }
}

/// A declared agent that a run addresses.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedAgent {
    /// Its code; empty while that is not known.
    pub code: String,
    /// The model that it is declared with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// The model's version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
}

/// Where a secret comes from and which hosts it may be sent to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretSource {
    /// `env:NAME` or `file:PATH`.
    pub from: String,
    /// The host names it may go to.
    pub hosts: Vec<String>,
}

/// One step of the graph.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Node {
    /// The step's id, unique among its list.
    pub id: String,
    /// What people read instead of the id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The line of the file that it starts at, from 1.
    pub line: u32,
    /// The script it belongs to.
    pub section: Section,
    /// What it waits for.
    pub needs: Vec<Edge>,
    /// When it is not run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<Condition>,
    /// What it does.
    pub work: Work,
    /// When it does it.
    pub timing: Timing,
    /// How its failures are treated.
    pub policy: Policy,
    /// What keeps it from going out.
    #[serde(default, skip_serializing_if = "Rules::is_empty")]
    pub rules: Rules,
}

/// What a step does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Work {
    /// An action of the catalogue, performed by one exchange or several.
    Exchange(Exchanged),
    /// `wait`: its fields `for` or `until`, unrendered.
    Wait {
        /// The fields as written.
        fields: Map<String, Value>,
    },
    /// `pause`: its fields `message`, `timeout`, `on_timeout`, unrendered.
    Pause {
        /// The fields as written.
        fields: Map<String, Value>,
    },
    /// `foreach`: a body for each item.
    Loop(Box<Loop>),
    /// The end of a `parallel` group or another joint of the graph: does nothing.
    Join,
}

/// An action that reaches a service.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Exchanged {
    /// The action's name in the catalogue.
    pub action: String,
    /// Its fields, the short form spelled out, texts of files inlined, unrendered.
    pub fields: Map<String, Value>,
    /// What doing it again would do.
    pub effect: Effect,
    /// Whether it is paid for.
    pub billable: bool,
    /// The bucket it draws from.
    pub tier: Tier,
    /// Whom it addresses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<AgentReference>,
    /// Where it is heard; none when the action is heard nowhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room: Option<RoomReference>,
    /// For a purchase: the declared agent that it makes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub declared: Option<String>,
    /// For a purchase: its rank among the file's equal faces, so that equal ones are told apart.
    #[serde(default)]
    pub rank: u32,
}

/// An agent as a step names it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AgentReference {
    /// A template that renders to the code, such as `{{ steps.host.agent_id }}` or `A91XMB7113`.
    pub code: String,
    /// The name people know it by: the step's id, the declared name, or the code.
    pub name: String,
}

/// A room as a step names it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoomReference {
    /// Every active room of the agent.
    Every,
    /// One room, as a template.
    Named(String),
}

/// A loop over items.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Loop {
    /// Where the items come from.
    pub items: ItemSource,
    /// The name of the item in the body's texts.
    pub name: String,
    /// An expression that names the item across resumes.
    pub key: Option<String>,
    /// The most items begun and not ended.
    pub max_parallel: u32,
    /// Whether a failed item keeps new ones from beginning.
    pub fail_fast: bool,
    /// Who is left out when their turn comes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exclude: Vec<Exclusion>,
    /// The steps of each item; their edges are among themselves.
    pub body: Vec<Node>,
    /// Whether the body was written as one action, not as `steps`: its result is then the item's result.
    pub single: bool,
}

/// Where the items of a loop come from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ItemSource {
    /// Written in the file.
    List(Vec<Value>),
    /// A value of the condition language, read when the loop begins.
    Expression(String),
    /// The rows of a file.
    File {
        /// `csv`, `json`, `jsonl` or `yaml`.
        format: String,
        /// The path as written; [`Plan::files`] has its hash.
        path: String,
    },
}

/// Which of the file's scripts a step belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Section {
    /// `steps`.
    #[default]
    Main,
    /// `on_failure`.
    OnFailure,
    /// `finally`.
    Finally,
}

/// One thing that a step waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edge {
    /// The index of the node waited for, in the same list.
    pub node: u32,
    /// Why.
    pub why: Why,
}

/// Why a step waits for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// It is written above.
    Order,
    /// `needs` says so.
    Needs,
    /// A text or condition reads its result.
    Reference,
    /// It makes the agent that is addressed.
    Agent,
}

impl Why {
    /// The word people read.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Order => "order",
            Self::Needs => "needs",
            Self::Reference => "reference",
            Self::Agent => "agent",
        }
    }
}

/// A step's `if`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Condition {
    /// The expression.
    pub text: String,
    /// Whether it calls `always()` or `failed()`, and so is read however its needs ended.
    pub sees_failures: bool,
}

impl Node {
    /// A step that comes from no file: it waits for nothing, and its failures are treated as the language says.
    pub fn of(id: impl Into<String>, exchanged: Exchanged) -> Self {
        Self {
            id: id.into(),
            name: None,
            line: 0,
            section: Section::Main,
            needs: Vec::new(),
            condition: None,
            work: Work::Exchange(exchanged),
            timing: Timing::default(),
            policy: Policy::default(),
            rules: Rules::default(),
        }
    }

    /// The name people read.
    pub fn title(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.id)
    }

    /// The action's key in the file; `foreach` for a loop, `join` for a joint.
    pub fn action(&self) -> &str {
        match &self.work {
            Work::Exchange(exchanged) => &exchanged.action,
            Work::Wait { .. } => "wait",
            Work::Pause { .. } => "pause",
            Work::Loop(_) => "foreach",
            Work::Join => "join",
        }
    }

    /// What doing it again would do; for a loop, the gravest of its body.
    pub fn effect(&self) -> Effect {
        match &self.work {
            Work::Exchange(exchanged) => exchanged.effect,
            Work::Loop(inner) => inner.body.iter().map(Node::effect).max().unwrap_or(Effect::None),
            Work::Wait { .. } | Work::Pause { .. } | Work::Join => Effect::None,
        }
    }
}

impl Exchanged {
    /// The same action with another text.
    pub fn saying(&self, field: &str, text: &str) -> Self {
        let mut other = self.clone();
        other.fields.insert(field.to_owned(), Value::String(text.to_owned()));
        other
    }
}

impl Plan {
    /// The node of a step. None when the key does not belong to this plan.
    pub fn get(&self, step: StepKey) -> Option<&Node> {
        let node = self.nodes.get(step.node as usize)?;
        match (step.item, &node.work) {
            (None, _) => Some(node),
            (Some(item), Work::Loop(inner)) => inner.body.get(item.inner as usize),
            (Some(_), _) => None,
        }
    }
}
