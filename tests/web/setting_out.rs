//! What begins and what goes on: within its group, whoever stays to hear of it, and not while the server ends.

use std::net::TcpStream;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::time::Duration;

use serde_json::json;

use super::request::Ask;
use super::served::{Served, nothing};
use crate::support::{AGENT, Answer, Stage, Web, scripted};

const PATIENCE: Duration = Duration::from_secs(30);
/// How many senders go away, each a little later than the one before.
const GONE: u64 = 120;

fn at(run: &str, what: &str) -> String {
    format!("/api/v1/runs/{run}/{what}")
}

/// A workflow of a group that holds one run, which waits for a go.
fn grouped() -> String {
    format!(
        "version: 1\nagent: {AGENT}\nroom: lobby\nconcurrency: {{ group: stage, limit: 1 }}\nsteps:\n- pause\n- speak: Hello\n"
    )
}

#[test]
fn a_full_group_takes_up_no_run_that_stands_still_and_begins_none_anew() {
    let stage = Stage::new(&grouped());
    stage.run(&[]).exits(5);
    stage.write("other.yaml", &grouped());
    let (still, yes) = (stage.latest(), json!({ "yes": true }));
    let served = Served::of(&stage);
    let other = served.start(&json!({ "workflow": "other" }));
    served.until(&other, |run| !run["waiting"].is_null());
    for what in ["resume", "rerun"] {
        served.post(&at(&still, what), &yes).is(409, "group-full");
    }
    served.post(&at(&still, "go"), &nothing()).is(409, "group-full");
    // A rehearsal takes nothing from the others, and a run needs no room to end.
    let dry = served.start(&json!({ "workflow": "show", "dry": true }));
    served.until_status(&dry, "succeeded");
    served.post(&at(&dry, "rerun"), &yes).is(201, "");
    served.post(&at(&still, "cancel"), &nothing()).is(202, "");
    served.until_status(&still, "cancelled");
    // What has a place goes on in it.
    served.post(&at(&other, "go"), &nothing()).is(202, "");
    served.until_status(&other, "succeeded");
    let again = served.post(&at(&still, "rerun"), &yes).is(201, "")["run"].as_str().unwrap().to_owned();
    served.until(&again, |run| !run["waiting"].is_null());
    // One that crashed is not in its own way.
    served.end("KILL");
    let served = Served::with(&stage, &["--resume-within", "1ms"]);
    assert_eq!(served.run(&again)["status"], "stopped");
    served.post(&at(&again, "resume"), &yes).is(202, "");
    served.until(&again, |run| !run["waiting"].is_null());
    assert_eq!(stage.heard(), ["Hello"]);
}

#[test]
fn a_run_whose_sender_went_away_is_driven_or_was_never_begun() {
    let stage = Stage::new(&scripted("- speak: Hello"));
    let served = Served::of(&stage);
    let ask = |n: u64| {
        let ask = Ask::post("/api/v1/runs", &json!({ "workflow": "show" }));
        ask.with("idempotency-key", &n.to_string())
    };
    for n in 0..GONE {
        let gone = ask(n).open(served.address);
        std::thread::sleep(Duration::from_micros(n * 100));
        drop(gone);
    }
    // Sent again, each names the run that it began, or begins it now.
    for n in 0..GONE {
        let run = served.ask(&ask(n)).is(201, "")["run"].as_str().unwrap().to_owned();
        served.until_status(&run, "succeeded");
    }
    assert_eq!(stage.heard().len() as u64, GONE);
}

#[test]
fn a_start_in_flight_when_the_server_ends_begins_nothing() {
    let is_closed = std::sync::Arc::new(AtomicBool::new(false));
    let ((arrived, arrivals), (open, opened)) = (channel(), channel());
    let (gate, shut) = (Mutex::new((arrived, opened)), is_closed.clone());
    let live = Web::answering(move |received| match received.line.split(' ').nth(1) {
        Some("/v1/me") => {
            if shut.load(Ordering::SeqCst) {
                let (arrived, opened) = &*gate.lock().unwrap();
                arrived.send(()).unwrap();
                opened.recv_timeout(PATIENCE).unwrap();
            }
            Answer::json(&json!({ "success": true, "data": { "user_id": "u1", "credit_balance": 1000 } }).to_string())
        }
        _ => Answer(404, Vec::new(), "{}".to_owned()),
    });
    let stage = Stage::new("version: 1\nsteps:\n- { id: host, generate: { prompt: A host, model: essence } }\n");
    let url = live.url("");
    let served = Served::spawn(&mut stage.command(&["serve", "--listen", "127.0.0.1:0", "--api-url", &url]));
    is_closed.store(true, Ordering::SeqCst);
    std::thread::scope(|scope| {
        let ask = Ask::post("/api/v1/runs", &json!({ "workflow": "show", "allow_purchase": true }));
        let address = served.address;
        let started = scope.spawn(move || ask.send(address));
        arrivals.recv_timeout(PATIENCE).unwrap();
        let told = Command::new("kill").args(["-TERM", &served.id().to_string()]).status().unwrap();
        assert!(told.success());
        stage.wait_for(|_| TcpStream::connect(address).is_err());
        is_closed.store(false, Ordering::SeqCst);
        open.send(()).unwrap();
        started.join().unwrap().is(503, "draining");
    });
    assert!(live.received().iter().all(|received| received.line.starts_with("GET ")), "{:?}", live.received());
}
