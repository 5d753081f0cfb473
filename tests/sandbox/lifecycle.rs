//! From a creation to a ready agent, and what an account can ask about it.

use runsheet::duration::Millis;
use runsheet::sandbox::{AccountTier, ErrorForms, Fault};
use serde_json::{Value, json};

use super::{AGENT, Client, read};

#[tokio::test]
async fn a_creation_answers_as_the_page_says_and_costs_its_price() {
    let client = Client::start(|_| {}).await;
    let body = client.post("/v1/agent/generate", json!({"prompt": "Hi", "favourite_colour": "blue"})).await.done();
    let code = body["agent_id"].as_str().unwrap().to_owned();
    let expected =
        json!({"success": true, "message": "Agent generation started", "agent_id": code, "status": "processing"});
    assert_eq!(body, expected);
    assert_eq!(client.balance().await, 99_750);
    client.generate(json!({"model": "essence-2"})).await;
    client.generate(json!({"model": "expression", "version": "v2"})).await;
    assert_eq!(client.balance().await, 99_750 - 500 - 2000);
}

#[tokio::test]
async fn a_creation_has_no_model_until_it_is_ready_and_then_all_that_the_page_shows() {
    let client = Client::start(|settings| settings.creation = Millis(200)).await;
    let code = client.generate(json!({"prompt": "Be kind.", "image": "https://example.com/a.jpg"})).await;
    let done = loop {
        let data = client.get(&format!("/v1/agent/status/{code}")).await.done()["data"].clone();
        if data["status"] == "ready" {
            break data;
        }
        assert_eq!(data["model_url"], Value::Null);
    };
    let expected = json!({
        "agent_id": code, "status": "ready", "progress": 1.0, "progress_msg": "Done", "current_step": "lip_created",
        "error_message": null, "system_prompt": "Be kind.", "image_url": "https://example.com/a.jpg",
        "video_url": format!("https://cdn.bithuman.ai/assets/{code}.mp4"),
        "model_url": format!("https://cdn.bithuman.ai/assets/{code}.imx"),
        "name": done["name"],
    });
    assert_eq!(done, expected);
}

#[tokio::test]
async fn a_creation_that_fails_tells_why_and_is_refunded_once() {
    let faults: Vec<Fault> =
        serde_json::from_value(json!([{"path": "/v1/agent/generate", "then": {"fail_creation": "no face found"}}]))
            .unwrap();
    let client = Client::start(|settings| {
        settings.faults = faults;
        settings.creation = Millis(50);
    })
    .await;
    let code = client.generate(json!({})).await;
    let data = client.poll_until(&code, &["failed", "ready"]).await;
    assert_eq!((&data["status"], &data["error_message"]), (&json!("failed"), &json!("no face found")));
    assert_eq!(client.balance().await, 100_000);
    assert_eq!(client.sandbox.credits(), 100_000);
}

#[tokio::test]
async fn the_same_key_answers_the_same_and_charges_once() {
    let client = Client::start(|_| {}).await;
    let send = |key: &'static str, body: Value| {
        client.request("POST", "/v1/agent/generate").header("Idempotency-Key", key).json(&body).send()
    };
    let first = read(send("key-1", json!({"prompt": "a"})).await.unwrap()).await;
    let again = read(send("key-1", json!({"prompt": "b"})).await.unwrap()).await;
    assert_eq!((first.header("idempotency-replayed"), again.header("idempotency-replayed")), (None, Some("true")));
    assert_eq!(first.body, again.body);
    assert_eq!(client.balance().await, 99_750);
    let other = read(send("key-2", json!({"prompt": "a"})).await.unwrap()).await;
    assert_ne!(other.body["agent_id"], first.body["agent_id"]);

    let elsewhere = Client::start(|settings| settings.seed = 99).await;
    let request = elsewhere.request("POST", "/v1/agent/generate").header("Idempotency-Key", "key-1");
    let derived = read(request.json(&json!({})).send().await.unwrap()).await;
    assert_eq!(derived.body["agent_id"], first.body["agent_id"], "the code derives from the key alone");
}

