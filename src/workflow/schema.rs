//! The schema of a workflow file, made from the types of the file's keys and of the actions.
//!
//! There is one: [`core()`], in the few words that the checker reads. What editors read is [`published`] from it, so
//! that both agree by construction. Words of our own in the core: `x-runsheet` tells what JSON's types cannot (`text`,
//! `media`, `duration`, `hold`, `expires`, `version`, `step`, `entry`, `action`), `x-template` where a template may
//! stand, `x-short` the field that a text stands for.

use std::sync::LazyLock;

use schemars::JsonSchema;
use serde_json::{Map, Value, json};

use crate::actions;
use crate::actions::action::Descriptor;
use crate::workflow::file::{AgentsFile, DeclaredKeys, StepFile, WorkflowFile};

mod publish;

/// Fields that decide what a step is, and so are never templates.
const LITERAL: [(&str, &str); 2] = [("http", "method"), ("http", "effect")];

/// Keys of a step that only a loop has.
pub const OF_LOOPS: [&str; 4] = ["as", "key", "max_parallel", "fail_fast"];

/// The schema as the checker reads it.
pub fn core() -> &'static Value {
    static CORE: LazyLock<Value> = LazyLock::new(assemble);
    &CORE
}

/// The schema of a file of `kind: agents`, as the checker reads it; its references lead into [`core()`].
pub fn agents_core() -> &'static Value {
    static CORE: LazyLock<Value> = LazyLock::new(schema_of::<AgentsFile>);
    &CORE
}

/// The schema as editors read it: JSON Schema, draft 2020-12.
pub fn published() -> Value {
    titled("Runsheet workflow, version 1", core())
}

fn titled(title: &str, core: &Value) -> Value {
    let mut schema = json!({ "$schema": "https://json-schema.org/draft/2020-12/schema", "title": title });
    if let (Value::Object(schema), Value::Object(body)) = (&mut schema, publish::publish(core)) {
        schema.extend(body);
    }
    schema
}

/// The schema of a file of `kind: agents` as editors read it.
pub fn published_agents() -> Value {
    let mut file = agents_core().clone();
    file["$defs"] = json!({ "agent": core()["$defs"]["agent"] });
    titled("Runsheet agents, version 1", &file)
}

/// The published schema of workflows as text, as it is kept in `schemas/workflow.schema.json`.
pub fn text() -> String {
    format!("{:#}\n", published())
}

/// The published schema of agents as text, as it is kept in `schemas/agents.schema.json`.
pub fn agents_text() -> String {
    format!("{:#}\n", published_agents())
}

/// The schema of an action's fields in the core.
pub fn action(name: &str) -> Option<&'static Value> {
    core().get("$defs")?.get("step")?.get("properties")?.get(name).filter(|schema| schema["x-runsheet"] == "action")
}

/// Follows a reference into the definitions.
pub fn resolve(schema: &Value) -> &Value {
    let target = schema.get("$ref").and_then(Value::as_str).and_then(|path| path.strip_prefix('#'));
    target.and_then(|path| core().pointer(path)).unwrap_or(schema)
}

fn assemble() -> Value {
    let mut file = schema_of::<WorkflowFile>();
    let mut step = schema_of::<StepFile>();
    step["x-runsheet"] = "step".into();
    step["description"] = "A step: exactly one action, and any of the other keys.".into();
    if let Some(Value::Object(keys)) = step.get_mut("properties") {
        let mut properties: Map<String, Value> =
            actions::CATALOG.iter().map(|descriptor| (descriptor.name.to_owned(), action_schema(descriptor))).collect();
        properties.append(keys);
        *keys = properties;
    }
    let entry = json!({
        "x-runsheet": "entry",
        "description": "A step: a map with one action, or the bare name of an action that has nothing to say.",
        "anyOf": [{ "enum": bare() }, { "$ref": "#/$defs/step" }],
    });
    let agent = agent_schema(&step);
    file["$defs"] = json!({ "entry": entry, "step": step, "agent": agent });
    file
}

/// A declared agent: what its creation takes, without what is about one purchase, and keys of its own.
fn agent_schema(step: &Value) -> Value {
    let mut agent = schema_of::<DeclaredKeys>();
    agent["description"] = "An agent: what `generate` takes, and what may become of it.".into();
    let mut properties = step["properties"]["generate"]["properties"].as_object().cloned().unwrap_or_default();
    properties.shift_remove("reuse");
    if let Some(Value::Object(keys)) = agent.get_mut("properties") {
        properties.append(keys);
        *keys = properties;
    }
    agent
}

