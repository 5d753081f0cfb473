//! From an outline to the plan of a run that does it. Each name is a step, and nothing waits for another name.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::outcome::{Effect, Tier};
use crate::plan::model::{AgentReference, Edge, Exchanged, Node, Plan, Policy, Section, Timing, Why, Work};
use crate::provision::desired::{Desired, MediaFile};
use crate::provision::difference::{Change, Difference};
use crate::provision::outline::Outline;

/// The name of the runs that apply: no workflow can have it.
pub const WORKFLOW: &str = "agents apply";
/// The constant of the plan that says what goes into the lock.
const LOCK: &str = "lock";
/// The most requests in flight at once; the account's rate limit holds them back further.
const AT_ONCE: u32 = 16;

/// What a run does to apply an outline.
#[derive(Clone, Debug)]
pub struct Script {
    /// Its plan; without a node where nothing is sent.
    pub plan: Plan,
    /// The files that it reads.
    pub files: Vec<MediaFile>,
}

/// What is written of a name when its step has succeeded, beside the code.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToLock {
    /// What the agent is made from.
    pub from: BTreeMap<String, String>,
    /// It is never deleted.
    pub prevent_destroy: bool,
    /// Agents that it takes the place of.
    pub replaced: Vec<String>,
}

impl Script {
    /// The script of an outline.
    pub fn of(outline: &Outline) -> Self {
        let mut writer = Writer { outline, nodes: Vec::new(), inputs: IndexMap::new(), files: Vec::new() };
        outline.differences.iter().for_each(|difference| writer.difference(difference));
        let Writer { nodes, inputs, files, .. } = writer;
        let lock: IndexMap<&str, ToLock> = outline
            .desired
            .values()
            .filter(|desired| outline.find(&desired.name).is_some_and(Difference::changes))
            .map(|desired| (desired.name.as_str(), to_lock(outline, desired)))
            .collect();
        let plan = Plan {
            workflow: WORKFLOW.to_owned(),
            inputs,
            vars: IndexMap::from([(LOCK.to_owned(), json!(lock))]),
            nodes,
            max_parallel: AT_ONCE,
            max_credits: Some(outline.credits()),
            files: files.iter().map(|file| (file.shown.clone(), file.sha256.clone())).collect(),
            ..Plan::default()
        };
        Self { plan, files }
    }
}

/// What goes into the lock of a name, as a plan has it.
pub fn lock_of(plan: &Plan, name: &str) -> Option<ToLock> {
    serde_json::from_value(plan.vars.get(LOCK)?.get(name)?.clone()).ok()
}

/// What the lock says of a name once it is as declared.
pub fn to_lock(outline: &Outline, desired: &Desired) -> ToLock {
    let entry = outline.lock.entry(&desired.name, &outline.account);
    let mut replaced = entry.map(|entry| entry.replaced.clone()).unwrap_or_default();
    let is_replaced = outline.find(&desired.name).is_some_and(|difference| difference.change == Change::Replace);
    replaced.extend(entry.filter(|_| is_replaced).map(|entry| entry.code.clone()));
    ToLock { from: desired.from.clone(), prevent_destroy: desired.lifecycle.prevent_destroy, replaced }
}

struct Writer<'a> {
    outline: &'a Outline,
    nodes: Vec<Node>,
    inputs: IndexMap<String, Value>,
    files: Vec<MediaFile>,
}

impl Writer<'_> {
    fn difference(&mut self, difference: &Difference) {
        let name = &difference.name;
        let desired = self.outline.desired.get(name);
        match (difference.change, desired, &difference.code) {
            (Change::Create | Change::Adopt | Change::Replace, Some(desired), _) => self.make(desired),
            (Change::Update, Some(desired), Some(code)) => {
                let prompt = desired.prompt().unwrap_or_default();
                let fields = Map::from_iter([("prompt".to_owned(), self.text(name, "prompt", prompt))]);
                self.push(
                    name.clone(),
                    exchanged("set_prompt", (fields, Effect::Repeatable), Some(agent(code, name)), name),
                );
            }
            (Change::Delete, _, Some(code)) => {
                let deletes =
                    exchanged("delete_agent", (Map::new(), Effect::Repeatable), Some(agent(code, name)), name);
                self.push(name.clone(), deletes);
            }
            _ => {}
        }
    }

    /// Makes an agent, and waits until it is ready.
    fn make(&mut self, desired: &Desired) {
        let name = &desired.name;
        let field = |(field, value): (&String, &Value)| {
            let value = match value {
                Value::String(text) => self.text(name, field, text),
                other => other.clone(),
            };
            (field.clone(), value)
        };
        let fields: Map<String, Value> = desired.fields.iter().map(field).collect();
        self.files.extend(desired.files.iter().cloned());
        let mut makes = exchanged("generate", (fields, Effect::Repeatable), None, name);
        (makes.billable, makes.tier) = (true, Tier::Generate);
        let maker = self.nodes.len() as u32;
        self.push(name.clone(), makes);
        let within = desired.ready.map(|ready| ("within".to_owned(), Value::from(ready.to_text())));
        let made = AgentReference { code: format!("{{{{ steps.{name}.agent_id }}}}"), name: name.clone() };
        let mut waits = exchanged("wait_ready", (within.into_iter().collect(), Effect::Read), Some(made), name);
        (waits.tier, waits.declared) = (Tier::Read, None);
        self.push(format!("{name} ready"), waits);
        if let Some(wait) = self.nodes.last_mut() {
            wait.needs.push(Edge { node: maker, why: Why::Agent });
        }
    }

    /// A text that is sent as it is: braces in it are text, so it stands among the inputs where it has any.
    fn text(&mut self, name: &str, field: &str, text: &str) -> Value {
        if !text.contains("{{") {
            return Value::from(text);
        }
        let input = format!("{name}_{field}");
        self.inputs.insert(input.clone(), Value::from(text));
        Value::from(format!("{{{{ inputs.{input} }}}}"))
    }

    fn push(&mut self, id: String, exchanged: Exchanged) {
        self.nodes.push(Node {
            id,
            name: None,
            line: 0,
            section: Section::Main,
            needs: Vec::new(),
            condition: None,
            work: Work::Exchange(exchanged),
            timing: Timing::default(),
            policy: Policy::default(),
        });
    }
}

fn agent(code: &str, name: &str) -> AgentReference {
    AgentReference { code: code.to_owned(), name: name.to_owned() }
}

fn exchanged(
    action: &str,
    (fields, effect): (Map<String, Value>, Effect),
    agent: Option<AgentReference>,
    declared: &str,
) -> Exchanged {
    Exchanged {
        action: action.to_owned(),
        fields,
        effect,
        billable: false,
        tier: Tier::Write,
        agent,
        room: None,
        declared: Some(declared.to_owned()),
        rank: 0,
    }
}
