//! What is done with runs: those of the server and those of other processes.

use serde_json::{Value, json};

use super::request::Ask;
use super::served::{Served, nothing};
use crate::support::{AGENT, Answer, Stage, Web};

const PAUSED: &str = "- speak: Hello\n- pause: Wait for applause\n- speak: Thank you";

fn at(run: &str, what: &str) -> String {
    format!("/api/v1/runs/{run}/{what}")
}

#[test]
fn a_run_begins_with_typed_inputs_or_not_at_all() {
    let file = format!(
        "version: 1\nagent: {AGENT}\nroom: lobby\ninputs:\n  n: {{ type: integer, min: 1, required: true }}\n  vip: {{ type: boolean, default: false }}\n\
         steps:\n- speak: '{{{{ inputs.n }}}} {{{{ inputs.vip }}}}'\n"
    );
    let stage = Stage::new(&file);
    let served = Served::of(&stage);
    let start = |inputs: Value| served.post("/api/v1/runs", &json!({ "workflow": "show", "inputs": inputs }));
    for wrong in [json!({}), json!({ "n": "3" }), json!({ "n": 0 }), json!({ "n": 1.5 }), json!({ "n": 1, "m": 2 })] {
        start(wrong).is(400, "bad-inputs");
    }
    served.post("/api/v1/runs", &json!({ "workflow": "sho" })).is(404, "unknown-workflow");
    assert_eq!(served.get("/api/v1/runs")["runs"], json!([]));
    let run = start(json!({ "n": 3, "vip": true })).is(201, "")["run"].as_str().unwrap().to_owned();
    let ended = served.until_status(&run, "succeeded");
    assert_eq!((stage.heard(), &ended["started_by"]), (vec!["3 true".to_owned()], &json!("serve")));
}

#[test]
fn the_same_request_begins_one_run() {
    let stage = Stage::new("- speak: Hello");
    let served = Served::of(&stage);
    let keyed = |body: &Value, key: &str| Ask::post("/api/v1/runs", body).with("idempotency-key", key);
    let ask = keyed(&json!({ "workflow": "show" }), "one");
    let runs: Vec<_> = std::thread::scope(|scope| {
        let asked: Vec<_> = (0..8).map(|_| scope.spawn(|| served.ask(&ask).is(201, "")["run"].clone())).collect();
        asked.into_iter().map(|asked| asked.join().unwrap()).collect()
    });
    assert!(runs.iter().all(|run| *run == runs[0]), "{runs:?}");
    let run = runs[0].as_str().unwrap();
    served.until_status(run, "succeeded");
    assert_eq!(served.ask(&ask).is(201, "")["run"], run);
    served.ask(&keyed(&json!({ "workflow": "show", "dry": true }), "one")).is(409, "key-reused");
    served.ask(&keyed(&json!({ "workflow": "show" }), &"k".repeat(256))).is(400, "bad-key");
    assert_eq!((stage.heard().len(), served.get("/api/v1/runs")["runs"].as_array().unwrap().len()), (1, 1));
    served.ask(&keyed(&json!({ "workflow": "show" }), "two")).is(201, "");
}

#[test]
fn a_pause_of_the_servers_own_run_waits_for_its_go() {
    let stage = Stage::new(PAUSED);
    let served = Served::of(&stage);
    let run = served.start(&json!({ "workflow": "show" }));
    let paused = served.until(&run, |run| !run["waiting"].is_null());
    let waiting = json!({ "step": "pause_1", "item": null, "message": "Wait for applause", "next": "Thank you" });
    assert_eq!((&paused["waiting"], &paused["status"]), (&waiting, &json!("running")));
    assert_eq!(paused["steps"][1]["waits"][0]["reason"], "pause");
    served.post(&at(&run, "resume"), &json!({ "yes": true })).is(409, "held");
    served.post(&at(&run, "go"), &nothing()).is(202, "");
    served.until_status(&run, "succeeded");
    assert_eq!(stage.heard(), ["Hello", "Thank you"]);
    for what in ["go", "cancel", "resume"] {
        served.post(&at(&run, what), &nothing()).is(409, "ended");
    }
    served.post(&at("NONE", "go"), &nothing()).is(404, "unknown-run");
}

