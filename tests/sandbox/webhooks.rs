//! Deliveries, received and verified over their raw bytes.

use std::sync::{Arc, Mutex};

use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use hmac::{Hmac, KeyInit as _, Mac as _};
use runsheet::duration::Millis;
use serde_json::{Value, json};
use sha2::Sha256;

use super::{Client, eventually};

type Received = Arc<Mutex<Vec<(HeaderMap, Bytes)>>>;

/// Listens on this machine; refuses the first deliveries, then takes each.
async fn receiver(refusals: usize) -> (String, Received) {
    let received = Received::default();
    let kept = received.clone();
    let take = move |headers: HeaderMap, body: Bytes| async move {
        let mut kept = kept.lock().unwrap();
        kept.push((headers, body));
        if kept.len() <= refusals { StatusCode::INTERNAL_SERVER_ERROR } else { StatusCode::NO_CONTENT }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, axum::Router::new().route("/hook", post(take))).await });
    (url, received)
}

/// Verifies a delivery as a receiver should, and answers its event and body.
fn verified(secret: &str, (headers, body): &(HeaderMap, Bytes)) -> (String, Value) {
    let header = |name: &str| headers[name].to_str().unwrap().to_owned();
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{}.", header("x-bithuman-timestamp")).as_bytes());
    mac.update(body);
    let hex: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(header("x-bithuman-signature"), format!("sha256={hex}"));
    let value: Value = serde_json::from_slice(body).unwrap();
    assert_eq!(value["id"], header("x-bithuman-delivery"));
    assert_eq!(value["event"], header("x-bithuman-event"));
    (header("x-bithuman-event"), value)
}

async fn register(client: &Client, body: Value) -> (String, String) {
    let data = client.post("/v1/webhooks", body).await.done()["data"].clone();
    (data["id"].as_str().unwrap().to_owned(), data["secret"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn the_ends_of_creations_are_announced_without_anybody_asking() {
    let (url, received) = receiver(0).await;
    let client = Client::start(|settings| settings.creation = Millis(40)).await;
    let (_, secret) = register(&client, json!({"url": url})).await;
    let fault = json!([{"path": "/v1/agent/generate", "nth": 2, "then": {"fail_creation": "no face found"}}]);
    client.post("/_sandbox/faults", fault).await.done();
    let good = client.generate(json!({})).await;
    eventually(|| async { received.lock().unwrap().len() == 1 }).await;
    let bad = client.generate(json!({})).await;
    eventually(|| async { received.lock().unwrap().len() == 2 }).await;
    let deliveries = received.lock().unwrap().clone();
    let (event, body) = verified(&secret, &deliveries[0]);
    assert_eq!((event.as_str(), &body["data"]), ("agent.ready", &json!({"agent_id": good, "code": good})));
    let (event, body) = verified(&secret, &deliveries[1]);
    assert_eq!((event.as_str(), &body["data"]["agent_id"]), ("agent.failed", &json!(bad)));
    assert_eq!(body["data"]["error"], "no face found");
}

#[tokio::test]
async fn a_delivery_is_tried_four_times_in_all() {
    for (refusals, tries, delivered) in [(2, 3, true), (99, 4, false)] {
        let (url, received) = receiver(refusals).await;
        let client = Client::start(|settings| settings.speed = 1_000.0).await;
        let (id, secret) = register(&client, json!({"url": url, "events": ["agent.failed"]})).await;
        client.post(&format!("/v1/webhooks/{id}/test"), json!({})).await.done();
        let path = format!("/v1/webhooks/{id}/deliveries");
        eventually(|| async { client.get(&path).await.done()["data"][0]["attempts"] == tries }).await;
        let shown = client.get(&path).await.done()["data"][0].clone();
        assert_eq!((&shown["event"], &shown["delivered"]), (&json!("ping"), &json!(delivered)));
        let deliveries = received.lock().unwrap().clone();
        assert_eq!(deliveries.len(), tries);
        assert!(deliveries.iter().all(|delivery| verified(&secret, delivery).0 == "ping"));
    }
}

#[tokio::test]
async fn a_webhook_is_listed_without_its_secret_and_deleted() {
    let client = Client::start(|_| {}).await;
    let body = json!({"url": "http://127.0.0.1:9/hook", "description": "stage"});
    let (id, secret) = register(&client, body).await;
    assert!(secret.starts_with("whsec_"));
    let listed = client.get("/v1/webhooks").await.done()["data"].clone();
    assert_eq!((&listed[0]["id"], &listed[0]["secret"]), (&json!(id), &Value::Null));
    assert_eq!(listed[0]["events"], json!(["agent.ready", "agent.failed"]));
    let path = format!("/v1/webhooks/{id}");
    assert_eq!(client.get(&path).await.done()["data"]["description"], "stage");
    client.delete(&path).await.done();
    client.get(&path).await.is_error(404, "NOT_FOUND");
}
