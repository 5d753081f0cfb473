//! From an outline to the plan of a run that does it. Each name is a step, and nothing waits for another name.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::outcome::{Effect, Tier};
use crate::plan::model::{AgentReference, Edge, Exchanged, Node, Plan, Why};
use crate::provision::desired::{Desired, MediaFile, PROMPT};
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

/// What is written of a name when its steps have succeeded, beside the code.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToLock {
    /// What the agent is made from.
    pub from: BTreeMap<String, String>,
    /// The file that declares it.
    pub declared: String,
    /// It is never deleted.
    pub prevent_destroy: bool,
    /// The agent that it takes the place of, which the name keeps until the new one is ready.
    pub instead_of: Option<String>,
    /// Agents that it took the place of before, and that are still there.
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
            again: "runsheet agents apply".to_owned(),
            spoken_for: spoken_for(outline),
            ..Plan::default()
        };
        Self { plan, files }
    }
}

/// The agents that names have and keep.
fn spoken_for(outline: &Outline) -> Vec<String> {
    let own = outline.lock.of_account(&outline.account);
    own.flat_map(|(_, entry)| entry.others().chain([&entry.code]))
        .filter(|code| !outline.is_wanted(code))
        .cloned()
        .collect()
}

/// What goes into the lock of a name, as a plan has it.
pub fn lock_of(plan: &Plan, name: &str) -> Option<ToLock> {
    serde_json::from_value(plan.vars.get(LOCK)?.get(name)?.clone()).ok()
}

/// What the lock says of a name once it is as declared.
pub fn to_lock(outline: &Outline, desired: &Desired) -> ToLock {
    let entry = outline.lock.entry(&desired.name, &outline.account);
    let change = outline.find(&desired.name).map(|difference| difference.change);
    let mut from = desired.from.clone();
    if let (Some(entry), Some(Change::Update | Change::Record)) = (entry, change) {
        // The face is the one that it was made from, whatever is declared and let be.
        from.retain(|field, _| field == PROMPT);
        from.extend(entry.from.iter().filter(|(field, _)| *field != PROMPT).map(|(a, b)| (a.clone(), b.clone())));
    }
    let is_left = |code: &String| outline.left_over.iter().any(|(_, left)| left == code);
    let replaced = entry.map(|entry| entry.others().filter(|code| is_left(code)).cloned().collect());
    ToLock {
        from,
        declared: desired.declared.clone(),
        prevent_destroy: desired.lifecycle.prevent_destroy,
        instead_of: entry.filter(|_| change == Some(Change::Replace)).map(|entry| entry.code.clone()),
        replaced: replaced.unwrap_or_default(),
    }
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
            (Change::Create | Change::Adopt | Change::Replace, Some(desired), _) => {
                self.make(desired);
                if difference.is_begun {
                    self.set_again(desired);
                }
            }
            (Change::Update, Some(desired), Some(code)) => {
                let prompt = desired.prompt().unwrap_or_default();
                let fields = Map::from_iter([("prompt".to_owned(), self.text(name, "prompt", prompt))]);
                self.push(
                    name.clone(),
                    exchanged("set_prompt", (fields, Effect::Repeatable), Some(agent(code, name)), name),
                );
            }
            (Change::Delete, _, Some(code)) => self.delete(name, code),
            _ => {}
        }
    }

    /// Deletes an agent, and before it those that it took the place of.
    fn delete(&mut self, name: &str, code: &str) {
        let left: Vec<&String> =
            self.outline.left_over.iter().filter(|(of, _)| of == name).map(|(_, left)| left).collect();
        let deletes = |code: &str, declared: Option<String>| {
            let deletes = exchanged("delete_agent", (Map::new(), Effect::Repeatable), Some(agent(code, name)), name);
            Exchanged { declared, ..deletes }
        };
        let mut needs = Vec::new();
        for left in left {
            needs.push(Edge { node: self.nodes.len() as u32, why: Why::Order });
            self.push(format!("{name} {left}"), deletes(left, None));
        }
        self.push(name.to_owned(), deletes(code, Some(name.to_owned())));
        if let Some(node) = self.nodes.last_mut() {
            node.needs = needs;
        }
    }

    /// Sets the prompt of an agent whose purchase is taken up again: the first answer to its key may have been to another.
    fn set_again(&mut self, desired: &Desired) {
        let (Some(prompt), Some(wait)) = (desired.prompt(), self.nodes.len().checked_sub(1)) else { return };
        let name = &desired.name;
        let fields = Map::from_iter([("prompt".to_owned(), self.text(name, "prompt", prompt))]);
        let sets = exchanged("set_prompt", (fields, Effect::Repeatable), Some(made(name)), name);
        self.push(format!("{name} prompt"), Exchanged { declared: None, ..sets });
        if let Some(node) = self.nodes.last_mut() {
            node.needs.push(Edge { node: wait as u32, why: Why::Order });
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
        let mut waits = exchanged("wait_ready", (within.into_iter().collect(), Effect::Read), Some(made(name)), name);
        waits.tier = Tier::Read;
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
        self.nodes.push(Node::of(id, exchanged));
    }
}

/// The agent that a step of the run makes.
fn made(name: &str) -> AgentReference {
    AgentReference { code: format!("{{{{ steps.{name}.agent_id }}}}"), name: name.to_owned() }
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
