//! The values that a helper is given.

use handlebars::{Helper, JsonTruthy, PathAndJson};
use serde_json::Value;

use crate::template::error::Complaint;

/// The values of one call. Each is checked when it is taken: what is missing is an error.
pub(super) struct Arguments<'a, 'rc>(pub &'a Helper<'rc>);

impl Arguments<'_, '_> {
    /// How many values stand beside each other.
    pub(super) fn count(&self) -> usize {
        self.0.params().len()
    }

    /// The value at a position, or why there is none.
    pub(super) fn value(&self, index: usize) -> Result<&Value, Complaint> {
        let param = self.0.param(index).ok_or_else(|| Complaint::unfit("a value is missing"))?;
        present(param)
    }

    /// The value at a position, null included, if it is there at all.
    pub(super) fn optional(&self, index: usize) -> Option<&Value> {
        self.0.param(index).filter(|param| !param.is_value_missing()).map(PathAndJson::value)
    }

    /// A value given by name.
    pub(super) fn named(&self, name: &str) -> Result<Option<&Value>, Complaint> {
        self.0.hash_get(name).map(present).transpose()
    }

    /// A value given by name, as text.
    pub(super) fn named_text(&self, name: &str) -> Result<Option<String>, Complaint> {
        self.named(name)?.map(|value| text_of(value, &format!("`{name}=`"))).transpose()
    }

    /// The value at a position as text; a list, an object or nothing is an error.
    pub(super) fn text(&self, index: usize) -> Result<String, Complaint> {
        text_of(self.value(index)?, &self.name(index))
    }

    /// The value at a position as a number; a text that spells one will do, as cells of files are texts.
    pub(super) fn number(&self, index: usize) -> Result<f64, Complaint> {
        let value = self.value(index)?;
        number_of(value).ok_or_else(|| {
            Complaint::unfit(format!("`{}` needs a number, and {} is {}", self.0.name(), self.name(index), kind(value)))
        })
    }

    /// The value at a position as a whole number that counts something.
    pub(super) fn count_at(&self, index: usize) -> Result<usize, Complaint> {
        let number = self.number(index)?;
        if number.fract() != 0.0 || !(0.0..=1e9).contains(&number) {
            return Err(Complaint::unfit(format!("`{}` needs a whole number from 0, not `{number}`", self.0.name())));
        }
        Ok(number as usize)
    }

    /// Tells whether the value at a position counts as true.
    pub(super) fn truth(&self, index: usize) -> Result<bool, Complaint> {
        Ok(self.value(index)?.is_truthy(false))
    }

    /// What to call the value at a position in a message.
    pub(super) fn name(&self, index: usize) -> String {
        match self.0.param(index).and_then(PathAndJson::relative_path) {
            Some(path) => format!("`{}`", path.strip_prefix("@root.").unwrap_or(path)),
            None => "the value".to_owned(),
        }
    }
}

fn present<'a>(param: &'a PathAndJson<'_>) -> Result<&'a Value, Complaint> {
    if param.is_value_missing() {
        return Err(Complaint::Missing(param.relative_path().cloned().unwrap_or_default()));
    }
    Ok(param.value())
}

/// Prints what an expression found.
pub(super) fn show(arguments: &Arguments<'_, '_>) -> Result<Value, Complaint> {
    arguments.text(0).map(Value::String)
}

/// The text of a value that has one.
pub(super) fn text_of(value: &Value, name: &str) -> Result<String, Complaint> {
    let bare = name.trim_matches('`');
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        Value::Bool(truth) => Ok(truth.to_string()),
        Value::Null => Err(Complaint::with_hint(
            format!("{name} is null"),
            format!("`default` supplies a value: `{{{{ default {bare} \"…\" }}}}`"),
        )),
        Value::Array(_) => Err(Complaint::with_hint(
            format!("{name} is a list, which has no text of its own"),
            format!("write `{{{{ join {bare} \", \" }}}}` or `{{{{ json {bare} }}}}`"),
        )),
        Value::Object(_) => Err(Complaint::with_hint(
            format!("{name} is an object, which has no text of its own"),
            format!("name one of its fields, or write `{{{{ json {bare} }}}}`"),
        )),
    }
}

/// The number that a value is or spells.
pub(super) fn number_of(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse::<f64>().ok(),
        _ => None,
    }
    .filter(|number| number.is_finite())
}

/// What kind of thing a value is, for people.
pub(super) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
