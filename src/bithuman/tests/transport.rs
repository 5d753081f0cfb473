//! What a broken wire becomes, and what never passes over it.

use std::time::Duration;

use serde_json::json;
use tokio::net::TcpListener;

use super::*;
use crate::bithuman::Request;
use crate::duration::Millis;
use crate::outcome::{ErrorClass, Failure, Tier};

const SHORT: Millis = Millis(200);

async fn speak(client: &Client) -> Failure {
    client.with_timeout(SHORT).speak("A91XMB7113", "Hello", None).await.expect_err("no delivery")
}

async fn outcome_of(act: Act) -> (ErrorClass, String, usize) {
    let server = Server::following(vec![act]).await;
    let failure = speak(&server.client()).await;
    (failure.class, failure.code, server.received().len())
}

#[tokio::test]
async fn a_refused_connection_sent_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    drop(listener);
    let url = ServiceUrl::parse(&format!("http://127.0.0.1:{port}")).expect("a URL");
    let client = Client::new(url, Secret::new(CANARY), RateLimits::new()).expect("a client");
    let failure = speak(&client).await;
    assert_eq!((failure.class, failure.code.as_str()), (ErrorClass::Unsent, "unreachable"));
    let said = format!("`127.0.0.1:{port}` cannot be reached: ");
    assert!(failure.message.starts_with(&said), "{}", failure.message);
}

#[tokio::test]
async fn a_timeout_before_the_connection_stands_sent_nothing() {
    let server = Server::following(vec![Act::Deaf]).await;
    let failure = speak(&server.client_by("https")).await;
    assert_eq!((failure.class, failure.code.as_str()), (ErrorClass::Unsent, "connect_timeout"));
}

#[tokio::test]
async fn a_failed_handshake_sent_nothing() {
    let server = Server::following(vec![Act::Blurt("HTTP/1.1 400 Plain\r\n\r\n")]).await;
    let failure = speak(&server.client_by("https")).await;
    assert_eq!((failure.class, failure.code.as_str()), (ErrorClass::Unsent, "unreachable"));
}

#[tokio::test]
async fn after_the_first_byte_nobody_knows_and_nothing_is_repeated() {
    let cut = |length: usize, body: &str| format!("HTTP/1.1 200 X\r\ncontent-length: {length}\r\n\r\n{body}");
    let cases = [
        (Act::Reset, "no_answer"),
        (Act::Silence, "timeout"),
        (Act::Write(String::new()), "no_answer"),
        (Act::Write("\u{1}\u{2} garbage\r\n\r\n".into()), "no_answer"),
        (Act::Write("HTTP/1.1 200 X\r\nconte".into()), "no_answer"),
        (Act::Write(cut(900, "{\"delivered_to_rooms\": 1")), "no_answer"),
        (Act::Write(cut(4, "oops")), "unreadable_answer"),
        (Act::Write(cut(0, "")), "unreadable_answer"),
        (answer(200, "", &json!({"agent_code": "A91XMB7113"})), "unreadable_answer"),
        (answer(302, "location: /v1/validate\r\n", &json!({})), "http_302"),
        (answer(502, "", &json!("Bad Gateway")), "http_502"),
        (answer(500, "", &envelope("INTERNAL_ERROR", "", 500)), "INTERNAL_ERROR"),
    ];
    for (act, code) in cases {
        assert_eq!(outcome_of(act).await, (ErrorClass::Unknown, code.to_owned(), 1), "{code}");
    }
}

#[tokio::test]
async fn a_status_speaks_for_itself_where_its_body_breaks_off() {
    let cut = |status: u16| Act::Write(format!("HTTP/1.1 {status} X\r\ncontent-length: 900\r\n\r\n{{\"error\":"));
    assert_eq!(outcome_of(cut(402)).await.0, ErrorClass::OutOfCredits);
    assert_eq!(outcome_of(cut(429)).await.0, ErrorClass::RateLimited);
    assert_eq!(outcome_of(cut(503)).await.0, ErrorClass::Unknown);
}