/// The actions that have nothing to say.
fn bare() -> Vec<&'static str> {
    let has_required = |descriptor: &&Descriptor| (descriptor.fields)().get("required").is_some();
    actions::CATALOG.iter().filter(|d| !has_required(d)).map(|descriptor| descriptor.name).collect()
}

fn action_schema(descriptor: &Descriptor) -> Value {
    let mut schema = normal((descriptor.fields)().to_value());
    schema["type"] = "object".into();
    schema["additionalProperties"] = false.into();
    schema["x-runsheet"] = "action".into();
    if let Some(short) = descriptor.short {
        schema["x-short"] = short.into();
    }
    if schema.get("properties").is_none() {
        schema["properties"] = json!({});
    }
    for (name, field) in schema["properties"].as_object_mut().into_iter().flatten() {
        if !LITERAL.contains(&(descriptor.name, name)) {
            field["x-template"] = true.into();
        }
    }
    schema
}

fn schema_of<T: JsonSchema>() -> Value {
    let settings =
        schemars::generate::SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    normal(settings.into_generator().into_root_schema_for::<T>().to_value())
}

/// Takes out what says nothing here: titles, formats, defaults, and the `null` of what may be left out.
fn normal(schema: Value) -> Value {
    let mut schema = match schema {
        Value::Bool(true) => return json!({}),
        Value::Array(items) => return items.into_iter().map(normal).collect(),
        Value::Object(schema) => schema,
        other => return other,
    };
    for word in ["$schema", "title", "format", "default"] {
        schema.remove(word);
    }
    if let Some(Value::Array(types)) = schema.get_mut("type") {
        types.retain(|name| name != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            schema.insert("type".to_owned(), only);
        }
    }
    without_null(&mut schema);
    // Names of properties are no words of the schema.
    let normal_property = |(name, property)| (name, normal(property));
    let entries = schema.into_iter().map(|(word, value)| match (word.as_str(), value) {
        ("properties", Value::Object(properties)) => (word, properties.into_iter().map(normal_property).collect()),
        ("items" | "additionalProperties" | "anyOf" | "oneOf", value) => (word, normal(value)),
        (_, value) => (word, value),
    });
    Value::Object(entries.collect())
}

fn without_null(schema: &mut Map<String, Value>) {
    if let Some(Value::Array(values)) = schema.get_mut("enum") {
        values.retain(|value| !value.is_null());
    }
    let Some(Value::Array(mut choices)) = schema.remove("anyOf") else { return };
    choices.retain(|choice| choice.get("type").is_none_or(|name| name != "null"));
    match (choices.len(), choices.pop()) {
        (1, Some(Value::Object(only))) => {
            for (word, value) in only {
                schema.entry(word).or_insert(value);
            }
        }
        (_, last) => {
            choices.extend(last);
            schema.insert("anyOf".to_owned(), choices.into());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_schema_is_the_one_that_the_types_make() {
        for (file, text) in [("workflow", text()), ("agents", agents_text())] {
            let path = format!("{}/schemas/{file}.schema.json", env!("CARGO_MANIFEST_DIR"));
            if std::env::var_os("UPDATE").is_some() {
                std::fs::write(&path, &text).unwrap();
            }
            let committed = std::fs::read_to_string(&path).unwrap_or_default();
            assert!(committed == text, "run the tests with UPDATE=1 and look at the difference");
        }
    }

    #[test]
    fn every_key_is_described() {
        let described = |schema: &Value, of: &str| {
            for (name, property) in schema["properties"].as_object().unwrap() {
                assert!(property["description"].is_string(), "{of}: {name}");
            }
        };
        described(core(), "workflow");
        described(&core()["$defs"]["step"], "step");
        described(&core()["$defs"]["agent"], "agent");
        described(agents_core(), "agents");
        for descriptor in actions::CATALOG {
            described(action(descriptor.name).unwrap(), descriptor.name);
        }
    }

    #[test]
    fn editors_are_told_nothing_of_our_own_words() {
        assert!(!text().contains("\"x-"));
    }
}
