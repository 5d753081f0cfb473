//! The names that a text or an expression may read, and what it was seen to read.
//!
//! A [`Scope`] is asked for exactly the names that are read, never for all it knows: a run of ten
//! thousand steps costs no more per text than a run of ten.

use std::ops::Range;

use serde_json::Value;

/// The first words of every name but the one given by `as`.
pub const ROOTS: [&str; 8] = ["inputs", "vars", "secrets", "steps", "agents", "run", "now", ESTIMATE];

/// What the run was expected to come to, for the texts of a `pause` alone.
pub const ESTIMATE: &str = "estimate";

/// Where names get their values.
pub trait Scope {
    /// The value of a dotted name: `Ok(None)` when there is no such name, `Err` with the reason when
    /// there is one that cannot be read, as the result of a step that did not succeed.
    fn value(&self, path: &[String]) -> Result<Option<Value>, String>;

    /// The names known below a path, for the hint when one is unknown. The empty path asks for the roots.
    fn names(&self, _parent: &[String]) -> Vec<String> {
        Vec::new()
    }
}

/// One place where a name of the scope is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    /// The name, part by part: `steps`, `poll`, `body`.
    pub path: Vec<String>,
    /// The bytes of the text or expression that hold it.
    pub span: Range<usize>,
    /// Whether it may be missing there: `default` supplies a value, or it is only asked whether it is defined.
    pub guarded: bool,
    /// Whether it stands in a branch that may not be taken.
    pub conditional: bool,
    /// What becomes of the value.
    pub position: Position,
}

/// What becomes of a value that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Position {
    /// It is written out as it is: it must be a text, a number or a boolean.
    Output,
    /// It is given to a helper, a filter or an operator.
    Argument,
    /// It is asked whether it is true.
    Condition,
    /// Its parts are read: `each`, `with`.
    Iterated,
}

impl Read {
    /// The name as it is written: `steps.poll.body`.
    pub fn name(&self) -> String {
        self.path.join(".")
    }
}

/// Finds a part of a value; the parts of a list are numbered from 0.
pub fn part<'a>(value: &'a Value, path: &[String]) -> Option<&'a Value> {
    path.iter().try_fold(value, |value, key| match value {
        Value::Object(fields) => fields.get(key),
        Value::Array(items) => key.parse::<usize>().ok().and_then(|index| items.get(index)),
        _ => None,
    })
}

/// An object is a scope of its fields.
impl Scope for Value {
    fn value(&self, path: &[String]) -> Result<Option<Value>, String> {
        Ok(part(self, path).cloned())
    }

    fn names(&self, parent: &[String]) -> Vec<String> {
        match part(self, parent) {
            Some(Value::Object(fields)) => fields.keys().cloned().collect(),
            _ => Vec::new(),
        }
    }
}

/// Says that a name is unknown, and which one was probably meant.
pub fn unknown_name(scope: &dyn Scope, path: &[String]) -> (String, Option<String>) {
    let message = format!("unknown name `{}`", path.join("."));
    let wrong = (0..path.len()).find_map(|at| {
        let known = scope.names(&path[..at]);
        (!known.is_empty() && !known.contains(&path[at])).then_some((at, known))
    });
    let hint = wrong.and_then(|(at, known)| {
        let nearest = crate::diagnostic::nearest(&path[at], known.iter().map(String::as_str))?;
        let mut meant = path.to_vec();
        meant[at] = nearest.to_owned();
        Some(format!("did you mean `{}`?", meant.join(".")))
    });
    (message, hint)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn path(name: &str) -> Vec<String> {
        name.split('.').map(str::to_owned).collect()
    }

    #[test]
    fn parts_of_objects_and_lists_are_found() {
        let value = json!({"steps": {"a": {"items": [{"n": 1}]}}});
        assert_eq!(value.value(&path("steps.a.items.0.n")), Ok(Some(json!(1))));
        assert_eq!(value.value(&path("steps.a.items.1")), Ok(None));
        assert_eq!(value.value(&path("steps.a.items.x")), Ok(None));
    }

    #[test]
    fn an_unknown_name_is_hinted_at_the_part_that_is_wrong() {
        let value = json!({"inputs": {"customer": "Ada"}});
        let (message, hint) = unknown_name(&value, &path("inputs.custmer"));
        assert_eq!(message, "unknown name `inputs.custmer`");
        assert_eq!(hint.as_deref(), Some("did you mean `inputs.customer`?"));
        assert_eq!(unknown_name(&value, &path("input.customer")).1.as_deref(), Some("did you mean `inputs.customer`?"));
        assert_eq!(unknown_name(&value, &path("banana")).1, None);
    }
}
