//! An agent is paid for once, however often its file is run, changed or cut short.

use serde_json::{Value, json};

use crate::support::{Stage, casting};

const HOST: &str = "- { id: host, generate: { prompt: A host, aspect_ratio: '9:16' } }";
const CREATE: &str = "POST /v1/agent/generate";
const UPDATE: &str = "POST /v1/agent/{code}";

#[test]
fn two_runs_of_one_file_buy_once() {
    let stage = Stage::new(&casting(HOST));
    let first = stage.run(&[]);
    let second = stage.run(&[]);
    first.exits(0);
    second.exits(0).ended("host", "succeeded");
    assert_eq!(first.result("host")["agent_id"], second.result("host")["agent_id"]);
    assert_eq!((&first.result("host")["reused"], &second.result("host")["reused"]), (&json!(false), &json!(true)));
    assert_eq!((stage.spent(), stage.requests(CREATE), stage.requests(UPDATE)), (250, 1, 0));
    assert_eq!((&first.last()["credits"], &second.last()["credits"]), (&json!(250), &json!(0)));
}

#[test]
fn a_step_inserted_above_and_a_new_id_buy_nothing() {
    let stage = Stage::new(&casting(HOST));
    let first = stage.run(&[]);
    stage.rewrite(&casting("- validate:\n- { id: anchor, generate: { prompt: A host, aspect_ratio: '9:16' } }"));
    let second = stage.run(&[]);
    second.exits(0);
    assert_eq!(first.result("host")["agent_id"], second.result("anchor")["agent_id"]);
    assert_eq!(stage.spent(), 250);
}

#[test]
fn a_changed_prompt_is_an_update_and_costs_nothing() {
    let stage = Stage::new(&casting(HOST));
    let first = stage.run(&[]);
    stage.rewrite(&casting(&HOST.replace("A host", "A stern host")));
    let second = stage.run(&[]);
    second.exits(0);
    let code = first.result("host")["agent_id"].clone();
    assert_eq!(second.result("host")["agent_id"], code);
    assert_eq!((stage.spent(), stage.requests(UPDATE)), (250, 1));
    let record = stage.ask("GET", &format!("/v1/agent/{}", code.as_str().unwrap()), Value::Null);
    assert_eq!(record["data"]["system_prompt"], "A stern host");
}

#[test]
fn equal_faces_keep_their_agents_when_their_order_changes() {
    let (host, guest) = ("- { id: host, generate: A host }", "- { id: guest, generate: A guest }");
    let stage = Stage::new(&casting(&format!("{host}\n{guest}")));
    let first = stage.run(&[]);
    stage.rewrite(&casting(&format!("{guest}\n{host}")));
    let second = stage.run(&[]);
    second.exits(0);
    for step in ["host", "guest"] {
        assert_eq!(first.result(step)["agent_id"], second.result(step)["agent_id"], "{step}");
    }
    assert_ne!(first.result("host")["agent_id"], first.result("guest")["agent_id"]);
    assert_eq!((stage.spent(), stage.requests(UPDATE)), (500, 0));
}

#[test]
fn a_changed_face_is_another_agent() {
    let stage = Stage::new(&casting(HOST));
    stage.run(&[]).exits(0);
    stage.rewrite(&casting(&HOST.replace("9:16", "1:1")));
    stage.run(&[]).exits(0);
    assert_eq!(stage.spent(), 500);
}

#[test]
fn fresh_and_reuse_false_buy_anew() {
    let stage = Stage::new(&casting(HOST));
    stage.run(&[]).exits(0);
    stage.run(&["--fresh"]).exits(0);
    assert_eq!(stage.spent(), 500);
    stage.rewrite(&casting("- { id: host, generate: { prompt: A host, aspect_ratio: '9:16', reuse: false } }"));
    stage.run(&[]).exits(0);
    assert_eq!(stage.spent(), 750);
}

#[test]
fn an_agent_deleted_on_the_service_is_bought_anew() {
    let stage = Stage::new(&casting(HOST));
    let first = stage.run(&[]);
    let code = first.result("host")["agent_id"].as_str().unwrap().to_owned();
    stage.ask("DELETE", &format!("/v1/agent/{code}"), Value::Null);
    let second = stage.run(&[]);
    second.exits(0);
    assert_ne!(second.result("host")["agent_id"], code.as_str());
    stage.run(&[]).exits(0);
    assert_eq!(stage.spent(), 500);
}

