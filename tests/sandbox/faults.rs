//! Each kind of fault, as it is seen from the other end of the wire.

use std::time::Instant;

use runsheet::diagnostic::Source;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::{AGENT, Client, read};

/// Sends one spoken line over a bare connection; answers every byte that comes back before it ends.
async fn speak_raw(client: &Client) -> Vec<u8> {
    let mut stream = TcpStream::connect(client.sandbox.address()).await.unwrap();
    let body = r#"{"message":"Hello"}"#;
    let request = format!(
        "POST /v1/agent/{AGENT}/speak HTTP/1.1\r\nHost: sandbox\r\napi-secret: s\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    // An end and a reset are both a lost connection; an answer that stays open would wait for ever.
    let ended = tokio::time::timeout(std::time::Duration::from_secs(10), stream.read_to_end(&mut bytes)).await;
    assert!(ended.is_ok(), "the connection is still open");
    bytes
}

async fn with_faults(list: Value) -> Client {
    let client = Client::start(|_| {}).await;
    client.post("/_sandbox/faults", list).await.done();
    client
}

#[tokio::test]
async fn a_connection_closed_before_gets_no_byte_and_nothing_is_done() {
    let client = with_faults(json!([{"path": "/v1/agent/{code}/speak", "nth": 1, "then": "close_before"}])).await;
    assert_eq!(speak_raw(&client).await, b"");
    assert_eq!(client.sandbox.heard().len(), 0);
    client.speak(json!({"message": "again"})).await.done();
}

#[tokio::test]
async fn a_connection_closed_after_gets_no_byte_and_all_is_done() {
    let client = with_faults(json!([{"path": "/v1/agent/{code}/speak", "nth": 1, "then": "close_after"}])).await;
    assert_eq!(speak_raw(&client).await, b"");
    assert_eq!(client.sandbox.heard().len(), 1);
    client.speak(json!({"message": "again"})).await.done();
}

#[tokio::test]
async fn a_creation_whose_answer_was_lost_is_told_again_for_its_key() {
    let client = with_faults(json!([{"path": "/v1/agent/generate", "nth": 1, "then": "close_after"}])).await;
    let send = || client.request("POST", "/v1/agent/generate").header("Idempotency-Key", "k").json(&json!({})).send();
    assert!(send().await.is_err());
    let told = read(send().await.unwrap()).await;
    assert_eq!(told.header("idempotency-replayed"), Some("true"));
    assert_eq!((told.done()["status"].as_str(), client.balance().await), (Some("processing"), 99_750));
}

#[tokio::test]
async fn a_connection_that_was_used_before_is_closed_too() {
    let client = with_faults(json!([{"path": "/v1/agent/{code}/speak", "nth": 2, "then": "close_after"}])).await;
    client.speak(json!({"message": "one"})).await.done();
    let lost =
        client.request("POST", &format!("/v1/agent/{AGENT}/speak")).json(&json!({"message": "two"})).send().await;
    assert!(lost.unwrap_err().is_request());
    assert_eq!(client.sandbox.heard().last().unwrap().text, "two");
}

#[tokio::test]
async fn a_garbled_answer_is_no_json_and_all_is_done() {
    let client = with_faults(json!([{"method": "POST", "then": "garble"}])).await;
    let answered = client.speak(json!({"message": "Hello"})).await;
    assert_eq!(answered.status, 200);
    assert!(answered.body.is_string(), "{}", answered.body);
    assert_eq!(client.sandbox.heard().len(), 1);
}

#[tokio::test]
async fn an_answer_of_a_fault_has_its_status_code_and_wait() {
    let refused = json!({"status": 429, "code": "RATE_LIMITED", "message": "slow down", "retry_after": "2500ms"});
    let client = with_faults(json!([{"path": "/v1/*", "nth": 2, "then": {"answer": refused}}])).await;
    client.speak(json!({"message": "one"})).await.done();
    let answered = client.speak(json!({"message": "two"})).await;
    assert_eq!((answered.header("retry-after"), &answered.body["error"]["message"]), (Some("3"), &json!("slow down")));
    answered.is_error(429, "RATE_LIMITED");
    assert_eq!(client.sandbox.heard().len(), 1);
}

#[tokio::test]
async fn a_delay_is_waited_out_at_the_speed_of_the_sandbox() {
    let client = Client::start(|settings| settings.speed = 10.0).await;
    client.post("/_sandbox/faults", json!([{"then": {"delay": "1s"}}])).await.done();
    let begun = Instant::now();
    client.speak(json!({"message": "Hello"})).await.done();
    assert!(begun.elapsed().as_millis() >= 100);
}

#[tokio::test]
async fn a_share_strikes_the_same_requests_for_the_same_seed() {
    let mut patterns = Vec::new();
    for seed in [5, 5, 6] {
        let client = Client::start(|settings| settings.seed = seed).await;
        let fault = json!([{"share": 0.4, "then": {"answer": {"status": 503, "code": "NO_AVAILABLE_WORKERS"}}}]);
        client.post("/_sandbox/faults", fault).await.done();
        let mut pattern = Vec::new();
        for _ in 0..40 {
            pattern.push(client.get("/v1/me").await.status);
        }
        assert!(pattern.contains(&200) && pattern.contains(&503));
        patterns.push(pattern);
    }
    assert_eq!(patterns[0], patterns[1]);
    assert_ne!(patterns[0], patterns[2]);
}

#[tokio::test]
async fn a_wrong_list_is_refused_and_the_old_one_stays() {
    let client = with_faults(json!([{"path": "/v1/me", "then": "garble"}])).await;
    let refused = client.post("/_sandbox/faults", json!([{"then": "explode"}])).await;
    refused.is_error(422, "VALIDATION_ERROR");
    assert!(client.get("/v1/me").await.body.is_string());
    let request = client.http.post(format!("{}/_sandbox/faults", client.sandbox.url())).json(&json!([]));
    assert_eq!(read(request.send().await.unwrap()).await.done(), json!({"faults": 0}), "control needs no secret");
    client.get("/v1/me").await.done();
}

#[tokio::test]
async fn the_faults_that_ship_never_lose_a_line_that_was_heard() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/workflows/faults/bad-wifi.yaml");
    let text = std::fs::read_to_string(path).unwrap();
    let faults = runsheet::sandbox::faults::read(&Source::new(path, text)).unwrap();
    let client = Client::start(|settings| {
        settings.faults = faults;
        settings.speed = 100.0;
    })
    .await;
    let mut seen = std::collections::BTreeMap::new();
    for _ in 0..120 {
        *seen.entry(client.speak(json!({"message": "Hello"})).await.status).or_insert(0) += 1;
    }
    assert_eq!(client.sandbox.heard().len(), seen[&200]);
    assert!(seen.contains_key(&429) && seen.contains_key(&503), "{seen:?}");
}
