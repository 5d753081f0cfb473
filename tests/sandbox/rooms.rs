//! Where an agent is heard, and by whom.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use runsheet::sandbox::{HeardKind, Settings};
use serde_json::{Value, json};

use super::{AGENT, Client};

#[tokio::test]
async fn what_is_said_is_heard_in_order_once_a_room() {
    let client = Client::start(|settings| settings.rooms = vec!["lobby".to_owned(), "stage".to_owned()]).await;
    let spoken = client.speak(json!({"message": "Hello", "room_id": "stage"})).await.done();
    assert_eq!(spoken, json!({"agent_code": AGENT, "context_type": "speak", "delivered_to_rooms": 1}));
    let context = format!("/v1/agent/{AGENT}/add-context");
    let given = client.post(&context, json!({"context": "Alex is a VIP"})).await.done();
    assert_eq!(given, json!({"agent_code": AGENT, "context_type": "add_context", "delivered_to_rooms": 2}));
    let said = client.post(&context, json!({"context": "Welcome", "type": "speak", "room_id": "lobby"})).await.done();
    assert_eq!(said["context_type"], "speak");

    let heard = client.get("/_sandbox/heard").await.done()["heard"].clone();
    let brief: Vec<_> =
        heard.as_array().unwrap().iter().map(|h| (&h["seq"], &h["room_id"], &h["kind"], &h["text"])).collect();
    let expected = [
        (1, "stage", "speak", "Hello"),
        (2, "lobby", "add_context", "Alex is a VIP"),
        (3, "stage", "add_context", "Alex is a VIP"),
        (4, "lobby", "speak", "Welcome"),
    ]
    .map(|(seq, room, kind, text)| (json!(seq), json!(room), json!(kind), json!(text)));
    assert_eq!(brief, expected.iter().map(|(a, b, c, d)| (a, b, c, d)).collect::<Vec<_>>());
    assert!(heard[0]["at"].as_str().unwrap().ends_with('Z'));
    assert_eq!((client.sandbox.heard()[3].kind, client.sandbox.heard().len()), (HeardKind::Speak, 4));
}

#[tokio::test]
async fn rooms_open_and_close_on_request() {
    let client = Client::start(|settings| settings.rooms = Vec::new()).await;
    let rooms = format!("/_sandbox/agents/{AGENT}/rooms");
    client.speak(json!({"message": "x"})).await.is_error(404, "NO_ACTIVE_ROOMS");
    client.post(&rooms, json!({"room_id": "main hall"})).await.done();
    client.speak(json!({"message": "x", "room_id": "elsewhere"})).await.is_error(404, "NO_ACTIVE_ROOMS");
    assert_eq!(client.speak(json!({"message": "x"})).await.done()["delivered_to_rooms"], 1);
    client.delete(&format!("{rooms}/main%20hall")).await.done();
    client.speak(json!({"message": "x"})).await.is_error(404, "NO_ACTIVE_ROOMS");
}

#[tokio::test]
async fn a_room_that_nobody_serves_is_skipped() {
    let client = Client::start(|_| {}).await;
    let rooms = format!("/_sandbox/agents/{AGENT}/rooms");
    client.post(&rooms, json!({"room_id": "empty", "worker": false})).await.done();
    let both = client.speak(json!({"message": "x"})).await.done();
    assert_eq!((&both["delivered_to_rooms"], &both["rooms_skipped_no_worker"]), (&json!(1), &json!(1)));
    let none = client.speak(json!({"message": "x", "room_id": "empty"})).await.done();
    assert_eq!((&none["delivered_to_rooms"], client.sandbox.heard().len()), (&json!(0), 1));
}

#[tokio::test]
async fn any_room_and_any_agent_exist_when_a_script_takes_their_names_from_data() {
    let client = Client::start(|settings| {
        *settings = Settings { any_room: true, any_agent: true, ..Settings::in_process(Vec::new(), Vec::new()) };
    })
    .await;
    let path = "/v1/agent/A77ABC0000/speak";
    assert_eq!(client.post(path, json!({"message": "x", "room_id": "row 7"})).await.done()["delivered_to_rooms"], 1);
    client.delete("/_sandbox/agents/A77ABC0000/rooms/row%207").await.done();
    client.post(path, json!({"message": "x", "room_id": "row 7"})).await.is_error(404, "NO_ACTIVE_ROOMS");
    client.delete("/v1/agent/A77ABC0000").await.done();
    client.get("/v1/agent/A77ABC0000").await.is_error(404, "AGENT_NOT_FOUND");
}

#[tokio::test]
async fn a_token_opens_a_session_that_can_be_spoken_in() {
    let client = Client::start(|settings| settings.rooms = Vec::new()).await;
    let body = json!({"agent_id": AGENT, "fingerprint": "browser-1"});
    let answered = client.post("/v1/embed-tokens/request", body).await.done();
    assert_eq!((&answered["status"], &answered["status_code"]), (&json!("success"), &json!(200)));
    let sid = answered["data"]["sid"].as_str().unwrap();
    let claims = answered["data"]["token"].as_str().unwrap().split('.').nth(1).unwrap();
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
    assert_eq!((claims["sid"].as_str(), claims["agent_id"].as_str()), (Some(sid), Some(AGENT)));
    assert_eq!(client.speak(json!({"message": "x", "room_id": sid})).await.done()["delivered_to_rooms"], 1);
}
