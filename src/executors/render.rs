//! From a step's fields as written to what is sent: every text rendered once, every value of its field's type.

use serde_json::{Map, Value};

use crate::actions::action::{Descriptor, Fields};
use crate::actions::speech;
use crate::clock::Timestamp;
use crate::duration::Millis;
use crate::engine::event::{Prepared, Rendering, Speech};
use crate::outcome::Failure;
use crate::plan::model::{Exchanged, Node, RoomReference};
use crate::scope::Scope;
use crate::template::Template;

/// Renders what an exchange sends.
pub fn exchange(
    node: &Node,
    exchanged: &Exchanged,
    descriptor: &Descriptor,
    scope: &dyn Scope,
) -> Result<Rendering, Failure> {
    let fields = fields(&exchanged.fields, &(descriptor.fields)().to_value(), scope)?;
    let agent = exchanged.agent.as_ref().map(|agent| name(&agent.code, "agent", scope)).transpose()?;
    let room = match &exchanged.room {
        Some(RoomReference::Named(text)) => Some(name(text, "room", scope)?),
        Some(RoomReference::Every) | None => None,
    };
    let spoken = (descriptor.spoken)(&fields).and_then(|field| fields.get(field)).and_then(Value::as_str);
    let speech =
        spoken.map(|text| Speech { text: text.to_owned(), length: speech::estimate(text, node.timing.speech_rate) });
    Ok(Rendering { fields, agent, room, speech, ..Rendering::default() })
}

/// Renders a `wait`.
pub fn wait(fields: &Fields, scope: &dyn Scope) -> Result<Prepared, Failure> {
    if let Some(length) = fields.get("for") {
        return Ok(Prepared::For(length_of(length, scope)?));
    }
    let until = text_of(fields.get("until").unwrap_or(&Value::Null), scope)?;
    let instant = Timestamp::parse(&until);
    instant.map(Prepared::Until).ok_or_else(|| {
        Failure::rejected("not_an_instant", format!("`{until}` is not an instant as `2026-12-24T18:00:00+01:00`"))
    })
}

/// Renders a `pause`.
pub fn pause(fields: &Fields, scope: &dyn Scope) -> Result<Prepared, Failure> {
    let message = fields.get("message").map(|message| text_of(message, scope)).transpose()?.unwrap_or_default();
    let timeout = fields.get("timeout").map(|length| length_of(length, scope)).transpose()?;
    let goes_on = fields.get("on_timeout").and_then(Value::as_str) == Some("continue");
    Ok(Prepared::Pause { message, timeout, fail: !goes_on })
}

/// The name of an agent or a room; an empty one is a failure, never "everywhere".
fn name(text: &str, what: &str, scope: &dyn Scope) -> Result<String, Failure> {
    let name = render(text, scope)?.trim().to_owned();
    if name.is_empty() {
        return Err(Failure::rejected(
            format!("empty_{what}"),
            format!("the {what} `{text}` is empty: nothing is sent"),
        ));
    }
    if name.chars().any(char::is_control) {
        return Err(Failure::rejected(
            format!("bad_{what}"),
            format!("the {what} has a control character: nothing is sent"),
        ));
    }
    Ok(name)
}

fn length_of(written: &Value, scope: &dyn Scope) -> Result<Millis, Failure> {
    let text = text_of(written, scope)?;
    Millis::parse(&text).map_err(|error| Failure::rejected("bad_duration", format!("`{text}`: {error}")))
}

fn text_of(written: &Value, scope: &dyn Scope) -> Result<String, Failure> {
    match written {
        Value::String(text) => render(text, scope),
        other => Ok(other.to_string()),
    }
}

fn render(text: &str, scope: &dyn Scope) -> Result<String, Failure> {
    parse(text)?.render(scope).map_err(|error| Failure::rejected("template", error.to_string()))
}

fn parse(text: &str) -> Result<Template, Failure> {
    Template::parse(text).map_err(|error| Failure::rejected("template", error.message))
}

/// Renders fields, each as its schema says.
fn fields(written: &Fields, schema: &Value, scope: &dyn Scope) -> Result<Fields, Failure> {
    let properties = schema.get("properties").and_then(Value::as_object);
    let mut rendered = Map::with_capacity(written.len());
    for (name, value) in written {
        let schema = properties.and_then(|properties| properties.get(name)).unwrap_or(&Value::Null);
        let value = field(value, schema, scope)
            .map_err(|failure| Failure { message: format!("field `{name}`: {}", failure.message), ..failure })?;
        rendered.insert(name.clone(), value);
    }
    Ok(rendered)
}

fn field(written: &Value, schema: &Value, scope: &dyn Scope) -> Result<Value, Failure> {
    match written {
        Value::String(text) if takes_text(schema) => Ok(Value::String(render(text, scope)?)),
        Value::String(text) if is_free(schema) => native(text, scope),
        Value::String(text) => coerce(native(text, scope)?, schema),
        Value::Array(items) => {
            let inner = schema.get("items").unwrap_or(&Value::Null);
            items.iter().map(|item| field(item, inner, scope)).collect()
        }
        Value::Object(map) => {
            let inner = schema.get("additionalProperties").unwrap_or(&Value::Null);
            let entries = map.iter().map(|(key, value)| Ok((key.clone(), field(value, inner, scope)?)));
            entries.collect::<Result<Map<_, _>, Failure>>().map(Value::Object)
        }
        other => Ok(other.clone()),
    }
}

fn native(text: &str, scope: &dyn Scope) -> Result<Value, Failure> {
    parse(text)?.render_value(scope).map_err(|error| Failure::rejected("template", error.to_string()))
}

/// Tells whether a field is a text whatever its value looks like.
fn takes_text(schema: &Value) -> bool {
    has_type(schema, "string") && !has_type(schema, "integer") && !has_type(schema, "number")
}

/// Tells whether a field takes any value.
fn is_free(schema: &Value) -> bool {
    let Some(keywords) = schema.as_object() else { return true };
    !["type", "enum", "const", "anyOf", "oneOf", "$ref"].iter().any(|keyword| keywords.contains_key(*keyword))
}

fn has_type(schema: &Value, wanted: &str) -> bool {
    let own = match schema.get("type") {
        Some(Value::String(kind)) => kind == wanted,
        Some(Value::Array(kinds)) => kinds.iter().any(|kind| kind == wanted),
        _ => false,
    };
    let any = ["anyOf", "oneOf"].iter().filter_map(|keyword| schema.get(*keyword)?.as_array());
    own || (wanted == "string" && schema.get("enum").is_some()) || any.flatten().any(|inner| has_type(inner, wanted))
}

/// Makes a rendered value fit a number or a truth value.
fn coerce(value: Value, schema: &Value) -> Result<Value, Failure> {
    let Value::String(text) = &value else { return Ok(value) };
    let trimmed = text.trim();
    let whole = || trimmed.parse::<i64>().ok().map(Value::from);
    let number = || trimmed.parse::<f64>().ok().filter(|n| n.is_finite()).map(Value::from);
    let truth = || trimmed.parse::<bool>().ok().map(Value::from);
    let coerced = if has_type(schema, "integer") {
        whole()
    } else if has_type(schema, "number") {
        whole().or_else(number)
    } else if has_type(schema, "boolean") {
        truth()
    } else {
        Some(value.clone())
    };
    match coerced {
        Some(coerced) => Ok(coerced),
        None if has_type(schema, "string") => Ok(value),
        None => Err(Failure::rejected("wrong_type", format!("`{text}` is not of the field's type"))),
    }
}
