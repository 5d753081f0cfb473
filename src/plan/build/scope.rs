//! The names that are known before a run starts: `inputs` and `vars`.

use indexmap::IndexMap;
use serde_json::Value;

use crate::plan::model::Plan;
use crate::scope::{Scope, part};
use crate::template::Template;

/// Inputs, and the constants rendered so far.
#[derive(Default)]
pub struct StartScope {
    inputs: IndexMap<String, Value>,
    vars: IndexMap<String, Value>,
}

impl StartScope {
    /// A scope of inputs, without constants yet.
    pub fn new(inputs: IndexMap<String, Value>) -> Self {
        Self { inputs, vars: IndexMap::new() }
    }

    /// The scope of a plan that is built.
    pub fn of_plan(plan: &Plan) -> Self {
        Self { inputs: plan.inputs.clone(), vars: plan.vars.clone() }
    }

    /// The values of the inputs.
    pub fn inputs(&self) -> &IndexMap<String, Value> {
        &self.inputs
    }

    /// The constants rendered so far.
    pub fn vars(&self) -> &IndexMap<String, Value> {
        &self.vars
    }

    /// Adds a rendered constant.
    pub fn define(&mut self, name: &str, value: Value) {
        self.vars.insert(name.to_owned(), value);
    }

    /// Renders a text.
    pub fn render(&self, text: &str) -> Result<String, String> {
        let template = Template::parse(text).map_err(|error| error.message)?;
        template.render(self).map_err(|error| error.message)
    }

    /// Renders every text of a value.
    pub fn render_all(&self, value: &Value) -> Result<Value, String> {
        Ok(match value {
            Value::String(text) => {
                let template = Template::parse(text).map_err(|error| error.message)?;
                template.render_value(self).map_err(|error| error.message)?
            }
            Value::Array(items) => items.iter().map(|item| self.render_all(item)).collect::<Result<_, _>>()?,
            Value::Object(fields) => fields
                .iter()
                .map(|(key, value)| Ok((key.clone(), self.render_all(value)?)))
                .collect::<Result<_, String>>()?,
            other => other.clone(),
        })
    }
}

impl Scope for StartScope {
    fn value(&self, path: &[String]) -> Result<Option<Value>, String> {
        let (values, rest) = match path.split_first() {
            Some((first, rest)) if first == "inputs" => (&self.inputs, rest),
            Some((first, rest)) if first == "vars" => (&self.vars, rest),
            Some((first, _)) => return Err(format!("`{first}` is not known before the run starts")),
            None => return Ok(None),
        };
        let Some((name, rest)) = rest.split_first() else {
            return Ok(serde_json::to_value(values).ok());
        };
        Ok(values.get(name).and_then(|value| part(value, rest)).cloned())
    }
}