#[test]
fn a_go_is_meant_for_the_step_that_it_names() {
    let stage = Stage::new(
        "- speak: Hello\n- { id: ask, foreach: [Ada, Bob], as: guest, key: guest, pause: 'Is {{ guest }} in?' }\n- pause: Applause",
    );
    let served = Served::of(&stage);
    let run = served.start(&json!({ "workflow": "show" }));
    let go = |step: &str, item: Option<&str>| served.post(&at(&run, "go"), &json!({ "step": step, "item": item }));
    let waits = |step: &str, item: Option<&str>| {
        served.until(&run, |run| run["waiting"]["step"] == step && run["waiting"]["item"] == json!(item));
    };
    waits("ask", Some("Ada"));
    go("ask", Some("Bob")).is(409, "nothing-waits");
    go("ask", None).is(409, "nothing-waits");
    go("pause_2", None).is(409, "nothing-waits");
    go("ask", Some("Ada")).is(202, "");
    waits("ask", Some("Bob"));
    // The same press again is not for what waits now, however late it comes.
    go("ask", Some("Ada")).is(409, "nothing-waits");
    served.until(&run, |_| go("ask", Some("Bob")).status == 409);
    waits("pause_2", None);
    served.until(&run, |_| go("pause_2", None).status == 409);
    served.until_status(&run, "succeeded");
}

#[test]
fn a_run_of_another_process_hears_go_and_cancel() {
    let stage = Stage::new(&format!("{PAUSED}\n- pause: Again"));
    let (other, served) = (Served::of(&stage), Served::of(&stage));
    let run = other.start(&json!({ "workflow": "show" }));
    served.until(&run, |run| run["waiting"]["step"] == "pause_1");
    served.post(&at(&run, "resume"), &json!({ "yes": true })).is(409, "held");
    served.post(&at(&run, "go"), &nothing()).is(202, "");
    served.until(&run, |run| run["waiting"]["step"] == "pause_2");
    served.post(&at(&run, "cancel"), &nothing()).is(202, "");
    let ended = served.until_status(&run, "cancelled");
    assert_eq!(ended, other.run(&run));
    assert_eq!(stage.heard(), ["Hello", "Thank you"]);
}

#[test]
fn a_run_that_nobody_drives_is_taken_up_to_go_to_end_or_to_go_on() {
    let stage = Stage::new(&format!("{PAUSED}\n- pause: Again"));
    stage.run(&[]).exits(5);
    let run = stage.latest();
    let served = Served::of(&stage);
    let asked = served.post(&at(&run, "resume"), &nothing()).is(409, "would-say");
    assert_eq!(asked["error"]["says"], json!([{ "step": "speak_2", "text": "Thank you", "room": "lobby" }]));
    assert_eq!(stage.heard(), ["Hello"]);
    served.post(&at(&run, "resume"), &json!({ "yes": true })).is(202, "");
    served.until(&run, |run| run["status"] == "running" && run["waiting"]["step"] == "pause_1");
    served.post(&at(&run, "go"), &nothing()).is(202, "");
    served.until(&run, |run| run["waiting"]["step"] == "pause_2");
    served.post(&at(&run, "cancel"), &nothing()).is(202, "");
    served.until_status(&run, "cancelled");
    assert_eq!(stage.heard(), ["Hello", "Thank you"]);
}

