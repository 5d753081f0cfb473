//! Each endpoint: what is sent, and what is read from the answers of both references.

use serde_json::json;

use super::*;
use crate::bithuman::{AgentPhase, AgentQuery, ContextType, GenerateRequest, ServiceKey, WebhookRequest, http_date};
use crate::outcome::{ErrorClass, Tier};

const CODE: &str = "A91XMB7113";

#[tokio::test]
async fn a_creation_carries_its_key_and_says_whether_it_was_replayed() {
    let body =
        json!({"success": true, "message": "Agent generation started", "agent_id": CODE, "status": "processing"});
    let server = Server::following(vec![answer(200, "idempotency-replayed: true\r\n", &body)]).await;
    let request = GenerateRequest { prompt: Some("A host".into()), duration: Some(10.0), ..GenerateRequest::default() };
    let generated = server.client().generate(&request, "key-1").await.expect("a creation");
    assert_eq!(
        (generated.agent_id.as_str(), generated.status.as_str(), generated.replayed),
        (CODE, "processing", true)
    );
    assert_eq!(server.lines(), ["POST /v1/agent/generate"]);
    assert_eq!(server.body(), json!({"prompt": "A host", "duration": 10.0}));
    assert!(server.received()[0].contains("idempotency-key: key-1\r\n"));
}

#[tokio::test]
async fn a_creation_without_a_key_or_an_id_is_none() {
    let server = Server::answering(200, &json!({"success": true, "status": "processing"})).await;
    let request = GenerateRequest::default();
    let refused = server.client().generate(&request, " ").await.expect_err("no key");
    assert_eq!((refused.class, server.received().len()), (ErrorClass::Rejected, 0));
    let unreadable = server.client().generate(&request, "key-1").await.expect_err("no id");
    assert_eq!(unreadable.class, ErrorClass::Unknown);
    assert_eq!(unreadable.message, "the service answers 200, but its body has no `agent_id`");
}

#[tokio::test]
async fn a_record_is_read_from_what_is_there() {
    let record = json!({"success": true, "data": {"agent_id": CODE, "status": "success", "progress": 0.45,
        "error_message": null, "name": 7, "supported_models": ["essence-1"], "news": {"x": 1}}});
    let missing = envelope("AGENT_NOT_FOUND", "Agent not found", 404);
    let script = vec![answer(200, "", &record), answer(200, "", &record), answer(404, "", &missing)];
    let server = Server::following(script).await;
    let client = server.client();
    let polled = client.agent_status(CODE).await.expect("a record");
    assert_eq!(
        (polled.phase(), polled.progress, polled.error_message.clone()),
        (AgentPhase::Working, Some(0.45), None)
    );
    assert_eq!(client.agent(CODE).await.expect("a record"), polled);
    let written = serde_json::to_value(&polled).expect("a value");
    assert_eq!(serde_json::from_value::<crate::bithuman::AgentRecord>(written).expect("a record"), polled);
    assert_eq!(client.agent("A00000000").await.expect_err("missing").class, ErrorClass::Rejected);
    let lines = ["GET /v1/agent/status/A91XMB7113", "GET /v1/agent/A91XMB7113", "GET /v1/agent/A00000000"];
    assert_eq!(server.lines(), lines);
}

#[tokio::test]
async fn prompts_are_replaced_and_agents_deleted() {
    let script = vec![
        answer(200, "", &json!({"agent_code": CODE, "updated": true})),
        answer(200, "", &json!({"success": true, "agent_code": CODE, "deleted": true})),
    ];
    let server = Server::following(script).await;
    let client = server.client();
    assert!(client.update_prompt(CODE, "Be brief").await.expect("an update").updated);
    assert!(client.delete_agent(CODE).await.expect("a deletion").deleted);
    assert_eq!(server.lines(), ["POST /v1/agent/A91XMB7113", "DELETE /v1/agent/A91XMB7113"]);
    assert_eq!(server.body(), json!({"system_prompt": "Be brief"}));
}

