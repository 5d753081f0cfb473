//! `http`: a request to any other service, under the same promises.
//!
//! Secrets arrive as references and are put in when the request is built, for the hosts they may go to only. No
//! redirect is followed, and link-local and metadata addresses are never reached: see [`web`].

mod answer;
mod request;
pub mod web;

use indexmap::IndexMap;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::actions::action::{Action, Estimate, Exchanging, Fields, Mistake};
use crate::actions::context::Context;
use crate::actions::exchange;
use crate::actions::fields::Text;
use crate::crash;
use crate::outcome::{Effect, Exchange};

/// Sends a request to another service and reads its answer.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Http {
    /// The method; `GET` when left out.
    method: Option<Method>,
    /// Where to: `https://…`, or `http://…`. Secrets never stand here.
    url: Text,
    /// Headers, by name.
    headers: Option<IndexMap<String, Text>>,
    /// Query parameters, by name.
    query: Option<IndexMap<String, Text>>,
    /// A body, sent as JSON.
    json: Option<Value>,
    /// A body, sent as it is.
    body: Option<Text>,
    /// The status codes that mean success, as `200`, `2xx` or a list; `2xx` when left out.
    expect: Option<Expected>,
    /// Headers of the answer to keep, beside `content-type`, `location` and `retry-after`.
    keep_headers: Option<Vec<String>>,
    /// Sent as `Idempotency-Key`: it makes a repeat harmless.
    idempotency_key: Option<Text>,
    /// What doing it again would do, when the method does not tell.
    #[expect(dead_code, reason = "read from the fields as written, before the run")]
    effect: Option<HttpEffect>,
}

/// A request's method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
#[expect(missing_docs, reason = "the names are HTTP's own")]
pub enum Method {
    Get,
    Head,
    Post,
    Put,
    Patch,
    Delete,
}

/// What sending a request again would do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HttpEffect {
    /// Looks without changing.
    Read,
    /// Twice is the same as once.
    Repeatable,
    /// Never repeated unless a person says so.
    Once,
}

/// Status codes that mean success.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected(Vec<(u16, u16)>);

/// What `steps.<id>` shows of an answer.
#[derive(Debug, Serialize, JsonSchema)]
pub struct HttpAnswer {
    /// The status code.
    pub status_code: u16,
    /// The headers that are kept, in lower case.
    pub headers: IndexMap<String, String>,
    /// The body: read as JSON when it is JSON, else as text; at most 64 KiB.
    pub body: Value,
}

impl Action for Http {
    const NAME: &'static str = "http";
    const SHORT: Option<&'static str> = Some("url");
    const EXAMPLE: &'static str = "\
- id: poll
  http:
    url: https://api.crm.example/polls/7
    headers: { accept: application/json }
";
    type Output = HttpAnswer;

    fn effect(fields: &Fields) -> Effect {
        match fields.get("effect").and_then(Value::as_str) {
            Some("read") => return Effect::Read,
            Some("repeatable") => return Effect::Repeatable,
            Some("once") => return Effect::Once,
            _ => {}
        }
        match fields.get("method").and_then(Value::as_str).unwrap_or("GET") {
            "GET" | "HEAD" => Effect::Read,
            "PUT" | "DELETE" => Effect::Repeatable,
            _ if fields.contains_key("idempotency_key") => Effect::Repeatable,
            _ => Effect::Once,
        }
    }

    /// Nobody knows how long another's service takes.
    fn estimate(_: &Fields) -> Estimate {
        Estimate { at_least: true, ..Estimate::default() }
    }

    fn check(fields: &Fields) -> Vec<Mistake> {
        let mut mistakes = Vec::new();
        if fields.contains_key("json") && fields.contains_key("body") {
            mistakes.push(mistake("body", "a request has both `json` and `body`", "keep one of them"));
        }
        let url = fields.get("url").and_then(Value::as_str);
        if url.is_some_and(has_credentials) {
            let hint = "put it in a header: `authorization: \"Basic {{ secrets.name }}\"`";
            mistakes.push(mistake("url", "a URL holds a user name or a password, which everybody would see", hint));
        }
        if let Some(url) = url
            && !url.starts_with("http://")
            && !url.starts_with("https://")
            && !url.starts_with("{{")
        {
            mistakes.push(mistake("url", &format!("`{url}` is not a URL"), "begin it with `https://`"));
        }
        mistakes
    }
}

/// Tells whether a URL holds a user name or a password.
fn has_credentials(url: &str) -> bool {
    let authority = url.split_once("://").map_or("", |(_, rest)| rest).split(['/', '?', '#']).next();
    authority.is_some_and(|authority| authority.contains('@'))
}

fn mistake(field: &str, message: &str, hint: &str) -> Mistake {
    Mistake { field: Some(field.to_owned()), message: message.to_owned(), hint: Some(hint.to_owned()) }
}

impl Exchanging for Http {
    async fn execute(self, context: &Context<'_>) -> Exchange {
        let request = match request::build(&self, context) {
            Ok(request) => request,
            Err(failure) => return exchange::failed(failure),
        };
        let sent = context.web.execute(request).await;
        crash::point(crash::Point::AfterSend);
        match sent {
            Ok(response) => answer::read(&self, response, context.store.redactor()).await,
            Err(error) => exchange::failed(answer::transport_failure(error)),
        }
    }
}

impl Expected {
    fn contains(&self, status: u16) -> bool {
        self.0.iter().any(|&(low, high)| (low..=high).contains(&status))
    }
}

impl<'de> Deserialize<'de> for Expected {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written = Value::deserialize(deserializer)?;
        let items = match written {
            Value::Array(items) => items,
            one => vec![one],
        };
        let ranges: Option<Vec<_>> = items.iter().map(status_range).collect();
        ranges.map(Self).ok_or_else(|| serde::de::Error::custom("`expect` takes `200`, `2xx`, or a list of them"))
    }
}

/// Reads `204` or `2xx`.
fn status_range(written: &Value) -> Option<(u16, u16)> {
    let text = written.as_str().map_or_else(|| written.to_string(), str::to_owned);
    if let Some(hundreds) = text.strip_suffix("xx") {
        let first = hundreds.parse::<u16>().ok().filter(|n| (1..=5).contains(n))? * 100;
        return Some((first, first + 99));
    }
    text.parse::<u16>().ok().filter(|n| (100..=599).contains(n)).map(|n| (n, n))
}

impl JsonSchema for Expected {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Expected".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["integer", "string", "array"], "examples": [200, "2xx"] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(json: Value) -> Fields {
        json.as_object().cloned().unwrap()
    }

    #[test]
    fn the_method_the_key_and_the_field_decide_the_effect() {
        let effect = |json| Http::effect(&fields(json));
        assert_eq!(effect(serde_json::json!({"url": "x"})), Effect::Read);
        assert_eq!(effect(serde_json::json!({"method": "POST"})), Effect::Once);
        assert_eq!(effect(serde_json::json!({"method": "POST", "idempotency_key": "k"})), Effect::Repeatable);
        assert_eq!(effect(serde_json::json!({"method": "DELETE"})), Effect::Repeatable);
        assert_eq!(effect(serde_json::json!({"method": "PUT", "effect": "once"})), Effect::Once);
    }

    #[test]
    fn expected_codes_are_read_in_every_form() {
        let expected: Expected = serde_json::from_value(serde_json::json!(["2xx", 404])).unwrap();
        assert!(expected.contains(204) && expected.contains(404) && !expected.contains(500));
        assert!(serde_json::from_value::<Expected>(serde_json::json!("soon")).is_err());
    }
}
