//! Before a run goes on: what it will say, and whether that is still wanted.

use serde_json::json;

use crate::support::{Ended, Running, Stage};

fn told(stage: &Stage, arguments: &[&str]) -> Ended {
    Running::spawn(&mut stage.command(arguments)).end()
}

#[test]
fn the_next_three_lines_are_printed_as_far_as_they_are_known() {
    let stage = Stage::new(
        "- { id: poll, speak: Hello }\n- pause: Wait\n- speak: 'Heard in {{ steps.poll.delivered_to_rooms }}'\n\
         - { speak: Never, if: 'not steps.poll.ok' }\n- speak: 'And in {{ steps.speak_2.delivered_to_rooms }}'\n\
         - { id: greet, foreach: [Ada, Bob], as: guest, key: guest, speak: 'Hi {{ guest }}' }",
    );
    stage.run(&[]).exits(5);
    let ended = told(&stage, &["resume"]);
    ended.exits(5).tells("next:\n  speak_2     “Heard in 1”  → lobby\n");
    ended.tells("  speak_4     “And in {{ steps.speak_2.delivered_to_rooms }}”  → lobby\n  greet[Ada]  “Hi Ada”");
    ended.hides("Never").hides("Hi Bob");
}

#[test]
fn after_a_gap_a_run_goes_on_only_with_a_yes() {
    let stage = Stage::new("- speak: Hello\n- pause: Wait\n- speak: Thank you");
    stage.run(&[]).exits(5);
    stage.answer("go", "{}");
    stage.age("-2 minutes");
    let run = stage.latest();
    let refused = told(&stage, &["resume"]);
    refused.exits(2).tells("“Thank you”").tells("nothing was sent").tells(&format!("`runsheet resume {run} --yes`"));
    assert_eq!(stage.heard(), ["Hello"]);
    told(&stage, &["resume", "--yes"]).exits(0);
    assert_eq!(stage.heard(), ["Hello", "Thank you"]);
}

#[test]
fn a_persons_word_given_now_is_not_questioned() {
    let stage = Stage::new("- speak: Hello\n- pause: Wait\n- speak: Thank you");
    stage.run(&[]).exits(5);
    stage.age("-3 days");
    told(&stage, &["go"]).exits(0).tells("next:\n  speak_2  “Thank you”  → lobby");
    let faults = json!([{ "method": "POST", "path": "/v1/agent/*/speak", "nth": 1, "then": "close_after" }]);
    let stage = Stage::with_faults("- speak: Hello\n- speak: Bye", faults);
    stage.run(&[]).exits(5);
    stage.age("-3 days");
    told(&stage, &["resolve", "--did-not-happen"]).exits(0).tells("next:\n  speak_1  “Hello”").tells("speak_2");
    assert_eq!(stage.heard(), ["Hello", "Hello", "Bye"]);
}

#[test]
fn a_gap_before_nothing_is_said_is_no_matter() {
    let stage = Stage::new("- speak: Hello\n- pause: Wait");
    stage.run(&[]).exits(5);
    stage.answer("go", "{}");
    stage.age("-1 day");
    told(&stage, &["resume"]).exits(0);
}

#[test]
fn what_stopped_is_listed_with_the_command_that_goes_on() {
    let stage = Stage::new("- speak: Hello\n- pause: Wait");
    stage.run(&[]).exits(5);
    let run = stage.latest();
    told(&stage, &["runs"]).exits(0).tells(&format!("`runsheet resume {run}` goes on with it"));
    stage.run(&["--go"]).exits(0);
    told(&stage, &["resume", &stage.latest()]).exits(0).tells(&format!("`runsheet resume {run}`"));
}