#[tokio::test]
async fn agents_are_listed_by_pages() {
    let agents = json!([{"agent_id": CODE, "status": "ready"}, {"agent_id": "A2", "status": "failed"}]);
    let page = json!({"limit": 2, "offset": 4, "total": 9, "has_more": true});
    let server = Server::answering(200, &json!({"success": true, "data": agents, "pagination": page})).await;
    let query = AgentQuery { status: Some("a b".into()), limit: Some(2), offset: 4 };
    let page = server.client().list_agents(&query).await.expect("a page");
    assert_eq!((page.agents.len(), page.total, page.next_offset), (2, Some(9), Some(6)));
    assert_eq!(server.lines(), ["GET /v1/agents?offset=4&limit=2&status=a+b"]);
}

#[tokio::test]
async fn a_text_for_rooms_reaches_some_or_fails() {
    let delivered = json!({"agent_code": CODE, "context_type": "add_context", "delivered_to_rooms": 2, "rooms_skipped_no_worker": 1});
    let script = vec![
        answer(200, "", &delivered),
        answer(200, "", &json!({"agent_code": CODE, "delivered_to_rooms": 0, "rooms_skipped_no_worker": 1})),
        answer(404, "", &envelope("NO_ACTIVE_ROOMS", "No active rooms", 404)),
        answer(404, "", &envelope("NOT_FOUND", "No active rooms found for agent A91XMB7113", 404)),
    ];
    let server = Server::following(script).await;
    let client = server.client();
    let delivery = client.add_context(CODE, "VIP", ContextType::AddContext, Some("lobby")).await.expect("a delivery");
    assert_eq!((delivery.delivered_to_rooms, delivery.rooms_skipped_no_worker), (2, 1));
    for _ in 0..3 {
        assert_eq!(client.speak(CODE, "Hello", None).await.expect_err("nobody").class, ErrorClass::NoRoom);
    }
    assert_eq!(server.body(), json!({"context": "VIP", "type": "add_context", "room_id": "lobby"}));
    assert_eq!(server.lines()[0], "POST /v1/agent/A91XMB7113/add-context");
    assert!(!server.received()[1].contains("room_id"));
}

#[tokio::test]
async fn a_bad_secret_is_an_answer_of_validate_in_both_forms() {
    let script = vec![
        answer(200, "", &json!({"valid": true})),
        answer(200, "", &json!({"valid": false})),
        answer(401, "", &envelope("UNAUTHORIZED", "Invalid secret", 401)),
        answer(200, "", &json!({"ok": true})),
    ];
    let client = Server::following(script).await.client();
    for expected in [true, false, false] {
        assert_eq!(client.validate().await.expect("an answer").valid, expected);
    }
    assert_eq!(client.validate().await.expect_err("unreadable").class, ErrorClass::Unknown);
}

#[tokio::test]
async fn the_service_tells_who_we_are_and_how_fast_we_may_be() {
    let me = json!({"data": {"user_id": "u_1", "plan": "Pro (monthly)", "plan_code": "pro", "credit_balance": 1240.5},
        "status": "success", "status_code": 200});
    let headers = "x-runsheet-sandbox: 1\r\ndate: Sun, 06 Nov 1994 08:49:37 GMT\r\n";
    let server = Server::following(vec![answer(200, headers, &me)]).await;
    let client = server.client();
    let identity = client.identify().await.expect("an identity");
    let base_url = format!("http://127.0.0.1:{}", server.port);
    assert_eq!(identity.key, ServiceKey { base_url, account: "u_1".into() });
    assert_eq!((identity.plan.as_deref(), identity.credit_balance), (Some("pro"), Some(1240.5)));
    assert!(identity.is_sandbox && client.is_sandbox());
    assert_eq!(identity.server_date, http_date("Sun, 06 Nov 1994 08:49:37 GMT"));
    assert_eq!(client.rate_limits().limit(Tier::Generate), Some(30));
}

