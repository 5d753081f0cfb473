//! What a step's result has, by the schema of its action.

use serde_json::Value;

use super::file::File;
use super::outline::Kind;

/// What a path leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// A text, number or truth.
    Plain,
    /// A list or an object.
    Composite,
    /// Something whose kind only a run knows.
    Open,
    /// Nothing: the part of the path that is missing, and what there is instead.
    Missing {
        /// The index in the path of what is missing.
        part: usize,
        /// The names that there are.
        known: Vec<String>,
    },
}

/// The names beside its result that every step has.
const EVERY_STEP: [&str; 3] = ["state", "ok", "error"];
const ERROR: [&str; 3] = ["class", "code", "message"];
const LOOP: [&str; 6] = ["items", "count", "succeeded", "failed", "skipped", "unknown"];
const ITEM: [&str; 4] = ["key", "index", "state", "result"];

/// Tells what a path into `steps.<id>` leads to.
pub fn of_step(file: &File<'_>, step: usize, path: &[String]) -> Found {
    let Some((first, rest)) = path.split_first() else { return Found::Composite };
    match (first.as_str(), &file.outline.steps[step].kind) {
        ("state" | "ok", _) => leaf(rest),
        ("error", _) => fields(&ERROR, rest).deeper(1),
        (_, Kind::Loop(_)) => of_loop(path),
        (_, Kind::Join) => Found::Missing { part: 0, known: EVERY_STEP.map(str::to_owned).to_vec() },
        (_, Kind::Misshapen) => Found::Open,
        (_, Kind::Action(doing)) => match of_schema(file.result_schema(doing.descriptor.name), path) {
            Found::Missing { part: 0, mut known } => {
                known.extend(EVERY_STEP.map(str::to_owned));
                Found::Missing { part: 0, known }
            }
            found => found,
        },
    }
}

fn of_loop(path: &[String]) -> Found {
    match path.split_first() {
        Some((first, rest)) if first == "items" => match rest {
            [] => Found::Composite,
            [_index] => Found::Composite,
            [_index, field, ..] if field == "result" => Found::Open,
            [_index, field @ ..] => fields(&ITEM, field).deeper(2),
        },
        _ => match fields(&LOOP, path) {
            Found::Missing { part: 0, mut known } => {
                known.extend(EVERY_STEP.map(str::to_owned));
                Found::Missing { part: 0, known }
            }
            found => found,
        },
    }
}

impl Found {
    /// The same, seen from a path that is longer by so many parts.
    fn deeper(self, by: usize) -> Self {
        match self {
            Self::Missing { part, known } => Self::Missing { part: part + by, known },
            found => found,
        }
    }
}

fn leaf(rest: &[String]) -> Found {
    if rest.is_empty() { Found::Plain } else { Found::Missing { part: 1, known: Vec::new() } }
}

fn fields(known: &[&str], path: &[String]) -> Found {
    match path.split_first() {
        None => Found::Composite,
        Some((first, rest)) if known.contains(&first.as_str()) => leaf(rest),
        Some(_) => Found::Missing { part: 0, known: known.iter().map(|&name| name.to_owned()).collect() },
    }
}

/// Tells what a path into a value of a schema leads to.
pub fn of_schema(schema: &Value, path: &[String]) -> Found {
    let schema = without_null(schema);
    let types = types_of(schema);
    let properties = schema.get("properties").and_then(Value::as_object);
    let Some((first, rest)) = path.split_first() else {
        return match types.as_slice() {
            ["object" | "array"] => Found::Composite,
            [] => Found::Open,
            _ if types.iter().any(|kind| matches!(*kind, "object" | "array")) => Found::Open,
            _ => Found::Plain,
        };
    };
    match types.as_slice() {
        ["object"] => match (properties.and_then(|known| known.get(first)), schema.get("additionalProperties")) {
            (Some(property), _) => of_schema(property, rest).deeper(1),
            (None, Some(open)) if *open != Value::Bool(false) => of_schema(open, rest).deeper(1),
            (None, _) => {
                let known = properties.map(|known| known.keys().cloned().collect()).unwrap_or_default();
                Found::Missing { part: 0, known }
            }
        },
        ["array"] => of_schema(schema.get("items").unwrap_or(&Value::Null), rest).deeper(1),
        [] => Found::Open,
        kinds if kinds.iter().any(|kind| matches!(*kind, "object" | "array")) => Found::Open,
        _ => Found::Missing { part: 0, known: Vec::new() },
    }
}

/// The schema beside `null` of an optional value.
fn without_null(schema: &Value) -> &Value {
    let any = schema.get("anyOf").and_then(Value::as_array);
    let one = any.and_then(|any| any.iter().find(|one| one.get("type").is_none_or(|kind| kind != "null")));
    one.unwrap_or(schema)
}

fn types_of(schema: &Value) -> Vec<&str> {
    let kinds: Vec<&str> = match schema.get("type") {
        Some(Value::String(kind)) => vec![kind],
        Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).collect(),
        _ if schema.get("enum").is_some() || schema.get("oneOf").is_some() => vec!["string"],
        _ => Vec::new(),
    };
    kinds.into_iter().filter(|kind| *kind != "null").collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn path(text: &str) -> Vec<String> {
        text.split('.').map(str::to_owned).collect()
    }

    #[test]
    fn a_path_is_followed_as_far_as_the_schema_knows() {
        let schema = json!({"type": "object", "properties": {
            "status": {"type": ["string", "null"]}, "body": true,
            "rooms": {"type": "array", "items": {"type": "object", "properties": {"name": {"type": "string"}}}}}});
        assert_eq!(of_schema(&schema, &path("status")), Found::Plain);
        assert_eq!(of_schema(&schema, &path("body.total.x")), Found::Open);
        assert_eq!(of_schema(&schema, &path("rooms")), Found::Composite);
        assert_eq!(of_schema(&schema, &path("rooms.0.name")), Found::Plain);
        assert_eq!(of_schema(&schema, &path("rooms.0.nme")), Found::Missing { part: 2, known: vec!["name".into()] });
        assert_eq!(of_schema(&schema, &path("status.code")), Found::Missing { part: 1, known: Vec::new() });
    }

    #[test]
    fn a_loop_shows_its_items_and_its_counts() {
        assert_eq!(of_loop(&path("failed")), Found::Plain);
        assert_eq!(of_loop(&path("items.0.result.body")), Found::Open);
        assert!(matches!(of_loop(&path("items.0.nme")), Found::Missing { part: 2, .. }));
        assert!(matches!(of_loop(&path("total")), Found::Missing { part: 0, .. }));
    }
}
