//! Deliveries: signed, taken once, typed.

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;

use super::request::Ask;
use super::served::Served;
use crate::support::{AGENT, Stage};

const SECRET: &str = "a-secret-of-the-hook";

fn stage() -> Stage {
    let file = format!(
        "version: 1\nagent: {AGENT}\nroom: lobby\ninputs:\n  name: {{ type: string, required: true }}\n  n: {{ type: integer, default: 1 }}\n\
         webhook: {{ secret: env:HOOK_SECRET, inputs: {{ name: body.data.name, n: body.n }} }}\nsteps:\n- speak: 'Hello {{{{ inputs.name }}}} {{{{ inputs.n }}}}'\n"
    );
    let stage = Stage::new(&file).set("HOOK_SECRET", SECRET);
    stage.write("plain.yaml", &crate::support::scripted("- speak: Hello"));
    stage
}

fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    i64::try_from(since.unwrap_or_default().as_secs()).unwrap_or_default()
}

fn signed(body: &Value, at: i64, secret: &str) -> Ask {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{at}.{body}").as_bytes());
    let hex: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    Ask::post("/hooks/show", body)
        .with("x-bithuman-timestamp", &at.to_string())
        .with("x-bithuman-signature", &format!("sha256={hex}"))
}

fn body(name: &str) -> Value {
    json!({ "data": { "name": name }, "n": 3, "more": [1] })
}

#[test]
fn a_signed_delivery_begins_a_run_once() {
    let stage = stage();
    let served = Served::of(&stage);
    let ask = signed(&body("Kim"), now(), SECRET).with("x-bithuman-delivery", "evt_1");
    let run = served.ask(&ask).is(201, "")["run"].as_str().unwrap().to_owned();
    let ended = served.until_status(&run, "succeeded");
    assert_eq!((stage.heard(), &ended["started_by"]), (vec!["Hello Kim 3".to_owned()], &json!("webhook")));
    // Sent again: by its id with a new signature, and as it was under another id.
    let later = signed(&body("Kim"), now() - 1, SECRET);
    assert_eq!(served.ask(&later.clone().with("x-bithuman-delivery", "evt_1")).is(201, "")["run"], run.as_str());
    assert_eq!(served.ask(&ask.clone().with("x-bithuman-delivery", "evt_2")).is(201, "")["run"], run.as_str());
    served.ask(&signed(&body("Ada"), now(), SECRET).with("x-bithuman-delivery", "evt_1")).is(409, "key-reused");
    let keyed = |at| signed(&body("Bob"), at, SECRET).with("idempotency-key", "k");
    let other = served.ask(&keyed(now())).is(201, "")["run"].clone();
    assert_eq!(served.ask(&keyed(now() - 2)).is(201, "")["run"], other);
    served.until_status(other.as_str().unwrap(), "succeeded");
    assert_eq!(stage.heard(), ["Hello Kim 3", "Hello Bob 3"]);
}

#[test]
fn what_is_not_signed_now_by_the_secret_begins_nothing() {
    let stage = stage();
    let served = Served::of(&stage);
    served.ask(&Ask::post("/hooks/show", &body("Kim"))).is(401, "unsigned");
    served.ask(&signed(&body("Kim"), now(), "another-secret")).is(401, "signature");
    served.ask(&signed(&body("Kim"), now() - 400, SECRET)).is(401, "stale");
    served.ask(&signed(&body("Kim"), now(), SECRET).saying(body("Eve").to_string().as_bytes())).is(401, "signature");
    for path in ["/hooks/plain", "/hooks/none"] {
        served.ask(&Ask::post(path, &body("Kim"))).is(404, "unknown-hook");
    }
    served.ask(&signed(&json!({ "n": 3 }), now(), SECRET)).is(400, "bad-inputs");
    served.ask(&signed(&json!({ "data": { "name": 7 } }), now(), SECRET)).is(400, "bad-inputs");
    served.ask(&Ask::get("/hooks/show")).is(405, "method");
    assert_eq!(served.get("/api/v1/runs")["runs"], json!([]));
}

#[test]
fn a_stranger_learns_nothing_of_a_file_whose_deliveries_cannot_be_taken() {
    let text = |secret: &str, more: &str| {
        format!(
            "version: 1\nagent: {AGENT}\nroom: lobby\nwebhook: {{ secret: env:{secret} }}\nsteps:\n- speak: Hello\n{more}"
        )
    };
    let stage = Stage::new(&text("NOWHERE_TO_BE_FOUND", ""));
    stage.write("broken.yaml", &text("HOOK_SECRET", "- speek: Hello\n"));
    let served = Served::of(&stage);
    let to = |path: &str| {
        Ask::post(path, &json!({})).with("x-bithuman-timestamp", "1").with("x-bithuman-signature", "sha256=00")
    };
    let closed = served.ask(&to("/hooks/show")).is(503, "settings");
    assert!(!closed.to_string().contains("NOWHERE"), "{closed}");
    let broken = served.ask(&to("/hooks/broken")).is(404, "unknown-hook");
    assert!(!broken.to_string().contains("speek"), "{broken}");
    served.ask(&Ask::post("/hooks/broken", &json!({}))).is(401, "unsigned");
}

#[test]
fn a_group_without_room_refuses_deliveries_and_starts_until_a_run_of_it_has_ended() {
    let stage = stage();
    let pausing = format!(
        "version: 1\nagent: {AGENT}\nroom: lobby\nconcurrency: {{ group: stage, limit: 1 }}\n\
         webhook: {{ secret: env:HOOK_SECRET }}\nsteps:\n- pause\n- speak: Hello\n"
    );
    stage.write("show.yaml", &pausing);
    stage.write("other.yaml", &pausing);
    let served = Served::of(&stage);
    let run = served.post("/api/v1/runs", &json!({ "workflow": "other" })).is(201, "")["run"].clone();
    let delivery = signed(&json!({}), now(), SECRET).with("x-bithuman-delivery", "evt_1");
    served.ask(&delivery).is(409, "group-full");
    served.post("/api/v1/runs", &json!({ "workflow": "show" })).is(409, "group-full");
    // A rehearsal takes no place.
    served.post("/api/v1/runs", &json!({ "workflow": "show", "dry": true })).is(201, "");
    let run = run.as_str().unwrap();
    served.post(&format!("/api/v1/runs/{run}/cancel"), &json!({})).is(202, "");
    served.until_status(run, "cancelled");
    // What was refused is not taken for answered.
    served.ask(&delivery).is(201, "");
}