#[tokio::test]
async fn a_service_without_me_knows_us_by_the_secret() {
    let script = vec![
        answer(404, "", &json!({"detail": "Not Found"})),
        answer(200, "", &json!({"valid": true})),
        answer(404, "", &json!({"detail": "Not Found"})),
        answer(200, "", &json!({"valid": false})),
        answer(401, "", &envelope("MISSING_AUTH", "", 401)),
    ];
    let server = Server::following(script).await;
    let client = server.client();
    let identity = client.identify().await.expect("an identity");
    assert!(identity.key.account.starts_with("secret-") && !identity.is_sandbox);
    for _ in 0..2 {
        assert_eq!(client.identify().await.expect_err("refused").class, ErrorClass::Unauthorized);
    }
    assert_eq!(server.lines()[..2], ["GET /v1/me", "POST /v1/validate"]);
}

#[tokio::test]
async fn prices_and_credits_are_read() {
    let prices = json!({"unit": "credits", "agent_generation": {"by_model": {"essence-1": 300}}});
    let credits = json!({"user_id": "u_1", "balance": 12.5, "minutes_estimate": {"essence": 6}});
    let script = vec![
        answer(200, "", &json!({"success": true, "data": prices})),
        answer(200, "", &json!({"success": true, "data": credits})),
    ];
    let server = Server::following(script).await;
    let client = server.client();
    let listed = client.pricing().await.expect("prices");
    assert_eq!(listed.by_model.get("essence-1"), Some(&300.0));
    let summary = client.credit_summary().await.expect("credits");
    assert_eq!((summary.balance, summary.minutes_estimate["essence"]), (12.5, 6.0));
    assert_eq!(server.lines(), ["GET /v1/pricing", "GET /v2/credit-summaries"]);
}

#[tokio::test]
async fn webhooks_are_registered_and_their_secret_stays_one() {
    let hook = json!({"id": "w-1", "url": "https://a.example", "events": ["agent.ready"], "active": true, "secret": "whsec_canary"});
    let script = vec![
        answer(200, "", &json!({"success": true, "data": hook})),
        answer(200, "", &json!({"success": true, "data": [hook]})),
        answer(200, "", &json!({"success": true, "data": hook})),
        answer(200, "", &json!({"success": true})),
        answer(200, "", &json!({"success": true, "data": [{"id": "evt_1", "event": "ping", "status": 200}]})),
        answer(200, "", &json!({"success": true, "deleted": true})),
    ];
    let server = Server::following(script).await;
    let client = server.client();
    let request = WebhookRequest { url: "https://a.example".into(), ..WebhookRequest::default() };
    let created = client.create_webhook(&request).await.expect("a webhook");
    assert_eq!(created.secret.as_ref().map(Secret::expose), Some("whsec_canary"));
    assert!(!format!("{created:?}").contains("canary"));
    assert_eq!(client.list_webhooks().await.expect("webhooks").len(), 1);
    assert_eq!(client.webhook("w-1").await.expect("a webhook").events, ["agent.ready"]);
    client.test_webhook("w-1").await.expect("a ping");
    assert_eq!(client.webhook_deliveries("w-1").await.expect("deliveries")[0].event.as_deref(), Some("ping"));
    client.delete_webhook("w-1").await.expect("a deletion");
    let lines = server.lines();
    assert_eq!(
        lines[3..],
        ["POST /v1/webhooks/w-1/test", "GET /v1/webhooks/w-1/deliveries", "DELETE /v1/webhooks/w-1"]
    );
    assert_eq!(server.body(), json!({"url": "https://a.example"}));
}

#[tokio::test]
async fn an_embed_token_opens_a_session_and_cannot_be_printed() {
    let data = json!({"token": "jwt.canary.x", "sid": "s-1", "supported_models": ["essence-1"]});
    let server = Server::answering(200, &json!({"status": "success", "status_code": 200, "data": data})).await;
    let token = server.client().request_embed_token(CODE, "visitor").await.expect("a token");
    assert_eq!((token.token.expose(), token.session_id.as_deref()), ("jwt.canary.x", Some("s-1")));
    assert!(!format!("{token:?}").contains("canary"));
    assert_eq!(server.body(), json!({"agent_id": CODE, "fingerprint": "visitor"}));
}
