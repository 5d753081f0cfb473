//! A pilot, and single people: what is chosen is written down, so that a resume and a rerun choose the same.

use super::{RENEWALS, campaign, command};
use crate::support::Stage;

fn people(count: usize) -> Stage {
    campaign(RENEWALS, &(1..=count).map(|n| format!("c{n},Nr{n},r{n},UTC\n")).collect::<String>())
}

/// What was heard, whoever came first.
fn heard(stage: &Stage) -> Vec<String> {
    let mut heard = stage.heard();
    heard.sort();
    heard
}

#[test]
fn a_pilot_addresses_the_first_rows_and_says_so() {
    let stage = people(7);
    stage.run(&["--limit", "2"]).exits(0).tells("only the first 2 of 7 items\n");
    assert_eq!(heard(&stage), ["Hello Nr1.", "Hello Nr2."]);
    // The whole of it says to the others what the pilot did not.
    stage.run(&[]).exits(0).ended("contact.speak_1[c1]", "skipped:already_sent").hides("only the first");
    assert_eq!(stage.heard().len(), 7);
}

#[test]
fn one_person_is_addressed_by_their_key() {
    let stage = people(30);
    stage.run(&["--item", "c17"]).exits(0).tells("only item c17\n");
    stage.run(&["--item", "c3,c4"]).exits(0).tells("only items c3, c4\n");
    assert_eq!(heard(&stage), ["Hello Nr17.", "Hello Nr3.", "Hello Nr4."]);
}

#[test]
fn a_key_that_no_item_has_is_an_error_before_anything_is_sent() {
    let stage = people(3);
    let wrong = stage.run(&["--item", "c2", "--item", "c22"]);
    wrong.exits(2).tells("no item has the key `c22`; nothing was sent").tells("did you mean `c2`?");
    stage.rewrite("  - speak: Hello.");
    stage.run(&["--limit", "5"]).exits(2).tells("the workflow has no loop");
    assert!(stage.heard().is_empty());
}

#[test]
fn a_resume_and_a_rerun_address_the_same_people() {
    let paused = RENEWALS.replace("    steps:\n      - speak", "    steps:\n      - pause: Go?\n      - speak");
    let paused = paused.replace("max_parallel: 50", "max_parallel: 1");
    for chosen in [["--limit", "2"], ["--item", "c2"]] {
        let stage = campaign(&paused, "c1,Ada,a,UTC\nc2,Bob,b,UTC\nc3,Cy,c,UTC\n");
        stage.run(&chosen).exits(5);
        // What the file says by now is not what was begun.
        stage.write("customers.csv", "id,name,room,tz\n");
        let id = stage.latest();
        let expected: &[&str] = if chosen[0] == "--limit" { &["Hello Ada.", "Hello Bob."] } else { &["Hello Bob."] };
        for more in (0..expected.len()).rev() {
            stage.answer("go", "{}");
            stage.resume().exits(if more > 0 { 5 } else { 0 });
        }
        assert_eq!(stage.heard(), expected);
        command(&stage, &["rerun", &id, "--go", "--yes"]).exits(0);
        assert_eq!(stage.heard(), expected, "said once, and to nobody else");
    }
}
