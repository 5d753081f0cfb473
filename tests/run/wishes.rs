//! What people say from another terminal: go, cancel, and what became of a line.

use serde_json::json;

use crate::support::{Running, Stage};

const PAUSED: &str = "- speak: Hello\n- pause: Wait for applause\n- speak: Thank you";

/// A command about the stage's run, to its end.
fn wish(stage: &Stage, arguments: &[&str]) -> crate::support::Ended {
    Running::spawn(&mut stage.command(arguments)).end()
}

#[test]
fn go_takes_up_a_run_that_stopped_at_its_pause() {
    let stage = Stage::new(PAUSED);
    stage.run(&[]).exits(5).tells("next: runsheet go");
    wish(&stage, &["go"]).exits(0);
    assert_eq!(stage.heard(), ["Hello", "Thank you"]);
    wish(&stage, &["go"]).exits(2).tells("has ended: succeeded");
}

#[test]
fn a_go_that_names_its_pause_lets_no_other_pass() {
    let stage = Stage::new(&format!("{PAUSED}\n- pause: Again\n- speak: Bye"));
    stage.run(&[]).exits(5);
    stage.answer("go", &json!({ "step": { "node": 3 } }).to_string());
    stage.resume().exits(5);
    assert_eq!(stage.heard(), ["Hello"]);
    // Said twice, for the first pause, it answers the first alone.
    for _ in 0..2 {
        stage.answer("go", &json!({ "step": { "node": 1 } }).to_string());
        stage.resume().exits(5);
    }
    assert_eq!(stage.heard(), ["Hello", "Thank you"]);
}

#[test]
fn a_person_says_what_became_of_a_line() {
    for (answer, heard) in [("--happened", vec!["Hello", "Bye"]), ("--did-not-happen", vec!["Hello", "Hello", "Bye"])] {
        let faults = json!([{ "method": "POST", "path": "/v1/agent/*/speak", "nth": 1, "then": "close_after" }]);
        let stage = Stage::with_faults("- speak: Hello\n- speak: Bye", faults);
        stage.run(&[]).exits(5).tells("runsheet resolve");
        wish(&stage, &["resolve", answer]).exits(0);
        assert_eq!(stage.heard(), heard);
        wish(&stage, &["resolve", answer]).exits(2);
    }
}

#[test]
fn a_wrong_name_of_a_step_is_told_with_the_right_ones() {
    let faults = json!([{ "method": "POST", "path": "/v1/agent/*/speak", "then": "close_after" }]);
    let stage = Stage::with_faults("- { speak: Hello, needs: [] }\n- { speak: Bye, needs: [] }", faults);
    stage.run(&[]).exits(5);
    let run = stage.latest();
    wish(&stage, &["resolve", "--happened"]).exits(2).tells("2 unknown steps").tells("`speak_1`, `speak_2`");
    wish(&stage, &["resolve", &run, "speak_3", "--happened"]).exits(2).tells("`speak_3` is no unknown step");
    wish(&stage, &["resolve", &run, "speak_1", "--happened", "--no-resume"]).exits(0);
    wish(&stage, &["resolve", &run, "speak_2", "--leave-unknown"]).exits(0);
    assert_eq!(stage.heard().len(), 2);
}

#[test]
fn cancel_ends_a_run_and_its_last_script_runs_once() {
    let stage = Stage::new("- speak: Hello\n- pause: Wait\n- speak: Never\nfinally:\n  - speak: Good night");
    stage.run(&[]).exits(5);
    let run = stage.latest();
    wish(&stage, &["cancel", &run]).exits(130);
    assert_eq!(stage.heard(), ["Hello", "Good night"]);
    wish(&stage, &["cancel", &run]).exits(2).tells("has ended: cancelled");
    assert_eq!(stage.heard().len(), 2);
}

#[test]
fn cancel_reaches_a_run_under_way_in_another_process() {
    let stage = Stage::new("- speak: Hello\n- wait: 10m\n- speak: Never\nfinally:\n  - speak: Good night");
    let mut running = stage.start(&[]);
    running.until("step_started", "wait_1");
    wish(&stage, &["cancel", &stage.latest()]).exits(0).tells("told run");
    running.end().exits(130);
    assert_eq!(stage.heard(), ["Hello", "Good night"]);
}

#[test]
fn a_run_begun_in_a_folder_of_the_project_finds_its_files_again() {
    let workflow = "version: 1
agent: A91XMB7113
secrets:
  crm: { from: \"file:token.txt\", hosts: [127.0.0.1] }
steps:
  - pause: Wait
  - http: { url: \"http://127.0.0.1:9/\", headers: { token: \"{{ secrets.crm }}\" } }
    continue_on_error: true
    retry: { max_attempts: 1 }";
    let stage = Stage::new(workflow);
    stage.write("token.txt", "a-token-for-nobody");
    let folder = stage.path().join("workflows");
    Running::spawn(stage.command(&["run", "show.yaml"]).current_dir(&folder)).end().exits(5);
    Running::spawn(stage.command(&["go"]).current_dir(&folder)).end().exits(0);
    Running::spawn(stage.command(&["run", "show.yaml"]).current_dir(&folder)).end().exits(5);
    wish(&stage, &["go"]).exits(0);
}
