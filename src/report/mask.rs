//! Sensitive inputs, masked wherever people look: `[input NAME]` stands in place of the value.
//!
//! Secrets never come this far; the values of inputs do, for they are part of what is said.

use std::borrow::Cow;

use indexmap::IndexMap;
use serde_json::{Map, Value};

use crate::plan::model::Plan;

/// Shorter values are replaced as whole words only: they occur within other words.
const SHORT: usize = 4;

/// Replaces the values of a plan's sensitive inputs.
#[derive(Clone, Debug, Default)]
pub struct Mask {
    /// Value and name, longest value first.
    needles: Vec<(String, String)>,
    names: Vec<String>,
}

impl Mask {
    /// The mask of a plan's inputs.
    pub fn new(plan: &Plan) -> Self {
        let mut mask = Self { needles: Vec::new(), names: plan.sensitive.clone() };
        for name in &plan.sensitive {
            if let Some(value) = plan.inputs.get(name) {
                mask.add(name, value);
            }
        }
        mask.needles.sort_by_key(|(needle, _)| std::cmp::Reverse(needle.len()));
        mask
    }

    /// Replaces the values in a text.
    pub fn text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let mut masked = Cow::Borrowed(text);
        for (needle, name) in &self.needles {
            if masked.contains(needle.as_str()) {
                masked = Cow::Owned(replace(&masked, needle, &placeholder(name)));
            }
        }
        masked
    }

    /// Replaces the values within a value.
    pub fn value(&self, value: Value) -> Value {
        if self.needles.is_empty() {
            return value;
        }
        match value {
            Value::String(text) => Value::String(self.text(&text).into_owned()),
            Value::Number(number) => match self.needles.iter().find(|(needle, _)| *needle == number.to_string()) {
                Some((_, name)) => Value::String(placeholder(name)),
                None => Value::Number(number),
            },
            Value::Array(items) => items.into_iter().map(|item| self.value(item)).collect(),
            Value::Object(fields) => {
                fields.into_iter().map(|(key, value)| (self.text(&key).into_owned(), self.value(value))).collect()
            }
            other => other,
        }
    }

    /// The inputs with the sensitive ones masked as a whole.
    pub fn inputs(&self, inputs: &IndexMap<String, Value>) -> Map<String, Value> {
        let masked = |name: &String, value: &Value| match self.names.contains(name) {
            true => Value::String(placeholder(name)),
            false => self.value(value.clone()),
        };
        inputs.iter().map(|(name, value)| (name.clone(), masked(name, value))).collect()
    }

    fn add(&mut self, name: &str, value: &Value) {
        match value {
            Value::String(text) if !text.trim().is_empty() => self.needles.push((text.clone(), name.to_owned())),
            Value::Number(number) => self.needles.push((number.to_string(), name.to_owned())),
            Value::Array(items) => items.iter().for_each(|item| self.add(name, item)),
            _ => {}
        }
    }
}

fn placeholder(name: &str) -> String {
    format!("[input {name}]")
}

fn replace(text: &str, needle: &str, by: &str) -> String {
    if needle.chars().count() >= SHORT {
        return text.replace(needle, by);
    }
    let mut replaced = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(needle) {
        let (before, after) = (&rest[..start], &rest[start + needle.len()..]);
        replaced.push_str(before);
        let is_word = !replaced.ends_with(char::is_alphanumeric) && !after.starts_with(char::is_alphanumeric);
        replaced.push_str(if is_word { by } else { needle });
        rest = after;
    }
    replaced + rest
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn mask(inputs: Value) -> Mask {
        let inputs: IndexMap<String, Value> = serde_json::from_value(inputs).unwrap();
        Mask::new(&Plan { sensitive: inputs.keys().cloned().collect(), inputs, ..Plan::default() })
    }

    #[test]
    fn sensitive_values_are_masked_in_texts_and_values() {
        let mask = mask(json!({"phone": "+33 6 12 34", "pin": 4711}));
        assert_eq!(mask.text("call +33 6 12 34, pin 4711"), "call [input phone], pin [input pin]");
        let value = mask.value(json!({"said": ["+33 6 12 34"], "pin": 4711, "n": 1}));
        assert_eq!(value, json!({"said": ["[input phone]"], "pin": "[input pin]", "n": 1}));
    }

    #[test]
    fn a_short_value_is_masked_as_a_word_only() {
        let mask = mask(json!({"name": "Al"}));
        assert_eq!(mask.text("Al, Also Al."), "[input name], Also [input name].");
    }

    #[test]
    fn a_sensitive_input_is_masked_whatever_its_value() {
        let mask = mask(json!({"vip": true}));
        let inputs = [("vip".to_owned(), json!(true))].into_iter().collect();
        assert_eq!(mask.inputs(&inputs)["vip"], json!("[input vip]"));
        assert_eq!(mask.text("true"), "true");
    }
}