#[tokio::test]
async fn a_body_beyond_all_measure_is_not_read_to_its_end() {
    let body = "x".repeat(17 * 1024 * 1024);
    let act = Act::Write(format!("HTTP/1.1 200 X\r\ncontent-length: {}\r\n\r\n{body}", body.len()));
    let server = Server::following(vec![act]).await;
    let failure = server.client().pricing().await.expect_err("too large");
    assert_eq!(failure.code, "unreadable_answer");
}

#[tokio::test]
async fn a_request_is_whole_and_signed() {
    let server = Server::answering(200, &json!({"delivered_to_rooms": 1})).await;
    server.client().speak("A91XMB7113", "Hällo", Some("lobby")).await.expect("a delivery");
    let request = server.received().remove(0);
    let body = r#"{"message":"Hällo","room_id":"lobby"}"#;
    let lines = ["POST /v1/agent/A91XMB7113/speak HTTP/1.1", "content-type: application/json", "user-agent: runsheet/"];
    for line in lines.map(str::to_owned).into_iter().chain([
        format!("api-secret: {CANARY}"),
        format!("content-length: {}", body.len()),
        format!("\r\n\r\n{body}"),
    ]) {
        assert!(request.contains(&line), "{line} in {request}");
    }
}

#[tokio::test]
async fn a_path_cannot_be_left_by_what_is_put_in_it() {
    let server = Server::following(vec![]).await;
    for code in ["", "..", ".", " "] {
        let failure = server.client().speak(code, "Hello", None).await.expect_err("no path");
        assert_eq!((failure.class, failure.code.as_str()), (ErrorClass::Rejected, "invalid_path"), "{code:?}");
    }
    assert_eq!(server.received().len(), 0);
}

#[tokio::test]
async fn the_secret_is_in_no_output_whatever_the_service_says() {
    let echo = format!("bad secret {CANARY}");
    let headers = format!("x-request-id: {CANARY}\r\n");
    let script = vec![
        answer(401, &headers, &envelope(CANARY, &echo, 401)),
        answer(200, &headers, &json!({"data": {"user_id": CANARY, "plan": echo}})),
        Act::Reset,
    ];
    let server = Server::following(script).await;
    let client = server.client();
    let refused = client.pricing().await.expect_err("refused");
    let account = client.me().await.expect("an account");
    let lost = client.pricing().await.expect_err("lost");
    let unbuilt =
        client.call(Request::post(&["v1"]).idempotency_key("a\nb").body(json!({}))).await.expect_err("unbuilt");
    let seen = format!("{client:?} {client:#?} {refused} {refused:?} {account:?} {lost} {lost:?} {unbuilt:?}");
    assert!(!seen.contains(CANARY), "{seen}");
    assert!(refused.message.contains("bad secret [api-secret]"), "{refused}");
    assert_eq!(unbuilt.class, ErrorClass::Unsent);
}

#[tokio::test]
async fn every_answer_teaches_the_bucket_of_its_tier() {
    let limited = envelope("RATE_LIMITED", "slow down", 429);
    let script = vec![
        answer(200, "x-ratelimit-limit: 240\r\nx-ratelimit-remaining: 0\r\n", &json!({"data": {"user_id": "u"}})),
        answer(429, "retry-after: 2\r\nx-request-id: req_9\r\n", &limited),
    ];
    let server = Server::following(script).await;
    let client = server.client();
    client.me().await.expect("an account");
    assert_eq!(client.rate_limits().limit(Tier::Read), Some(240));
    assert!(!client.rate_limits().expected_wait(Tier::Read).is_zero());
    assert_eq!(client.rate_limits().expected_wait(Tier::Write), Duration::ZERO);
    let failure = speak(&client).await;
    assert_eq!((failure.class, failure.retry_after), (ErrorClass::RateLimited, Some(Millis(2_000))));
    assert_eq!(failure.message, "the service answers 429 `RATE_LIMITED`: slow down (request `req_9`)");
    assert!(client.rate_limits().expected_wait(Tier::Write) > Duration::from_secs(1));
    assert_eq!(client.rate_limits().expected_wait(Tier::Generate), Duration::ZERO);
}
