//! A sandbox that comes back from its file.

use runsheet::duration::Millis;
use runsheet::sandbox::Settings;
use serde_json::json;

use super::{AGENT, Client};

#[tokio::test]
async fn what_was_answered_is_there_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("7Q4M.sandbox.jsonl");
    let keep = |settings: &mut Settings| {
        settings.state_file = Some(path.clone());
        settings.creation = Millis(300);
    };
    let first = Client::start(keep).await;
    let user = first.get("/v1/me").await.done()["data"]["user_id"].clone();
    let request = first.request("POST", "/v1/agent/generate").header("Idempotency-Key", "k");
    let generated = super::read(request.json(&json!({})).send().await.unwrap()).await.done();
    first.speak(json!({"message": "before"})).await.done();
    first.post("/_sandbox/faults", json!([{"path": "/v1/pricing", "nth": 2, "then": "garble"}])).await.done();
    first.get("/v1/pricing").await.done();
    first.sandbox.stop().await;

    let second = Client::start(keep).await;
    assert_eq!(second.get("/v1/me").await.done()["data"]["user_id"], user);
    assert_eq!(second.balance().await, 99_750);
    assert!(second.get("/v1/pricing").await.body.is_string(), "the second request of its life is struck");
    let request = second.request("POST", "/v1/agent/generate").header("Idempotency-Key", "k");
    let replayed = super::read(request.json(&json!({})).send().await.unwrap()).await;
    assert_eq!((replayed.header("idempotency-replayed"), &replayed.body), (Some("true"), &generated));
    second.poll_until(generated["agent_id"].as_str().unwrap(), &["ready"]).await;
    second.speak(json!({"message": "after"})).await.done();
    let texts: Vec<_> = second.sandbox.heard().into_iter().map(|heard| (heard.seq, heard.text)).collect();
    assert_eq!(texts, [(1, "before".to_owned()), (2, "after".to_owned())]);
}

#[tokio::test]
async fn a_deleted_agent_of_the_settings_stays_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.jsonl");
    for status in [200, 404] {
        let client = Client::start(|settings| settings.state_file = Some(path.clone())).await;
        assert_eq!(client.delete(&format!("/v1/agent/{AGENT}")).await.status, status);
        client.sandbox.stop().await;
    }
}

#[tokio::test]
async fn nothing_listens_after_a_stop_and_two_accounts_differ() {
    let client = Client::start(|_| {}).await;
    let user = client.get("/v1/me").await.done()["data"]["user_id"].clone();
    let url = client.sandbox.url();
    client.sandbox.stop().await;
    assert!(client.http.get(format!("{url}/v1/me")).send().await.unwrap_err().is_connect());
    let other = Client::start(|_| {}).await.get("/v1/me").await.done();
    assert_ne!(other["data"]["user_id"], user);
}
