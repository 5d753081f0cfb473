//! The core as plain JSON Schema: templates, short forms and durations spelled out for editors.

use serde_json::{Map, Value, json};

/// What a text that may be a template looks like.
const BRACES: &str = "\\{\\{";
/// What a duration with its unit looks like.
const DURATION: &str = "^\\s*([0-9.]+\\s*[A-Za-zµ]|P)";

/// Writes a schema of the core for editors.
pub(super) fn publish(schema: &Value) -> Value {
    let Value::Object(words) = schema else { return schema.clone() };
    let kind = words.get("x-runsheet").and_then(Value::as_str).unwrap_or_default();
    let mut published = match kind {
        "text" => alternatives(words, vec![scalar(), json!({ "$ref": "#/$defs/file" })]),
        "duration" => said(words, json!({ "type": "string", "pattern": DURATION })),
        "hold" => said(words, json!({ "type": "string", "pattern": format!("^speech$|{DURATION}") })),
        "expires" => said(words, json!({ "type": "string", "pattern": format!("^end_of_window$|{DURATION}") })),
        "action" => action(words),
        "step" => step(words),
        _ => plain(words),
    };
    let is_open = words.get("x-template").is_some() && kind != "text" && !is_any(words);
    if is_open {
        published = template(published);
    }
    if let Some(description) = published.get("description").cloned() {
        published.insert("markdownDescription".to_owned(), description);
    }
    if words.contains_key("$defs") {
        published["$defs"]["file"] = json!({
            "description": "The text of a file, by its path relative to this one.",
            "type": "object",
            "properties": { "file": { "type": "string" } },
            "required": ["file"],
            "additionalProperties": false,
        });
    }
    Value::Object(published)
}

/// Any scalar: a text is what is spelled.
fn scalar() -> Value {
    json!({ "type": ["string", "number", "boolean"] })
}

fn is_any(words: &Map<String, Value>) -> bool {
    !["type", "enum", "const", "oneOf", "anyOf"].iter().any(|word| words.contains_key(*word))
}

/// Words that people read, then what they describe.
fn said(words: &Map<String, Value>, body: Value) -> Map<String, Value> {
    let read = ["description", "examples"].iter().filter_map(|word| words.get_key_value(*word));
    let mut published: Map<_, _> = read.map(|(word, value)| (word.clone(), value.clone())).collect();
    if let Value::Object(body) = body {
        published.extend(body);
    }
    published
}

fn alternatives(words: &Map<String, Value>, choices: Vec<Value>) -> Map<String, Value> {
    said(words, json!({ "anyOf": choices }))
}

/// The same, or a text that holds a template.
fn template(published: Map<String, Value>) -> Map<String, Value> {
    let read = said(&published, json!({}));
    let body: Map<_, _> = published.into_iter().filter(|(word, _)| !read.contains_key(word)).collect();
    alternatives(&read, vec![body.into(), json!({ "type": "string", "pattern": BRACES })])
}

fn plain(words: &Map<String, Value>) -> Map<String, Value> {
    let mut published = Map::new();
    for (word, value) in words.iter().filter(|(word, _)| !word.starts_with("x-")) {
        let value = match (word.as_str(), value) {
            ("properties" | "$defs", Value::Object(properties)) => {
                properties.iter().map(|(name, property)| (name.clone(), publish(property))).collect()
            }
            ("items" | "additionalProperties", value) => publish(value),
            ("anyOf" | "oneOf", Value::Array(choices)) => choices.iter().map(publish).collect(),
            (_, value) => value.clone(),
        };
        published.insert(word.clone(), value);
    }
    let is_word = ["enum", "const", "pattern", "x-runsheet"].iter().any(|word| words.contains_key(*word));
    if words.get("type").is_some_and(|name| name == "string") && !is_word {
        published["type"] = scalar()["type"].clone();
    }
    published
}

/// An action: its fields, or the text of its short form, or nothing.
fn action(words: &Map<String, Value>) -> Map<String, Value> {
    let mut fields = plain(words);
    fields.remove("description");
    let mut choices = vec![Value::Object(fields)];
    let short = words.get("x-short").and_then(Value::as_str);
    if let Some(field) = short.and_then(|short| words["properties"].get(short)) {
        let mut field = publish(field);
        match field.get_mut("anyOf").and_then(Value::as_array_mut) {
            Some(inner) => choices.append(inner),
            None => choices.push(field),
        }
    }
    if !words.contains_key("required") {
        choices.push(json!({ "type": "null" }));
    }
    alternatives(words, choices)
}

/// The actions whose text may come from `variants`, with the field that it stands for.
const VARIED: [(&str, &str); 2] = [("speak", "message"), ("add_context", "context")];

/// Says that an action has a text of its own, unless the step has `variants`.
fn own_text((action, field): (&str, &str)) -> Value {
    let map = json!({ "type": "object", "anyOf": [{ "required": [field] }, { "required": ["file"] }] });
    json!({
        "if": { "required": [action], "not": { "required": ["variants"] } },
        "then": { "properties": { action: { "anyOf": [scalar(), map] } } },
    })
}

/// A step: exactly one of its actions, `parallel` alone, and what only a loop has.
fn step(words: &Map<String, Value>) -> Map<String, Value> {
    let mut published = plain(words);
    let properties = words.get("properties").and_then(Value::as_object);
    let actions = properties.into_iter().flatten().filter(|(_, schema)| schema["x-runsheet"] == "action");
    let mut one: Vec<_> = actions.map(|(name, _)| json!({ "required": [name] })).collect();
    one.push(json!({ "required": ["steps", "foreach"] }));
    one.push(json!({ "required": ["parallel"], "maxProperties": 1 }));
    published.insert("oneOf".to_owned(), one.into());
    for (action, _) in VARIED {
        let choices = published["properties"][action]["anyOf"].as_array_mut();
        for choice in choices.into_iter().flatten().filter_map(Value::as_object_mut) {
            if choice.contains_key("additionalProperties") {
                choice.remove("required");
            }
        }
        if let Some(choices) = published["properties"][action]["anyOf"].as_array_mut() {
            choices.push(json!({ "type": "null" }));
        }
    }
    published.insert("allOf".to_owned(), VARIED.map(own_text).to_vec().into());
    let of_loops = super::OF_LOOPS.iter().map(|key| ((*key).to_owned(), json!(["foreach"])));
    published.insert("dependentRequired".to_owned(), Value::Object(of_loops.collect()));
    published
}
