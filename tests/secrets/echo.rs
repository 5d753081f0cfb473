//! Two careless servers: the service, and somebody else's. Both give back every secret there is, in every form.

use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::json;

use super::canary::{ALL, Canary};
use crate::support::{AGENT, Answer, Received, Web};

/// The most bytes of a body that are kept.
const KEPT: usize = 64 * 1024;

/// A service that repeats secrets in every answer, its ids and errors.
pub fn service() -> Web {
    let asked = AtomicU64::new(0);
    Web::answering(move |request| {
        let number = asked.fetch_add(1, Ordering::Relaxed);
        let path = request.line.split(' ').nth(1).unwrap_or_default().to_owned();
        let leaked = forms().join(" ");
        let data = json!({
            "user_id": "somebody", "credit_balance": 1000, "valid": true, "agent_code": AGENT, "delivered_to_rooms": 1,
            "agent_id": AGENT, "code": AGENT, "status": "ready", "name": leaked, "system_prompt": leaked,
            "message": leaked, "updated": true, "deleted": true, "context_type": leaked, leaked.clone(): [leaked],
            "callback": format!("https://me:{}@hooks.example/?key={}", ALL[0].value, ALL[0].value),
        });
        let id = |canary: &Canary| ("X-Request-Id", format!("req {}", one_line(canary, number as usize)));
        let refused = |status: u16, code: &str| {
            let message = format!("no: {}{}", "x".repeat(280), forms().concat());
            let body = json!({ "error": { "code": code, "message": message }, "status": "error" });
            Answer(status, vec![id(&ALL[0])], body.to_string())
        };
        match path.as_str() {
            _ if path.contains("/add-context") => refused(422, &format!("CODE_{}", ALL[0].value)),
            _ if path.contains("/speak") && number.is_multiple_of(2) => refused(503, "NO_AVAILABLE_WORKERS"),
            _ if path.contains("/v1/pricing") => refused(404, "NOT_FOUND"),
            _ => {
                let long = ("X-Request-Id", format!("{}{}", "i".repeat(120), ALL[0].value));
                Answer(
                    200,
                    vec![("Content-Type", "application/json".into()), long],
                    json!({ "data": data }).to_string(),
                )
            }
        }
    })
}

/// A server of somebody else that repeats secrets: in the way that the path asks for.
pub fn elsewhere() -> Web {
    let asked = AtomicU64::new(0);
    Web::answering(move |request| answer(request, asked.fetch_add(1, Ordering::Relaxed)))
}

fn answer(request: &Received, number: u64) -> Answer {
    let path = request.line.split(' ').nth(1).unwrap_or_default();
    let kind = |kind: &str| ("Content-Type", kind.to_owned());
    let id = ("X-Request-Id", ALL[number as usize % ALL.len()].value.to_owned());
    let echoed = format!("{} {}", request.line, request.rest);
    match path.split('?').next().unwrap_or_default() {
        "/json" => {
            let body = json!({ "forms": forms(), "echo": echoed, forms().concat(): 1, "deep": [{ "k": [forms()] }] });
            Answer(200, vec![kind("application/json"), id], body.to_string())
        }
        "/escaped" => Answer(200, vec![kind("application/json"), id], format!("{{\"k\":\"{}\"}}", ALL[1].forms()[13])),
        "/cut" => {
            // A secret across the end of what is kept, in each form, at another place each time.
            let forms = forms();
            let form = &forms[number as usize % forms.len()];
            let before = KEPT - form.len().min(KEPT) * (1 + number as usize % 9) / 10;
            Answer(200, vec![kind("text/plain"), id], format!("{}{form}{}", ".".repeat(before), "!".repeat(9_000)))
        }
        "/headers" => {
            let headers = ALL.iter().flat_map(|canary| (0..18).map(|form| ("X-Echo", one_line(canary, form))));
            Answer(200, headers.chain([id, kind("text/plain; x=secret")]).collect(), String::new())
        }
        "/redirect" => {
            let location = format!("https://{}@example.org/?t={}", ALL[1].forms()[8], ALL[1].forms()[11]);
            Answer(302, vec![("Location", location.clone()), id], location)
        }
        "/moved" => Answer(201, vec![("Location", format!("/?t={}", ALL[1].forms()[8])), id], forms().join("\n")),
        "/flaky" if number.is_multiple_of(2) => Answer(503, vec![id], forms().join(" ")),
        "/flaky" => Answer(200, vec![id], forms().join(" ")),
        _ => Answer(418, vec![id], format!("{}{}", ".".repeat(185), forms().join("\n"))),
    }
}

fn forms() -> Vec<String> {
    ALL.iter().flat_map(Canary::forms).collect()
}

fn one_line(canary: &Canary, form: usize) -> String {
    let forms = canary.forms();
    forms[form % forms.len()].replace("\r\n", "")
}
