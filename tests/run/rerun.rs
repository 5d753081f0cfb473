//! A run begun anew: what is repeated, what is carried over, and what is asked before.

use serde_json::{Value, json};

use crate::support::{Ended, Running, Stage, casting};

/// A command about the stage's runs, to its end.
fn told(stage: &Stage, arguments: &[&str]) -> Ended {
    Running::spawn(&mut stage.command(arguments)).end()
}

/// The same with events on stdout.
fn rerun(stage: &Stage, run: &str, arguments: &[&str]) -> Ended {
    Running::spawn(stage.command(&["rerun", run, "--report", "jsonl"]).args(arguments)).end()
}

fn refused() -> Value {
    json!({ "answer": { "status": 422, "code": "VALIDATION_ERROR", "message": "no" } })
}

/// The nth line that is asked for is rejected.
fn rejected(nth: &[u64]) -> Value {
    let no = refused();
    let fault = |nth: &u64| json!({ "method": "POST", "path": "/v1/agent/*/speak", "nth": nth, "then": no });
    nth.iter().map(fault).collect()
}

/// The public events of a step.
fn from_run(ended: &Ended, step: &str) -> Value {
    let found = ended.events().iter().rfind(|event| event["step"] == step);
    found.map_or(Value::Null, |event| event["from_run"].clone())
}

#[test]
fn what_failed_is_repeated_and_nothing_is_said_twice() {
    let show = "- speak: One\n- speak: Two\n- { speak: Three, id: last }\nfinally:\n  - speak: Good night";
    let stage = Stage::with_faults(show, rejected(&[2]));
    stage.run(&[]).exits(1).tells("next: runsheet rerun");
    let first = stage.latest();
    let again = rerun(&stage, &first, &["--failed"]);
    again.exits(0).ended("speak_1", "succeeded").tried("speak_1", 0).ended("last", "succeeded").tells("as in run");
    assert_eq!(stage.heard(), ["One", "Good night", "Two", "Three"]);
    assert_eq!((from_run(&again, "speak_1"), from_run(&again, "last")), (json!(first), Value::Null));
    assert_ne!(stage.latest(), first);
    rerun(&stage, &stage.latest(), &["--failed"]).exits(0).tells("nothing failed");
    assert_eq!(stage.heard().len(), 4);
}

#[test]
fn lines_that_would_be_said_again_need_a_yes() {
    let stage = Stage::new("- speak: One\n- speak: Two");
    stage.run(&[]).exits(0);
    let first = stage.latest();
    let refused = rerun(&stage, &first, &[]);
    refused.exits(2).tells("“One”  → lobby").tells("say 2 lines again").tells("nothing was sent").tells("--yes");
    rerun(&stage, &first, &["--from", "speak_2"]).exits(2).tells("say a line again").tells("“Two”");
    assert_eq!((stage.heard().len(), stage.latest()), (2, first.clone()));
    rerun(&stage, &first, &["--from", "speak_2", "--yes"]).exits(0);
    rerun(&stage, &first, &["--yes"]).exits(0);
    assert_eq!(stage.heard(), ["One", "Two", "Two", "One", "Two"]);
    rerun(&stage, &first, &["--from", "speek_2"]).exits(2).tells("did you mean `speak_2`?");
}

#[test]
fn a_run_is_repeated_with_the_text_and_the_rows_it_had() {
    let greet = "- { id: greet, foreach: { csv: people.csv }, as: row, key: row.id, speak: 'Hi {{ row.name }}' }\n";
    let stage = Stage::with_faults("- speak: One", rejected(&[2]));
    stage.rewrite(&crate::support::scripted(greet));
    stage.write("people.csv", "id,name\n1,Ada\n2,Bob\n3,Cyd\n");
    stage.run(&[]).exits(1);
    stage.write("people.csv", "id,name\n1,Ada\n2,Eve\n");
    stage.rewrite("- speak: Another file");
    let again = rerun(&stage, &stage.latest(), &["--failed"]);
    again.exits(0).ended("greet[1]", "succeeded").tried("greet[1]", 0).tried("greet[2]", 1);
    assert_eq!(stage.heard(), ["Hi Ada", "Hi Cyd", "Hi Bob"]);
    let whole = rerun(&stage, &stage.latest(), &["--from", "greet", "--yes"]);
    whole.exits(0);
    assert_eq!(stage.heard()[3..], ["Hi Ada", "Hi Bob", "Hi Cyd"]);
}

