//! Streams of events: of a run that another process drives, from any number on, and what changes anywhere.

use serde_json::{Value, json};

use super::request::Ask;
use super::served::Served;
use crate::support::{Running, Stage};

const SHOW: &str = "- speak: Hello\n- { id: greet, foreach: [Ada, Bob, Cem], as: guest, key: guest, speak: 'Hi {{ guest }}' }\n- pause: Wait\n- speak: Bye";

fn events(run: &str, query: &str) -> Ask {
    Ask::get(&format!("/api/v1/runs/{run}/events{query}"))
}

#[test]
fn a_run_of_another_process_is_told_live_and_from_any_number_on_as_it_was() {
    let stage = Stage::new(SHOW);
    let (other, served) = (Served::of(&stage), Served::of(&stage));
    let run = other.start(&json!({ "workflow": "show" }));
    let mut live = served.listen(&events(&run, ""));
    assert_eq!(live.next().unwrap().1, "run_started");
    // A reader who is cut after every second event, and takes up where they were.
    let mut heard: Vec<Value> = Vec::new();
    while heard.last().is_none_or(|event| event["event"] != "run_finished") {
        let ask = match heard.last() {
            Some(last) => events(&run, "").with("last-event-id", &last["seq"].to_string()),
            None => events(&run, ""),
        };
        let mut stream = served.listen(&ask);
        for _ in 0..2 {
            if heard.last().is_some_and(|event| event["reason"] == "pause") {
                // A go that comes too soon after another one counts for nothing.
                served.post(&format!("/api/v1/runs/{run}/go"), &json!({}));
            }
            match stream.next() {
                Some((Some(_), _, data)) => heard.push(data),
                _ => break,
            }
        }
    }
    let whole = served.listen(&events(&run, "")).rest();
    assert_eq!(whole, heard, "the reader who was cut heard something else");
    assert_eq!(other.listen(&events(&run, "")).rest(), whole);
    let shown = Running::spawn(stage.command(&["show", &run, "--report", "jsonl"]).env("NO_COLOR", "1")).end();
    assert_eq!(shown.events(), whole, "the command tells something else");
    for from in 0..=whole.len() {
        assert_eq!(served.listen(&events(&run, &format!("?from={from}"))).rest(), whole[from..], "from {from}");
    }
    assert_eq!(live.rest(), whole[1..], "a stream that stood all the time heard something else");
    served.ask(&events("NONE", "")).is(404, "unknown-run");
    served.ask(&events(&run, "?from=x")).is(400, "bad-query");
    served.ask(&events(&run, "").with("last-event-id", "x")).is(400, "bad-query");
}

#[test]
fn a_stream_goes_on_when_its_run_is_resumed() {
    let stage = Stage::new("- speak: Hello\n- pause: Wait\n- speak: Bye");
    stage.run(&[]).exits(5);
    let served = Served::of(&stage);
    let run = stage.latest();
    let mut stream = served.listen(&events(&run, ""));
    while stream.next().unwrap().1 != "run_stopped" {}
    served.post(&format!("/api/v1/runs/{run}/go"), &json!({})).is(202, "");
    let rest = stream.rest();
    assert_eq!((&rest[0]["event"], &rest.last().unwrap()["event"]), (&json!("run_resumed"), &json!("run_finished")));
    assert_eq!(stage.heard(), ["Hello", "Bye"]);
}

#[test]
fn a_reader_who_does_not_read_holds_nothing_up() {
    let lines: String = (0..200).map(|n| format!("- speak: 'Line {n} {}'\n", "x".repeat(400))).collect();
    let stage = Stage::new(&lines);
    let served = Served::of(&stage);
    let run = served.start(&json!({ "workflow": "show" }));
    let slow: Vec<_> = (0..20).map(|_| events(&run, "").open(served.address)).collect();
    served.until_status(&run, "succeeded");
    assert_eq!(stage.heard().len(), 200);
    drop(slow);
    assert_eq!(served.listen(&events(&run, "")).rest().last().unwrap()["event"], "run_finished");
}

#[test]
fn what_changes_anywhere_is_told_from_now_on() {
    let stage = Stage::new("- speak: Hello");
    let served = Served::of(&stage);
    let mut news = served.listen(&Ask::get("/api/v1/events")).ready();
    let mut second = served.listen(&Ask::get("/api/v1/events")).ready();
    stage.write("bad.yaml", "version: 1\nsteps:\n- speek: x\n");
    for stream in [&mut news, &mut second] {
        let (id, name, data) = stream.next().unwrap();
        assert_eq!(
            (id, name.as_str(), &data["name"], &data["state"]),
            (None, "workflows", &json!("bad"), &json!("broken"))
        );
    }
    stage.run(&["workflows/show.yaml"]).exits(0);
    let run = stage.latest();
    loop {
        let (_, name, data) = news.next().unwrap();
        assert_eq!((name.as_str(), &data["run"]), ("runs", &json!(run)));
        if data["status"] == "succeeded" {
            break;
        }
    }
    std::fs::remove_file(stage.path().join("workflows/bad.yaml")).unwrap();
    let (_, name, data) = news.next().unwrap();
    assert_eq!((name.as_str(), &data["state"]), ("workflows", &json!("gone")));
}
