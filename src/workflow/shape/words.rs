//! Types and values in the words of who writes the file.

use serde_json::Value;

use super::walk::Named;
use crate::workflow::node::{Node, NodeValue, ScalarKind};
use crate::workflow::schema;

/// A longer value is cut in a message.
const LONGEST: usize = 40;

/// Tells whether a schema allows a JSON type.
pub(super) fn allows(schema: &Value, name: &str) -> bool {
    match &schema["type"] {
        Value::String(only) => only == name,
        Value::Array(names) => names.iter().any(|one| one == name),
        _ => is_any(schema),
    }
}

/// Tells whether a schema allows anything.
pub(super) fn is_any(schema: &Value) -> bool {
    ["type", "enum", "const", "oneOf", "anyOf", "$ref"].iter().all(|word| schema.get(word).is_none())
}

/// Tells whether a value is of the kind that one of several forms describes.
pub(super) fn fits(schema: &Value, node: &Node) -> bool {
    match &node.value {
        NodeValue::Map(_) => allows(schema, "object") || schema["x-runsheet"] == "entry",
        NodeValue::List(_) => allows(schema, "array"),
        NodeValue::Scalar(_) if schema["x-runsheet"] == "entry" => true,
        NodeValue::Scalar(scalar) => match scalar.kind {
            ScalarKind::Null => is_any(schema),
            _ if takes_text(schema) || values(schema).is_some() => true,
            ScalarKind::Boolean => allows(schema, "boolean"),
            ScalarKind::Integer => allows(schema, "integer") || allows(schema, "number"),
            ScalarKind::Number => allows(schema, "number"),
            ScalarKind::Plain | ScalarKind::Quoted => schema.get("x-template").is_some() && scalar.text.contains("{{"),
        },
    }
}

/// Tells whether a text may stand there.
pub(super) fn takes_text(schema: &Value) -> bool {
    let is_text = |schema: &Value| values(schema).is_none() && allows(schema, "string");
    is_text(schema) || schema["anyOf"].as_array().is_some_and(|choices| choices.iter().any(is_text))
}

/// The words that a value may be, if it is one of a few.
pub(super) fn values(schema: &Value) -> Option<Vec<&str>> {
    if let Some(values) = schema["enum"].as_array() {
        return Some(values.iter().filter_map(Value::as_str).collect());
    }
    let choices = schema["oneOf"].as_array()?;
    Some(choices.iter().flat_map(values_of_choice).collect::<Vec<_>>()).filter(|values| !values.is_empty())
}

/// The words of one described choice, or of several that are not.
fn values_of_choice(choice: &Value) -> Vec<&str> {
    match (&choice["const"], choice["enum"].as_array()) {
        (Value::String(word), _) => vec![word.as_str()],
        (_, Some(several)) => several.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// What a schema asks for.
pub(super) fn phrase(schema: &Value) -> String {
    let schema_type = |name: &str| match name {
        "string" => "a text",
        "integer" => "a whole number",
        "number" => "a number",
        "boolean" => "`true` or `false`",
        "array" => "a list",
        "object" => "a map",
        _ => "a value",
    };
    match schema["x-runsheet"].as_str() {
        Some("duration") => return "a duration".to_owned(),
        Some("hold") => return "a duration or `speech`".to_owned(),
        Some("expires") => return "a duration or `end_of_window`".to_owned(),
        Some("entry") => return "a step".to_owned(),
        _ => {}
    }
    if let Some(values) = values(schema) {
        return list(&values, "or");
    }
    if let Some(choices) = schema["anyOf"].as_array() {
        return either(choices.iter().map(schema::resolve).map(phrase).collect());
    }
    match &schema["type"] {
        Value::String(only) => schema_type(only).to_owned(),
        Value::Array(names) => {
            either(names.iter().filter_map(Value::as_str).map(|n| schema_type(n).to_owned()).collect())
        }
        _ => "a value".to_owned(),
    }
}

/// What was written.
pub(super) fn found(node: &Node) -> String {
    match &node.value {
        NodeValue::Map(_) => "a map".to_owned(),
        NodeValue::List(_) => "a list".to_owned(),
        NodeValue::Scalar(scalar) => match scalar.kind {
            ScalarKind::Null => "nothing".to_owned(),
            ScalarKind::Plain | ScalarKind::Quoted => format!("the text `{}`", cut(&scalar.text)),
            _ => format!("`{}`", cut(&scalar.text)),
        },
    }
}

/// The hint for a value that has no example.
pub(super) fn write(schema: &Value) -> String {
    format!("write {}", phrase(schema))
}

/// The hint that shows how a value is written.
pub(super) fn example(schema: &Value, at: Named<'_>) -> Option<String> {
    if at.is_item {
        return schema["examples"].get(0).map(|value| format!("write `- {}`", flow(value)));
    }
    let shown = match (&schema["examples"][0], schema["x-runsheet"].as_str()) {
        (_, Some("duration")) => "5s".to_owned(),
        (Value::Null, _) if allows(schema, "array") && schema["items"]["$ref"] == "#/$defs/entry" => {
            return Some("start every step with `- `, one column in".to_owned());
        }
        (Value::Null, _) => return None,
        (value, _) => flow(value),
    };
    Some(format!("write `{}: {shown}`", at.name))
}

/// A value as it is written on one line of YAML.
fn flow(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Value::Object(entries) => {
            let pairs: Vec<_> = entries.iter().map(|(key, value)| format!("{key}: {}", flow(value))).collect();
            format!("{{ {} }}", pairs.join(", "))
        }
        other => other.to_string(),
    }
}

/// Names in backticks: `a`, `b` and `c`.
pub(super) fn list(names: &[&str], word: &str) -> String {
    let quoted: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} {word} {last}", rest.join(", ")),
        _ => quoted.join(""),
    }
}

fn either(mut phrases: Vec<String>) -> String {
    phrases.dedup();
    match phrases.pop() {
        Some(last) if !phrases.is_empty() => format!("{} or {last}", phrases.join(", ")),
        last => last.unwrap_or_default(),
    }
}

/// The start of a text, on one line.
pub(super) fn cut(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    let start: String = line.chars().take(LONGEST).collect();
    if start.len() == text.len() { start } else { format!("{start}…") }
}
