//! Parts of a script, and a script step by step.

use crate::support::{Ended, Running, Stage, casting};

const SHOW: &str = "- { id: host, generate: A host }\n- wait_ready:\n- speak: { message: One }\n  room: lobby\n\
    - pause: Wait\n- speak: { message: Two }\n  room: lobby\n- speak: { message: Three }\n  room: lobby\n\
    finally:\n  - speak: { message: Good night }\n    agent: host\n    room: lobby";

fn told(stage: &Stage, arguments: &[&str]) -> Ended {
    Running::spawn(&mut stage.command(arguments)).end()
}

#[test]
fn only_what_is_named_goes_out_with_the_agent_that_says_it() {
    let stage = Stage::new(&casting(SHOW));
    let ended = stage.run(&["--only", "speak_2"]);
    ended.exits(0).ended("speak_1", "skipped:left_out").ended("wait_ready_1", "succeeded");
    ended.tells("left out: speak_1, pause_1, speak_3");
    assert_eq!(stage.heard(), ["Two", "Good night"]);
    stage.run(&["--only", "speak_1,speak_3"]).exits(0);
    assert_eq!(stage.heard()[2..], ["One", "Three", "Good night"]);
    assert_eq!(stage.spent(), 250);
}

#[test]
fn from_a_step_on_the_rest_of_the_script_goes_out() {
    let stage = Stage::new(&casting(SHOW));
    stage.run(&["--from", "pause_1", "--go"]).exits(0).ended("speak_1", "skipped:left_out");
    assert_eq!(stage.heard(), ["Two", "Three", "Good night"]);
    stage.run(&["--from", "speek_3"]).exits(2).tells("did you mean `speak_3`?");
    stage.run(&["--only", "speak_4"]).exits(2).tells("belongs to `finally`");
    assert_eq!(stage.heard().len(), 3);
}

#[test]
fn what_reads_a_line_that_is_left_out_fails_unless_a_default_stands_in() {
    let stage = Stage::new("- speak: One\n- speak: '{{ steps.speak_1.delivered_to_rooms }} rooms'\n");
    stage.run(&["--only", "speak_2"]).exits(1).ended("speak_2", "failed:rejected");
    let stage = Stage::new("- speak: One\n- speak: '{{ default steps.speak_1.delivered_to_rooms 7 }} rooms'\n");
    stage.run(&["--only", "speak_2"]).exits(0);
    assert_eq!(stage.heard(), ["7 rooms"]);
}

#[test]
fn step_by_step_each_go_lets_one_out() {
    let stage = Stage::new("- parallel:\n  - speak: One\n  - speak: Two\n- speak: Three");
    let ended = stage.run(&["--step"]);
    ended.exits(5).tells("waiting for `runsheet go").tells("a step waits for a person's go");
    assert_eq!((ended.last()["reason"].as_str(), stage.heard().len()), (Some("pause"), 0));
    stage.resume().exits(5);
    assert_eq!(stage.heard(), [""; 0]);
    for (code, heard) in [(5, vec!["One"]), (5, vec!["One", "Two"]), (0, vec!["One", "Two", "Three"])] {
        told(&stage, &["go"]).exits(code).tells("next:");
        assert_eq!(stage.heard(), heard);
    }
}
