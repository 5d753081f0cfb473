//! The document of the API: whole, and about nothing that is not there.

use serde_json::{Value, json};

use super::request::Ask;
use super::served::Served;
use crate::support::Stage;

#[test]
fn every_operation_of_the_document_is_answered_and_every_reference_leads_somewhere() {
    let stage = Stage::new("- speak: Hello");
    let served = Served::of(&stage);
    let document = served.document().clone();
    assert_eq!(document["openapi"], "3.1.0");
    assert!(references(&document).iter().all(|reference| document.pointer(&reference[1..]).is_some()));
    let mut ids = Vec::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            ids.push(operation["operationId"].as_str().unwrap().to_owned());
            let concrete = path.replace("{name}", "none").replace("{run}", "NONE").replace("{workflow}", "none");
            let ask = match method.as_str() {
                "get" if path.ends_with("/events") && !path.contains('{') => continue,
                "get" => Ask::get(&concrete),
                _ => Ask::post(&concrete, &json!({})),
            };
            // Whatever it answers is told, and no path is one that the router does not know.
            let got = served.ask(&ask);
            assert_ne!(got.json_code(), "not-found", "{method} {path}: {got:?}");
        }
    }
    let count = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!((ids.len(), count >= 22), (count, true));
}

#[test]
fn odd_requests_are_refused_as_the_document_tells() {
    let stage = Stage::new("- speak: Hello");
    let served = Served::of(&stage);
    let odd = ["%00", "%ff", "..", "%2e%2e%2f", "a%2fb", "é", "\u{202e}", &"x".repeat(4000), "~", "%25", "'%3b--"];
    for name in odd {
        let name: String = name
            .bytes()
            .map(|b| if b.is_ascii_graphic() { (b as char).to_string() } else { format!("%{b:02X}") })
            .collect();
        for path in
            [format!("/api/v1/workflows/{name}"), format!("/api/v1/runs/{name}"), format!("/api/v1/runs/{name}/events")]
        {
            let got = served.ask(&Ask::get(&path));
            assert!(matches!(got.status, 404 | 400), "{path}: {got:?}");
        }
        served.ask(&Ask::get(&format!("/api/v1/runs?workflow={name}"))).is(200, "");
    }
    let bodies: [&[u8]; 8] = [
        b"null",
        b"1",
        b"\"x\"",
        b"{\"workflow\":null}",
        b"{\"workflow\":{}}",
        b"\xff",
        b"{\"workflow\":\"show\",\"inputs\":[]}",
        b"{\"workflow\":\"show\",\"inputs\":null}",
    ];
    for body in bodies {
        served.ask(&Ask::post("/api/v1/runs", &json!({})).saying(body)).is(400, "bad-json");
    }
    let deep = format!("{}{}", "[".repeat(5000), "]".repeat(5000));
    served.ask(&Ask::post("/api/v1/runs", &json!({})).saying(deep.as_bytes())).is(400, "bad-json");
    for method in ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"] {
        served.ask(&Ask::get("/api/v1/runs/NONE/cancel").by(method)).is(405, "method");
    }
    assert_eq!(served.ask(&Ask::get("/api/v1/health").by("HEAD")).status, 200);
}

fn references(value: &Value) -> Vec<String> {
    match value {
        Value::Object(fields) => {
            let own = fields.get("$ref").and_then(Value::as_str).map(str::to_owned);
            fields.values().flat_map(references).chain(own).collect()
        }
        Value::Array(items) => items.iter().flat_map(references).collect(),
        _ => Vec::new(),
    }
}

impl super::request::Got {
    /// The word of a refusal; empty where it is none.
    fn json_code(&self) -> String {
        let value: Value = serde_json::from_str(&self.body).unwrap_or_default();
        value["error"]["code"].as_str().unwrap_or_default().to_owned()
    }
}