#[test]
fn what_became_of_an_unknown_line_is_said_here() {
    for (then, said, heard) in
        [("close_after", "happened", vec!["Hello", "Bye"]), ("close_before", "did_not_happen", vec!["Hello", "Bye"])]
    {
        let faults = json!([{ "method": "POST", "path": "/v1/agent/*/speak", "nth": 1, "then": then }]);
        let stage = Stage::with_faults("- speak: Hello\n- speak: Bye", faults);
        let served = Served::of(&stage);
        let run = served.start(&json!({ "workflow": "show" }));
        let open = served.until(&run, |run| run["unknown"][0].is_object());
        assert_eq!((&open["unknown"][0]["step"], &open["unknown"][0]["text"]), (&json!("speak_1"), &json!("Hello")));
        assert_eq!(open["steps"][0]["state"], "asking");
        served.post(&at(&run, "resolve"), &json!({ "step": "speak_2", "as": said })).is(409, "not-unknown");
        served.post(&at(&run, "resolve"), &json!({ "step": "speak_1", "as": "perhaps" })).is(400, "bad-json");
        served.post(&at(&run, "resolve"), &json!({ "step": "speak_1", "as": said })).is(202, "");
        served.until_status(&run, "succeeded");
        assert_eq!(stage.heard(), heard, "{then}");
    }
}

#[test]
fn an_unknown_line_of_a_stopped_run_is_resolved_and_the_run_goes_on() {
    let faults = json!([{ "method": "POST", "path": "/v1/agent/*/speak", "nth": 1, "then": "close_after" }]);
    let stage = Stage::with_faults(
        "- { id: greet, foreach: [Ada, Bob], as: guest, key: guest, speak: 'Hi {{ guest }}' }",
        faults,
    );
    stage.run(&[]).exits(5);
    let run = stage.latest();
    let served = Served::of(&stage);
    assert_eq!(served.run(&run)["unknown"][0]["item"], "Ada");
    served.post(&at(&run, "resolve"), &json!({ "step": "greet", "item": "Ada", "as": "happened" })).is(202, "");
    served.until_status(&run, "succeeded");
    assert_eq!(stage.heard(), ["Hi Ada", "Hi Bob"]);
}

#[test]
fn a_run_is_begun_anew_when_somebody_agrees_to_what_is_said_again() {
    let stage = Stage::new("- speak: Hello\n- { speak: Nobody, agent: A00XXX0000 }");
    stage.run(&[]).exits(1);
    let run = stage.latest();
    let served = Served::of(&stage);
    let asked = served.post(&at(&run, "rerun"), &nothing()).is(409, "would-say");
    assert_eq!(asked["error"]["says"][0]["text"], "Hello");
    let failed = served.post(&at(&run, "rerun"), &json!({ "failed": true })).is(201, "");
    let again = failed["run"].as_str().unwrap();
    assert_ne!(again, run);
    served.until_status(again, "failed");
    assert_eq!(stage.heard(), ["Hello"]);
    served.post(&at(&run, "rerun"), &json!({ "from": "speek_1" })).is(400, "invalid");
    served.post(&at(&run, "rerun"), &json!({ "from": "speak_1", "failed": true })).is(400, "bad-json");
    let ask = |body: &Value| Ask::post(&at(&run, "rerun"), body).with("idempotency-key", "one");
    let whole = served.ask(&ask(&json!({ "yes": true }))).is(201, "")["run"].clone();
    served.until_status(whole.as_str().unwrap(), "failed");
    // Sent again it begins nothing, and the key is of this request alone.
    assert_eq!(served.ask(&ask(&json!({ "yes": true }))).is(201, "")["run"], whole);
    served.ask(&ask(&json!({ "failed": true }))).is(409, "key-reused");
    assert_eq!(stage.heard(), ["Hello", "Hello"]);
}

#[test]
fn a_dry_run_reaches_nobody() {
    let stage = Stage::new(PAUSED);
    let served = Served::of(&stage);
    let run = served.start(&json!({ "workflow": "show", "dry": true }));
    let ended = served.until_status(&run, "succeeded");
    assert_eq!((&ended["sandbox"], stage.heard()), (&json!(true), Vec::new()));
}

