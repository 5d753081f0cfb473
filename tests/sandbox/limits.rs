//! Rate limits, the headers of answers, and the counts of requests.

use runsheet::sandbox::AccountTier;
use serde_json::json;

use super::{Client, eventually};

#[tokio::test]
async fn the_fifth_creation_of_a_minute_is_too_many_for_a_free_account() {
    let client = Client::start(|settings| settings.tier = AccountTier::Free).await;
    for left in ["3", "2", "1", "0"] {
        let answered = client.post("/v1/agent/generate", json!({})).await;
        assert_eq!(
            (answered.header("x-ratelimit-limit"), answered.header("x-ratelimit-remaining")),
            (Some("4"), Some(left))
        );
        assert!(answered.header("x-ratelimit-reset").is_some());
        answered.done();
    }
    let refused = client.post("/v1/agent/generate", json!({})).await;
    refused.is_error(429, "RATE_LIMITED");
    let wait: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((10..=15).contains(&wait), "{wait}");
    assert_eq!(client.balance().await, 99_000, "a refused creation is not charged");
    let read = client.get("/v1/agents").await;
    assert_eq!(read.header("x-ratelimit-limit"), Some("120"));
}

#[tokio::test]
async fn speed_fills_the_buckets_faster() {
    let client = Client::start(|settings| {
        settings.tier = AccountTier::Free;
        settings.speed = 10_000.0;
    })
    .await;
    // At speed 1 these would take two minutes.
    for _ in 0..12 {
        eventually(|| async { client.post("/v1/agent/generate", json!({})).await.status == 200 }).await;
    }
}

#[tokio::test]
async fn an_account_without_a_tier_is_not_limited_and_every_answer_has_an_id() {
    let client = Client::start(|_| {}).await;
    let mut ids = std::collections::HashSet::new();
    for _ in 0..40 {
        let answered = client.post("/v1/validate", json!({})).await;
        assert_eq!(answered.header("x-ratelimit-limit"), None);
        ids.insert(answered.header("x-request-id").unwrap().to_owned());
        answered.done();
    }
    assert_eq!(ids.len(), 40);
}

#[tokio::test]
async fn requests_are_counted_by_endpoint_and_control_is_not() {
    let client = Client::start(|_| {}).await;
    client.speak(json!({"message": "x"})).await.done();
    client.post("/v1/agent/A00XXX0000/speak", json!({"message": "x"})).await.is_error(404, "AGENT_NOT_FOUND");
    client.generate(json!({})).await;
    client.get("/_sandbox/heard").await.done();
    let counted = client.get("/_sandbox/requests").await.done();
    assert_eq!(counted, json!({"requests": {"POST /v1/agent/generate": 1, "POST /v1/agent/{code}/speak": 2}}));
    assert_eq!(client.sandbox.requests()["POST /v1/agent/generate"], 1);
}
