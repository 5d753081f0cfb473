//! A pause is answered by a person; without one the run stops and can go on.

use crate::support::Stage;

const SHOW: &str = "- speak: Hello\n- pause: Wait for applause\n- speak: Thank you";

#[test]
fn a_pause_without_a_terminal_stops_the_run_which_waits_for_a_person() {
    let stage = Stage::new(SHOW);
    let ended = stage.run(&[]);
    ended.exits(5).ended("pause_1", "paused").tells("Wait for applause").tells("next: runsheet go");
    assert_eq!((ended.last()["event"].as_str(), ended.last()["reason"].as_str()), (Some("run_stopped"), Some("pause")));
    stage.resume().exits(5).ended("pause_1", "paused").tells("Wait for applause");
    assert_eq!(stage.heard(), ["Hello"]);
    stage.answer("go", "{}");
    stage.resume().exits(0).ended("pause_1", "succeeded");
    assert_eq!(stage.heard(), ["Hello", "Thank you"]);
}

#[test]
fn go_answers_every_pause() {
    let stage = Stage::new(SHOW);
    let ended = stage.run(&["--go"]);
    ended.exits(0).ended("pause_1", "succeeded");
    assert_eq!(ended.result("pause_1")["by"], "--go");
    assert_eq!(stage.heard(), ["Hello", "Thank you"]);
}

#[test]
fn a_pause_that_nobody_answers_in_time_goes_on_or_fails() {
    for (choice, exits, heard) in [("continue", 0, vec!["Thank you"]), ("fail", 1, Vec::new())] {
        let stage = Stage::new(&format!(
            "- pause: {{ message: Applause?, timeout: 100ms, on_timeout: {choice} }}\n- speak: Thank you"
        ));
        stage.run(&[]).exits(exits);
        assert_eq!(stage.heard(), heard, "{choice}");
    }
}