#[test]
fn a_creation_whose_answer_was_lost_is_repeated_with_its_key() {
    let lost = json!([{ "method": "POST", "path": "/v1/agent/generate", "nth": 1, "then": "close_after" }]);
    let stage = Stage::with_faults(&casting(HOST), lost);
    stage.run(&[]).exits(0).tried("host", 2);
    assert_eq!((stage.spent(), stage.requests(CREATE)), (250, 2));
}

#[test]
fn a_creation_whose_answers_were_all_lost_is_found_by_the_next_run() {
    let lost = json!([{ "method": "POST", "path": "/v1/agent/generate", "then": "close_after" }]);
    let stage = Stage::with_faults(&casting(HOST), lost);
    stage.run(&[]).exits(1).ended("host", "failed:unknown");
    stage.ask("POST", "/_sandbox/faults", json!([]));
    stage.run(&[]).exits(0).ended("host", "succeeded");
    assert_eq!(stage.spent(), 250);
}

#[test]
fn a_run_killed_while_it_buys_has_bought_once() {
    let slow = json!([{ "method": "POST", "path": "/v1/agent/generate", "nth": 1, "then": { "delay": "1s" } }]);
    let stage = Stage::with_faults(&casting(HOST), slow);
    let mut running = stage.start(&[]);
    running.until("step_started", "host").signal("KILL");
    running.end().exits(None);
    stage.resume().exits(0).ended("host", "succeeded");
    stage.run(&[]).exits(0);
    assert_eq!(stage.spent(), 250);
}

#[test]
fn a_failed_creation_is_refunded_and_not_used_again() {
    let faulty = json!([{ "path": "/v1/agent/generate", "nth": 1, "then": { "fail_creation": "no face found" } }]);
    let stage = Stage::with_faults(&casting(&format!("{HOST}\n- wait_ready: {{ poll: 20ms }}")), faulty);
    stage.run(&[]).exits(1).ended("wait_ready_1", "failed:rejected").tells("no face found");
    assert_eq!(stage.spent(), 0);
    stage.run(&[]).exits(0);
    assert_eq!(stage.spent(), 250);
}

#[test]
fn max_credits_lets_no_purchase_begin_that_would_pass_it() {
    let workflow = casting("- { id: one, generate: A host }\n- { id: two, generate: A guest }");
    let stage = Stage::new(&workflow.replace("steps:", "max_credits: 250\nsteps:"));
    stage.run(&[]).exits(1).ended("one", "succeeded").ended("two", "failed:rejected").tells("`max_credits: 250`");
    assert_eq!((stage.spent(), stage.requests(CREATE)), (250, 1));
}

#[test]
fn each_item_of_a_loop_has_an_agent_of_its_own_found_by_its_key() {
    let workflow = casting(
        "- id: cast
  foreach: [{ name: ann }, { name: bob }]
  as: guest
  key: guest.name
  generate: { prompt: 'You greet {{ guest.name }}' }",
    );
    let stage = Stage::new(&workflow.replace("steps:", "max_credits: 500\nsteps:"));
    let first = stage.run(&[]);
    first.exits(0);
    stage.rewrite(
        &std::fs::read_to_string(stage.path().join("workflows/show.yaml"))
            .unwrap()
            .replace("[{ name: ann }, { name: bob }]", "[{ name: bob }, { name: ann }]"),
    );
    let second = stage.run(&[]);
    second.exits(0);
    for key in ["cast[ann]", "cast[bob]"] {
        assert_eq!(first.result(key)["agent_id"], second.result(key)["agent_id"], "{key}");
    }
    assert_eq!(stage.spent(), 500);
}

#[test]
fn purchases_are_rows_that_a_person_can_read() {
    let stage = Stage::new(&casting(HOST));
    let code = stage.run(&[]).result("host")["agent_id"].as_str().unwrap().to_owned();
    let database = rusqlite::Connection::open(stage.state().join("runs.db")).unwrap();
    let row = database
        .query_row("SELECT agent, state, credits, step, workflow FROM purchases", [], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))
        })
        .unwrap();
    let expected: (String, String, i64, String, String) =
        (code, "bought".to_owned(), 250, "host".to_owned(), "show".to_owned());
    assert_eq!(row, expected);
}
