use serde_json::{Value, json};

use super::campaign;
use crate::support::{Ended, Stage};

fn sent(stage: &Stage, arguments: &[&str]) -> Ended {
    let output = stage.command(&[&["sent"], arguments].concat()).stdin(std::process::Stdio::null()).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ended::new(output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn what_was_sent_is_listed_by_name_and_by_file_in_every_form() {
    let stage = campaign(super::no_answer());
    stage.run(&[]).exits(5);
    let run = stage.latest();
    sent(&stage, &["renewals"]).exits(0).says("renewals on ").says(": 2 lines").says("nobody knows");
    sent(&stage, &["workflows/show.yaml"]).exits(0).says(&run);
    sent(&stage, &["renewals", "--format", "csv"]).exits(0).says(&format!("\"1\",\"{run}\",\""));
    let listed: Value =
        serde_json::from_str(sent(&stage, &["renewals", "--format", "json"]).exits(0).stdout()).unwrap();
    let found: Vec<_> = listed.as_array().unwrap().iter().map(|line| (&line["value"], &line["state"])).collect();
    assert_eq!(found, [(&json!("1"), &json!("heard")), (&json!("4"), &json!("unknown"))]);
    sent(&stage, &["renewal"]).exits(2).tells("did you mean `renewals`?");
    sent(&stage, &["renewals", "--service", "elsewhere"]).exits(2).tells("nothing was said on a service");
}

#[test]
fn a_value_that_is_forgotten_is_said_again_and_no_other_one() {
    let stage = campaign(json!([]));
    stage.run(&[]).exits(1);
    sent(&stage, &["renewals", "--forget", "1"]).exits(2).tells("--yes");
    sent(&stage, &["renewals", "--forget", "5", "--yes"]).exits(2).tells("no line of renewals went out for `5`");
    stage.run(&[]).exits(1);
    assert_eq!(stage.heard(), ["Hello Ada.", "Hello Dee \"D\"."]);
    sent(&stage, &["renewals", "--forget", "1", "--yes"]).exits(0).says("forgotten: `1`").says("may be said again");
    sent(&stage, &["renewals", "--forget", "1", "--yes"]).exits(2);
    stage.run(&[]).exits(1).ended("contact.speak_1[4]", "skipped:already_sent");
    assert_eq!(stage.heard(), ["Hello Ada.", "Hello Dee \"D\".", "Hello Ada."]);
}

#[test]
fn where_nothing_was_said_there_is_nothing_to_list() {
    let stage = campaign(json!([]));
    sent(&stage, &["workflows/show.yaml"]).exits(0).says("said nothing");
    sent(&stage, &["workflows/show.yaml", "--format", "json"]).exits(0).says("[]");
    sent(&stage, &["renewals"]).exits(2).tells("nothing was run here yet");
}

#[test]
fn a_value_whose_line_is_on_its_way_is_not_forgotten() {
    let slow = json!([{ "path": "/v1/agent/{code}/speak", "nth": 1, "then": { "delay": "1500ms" } }]);
    let stage = campaign(slow);
    let mut run = stage.start(&[]);
    run.until("step_started", "contact.speak_1");
    sent(&stage, &["renewals"]).exits(0).says("on its way");
    sent(&stage, &["renewals", "--forget", "1", "--yes"]).exits(2).tells("its line is on its way in run");
    run.end().exits(1);
    sent(&stage, &["renewals", "--forget", "1", "--yes"]).exits(0);
}

#[test]
fn what_a_person_says_of_a_line_is_remembered() {
    let stage = campaign(super::no_answer());
    stage.run(&[]).exits(5);
    sent(&stage, &["renewals"]).exits(0).says("nobody knows");
    let resolve = stage.command(&["resolve", "--happened"]).stdin(std::process::Stdio::null()).output().unwrap();
    assert!(resolve.status.code().is_some_and(|code| code != 2), "{resolve:?}");
    sent(&stage, &["renewals"]).exits(0).says(": 2 lines").hides("nobody knows");
}

#[test]
fn what_a_run_said_that_is_removed_is_still_listed_and_forgotten() {
    let stage = campaign(json!([]));
    stage.run(&[]).exits(1);
    let prune = stage.command(&["runs", "prune", "--older-than", "0s"]).output().unwrap();
    assert!(prune.status.success(), "{prune:?}");
    sent(&stage, &["workflows/show.yaml"]).exits(0).says(": 2 lines");
    sent(&stage, &["workflows/show.yaml", "--forget", "1", "--yes"]).exits(0);
}
