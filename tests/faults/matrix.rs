//! Each kind of mishap on each endpoint, once and every time, against the table that the wire's classes make.

use runsheet::engine::event::StopReason;
use runsheet::engine::state::StepState;
use runsheet::executors::driver::Ended;
use runsheet::plan::model::StepKey;
use serde_json::{Value, json};

use super::bench::Bench;
use crate::support::AGENT;

/// What an endpoint's action does to the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// It may be repeated.
    Harmless,
    /// It looks again until it is content.
    Poll,
    /// It is heard.
    Once,
}

/// An endpoint: its kind, the step that asks it, method, path, and the name under which requests are counted.
struct Endpoint {
    kind: Kind,
    step: &'static str,
    method: &'static str,
    path: &'static str,
    counted: &'static str,
}

const fn endpoint(
    kind: Kind,
    step: &'static str,
    method: &'static str,
    path: &'static str,
    counted: &'static str,
) -> Endpoint {
    Endpoint { kind, step, method, path, counted }
}

const ENDPOINTS: [Endpoint; 9] = [
    endpoint(Kind::Harmless, "validate: {}", "POST", "/v1/validate", "POST /v1/validate"),
    endpoint(Kind::Harmless, "generate: A host", "POST", "/v1/agent/generate", "POST /v1/agent/generate"),
    endpoint(
        Kind::Poll,
        "wait_ready: { poll: 10ms, within: 1500ms }",
        "GET",
        "/v1/agent/status/{id}",
        "GET /v1/agent/status/{code}",
    ),
    endpoint(Kind::Harmless, "get_agent: {}", "GET", "/v1/agent/{code}", "GET /v1/agent/{code}"),
    endpoint(Kind::Harmless, "set_prompt: Be brief", "POST", "/v1/agent/{code}", "POST /v1/agent/{code}"),
    endpoint(Kind::Once, "speak: Hello", "POST", "/v1/agent/{code}/speak", "POST /v1/agent/{code}/speak"),
    endpoint(
        Kind::Once,
        "add_context: Hello",
        "POST",
        "/v1/agent/{code}/add-context",
        "POST /v1/agent/{code}/add-context",
    ),
    endpoint(Kind::Harmless, "list_agents: {}", "GET", "/v1/agents", "GET /v1/agents"),
    endpoint(Kind::Harmless, "delete_agent: {}", "DELETE", "/v1/agent/{code}", "DELETE /v1/agent/{code}"),
];

/// What the wire makes of a mishap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sense {
    /// Nothing was done; try again.
    NotDone,
    /// Nothing was done; wait, which is no try.
    Limited,
    /// The run stops.
    Stops(StopReason),
    /// Refused for good.
    Refused,
    /// Nobody knows; and whether it was done.
    Nobody { done: bool },
}

fn mishaps() -> Vec<(Value, Sense)> {
    let answer = |status: u16, code: &str| json!({ "answer": { "status": status, "code": code } });
    let bare = |status: u16| json!({ "answer": { "status": status } });
    vec![
        (answer(503, "NO_AVAILABLE_WORKERS"), Sense::NotDone),
        (answer(409, "AGENT_NOT_READY"), Sense::NotDone),
        (json!({ "answer": { "status": 429, "code": "RATE_LIMITED", "retry_after": "1s" } }), Sense::Limited),
        (answer(401, "UNAUTHORIZED"), Sense::Stops(StopReason::Unauthorized)),
        (answer(403, "ACCOUNT_SUSPENDED"), Sense::Stops(StopReason::Unauthorized)),
        (answer(402, "INSUFFICIENT_BALANCE"), Sense::Stops(StopReason::OutOfCredits)),
        (answer(400, "MISSING_PARAM"), Sense::Refused),
        (answer(422, "VALIDATION_ERROR"), Sense::Refused),
        (answer(500, "INTERNAL_ERROR"), Sense::Nobody { done: false }),
        (bare(502), Sense::Nobody { done: false }),
        (bare(503), Sense::Nobody { done: false }),
        (bare(302), Sense::Nobody { done: false }),
        (json!("close_before"), Sense::Nobody { done: false }),
        (json!("close_after"), Sense::Nobody { done: true }),
        (json!("garble"), Sense::Nobody { done: true }),
        (json!({ "delay": "3s" }), Sense::Nobody { done: false }),
    ]
}

/// The most tries.
const TRIES: u64 = 3;

