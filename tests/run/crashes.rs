//! A run that is stopped or killed goes on from where it was, and nothing is said twice.

use serde_json::json;

use super::nothing_was_heard_twice;
use crate::support::Stage;

const SPEAK: &str = "POST /v1/agent/{code}/speak";

#[test]
fn an_interrupt_stops_the_run_and_resume_finishes_it() {
    let stage = Stage::new("- { speak: Hello, hold: 2s }\n- speak: Goodbye\nfinally: [{ speak: Good night }]");
    let mut running = stage.start(&[]);
    running.until("step_succeeded", "speak_1").signal("INT");
    let ended = running.end();
    ended.exits(130).tells("next: runsheet resume");
    assert_eq!((ended.last()["reason"].as_str(), stage.heard().len()), (Some("person"), 1));
    stage.resume().exits(0).ended("speak_2", "succeeded");
    assert_eq!(stage.heard(), ["Hello", "Goodbye", "Good night"]);
}

#[test]
fn a_run_killed_while_a_line_is_held_goes_on_behind_it() {
    let stage = Stage::new("- speak: One\n- { speak: Two, hold: 2s }\n- speak: Three");
    let mut running = stage.start(&[]);
    running.until("step_succeeded", "speak_2").signal("KILL");
    running.end().exits(None);
    stage.resume().exits(0);
    assert_eq!(stage.heard(), ["One", "Two", "Three"]);
}

#[test]
fn a_line_in_flight_at_a_crash_is_unknown_and_not_said_again() {
    let slow = json!([{ "method": "POST", "path": "/v1/agent/*/speak", "nth": 1, "then": { "delay": "1s" } }]);
    let stage = Stage::with_faults("- speak: Hello\n- speak: Goodbye", slow);
    let mut running = stage.start(&[]);
    running.until("step_started", "speak_1");
    stage.wait_for(|stage| stage.requests(SPEAK) == 1);
    running.signal("KILL");
    running.end().exits(None);
    stage.resume().exits(5).ended("speak_1", "unknown");
    assert_eq!(stage.requests(SPEAK), 1);
    stage.answer("resolve", &json!({ "resolution": "happened" }).to_string());
    stage.resume().exits(0);
    assert_eq!((stage.requests(SPEAK), stage.heard().last().map(String::as_str)), (2, Some("Goodbye")));
    nothing_was_heard_twice(&stage);
}

#[test]
fn the_events_of_a_resumed_run_go_on_where_they_stopped() {
    let stage = Stage::new("- speak: Hello\n- pause\n- speak: Goodbye");
    let first = stage.run(&[]);
    stage.answer("go", "{}");
    let second = stage.resume();
    second.exits(0);
    let last = first.last()["seq"].as_u64().unwrap();
    assert_eq!(second.events()[0]["seq"].as_u64(), Some(last + 1));
    assert_eq!(second.events()[0]["event"], "run_resumed");
    assert_eq!(second.last()["event"], "run_finished");
}

#[test]
fn a_run_under_way_is_not_taken_over() {
    let stage = Stage::new("- { speak: Hello, hold: 2s }\n- speak: Goodbye");
    let mut running = stage.start(&[]);
    running.until("step_succeeded", "speak_1");
    stage.resume().exits(7);
    running.end().exits(0);
    assert_eq!(stage.heard(), ["Hello", "Goodbye"]);
}

#[test]
fn a_loop_killed_halfway_says_no_line_again() {
    let stage = Stage::new(
        "- id: greet
  foreach: { csv: guests.csv }
  as: guest
  key: guest.name
  steps:
    - { speak: 'Hello {{ guest.name }}', hold: 300ms }
    - speak: 'Bye {{ guest.name }}'",
    );
    stage.write("guests.csv", "name\nann\nbob\ncat\n");
    let mut running = stage.start(&[]);
    running.until("step_succeeded", "greet.speak_1").until("step_succeeded", "greet.speak_1").signal("KILL");
    running.end().exits(None);
    stage.write("guests.csv", "name\nzoe\n");
    stage.resume().exits(0);
    let expected = ["Hello ann", "Bye ann", "Hello bob", "Bye bob", "Hello cat", "Bye cat"];
    assert_eq!(stage.heard(), expected);
}
