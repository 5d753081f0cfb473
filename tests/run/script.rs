//! A script from its first step to its last, and what is left of it.

use serde_json::json;

use crate::support::{Stage, casting, scripted};

#[test]
fn a_script_is_played_in_order_and_every_line_is_heard_once() {
    let stage = Stage::new(&casting(
        "- { id: host, generate: You are a warm host. }
- wait_ready: { poll: 20ms }
- set_prompt: Keep answers short.
- add_context: Alex has been here since 2021.
  room: lobby
- { speak: Hello Alex, room: lobby }
- { speak: 'Let me show you {{ steps.host.agent_id }}', room: lobby }
outputs:
  host: '{{ steps.host.agent_id }}'
  rooms: '{{ steps.speak_1.delivered_to_rooms }}'",
    ));
    let ended = stage.run(&[]);
    ended.exits(0).tells("SANDBOX").tells("succeeded").tells("250 credits");
    let agent = ended.result("host")["agent_id"].clone();
    let line = format!("Let me show you {}", agent.as_str().unwrap());
    assert_eq!(stage.heard(), ["Alex has been here since 2021.", "Hello Alex", &line]);
    let last = ended.last();
    assert_eq!(
        (&last["event"], &last["outcome"], &last["credits"]),
        (&json!("run_finished"), &json!("succeeded"), &json!(250))
    );
    assert_eq!(last["outputs"], json!({ "host": agent, "rooms": 1 }));
    let numbers: Vec<_> = ended.events().iter().map(|event| event["seq"].as_u64().unwrap()).collect();
    assert_eq!(numbers, (0..numbers.len() as u64).collect::<Vec<_>>());
}

#[test]
fn an_output_that_cannot_be_rendered_fails_the_run_and_is_told() {
    let stage = Stage::new(
        "- { id: vip, if: '1 == 2', get_agent: }
- speak: Hello
outputs: { greeted: 'yes', status: '{{ steps.vip.status }}' }",
    );
    let junit = stage.path().join("junit.xml");
    let ended = stage.run(&["--report", &format!("junit={}", junit.display())]);
    ended.exits(1).tells("output `status` cannot be rendered: ").tells("step `vip` has no result: it is skipped");
    let last = ended.last();
    assert_eq!((&last["outcome"], &last["outputs"]), (&json!("failed"), &json!({ "greeted": "yes" })));
    assert!(last["error"]["message"].as_str().unwrap().contains("`status`"), "{last}");
    assert!(std::fs::read_to_string(junit).unwrap().contains("output `status` cannot be rendered"));
    assert_eq!(stage.heard(), ["Hello"]);
}

#[test]
fn inputs_reach_the_words_and_a_wrong_one_begins_nothing() {
    let workflow = scripted("- speak: 'Hello {{ inputs.customer }}'").replace(
        "steps:",
        "inputs: { customer: { type: string, default: Alex }, seats: { type: integer, max: 9, default: 2 } }\nsteps:",
    );
    let stage = Stage::new(&workflow);
    stage.run(&["--input", "customer=Sam {{ now }}"]).exits(0);
    assert_eq!(stage.heard(), ["Hello Sam {{ now }}"]);
    stage.run(&["--input", "seats=12"]).exits(2).tells("seats");
    stage.run(&["--input", "custmer=Sam"]).exits(2).tells("customer");
    assert_eq!(stage.heard().len(), 1);
}

#[test]
fn braces_in_what_the_service_answers_are_words() {
    let stage = Stage::new(
        "- set_prompt: '{{ inputs.text }}'
- { id: record, get_agent: }
- speak: '{{ steps.record.system_prompt }}'
inputs: { text: { type: string, default: 'x' } }",
    );
    stage.run(&["--input", "text={{ secrets.none }} ${x}"]).exits(0);
    assert_eq!(stage.heard(), ["{{ secrets.none }} ${x}"]);
}

#[test]
fn a_workflow_with_a_mistake_sends_nothing() {
    let stage = Stage::new("- speek: Hello");
    stage.run(&[]).exits(2).tells("did you mean `speak`?");
    assert_eq!(stage.requests("GET /v1/me"), 0);
}

#[test]
fn the_journal_is_readable_rows_that_say_what_was_heard() {
    let stage = Stage::new("- speak: Hello");
    stage.run(&[]).exits(0);
    let database = rusqlite::Connection::open(stage.state().join("runs.db")).unwrap();
    let status: String = database.query_row("SELECT status FROM runs", [], |row| row.get(0)).unwrap();
    assert_eq!(status, "succeeded");
    let mut rows = database.prepare("SELECT type FROM events ORDER BY seq").unwrap();
    let types: Vec<String> = rows.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    assert_eq!(types.first().map(String::as_str), Some("started"));
    assert_eq!(types.last().map(String::as_str), Some("finished"));
    let begun = types.iter().position(|word| word == "attempt_started").unwrap();
    assert_eq!(types[begun + 1], "attempt_ended");
}

#[test]
fn speed_is_refused_where_an_audience_listens() {
    let stage = Stage::new("- speak: Hello");
    stage.run(&["--speed", "0"]).exits(2).tells("`--speed 0` is no speed");
    assert_eq!(stage.heard().len(), 0);
}

#[test]
fn a_run_in_its_own_sandbox_needs_no_secret_and_reaches_nobody() {
    let stage =
        Stage::new(&casting("- { id: host, generate: A host. }\n- wait_ready:\n- { speak: Hello, room: lobby }"));
    let mut command = stage.command(&["run", "--sandbox", "--speed", "20", "--report", "jsonl"]);
    command.env_remove("BITHUMAN_API_SECRET").env("BITHUMAN_API_URL", "https://api.bithuman.ai");
    let ended = crate::support::Running::spawn(&mut command).end();
    ended.exits(0).tells("SANDBOX").ended("speak_1", "succeeded");
    assert_eq!(stage.requests("GET /v1/me"), 0);
}
