//! Each row of both tables of errors.

use runsheet::sandbox::{ErrorForms, Fault};
use runsheet::secret::Secret;
use serde_json::json;

use super::{AGENT, Client, read};

/// Requests whose bodies are wrong, each by one field.
fn wrong_bodies() -> Vec<(String, serde_json::Value)> {
    let generate = "/v1/agent/generate".to_owned();
    let speak = format!("/v1/agent/{AGENT}/speak");
    let context = format!("/v1/agent/{AGENT}/add-context");
    vec![
        (generate.clone(), json!({"prompt": 5})),
        (generate.clone(), json!({"image": "assets/host.png"})),
        (generate.clone(), json!({"aspect_ratio": "4:3"})),
        (generate.clone(), json!({"duration": "ten"})),
        (generate.clone(), json!({"duration": -1})),
        (generate.clone(), json!({"model": "deluxe"})),
        (generate.clone(), json!({"transparency": "yes"})),
        (generate.clone(), json!({"agent_id": "a/b"})),
        (generate.clone(), json!({"agent_id": AGENT})),
        (generate, json!(["a list"])),
        (speak.clone(), json!({"message": ["a list"]})),
        (speak, json!({"message": "hello", "room_id": 5})),
        (context, json!({"context": "hello", "type": "shout"})),
        ("/v1/webhooks".to_owned(), json!({"url": "https://example.com/hook"})),
        ("/v1/webhooks".to_owned(), json!({"url": "http://127.0.0.1:9/", "events": ["agent.bored"]})),
    ]
}

#[tokio::test]
async fn a_missing_secret_is_refused_and_any_other_is_right_without_one_of_its_own() {
    let client = Client::start(|_| {}).await;
    let url = format!("{}/v1/validate", client.sandbox.url());
    read(client.http.post(&url).send().await.unwrap()).await.is_error(401, "UNAUTHORIZED");
    assert_eq!(client.post("/v1/validate", json!({})).await.done(), json!({"valid": true}));
}

#[tokio::test]
async fn a_wrong_secret_is_refused_in_both_forms() {
    for (errors, missing) in [(ErrorForms::Page, "UNAUTHORIZED"), (ErrorForms::Live, "MISSING_AUTH")] {
        let client = Client::start(|settings| {
            settings.secret = Some(Secret::new("the-right-one"));
            settings.errors = errors;
        })
        .await;
        client.get("/v1/me").await.is_error(401, "UNAUTHORIZED");
        let url = format!("{}/v1/me", client.sandbox.url());
        read(client.http.get(&url).send().await.unwrap()).await.is_error(401, missing);
        let right = client.http.get(&url).header("api-secret", "the-right-one").send().await.unwrap();
        assert_eq!(right.status(), 200);
        let validated = client.post("/v1/validate", json!({})).await;
        match errors {
            ErrorForms::Page => drop(validated.is_error(401, "UNAUTHORIZED")),
            ErrorForms::Live => assert_eq!(validated.done(), json!({"valid": false})),
        }
    }
}

#[tokio::test]
async fn a_creation_without_enough_credits_is_refused_and_costs_nothing() {
    let client = Client::start(|settings| settings.credits = 249).await;
    client.post("/v1/agent/generate", json!({})).await.is_error(402, "INSUFFICIENT_BALANCE");
    assert_eq!(client.balance().await, 249);
}

#[tokio::test]
async fn an_unknown_agent_is_told_in_both_forms_by_every_endpoint_of_agents() {
    for (errors, code) in [(ErrorForms::Page, "AGENT_NOT_FOUND"), (ErrorForms::Live, "NOT_FOUND")] {
        let client = Client::start(|settings| settings.errors = errors).await;
        client.get("/v1/agent/A00XXX0000").await.is_error(404, code);
        client.get("/v1/agent/status/A00XXX0000").await.is_error(404, code);
        client.delete("/v1/agent/A00XXX0000").await.is_error(404, code);
        for (path, body) in [
            ("/v1/agent/A00XXX0000", json!({"system_prompt": "x"})),
            ("/v1/agent/A00XXX0000/speak", json!({"message": "x"})),
            ("/v1/agent/A00XXX0000/add-context", json!({"context": "x"})),
            ("/v1/embed-tokens/request", json!({"agent_id": "A00XXX0000", "fingerprint": "f"})),
        ] {
            client.post(path, body).await.is_error(404, code);
        }
    }
}

