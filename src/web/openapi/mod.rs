//! The document of the API, OpenAPI 3.1: made from the table of operations and the types that are asked and answered.

mod operations;

use std::sync::LazyLock;

use axum::Json;
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use crate::web::errors::ErrorAnswer;
use operations::{Answers, Operation, Parameter};

/// Where the schemas of the types stand.
const SCHEMAS: &str = "/components/schemas";

static DOCUMENT: LazyLock<Value> = LazyLock::new(document);

/// `GET /api/v1/openapi.json`.
pub(crate) async fn show() -> Json<Value> {
    Json(DOCUMENT.clone())
}

fn document() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = SCHEMAS.into();
        settings.meta_schema = None;
    });
    let mut generator = settings.into_generator();
    let mut paths = Map::new();
    for operation in operations::all() {
        let described = describe(&operation, &mut generator);
        let path = paths.entry(operation.path).or_insert_with(|| json!({}));
        path[operation.method.to_ascii_lowercase()] = described;
    }
    let schemas = generator.take_definitions(true);
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Runsheet",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Workflows, runs and their events. Instants are RFC 3339, UTC, with milliseconds; lengths \
                            end in `_ms`. On this machine alone no token is needed; elsewhere every request brings one.",
        },
        "servers": [{ "url": "/" }],
        "security": [{ "token": [] }, { "session": [] }, {}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "token": { "type": "http", "scheme": "bearer" },
                "session": { "type": "apiKey", "in": "cookie", "name": crate::web::guard::COOKIE },
            },
        },
    })
}

fn describe(operation: &Operation, generator: &mut SchemaGenerator) -> Value {
    let mut parameters: Vec<Value> = in_path(operation.path).map(|name| parameter(&name, "path", "text")).collect();
    parameters.extend(operation.parameters.iter().map(Parameter::described));
    let mut responses = Map::new();
    for (status, answers) in &operation.answers {
        responses.insert(status.to_string(), answered(*status, answers, generator));
    }
    for status in operation.refusals() {
        let schema = generator.subschema_for::<ErrorAnswer>();
        let content = json!({ "application/json": { "schema": schema } });
        responses.entry(status.to_string()).or_insert(json!({ "description": reason(status), "content": content }));
    }
    let mut described = json!({
        "operationId": operation.id,
        "summary": operation.summary,
        "parameters": parameters,
        "responses": responses,
    });
    if let Some(body) = operation.body {
        let schema = body(generator);
        described["requestBody"] = json!({ "required": true, "content": { "application/json": { "schema": schema } } });
    }
    described
}

fn answered(status: u16, answers: &Answers, generator: &mut SchemaGenerator) -> Value {
    let content = match answers {
        Answers::Nothing => return json!({ "description": reason(status) }),
        Answers::Json(schema) => json!({ "application/json": { "schema": schema(generator) } }),
        Answers::Text(kind) => json!({ *kind: { "schema": { "type": "string" } } }),
    };
    json!({ "description": reason(status), "content": content })
}

/// The names in a path.
fn in_path(path: &str) -> impl Iterator<Item = String> {
    let named = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    named.map(str::to_owned)
}

fn parameter(name: &str, place: &str, what: &str) -> Value {
    json!({ "name": name, "in": place, "required": place == "path", "description": what, "schema": { "type": "string" } })
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "here it is",
        201 => "begun",
        202 => "heard",
        204 => "done",
        400 => "the request makes no sense, or its inputs do not fit",
        401 => "no token, or a wrong one",
        403 => "the role does not allow it, or another page asks for it",
        404 => "there is no such thing",
        408 => "the body did not come in time",
        409 => "the state does not allow it; `code` says why",
        413 => "the body is too large",
        415 => "the body is not said to be JSON",
        421 => "this server does not answer to this host",
        422 => "the workflow has mistakes",
        429 => "too many",
        503 => "it cannot be done now",
        _ => "answered",
    }
}