#[tokio::test]
async fn a_code_of_ones_own_is_taken() {
    let client = Client::start(|_| {}).await;
    assert_eq!(client.generate(json!({"agent_id": "launch-host_1"})).await, "launch-host_1");
    let data = client.get("/v1/agent/launch-host_1").await.done()["data"].clone();
    assert_eq!(data["agent_id"], "launch-host_1");
}

#[tokio::test]
async fn an_agent_is_shown_updated_and_deleted() {
    let client = Client::start(|_| {}).await;
    let path = format!("/v1/agent/{AGENT}");
    let updated = client.post(&path, json!({"system_prompt": "Sell."})).await.done();
    assert_eq!(updated, json!({"agent_code": AGENT, "updated": true}));
    let shown = client.get(&path).await.done();
    assert_eq!(shown["success"], true);
    let keys: Vec<_> = shown["data"].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, ["agent_id", "status", "system_prompt", "image_url", "video_url", "model_url", "name"]);
    assert_eq!((&shown["data"]["system_prompt"], &shown["data"]["status"]), (&json!("Sell."), &json!("ready")));
    let deleted = client.delete(&path).await.done();
    assert_eq!(deleted, json!({"success": true, "agent_code": AGENT, "deleted": true}));
    client.get(&path).await.is_error(404, "AGENT_NOT_FOUND");
}

#[tokio::test]
async fn the_newer_form_shows_more_of_an_agent() {
    let client = Client::start(|settings| settings.errors = ErrorForms::Live).await;
    let data = client.get(&format!("/v1/agent/{AGENT}")).await.done()["data"].clone();
    assert_eq!((&data["code"], &data["supported_models"]), (&json!(AGENT), &json!(["expression-1"])));
    let status = client.get(&format!("/v1/agent/status/{AGENT}")).await.done()["data"].clone();
    assert_eq!((&status["current_step"], &status["supported_models"]), (&json!("done"), &json!(["expression-1"])));
}

#[tokio::test]
async fn agents_are_listed_newest_first_page_by_page() {
    let client = Client::start(|_| {}).await;
    for code in ["one", "two", "three"] {
        client.generate(json!({"agent_id": code})).await;
    }
    let codes = |body: &Value| -> Vec<String> {
        body["data"].as_array().unwrap().iter().map(|a| a["agent_id"].as_str().unwrap().to_owned()).collect()
    };
    let first = client.get("/v1/agents?limit=3").await.done();
    assert_eq!(codes(&first), ["three", "two", "one"]);
    assert_eq!(first["pagination"], json!({"limit": 3, "offset": 0, "total": 4, "has_more": true}));
    let rest = client.get("/v1/agents?limit=3&offset=3").await.done();
    assert_eq!((codes(&rest), &rest["pagination"]["has_more"]), (vec![AGENT.to_owned()], &json!(false)));
    assert_eq!(codes(&client.get("/v1/agents?status=ready").await.done()), [AGENT]);
}

#[tokio::test]
async fn the_account_tells_its_plan_and_its_credits() {
    let client = Client::start(|settings| settings.tier = AccountTier::Creator).await;
    let me = client.get("/v1/me").await.done();
    assert_eq!((&me["status"], &me["status_code"]), (&json!("success"), &json!(200)));
    assert_eq!((&me["data"]["plan"], &me["data"]["plan_code"]), (&json!("Creator"), &json!("creator")));
    let summary = client.get("/v2/credit-summaries").await.done()["data"].clone();
    assert_eq!((&summary["balance"], &summary["user_id"]), (&json!(100_000.0), &me["data"]["user_id"]));
    let pricing = client.get("/v1/pricing").await.done();
    assert_eq!(pricing["data"]["agent_generation"]["by_model"]["expression-2"], 2000);
    let unlimited = Client::start(|_| {}).await.get("/v1/me").await.done();
    assert_eq!(unlimited["data"]["plan"], Value::Null);
}