fn workflow(step: &str) -> String {
    let retry = format!("{{ delay: 2ms, max_delay: 5ms, max_attempts: {TRIES} }}");
    let defaults = format!("defaults: {{ hold: 0s, timeout: 1s, retry: {retry} }}");
    format!("version: 1\nname: matrix\nagent: {AGENT}\nroom: lobby\nmax_credits: 250\n{defaults}\nsteps:\n- {step}\n")
}

/// One cell of the matrix. Answers what is wrong with what it came to.
async fn cell(endpoint: &Endpoint, mishap: &Value, sense: Sense, always: bool) -> Option<String> {
    let mut fault = json!({ "method": endpoint.method, "path": endpoint.path, "then": mishap });
    if !always {
        fault["nth"] = json!(1);
    }
    let bench = Bench::new(&workflow(endpoint.step), &json!([fault]), 1).await;
    let ended = bench.play_once().await;
    let first = (how(&bench, &ended).await, bench.requests(endpoint.counted));
    let wanted = match (endpoint.method, mishap.as_str(), always) {
        // The second time it is gone, which is what was wanted; that answer is not spoilt.
        ("DELETE", Some("garble"), true) => ("succeeded", 2..=2),
        _ => wanted(endpoint.kind, sense, always),
    };
    let heard = bench.times("Hello");
    let name = format!("{} with {mishap}, {}", endpoint.counted, if always { "always" } else { "once" });
    if first.0 != wanted.0 || !wanted.1.contains(&first.1) {
        return Some(format!("{name}: is {first:?} and should be {wanted:?}"));
    }
    if heard > 1 || bench.spent() > 250 {
        return Some(format!("{name}: heard {heard} times, {} credits", bench.spent()));
    }
    if matches!(ended, Ended::Stopped(_)) {
        let course = bench.play_on_in_peace().await;
        let (state, heard) = (course.run.state(StepKey::node(0)), bench.times("Hello"));
        let should = usize::from(endpoint.kind == Kind::Once);
        if state != StepState::Succeeded || heard != should {
            return Some(format!("{name}: after the stop it is {state:?}, heard {heard} times"));
        }
    }
    None
}

/// How the step stands, and how the run ended or stopped.
async fn how(bench: &Bench, ended: &Ended) -> &'static str {
    match ended {
        Ended::Stopped(StopReason::Unknown) => "unknown",
        Ended::Stopped(StopReason::Unauthorized) => "unauthorized",
        Ended::Stopped(StopReason::OutOfCredits) => "out of credits",
        Ended::Stopped(_) | Ended::Unwritten { .. } => "stopped otherwise",
        Ended::Finished(_) => {
            let run = runsheet::engine::run::Run::replay(&bench.records().await).unwrap();
            match run.state(StepKey::node(0)) {
                StepState::Succeeded => "succeeded",
                StepState::Failed => "failed",
                _ => "ended otherwise",
            }
        }
    }
}

/// The table: how the step ends, and how often the service may have been asked.
fn wanted(kind: Kind, sense: Sense, always: bool) -> (&'static str, std::ops::RangeInclusive<u64>) {
    match (sense, kind, always) {
        (Sense::Stops(StopReason::Unauthorized), ..) => ("unauthorized", 1..=1),
        (Sense::Stops(_), ..) => ("out of credits", 1..=1),
        (Sense::Refused, ..) => ("failed", 1..=1),
        (Sense::Nobody { .. }, Kind::Once, _) => ("unknown", 1..=1),
        (_, Kind::Poll, false) => ("succeeded", 1..=5),
        (_, Kind::Poll, true) => ("failed", 1..=200),
        (.., false) => ("succeeded", 2..=2),
        (.., true) => ("failed", TRIES..=TRIES),
    }
}

#[test]
fn every_mishap_on_every_endpoint_comes_to_what_the_table_says() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let wrong = runtime.block_on(async {
        let mut cells = Vec::new();
        for endpoint in &ENDPOINTS {
            for (mishap, sense) in mishaps() {
                for always in [false, true] {
                    // What is limited every time waits for ever, as it should.
                    if !(always && sense == Sense::Limited) {
                        let mishap = mishap.clone();
                        cells.push(async move { cell(endpoint, &mishap, sense, always).await });
                    }
                }
            }
        }
        let mut wrong = Vec::new();
        let mut cells = cells.into_iter().peekable();
        while cells.peek().is_some() {
            let batch: Vec<_> = cells.by_ref().take(16).map(tokio::spawn).collect();
            for cell in batch {
                wrong.extend(cell.await.unwrap());
            }
        }
        wrong
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