#[test]
fn a_carried_agent_is_used_and_neither_bought_nor_taken_by_a_twin() {
    let show = "- { id: host, generate: A host }\n- { id: twin, generate: A twin }\n\
        - speak: { message: Hello }\n  agent: host\n  room: lobby";
    let faults = json!([{ "method": "POST", "path": "/v1/agent/generate", "nth": 2, "then": refused() }]);
    let stage = Stage::with_faults(&casting(show), faults);
    let first = stage.run(&[]);
    first.exits(1).ended("twin", "failed:rejected");
    let again = rerun(&stage, &stage.latest(), &["--failed"]);
    again.exits(0).ended("twin", "succeeded").tried("host", 0);
    assert_ne!(again.result("twin")["agent_id"], first.result("host")["agent_id"]);
    assert_eq!((stage.spent(), stage.heard()), (500, vec!["Hello".to_owned()]));
    let third = rerun(&stage, &stage.latest(), &["--from", "twin", "--yes"]);
    third.exits(0);
    assert_eq!(third.result("twin")["agent_id"], again.result("twin")["agent_id"]);
    assert_eq!(stage.spent(), 500);
}

#[test]
fn a_line_that_nobody_knows_about_is_carried_over_as_unknown() {
    let faults = json!([{ "method": "POST", "path": "/v1/agent/*/speak", "nth": 1, "then": "close_after" }]);
    let stage = Stage::with_faults("- speak: One\n- speak: Two", faults);
    stage.run(&[]).exits(5);
    let stopped = stage.latest();
    let again = rerun(&stage, &stopped, &["--failed"]);
    again.exits(0).ended("speak_1", "unknown").tells("has not ended").tells(&format!("`runsheet resume {stopped}`"));
    assert_eq!(stage.heard(), ["One", "Two"]);
    rerun(&stage, &stopped, &[]).exits(2).tells("“One”").tells("say a line again");
}

#[test]
fn a_run_under_way_is_not_begun_anew() {
    let stage = Stage::new("- speak: Hello\n- wait: 10m");
    let mut running = stage.start(&[]);
    running.until("step_started", "wait_1");
    rerun(&stage, &stage.latest(), &["--yes"]).exits(7);
    running.signal("INT");
    running.end().exits(130);
    assert_eq!(stage.heard(), ["Hello"]);
}

#[test]
fn reports_count_nothing_that_was_carried_over_as_done_again() {
    let stage = Stage::with_faults("- speak: One\n- speak: Two", rejected(&[2]));
    stage.run(&[]).exits(1);
    let first = stage.latest();
    told(&stage, &["rerun", &first, "--failed", "--report", "csv=again.csv", "--report", "junit=again.xml"]).exits(0);
    let read = |name: &str| std::fs::read_to_string(stage.path().join(name)).unwrap();
    assert!(read("again.csv").contains(&format!("\"speak_1\",\"\",\"\",\"carried\",\"succeeded in run {first}\"")));
    assert!(read("again.csv").contains("\"speak_2\",\"\",\"\",\"succeeded\",\"\""));
    assert!(read("again.xml").contains("tests=\"2\" failures=\"0\" errors=\"0\" skipped=\"1\""));
}

#[test]
fn a_rehearsal_is_repeated_in_a_sandbox_of_its_own() {
    let show = "- { id: host, generate: A host }\n- wait_ready:\n- speak: { message: One }\n  room: lobby\n\
        - speak: { message: Two }\n  room: lobby";
    let stage = Stage::new(&casting(show));
    told(&stage, &["run", "--sandbox", "--go"]).exits(0);
    let again = rerun(&stage, &stage.latest(), &["--from", "speak_2", "--yes"]);
    again.exits(0).ended("speak_2", "succeeded").tried("speak_1", 0);
    assert_eq!((again.result("host")["agent_id"].is_string(), stage.heard().len()), (true, 0));
}
