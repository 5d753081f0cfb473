//! The names that a step's texts and conditions read, looked up in the run one by one.

use serde_json::{Value, json};

use crate::clock::Timestamp;
use crate::engine::run::Run;
use crate::engine::state::StepState;
use crate::executors::items::Items;
use crate::executors::names::Names;
use crate::plan::model::{Plan, StepKey, Work};
use crate::scope::{Scope, part as lookup};
use crate::secret;

/// What a step can read, at an instant.
pub struct RunScope<'a> {
    /// The run.
    pub run: &'a Run,
    /// The ids of its plan.
    pub names: &'a Names,
    /// The items of its loops.
    pub items: &'a Items,
    /// The reader.
    pub step: StepKey,
    /// The present instant.
    pub now: Timestamp,
    /// Whether secrets may be read: as references, put in when sent.
    pub secrets: bool,
}

impl Scope for RunScope<'_> {
    fn value(&self, path: &[String]) -> Result<Option<Value>, String> {
        let Some((first, rest)) = path.split_first() else { return Ok(None) };
        let start = self.run.start();
        if self.item_name() == Some(first) {
            return Ok(self.item(rest).map(|value| clean(&value)));
        }
        Ok(match first.as_str() {
            "inputs" => {
                rest.split_first().and_then(|(name, rest)| lookup(start.plan.inputs.get(name)?, rest)).map(clean)
            }
            "vars" => rest.split_first().and_then(|(name, rest)| lookup(start.plan.vars.get(name)?, rest)).map(clean),
            "steps" => return self.step_value(rest),
            "run" => match rest.first().map(String::as_str) {
                Some("id") => Some(json!(start.run)),
                Some("name") => Some(json!(start.plan.workflow)),
                Some("started_at") => Some(json!(self.run.started_at().to_string())),
                _ => None,
            },
            "agents" => agent(&start.plan, rest)?,
            "estimate" => lookup(&start.plan.estimate, rest).filter(|value| !value.is_null()).cloned(),
            "now" if rest.is_empty() => Some(json!(self.now.to_string())),
            "secrets" => return self.secret(rest),
            _ => None,
        })
    }
}

impl RunScope<'_> {
    fn item_name(&self) -> Option<&str> {
        self.step.item?;
        match &self.run.start().plan.nodes.get(self.step.node as usize)?.work {
            Work::Loop(inner) => Some(&inner.name),
            _ => None,
        }
    }

    fn item(&self, path: &[String]) -> Option<Value> {
        self.items.part(self.step.node, self.step.item?.index, path)
    }

    fn secret(&self, rest: &[String]) -> Result<Option<Value>, String> {
        let Some(name) = rest.first() else { return Ok(None) };
        if !self.run.start().plan.secrets.contains_key(name) {
            return Ok(None);
        }
        match self.secrets {
            true => Ok(Some(Value::String(secret::reference(name)))),
            false => Err(format!("secret `{name}` is read outside `http`")),
        }
    }

    fn step_value(&self, path: &[String]) -> Result<Option<Value>, String> {
        let Some((id, rest)) = path.split_first() else { return Ok(None) };
        let Some(key) = self.names.find(id, self.step) else { return Ok(None) };
        let Some((field, inside)) = rest.split_first() else {
            return Ok(Some(self.whole_step(key)));
        };
        match field.as_str() {
            "state" => Ok(Some(json!(self.run.state(key).word()))),
            "ok" => Ok(Some(json!(self.run.state(key) == StepState::Succeeded))),
            "error" => {
                let error = self.error(key);
                Ok(lookup(&error, inside).cloned())
            }
            _ => self.result_field(id, key, rest),
        }
    }

    fn result_field(&self, id: &str, key: StepKey, path: &[String]) -> Result<Option<Value>, String> {
        if self.is_loop(key) {
            return Ok(lookup(&self.run.loop_result(key), path).map(clean));
        }
        let state = self.run.state(key);
        match self.run.result(key) {
            Some(result) => Ok(lookup(result, path).map(clean)),
            None => Err(format!("step `{id}` has no result: it is {}", state.word())),
        }
    }

    fn is_loop(&self, key: StepKey) -> bool {
        self.run.start().plan.get(key).is_some_and(|node| matches!(node.work, Work::Loop(_))) && key.item.is_none()
    }

    fn whole_step(&self, key: StepKey) -> Value {
        let state = self.run.state(key);
        let mut whole = match self.run.result(key) {
            Some(Value::Object(fields)) => fields.clone(),
            _ => serde_json::Map::new(),
        };
        whole.insert("state".to_owned(), json!(state.word()));
        whole.insert("ok".to_owned(), json!(state == StepState::Succeeded));
        whole.insert("error".to_owned(), self.error(key));
        clean(&Value::Object(whole))
    }

    fn error(&self, key: StepKey) -> Value {
        self.run.failure(key).map_or(
            Value::Null,
            |failure| json!({ "class": failure.class.as_str(), "code": failure.code, "message": failure.message }),
        )
    }
}

/// What is read of a declared agent.
pub(super) fn agent(plan: &Plan, path: &[String]) -> Result<Option<Value>, String> {
    let Some((name, rest)) = path.split_first() else { return Ok(None) };
    match plan.agents.get(name) {
        Some(agent) if agent.code.is_empty() => Err(format!("the code of agent `{name}` is not known")),
        Some(agent) => Ok(lookup(&json!({ "code": agent.code }), rest).cloned()),
        None => Ok(None),
    }
}

/// A copy without anything that could be taken for a reference to a secret.
fn clean(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(secret::without_references(text).into_owned()),
        Value::Array(items) => items.iter().map(clean).collect(),
        Value::Object(fields) => fields.iter().map(|(key, value)| (key.clone(), clean(value))).collect(),
        other => other.clone(),
    }
}