#[test]
fn nothing_is_bought_without_leave() {
    let credits = std::sync::Arc::new(std::sync::Mutex::new(1_000.0));
    let balance = credits.clone();
    let live = Web::answering(move |received| match received.line.split(' ').nth(1) {
        Some("/v1/me") => {
            let balance = *balance.lock().unwrap();
            Answer::json(
                &json!({ "success": true, "data": { "user_id": "u1", "credit_balance": balance } }).to_string(),
            )
        }
        _ => Answer(404, Vec::new(), "{}".to_owned()),
    });
    let stage = Stage::new("version: 1\nsteps:\n- { id: host, generate: { prompt: A host, model: essence } }\n");
    let url = live.url("");
    let served = Served::spawn(&mut stage.command(&["serve", "--listen", "127.0.0.1:0", "--api-url", &url]));
    assert_eq!(served.get("/api/v1/health")["service"]["sandbox"], false);
    let refused = served.post("/api/v1/runs", &json!({ "workflow": "show" })).is(409, "would-buy");
    let buy = &refused["error"]["buys"][0];
    assert_eq!(
        (&buy["step"], &buy["model"], &refused["error"]["credits"]),
        (&json!("host"), &json!("essence"), &json!(250))
    );
    assert!(live.received().iter().all(|received| received.line.starts_with("GET ")), "{:?}", live.received());
    assert_eq!(served.get("/api/v1/runs")["runs"], json!([]));
    served.ask(&Ask::get("/api/v1/stage")).is(404, "no-stage");
    served.post("/api/v1/runs", &json!({ "workflow": "show", "allow_purchase": true })).is(201, "");
}

#[test]
fn a_server_that_ends_stops_its_runs_and_the_next_goes_on_with_them_and_with_no_others() {
    let stage = Stage::new(PAUSED);
    let served = Served::of(&stage);
    let run = served.start(&json!({ "workflow": "show" }));
    served.until(&run, |run| !run["waiting"].is_null());
    let stream = served.listen(&Ask::get(&at(&run, "events")));
    assert_eq!(served.end("TERM"), Some(0));
    drop(stream);
    let served = Served::of(&stage);
    served.until(&run, |run| run["status"] == "running" && !run["waiting"].is_null());
    served.post(&at(&run, "go"), &nothing()).is(202, "");
    served.until_status(&run, "succeeded");
    assert_eq!(stage.heard(), ["Hello", "Thank you"]);
    // What somebody began in front of a terminal waits for somebody, and so does what stood still for long.
    stage.run(&[]).exits(5);
    let theirs = stage.latest();
    let own = served.start(&json!({ "workflow": "show" }));
    served.until(&own, |run| !run["waiting"].is_null());
    assert_eq!(served.end("INT"), Some(0));
    let served = Served::with(&stage, &["--resume-within", "1ms"]);
    assert_eq!((&served.run(&theirs)["status"], &served.run(&own)["status"]), (&json!("stopped"), &json!("stopped")));
}

#[test]
fn a_server_that_is_killed_goes_on_with_its_runs_and_says_nothing_twice() {
    let lines: String = (0..20).map(|n| format!("- {{ speak: Line {n}, hold: 20ms }}\n")).collect();
    let stage = Stage::new(&lines);
    let served = Served::of(&stage);
    let runs: Vec<String> = (0..3).map(|_| served.start(&json!({ "workflow": "show" }))).collect();
    stage.wait_for(|stage| stage.heard().len() >= 9);
    served.end("KILL");
    let served = Served::of(&stage);
    for run in &runs {
        let shown = served.until(run, |run| run["status"] == "succeeded" || run["unknown"][0].is_object());
        if shown["status"] != "succeeded" {
            // A line in flight at the kill is asked about, never said again by itself.
            let step = &shown["unknown"][0]["step"];
            served.post(&at(run, "resolve"), &json!({ "step": step, "as": "happened" })).is(202, "");
            served.until_status(run, "succeeded");
        }
    }
    let heard = stage.heard();
    let most = (0..20).map(|n| heard.iter().filter(|line| **line == format!("Line {n}")).count()).max();
    assert!(most <= Some(runs.len()), "{heard:?}");
}
