//! One value against its declaration: read from text, or taken from a file as it is.

use std::fmt;

use serde_json::{Number, Value};

use super::spec::{InputSpec, InputType};
use crate::diagnostic::nearest;

/// Why a value is refused. Never holds the value itself, which may be sensitive; a hint may hold a part of it, and
/// is not shown for a sensitive input.
#[derive(Debug, PartialEq)]
pub(super) struct Wrong {
    /// What the value must be.
    pub needs: String,
    /// The fix.
    pub hint: Option<String>,
}

fn wrong<T>(needs: impl Into<String>) -> Result<T, Wrong> {
    Err(Wrong { needs: needs.into(), hint: None })
}

fn wrong_but<T>(needs: impl Into<String>, hint: impl Into<String>) -> Result<T, Wrong> {
    Err(Wrong { needs: needs.into(), hint: Some(hint.into()) })
}

/// Reads a text of the command line as the declared type, and checks it.
pub(super) fn parse(spec: &InputSpec, text: &str) -> Result<Value, Wrong> {
    let value = match spec.kind {
        InputType::String | InputType::Enum => Value::from(text),
        InputType::Integer => match text.trim().parse::<i64>() {
            Ok(number) => Value::from(number),
            Err(_) => return wrong(needs(spec.kind)),
        },
        InputType::Number => match number(text.trim()) {
            Some(number) => Value::Number(number),
            None => return wrong(needs(spec.kind)),
        },
        InputType::Boolean => match text.trim() {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            other => return wrong_but(needs(spec.kind), boolean_hint(other)),
        },
        InputType::List => list(text)?,
    };
    check(spec, &value)?;
    Ok(value)
}

/// Checks a value that has a type of its own: from a file, or a default.
pub(super) fn check(spec: &InputSpec, value: &Value) -> Result<(), Wrong> {
    match (spec.kind, value) {
        (InputType::String, Value::String(text)) => check_text(spec, text),
        (InputType::Integer, Value::Number(number)) if number.is_i64() || number.is_u64() => {
            check_size(spec, number.as_f64(), "")
        }
        (InputType::Number, Value::Number(number)) => check_size(spec, number.as_f64(), ""),
        (InputType::Boolean, Value::Bool(_)) => Ok(()),
        (InputType::Enum, Value::String(text)) => check_choice(spec, text),
        (InputType::List, Value::Array(items)) => check_size(spec, Some(items.len() as f64), " entries"),
        (InputType::String | InputType::Enum, Value::Number(_) | Value::Bool(_)) => {
            wrong_but(needs(spec.kind), "put it in quotes")
        }
        (InputType::Integer | InputType::Number | InputType::Boolean, Value::String(_)) => {
            wrong_but(needs(spec.kind), "write it without quotes")
        }
        _ => wrong(needs(spec.kind)),
    }
}

fn needs(kind: InputType) -> &'static str {
    match kind {
        InputType::String => "text",
        InputType::Integer => "a whole number",
        InputType::Number => "a number",
        InputType::Boolean => "`true` or `false`",
        InputType::Enum => "one of its values, as text",
        InputType::List => "a list",
    }
}

fn check_text(spec: &InputSpec, text: &str) -> Result<(), Wrong> {
    check_size(spec, Some(text.chars().count() as f64), " characters")?;
    match (spec.whole_pattern(), &spec.pattern) {
        (Some(Ok(regex)), Some(pattern)) if !regex.is_match(text) => wrong(format!("text that matches `{pattern}`")),
        // `check` tells of a pattern that cannot be read; a value that it might have refused does not pass.
        (Some(Err(_)), Some(pattern)) => wrong(format!("text that matches `{pattern}`, which is no pattern")),
        _ => Ok(()),
    }
}

fn check_choice(spec: &InputSpec, text: &str) -> Result<(), Wrong> {
    if spec.values.iter().any(|value| value == text) {
        return Ok(());
    }
    let needs = format!("one of {}", Listed(&spec.values));
    match nearest(text, spec.values.iter().map(String::as_str)) {
        Some(near) => wrong_but(needs, format!("did you mean `{near}`?")),
        None => wrong(needs),
    }
}

fn check_size(spec: &InputSpec, size: Option<f64>, unit: &str) -> Result<(), Wrong> {
    let size = size.unwrap_or(f64::NAN);
    let (low, high) = (spec.min.unwrap_or(f64::NEG_INFINITY), spec.max.unwrap_or(f64::INFINITY));
    if (low..=high).contains(&size) {
        return Ok(());
    }
    let has = if unit.is_empty() { "" } else { "of " };
    match (spec.min, spec.max) {
        (Some(min), Some(max)) => wrong(format!("{has}{min} to {max}{unit}")),
        (Some(min), None) => wrong(format!("{has}at least {min}{unit}")),
        (None, Some(max)) => wrong(format!("{has}at most {max}{unit}")),
        (None, None) => wrong(needs(spec.kind)),
    }
}

/// A number that JSON can hold; the standard library would also take `nan` and `inf`.
fn number(text: &str) -> Option<Number> {
    match text.parse::<i64>() {
        Ok(whole) => Some(Number::from(whole)),
        Err(_) => Number::from_f64(text.parse().ok()?),
    }
}

fn boolean_hint(text: &str) -> &'static str {
    match text.to_ascii_lowercase().as_str() {
        "yes" | "on" | "1" | "y" | "true" => "write `true`",
        "no" | "off" | "0" | "n" | "false" => "write `false`",
        _ => "write `true` or `false`",
    }
}

/// A list as JSON, or as texts with commas between them.
fn list(text: &str) -> Result<Value, Wrong> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(Value::Array(Vec::new()));
    }
    if text.starts_with('[') {
        return match serde_json::from_str::<Vec<Value>>(text) {
            Ok(items) => Ok(Value::Array(items)),
            Err(_) => wrong_but("a list in JSON", "write `[\"a\", \"b\"]`, or `a,b`"),
        };
    }
    let items: Vec<&str> = text.split(',').map(str::trim).collect();
    if items.contains(&"") {
        return wrong_but("a list without empty entries", "write an empty text in JSON: `[\"a\", \"\"]`");
    }
    Ok(Value::from(items))
}

/// Names in backticks, the first twelve of them.
pub(super) struct Listed<'a>(pub &'a [String]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, name) in self.0.iter().take(12).enumerate() {
            write!(f, "{}`{name}`", if i == 0 { "" } else { ", " })?;
        }
        if self.0.len() > 12 { write!(f, " and {} more", self.0.len() - 12) } else { Ok(()) }
    }
}
