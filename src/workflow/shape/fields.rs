//! An action's value as the fields that it has.

use indexmap::IndexMap;
use serde_json::{Map, Value};

use super::steps::is_short_file;
use super::words;
use crate::actions::action::Fields;
use crate::diagnostic::Span;
use crate::workflow::node::{Node, NodeValue, Scalar};
use crate::workflow::schema;

/// Turns the value of an action's key into its fields, each with its place.
///
/// The short form is spelled out; texts and durations are what is spelled; `{ file: … }` stays a map. Fields that the
/// action does not have are left out: [`super::check`] has told them.
pub fn to_fields(action: &str, node: &Node) -> (Fields, IndexMap<String, Span>) {
    let (mut fields, mut spans) = (Map::new(), IndexMap::new());
    let Some(schema) = schema::action(action) else { return (fields, spans) };
    let mut take = |name: &str, node: &Node| {
        if let Some(field) = schema["properties"].get(name) {
            fields.insert(name.to_owned(), to_json(field, node));
            spans.insert(name.to_owned(), node.span.clone());
        }
    };
    match (&node.value, schema["x-short"].as_str()) {
        _ if node.is_null() => {}
        (NodeValue::Map(entries), _) if !is_short_file(schema, entries) => {
            entries.iter().for_each(|entry| take(&entry.key.value, &entry.value));
        }
        (_, Some(short)) => take(short, node),
        (_, None) => {}
    }
    (fields, spans)
}

fn to_json(schema: &Value, node: &Node) -> Value {
    let choices = schema["anyOf"].as_array().into_iter().flatten();
    let schema = choices.map(schema::resolve).find(|choice| words::fits(choice, node)).unwrap_or(schema);
    match &node.value {
        NodeValue::Scalar(scalar) if !node.is_null() && !words::is_any(schema) => of_scalar(schema, scalar),
        NodeValue::Scalar(scalar) => scalar.to_json(),
        NodeValue::List(items) => match schema.get("items") {
            Some(of_items) => items.iter().map(|item| to_json(of_items, item)).collect(),
            None => node.to_json(),
        },
        NodeValue::Map(entries) => {
            let of_entry = |name: &str| schema["properties"].get(name).or(schema.get("additionalProperties"));
            let convert = |name: &str, value: &Node| match of_entry(name) {
                Some(property) if property.is_object() => to_json(property, value),
                _ => value.to_json(),
            };
            entries.iter().map(|entry| (entry.key.value.clone(), convert(&entry.key.value, &entry.value))).collect()
        }
    }
}

fn of_scalar(schema: &Value, scalar: &Scalar) -> Value {
    if words::allows(schema, "string") || words::values(schema).is_some() {
        Value::String(scalar.text.clone())
    } else {
        scalar.to_json()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Source;
    use crate::workflow::load;
    use serde_json::json;

    fn fields(text: &str) -> Value {
        let loaded = load::parse(Source::new("a.yaml", text)).unwrap();
        let entry = &loaded.root.as_map().unwrap()[0];
        Value::Object(to_fields(&entry.key.value, &entry.value).0)
    }

    #[test]
    fn a_text_is_what_is_spelled() {
        for spelled in ["42", "1.10", "yes", "true", "2026-01-01", "0x1F", "007"] {
            assert_eq!(fields(&format!("speak: {spelled}")), json!({ "message": spelled }));
            assert_eq!(fields(&format!("speak: {{ message: {spelled} }}")), json!({ "message": spelled }));
        }
    }

    #[test]
    fn short_forms_files_and_nothing_are_spelled_out() {
        assert_eq!(fields("set_prompt: { file: a.md }"), json!({ "prompt": { "file": "a.md" } }));
        assert_eq!(fields("set_prompt: { prompt: { file: a.md } }"), json!({ "prompt": { "file": "a.md" } }));
        assert_eq!(fields("wait_ready:"), json!({}));
        assert_eq!(fields("list_agents: { limit: 5, status: 1.10 }"), json!({ "limit": 5, "status": "1.10" }));
        assert_eq!(fields("list_agents: { limit: '{{ vars.n }}' }"), json!({ "limit": "{{ vars.n }}" }));
        assert_eq!(
            fields("generate: { reuse: false, aspect_ratio: '9:16' }"),
            json!({ "reuse": false, "aspect_ratio": "9:16" })
        );
    }

    #[test]
    fn json_keeps_its_types_and_headers_their_spelling() {
        let text = "http: { url: https://a.example, headers: { x-version: 1.10 }, json: { n: 1, ok: true, t: '1' } }";
        let expected = json!({
            "url": "https://a.example", "headers": { "x-version": "1.10" }, "json": { "n": 1, "ok": true, "t": "1" },
        });
        assert_eq!(fields(text), expected);
    }

    #[test]
    fn every_field_has_its_place() {
        let loaded = load::parse(Source::new("a.yaml", "speak: { message: hi, wait_for_room: 5m }")).unwrap();
        let (_, spans) = to_fields("speak", loaded.root.get("speak").unwrap());
        let at = |name: &str| &loaded.source.text[spans[name].clone()];
        assert_eq!((at("message"), at("wait_for_room")), ("hi", "5m"));
    }
}
