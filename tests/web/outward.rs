//! What a server reaches by itself, and how the service reaches it.

use std::sync::Mutex;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::request::Ask;
use super::served::Served;
use crate::support::{Answer, Running, Stage, Web};

#[test]
fn private_addresses_are_reached_only_where_the_server_is_told_so() {
    let near = Web::answering(|_| Answer::json("{}"));
    let stage = Stage::new(&format!("- http: '{}'", near.url("/")));
    let ended = |served: &Served, status: &str| {
        let run = served.start(&json!({ "workflow": "show" }));
        served.until_status(&run, status)
    };
    let failed = ended(&Served::of(&stage), "failed");
    let error = &failed["steps"][0]["error"];
    assert_eq!(error["code"], "forbidden_address");
    assert!(error["message"].as_str().unwrap().contains("--allow-private-http"), "{error}");
    assert!(near.received().is_empty());
    ended(&Served::with(&stage, &["--allow-private-http"]), "succeeded");
    // Whoever sits at the terminal reaches what they can reach anyway.
    stage.run(&[]).exits(0);
    assert_eq!(near.received().len(), 2);
}

/// How long the service keeps somebody waiting.
const PATIENCE: Duration = Duration::from_secs(30);

/// A workflow that buys an agent and looks at it once, then not for an hour.
const BUYS: &str =
    "version: 1\nroom: all\nsteps:\n- { id: host, generate: { prompt: A host } }\n- wait_ready: { poll: 1h }\n";

/// A port of this machine that nobody listens on.
fn free_port() -> u16 {
    std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}

fn webhooks(stage: &Stage) -> Value {
    stage.ask("GET", "/v1/webhooks", json!({}))["data"].clone()
}

#[test]
fn a_wait_for_an_agent_ends_at_once_when_the_service_tells_that_it_is_ready() {
    // Slow enough for the first look to come too early, so that the next one would come in an hour.
    let stage = Stage::with(BUYS, |settings| settings.creation = runsheet::duration::Millis(1500));
    let port = free_port();
    let public = format!("http://127.0.0.1:{port}");
    let listen = format!("127.0.0.1:{port}");
    let arguments = ["--listen", &listen, "--public-url", &public];
    // One that is killed leaves its webhook behind, which the next one removes.
    let killed = Served::with(&stage, &arguments);
    stage.wait_for(|stage| webhooks(stage)[0].is_object());
    killed.end("KILL");
    let left = webhooks(&stage)[0]["id"].clone();
    let served = Served::with(&stage, &arguments);
    stage.wait_for(|stage| webhooks(stage)[0]["id"] != left && webhooks(stage)[0].is_object());
    let registered = webhooks(&stage);
    assert_eq!(registered.as_array().unwrap().len(), 1, "{registered}");
    assert_eq!(registered[0]["url"], format!("{public}/hooks"));
    assert_eq!(registered[0]["events"], json!(["agent.ready", "agent.failed"]));
    let run = served.start(&json!({ "workflow": "show" }));
    served.until_status(&run, "succeeded");
    assert_eq!(stage.requests("GET /v1/agent/status/{code}"), 2, "one look before, and one to confirm");
    served.ask(&Ask::post("/hooks", &json!({ "id": "evt_1" }))).is(401, "unsigned");
    assert_eq!(served.end("TERM"), Some(0));
    assert_eq!(webhooks(&stage), json!([]));
}

#[test]
fn a_server_that_asked_for_nothing_hears_nothing_and_says_that_it_looks() {
    let stage = Stage::new("- speak: Hello");
    let served = Served::of(&stage);
    served.ask(&Ask::post("/hooks", &json!({}))).is(404, "unknown-hook");
    assert_eq!(webhooks(&stage), json!([]));
    assert!(served.told().contains("are looked at every few seconds"));
    let refused = |url: &str| {
        let mut command = stage.command(&["serve", "--listen", "127.0.0.1:0", "--public-url", url]);
        let ended = Running::spawn(&mut command).end();
        ended.exits(2);
        ended
    };
    refused("http://runsheet.example.com").tells("plain `http`");
    refused("runsheet.example.com");
    let mut command = stage.command(&["serve", "--listen", "127.0.0.1:0", "--public-url", "https://show.example"]);
    // Others reach a server that has a public address.
    Running::spawn(&mut command).end().exits(3).tells("no token");
}

#[test]
fn a_server_that_is_told_to_end_while_it_still_asks_the_service_ends_at_once() {
    let ((arrived, arrivals), (open, opened)) = (channel(), channel::<()>());
    let gate = Mutex::new((arrived, opened));
    let live = Web::answering(move |received| match received.line.split(' ').nth(1) {
        Some("/v1/me") => {
            Answer::json(&json!({ "success": true, "data": { "user_id": "u1", "credit_balance": 1 } }).to_string())
        }
        Some(path) if path.starts_with("/v1/webhooks") => {
            let (arrived, opened) = &*gate.lock().unwrap();
            arrived.send(()).ok();
            opened.recv_timeout(PATIENCE).ok();
            Answer(404, Vec::new(), "{}".to_owned())
        }
        _ => Answer(404, Vec::new(), "{}".to_owned()),
    });
    let (stage, url) = (Stage::new("- speak: Hello"), live.url(""));
    let arguments = ["serve", "--listen", "127.0.0.1:0", "--api-url", &url, "--public-url", "http://127.0.0.1:9"];
    let served = Served::spawn(&mut stage.command(&arguments));
    arrivals.recv_timeout(PATIENCE).unwrap();
    let told = Instant::now();
    assert_eq!(served.end("TERM"), Some(0));
    assert!(told.elapsed() < PATIENCE / 2, "{:?}", told.elapsed());
    drop(open);
}
