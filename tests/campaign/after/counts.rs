use serde_json::{Value, json};

use super::{campaign, no_answer};

/// The counts of an event, all but their sum.
fn parts(counts: &Value) -> u64 {
    let words = ["v", "seq", "people"];
    let parts = counts.as_object().unwrap().iter().filter(|(word, _)| !words.contains(&word.as_str()));
    parts.filter_map(|(_, count)| count.as_u64()).sum()
}

#[test]
fn the_counts_of_the_events_add_up_to_the_rows_and_stand_before_the_end() {
    let stage = campaign(json!([]));
    let ended = stage.run(&[]);
    let counts: Vec<&Value> = ended.exits(1).events().iter().filter(|event| event["event"] == "audience").collect();
    assert!(!counts.is_empty());
    for told in &counts {
        assert_eq!((&told["step"], &told["people"], parts(told)), (&json!("contact"), &json!(4), 4), "{told}");
    }
    let last = counts.last().unwrap();
    assert_eq!([&last["heard"], &last["excluded"], &last["failed"]], [&json!(2), &json!(1), &json!(1)]);
    let kinds: Vec<&Value> = ended.events().iter().map(|event| &event["event"]).collect();
    assert_eq!(kinds[kinds.len() - 2..], [&json!("audience"), &json!("run_finished")]);
    let seqs = ended.events().iter().map(|event| event["seq"].as_u64().unwrap());
    assert!(seqs.eq(0..kinds.len() as u64));
}

#[test]
fn people_read_what_came_of_it_when_the_run_is_over() {
    let stage = campaign(no_answer());
    stage.run(&[]).exits(5).tells("contact: 4 people").tells("heard").tells("excluded").tells("unknown");
    let settled = stage.command(&["resolve", "--happened"]).output().unwrap();
    let told = String::from_utf8(settled.stderr).unwrap();
    assert!(told.contains("heard 2 · 1 failed · excluded 1 of 4"), "{told}");
    let shown = String::from_utf8(stage.command(&["show"]).output().unwrap().stdout).unwrap();
    assert!(shown.contains("contact: 4 people\n    2  heard"), "{shown}");
}

#[test]
fn who_had_no_turn_when_the_run_was_ended_counts_as_cancelled() {
    let stage = super::campaign(json!([]));
    stage.rewrite(&super::RENEWALS.replace("    steps:\n", "    steps:\n      - wait: 60s\n"));
    let mut run = stage.start(&[]);
    run.until("step_started", "contact.wait_1");
    stage.answer("cancel", "{}");
    run.end();
    let report = super::report(&stage);
    assert_eq!(super::outcomes(&report).into_iter().map(|(_, outcome)| outcome).collect::<Vec<_>>(), ["cancelled"; 4]);
    assert_eq!(report["summary"]["loops"][0]["cancelled"], json!(4));
}