#[tokio::test]
async fn an_agent_without_a_room_is_told_in_both_forms() {
    for (errors, code) in [(ErrorForms::Page, "NO_ACTIVE_ROOMS"), (ErrorForms::Live, "NOT_FOUND")] {
        let client = Client::start(|settings| {
            settings.errors = errors;
            settings.rooms = Vec::new();
        })
        .await;
        let answered = client.speak(json!({"message": "anybody?"})).await;
        answered.is_error(404, code);
        assert_eq!(answered.body["error"]["message"], format!("No active rooms found for agent {AGENT}"));
        assert_eq!(client.sandbox.heard(), []);
    }
}

#[tokio::test]
async fn a_wrong_body_is_refused_in_both_forms_and_changes_nothing() {
    for (errors, status) in [(ErrorForms::Page, 422), (ErrorForms::Live, 400)] {
        let client = Client::start(|settings| settings.errors = errors).await;
        for (path, body) in wrong_bodies() {
            client.post(&path, body).await.is_error(status, "VALIDATION_ERROR");
        }
        let unreadable = client.request("POST", "/v1/agent/generate").body("{oops").send().await.unwrap();
        read(unreadable).await.is_error(status, "VALIDATION_ERROR");
        client.get("/v1/agents?limit=101").await.is_error(status, "VALIDATION_ERROR");
        assert_eq!((client.balance().await, client.sandbox.heard().len()), (100_000, 0));
    }
}

#[tokio::test]
async fn a_missing_field_is_told_in_both_forms() {
    for (errors, status, code) in
        [(ErrorForms::Page, 422, "VALIDATION_ERROR"), (ErrorForms::Live, 400, "MISSING_PARAM")]
    {
        let client = Client::start(|settings| settings.errors = errors).await;
        client.speak(json!({"room_id": "lobby"})).await.is_error(status, code);
        client.post(&format!("/v1/agent/{AGENT}/add-context"), json!({})).await.is_error(status, code);
        client.post(&format!("/v1/agent/{AGENT}"), json!({"prompt": "x"})).await.is_error(status, code);
    }
}

#[tokio::test]
async fn the_newer_forms_tell_that_an_agent_is_not_ready() {
    let faults: Vec<Fault> = serde_json::from_value(json!([
        {"path": "/v1/agent/generate", "nth": 1, "then": {"fail_creation": "no face found"}},
    ]))
    .unwrap();
    let client = Client::start(|settings| {
        settings.errors = ErrorForms::Live;
        settings.faults = faults;
        settings.speed = 10_000.0;
    })
    .await;
    let failed = client.generate(json!({})).await;
    client.poll_until(&failed, &["failed"]).await;
    client.post(&format!("/v1/agent/{failed}/speak"), json!({"message": "x"})).await.is_error(409, "AGENT_NOT_READY");

    let slow = Client::start(|settings| settings.errors = ErrorForms::Live).await;
    let code = slow.generate(json!({})).await;
    slow.post(&format!("/v1/agent/{code}/speak"), json!({"message": "x"})).await.is_error(409, "AGENT_PROCESSING");
    let page = Client::start(|_| {}).await;
    let code = page.generate(json!({})).await;
    page.post(&format!("/v1/agent/{code}/speak"), json!({"message": "x"})).await.is_error(404, "NO_ACTIVE_ROOMS");
}

#[tokio::test]
async fn every_other_row_is_answered_when_a_fault_asks_for_it() {
    let rows = [
        (403, "ACCOUNT_SUSPENDED"),
        (429, "SESSION_LIMIT"),
        (503, "NO_AVAILABLE_WORKERS"),
        (503, "MODEL_NOT_YET_AVAILABLE"),
        (500, "INTERNAL_ERROR"),
    ];
    let client = Client::start(|_| {}).await;
    for (status, code) in rows {
        let fault = json!([{"method": "POST", "then": {"answer": {"status": status, "code": code}}}]);
        client.post("/_sandbox/faults", fault).await.done();
        client.speak(json!({"message": "x"})).await.is_error(status, code);
    }
    assert_eq!(client.sandbox.heard(), []);
}

#[tokio::test]
async fn an_unknown_path_and_a_wrong_method_are_answered_in_the_envelope() {
    let client = Client::start(|_| {}).await;
    client.post("/v1/agent-generation", json!({})).await.is_error(404, "NOT_FOUND");
    let answered = client.delete("/v1/agents").await;
    answered.is_error(405, "METHOD_NOT_ALLOWED");
    assert_eq!(answered.header("allow"), Some("GET"));
}
