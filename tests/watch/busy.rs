//! A file that is saved while its run is under way, and a watch that ends meanwhile.

use std::time::Duration;

use super::Desk;
use crate::support::{Gate, Stage, scripted};

/// A script of two lines with a wait between them.
fn script(name: &str, wait: &str) -> String {
    scripted(&format!("- speak: {name} begins\n- wait: {wait}\n- speak: {name} ends"))
}

/// A script of two lines, of which the second is said when the gate is opened.
fn gated(name: &str, gate: &Gate) -> String {
    scripted(&format!("- speak: {name} begins\n- http: {}\n- speak: {name} ends", gate.url()))
}

#[test]
fn a_run_under_way_ends_with_what_it_began_with_and_then_the_file_is_run_once() {
    let gate = Gate::new();
    let stage = Stage::new(&script("Zero", "1ms"));
    let desk = Desk::watch(&stage, &[]);
    stage.rewrite(&gated("One", &gate));
    gate.reached();
    stage.rewrite(&script("Two", "1ms"));
    desk.until_said("queued: run ");
    stage.rewrite(&script("Three", "1ms"));
    desk.until(|desk| desk.said().matches("was saved").count() == 3, "the third save");
    gate.open();
    desk.until_heard(4).until_ended(2);
    assert_eq!(stage.heard(), ["One begins", "One ends", "Three begins", "Three ends"]);
    assert_eq!(desk.runs(), 2);
}

#[test]
fn a_file_that_breaks_while_it_waits_for_its_turn_is_run_as_it_was_when_it_was_good() {
    let gate = Gate::new();
    let stage = Stage::new(&script("Zero", "1ms"));
    let desk = Desk::watch(&stage, &[]);
    stage.rewrite(&gated("One", &gate));
    gate.reached();
    stage.rewrite(&script("Two", "1ms"));
    desk.until_said("queued: run ");
    stage.rewrite("version: 1\nsteps: [");
    desk.until_said("the last good version stays");
    gate.open();
    desk.until_ended(2);
    assert_eq!(stage.heard(), ["One begins", "One ends", "Two begins", "Two ends"]);
}

#[test]
fn a_file_that_may_not_be_run_any_more_when_its_turn_comes_is_not() {
    let gate = Gate::new();
    let stage = Stage::new(&script("Zero", "1ms"));
    let desk = Desk::watch(&stage, &[]);
    for (n, key) in
        ["schedule: [{ every: 15m }]", "inputs: { guest: { type: string, required: true } }"].into_iter().enumerate()
    {
        stage.rewrite(&gated("Begun", &gate));
        gate.reached();
        stage.rewrite(&script("Queued", "1ms"));
        desk.until(|desk| desk.said().matches("queued: run ").count() == n + 1, "queued");
        stage.rewrite(&script("Never", "1ms").replace("steps:", &format!("{key}\nsteps:")));
        desk.until(|desk| desk.said().matches("checked, not run").count() == n + 1, "what it has now");
        gate.open();
        desk.until(|desk| desk.said().matches("is not run after all").count() == n + 1, "its turn");
    }
    desk.until_said("workflows/show.yaml is not run after all: it has a `schedule`");
    desk.until_said("workflows/show.yaml is not run after all: it needs `--input guest=…`");
    assert_eq!(
        (stage.heard(), desk.runs()),
        (["Begun begins", "Begun ends"].repeat(2).into_iter().map(str::to_owned).collect(), 2)
    );
}

#[test]
fn restart_cancels_the_run_first() {
    let stage = Stage::new(&script("Zero", "1ms"));
    let desk = Desk::watch(&stage, &["--busy", "restart"]);
    stage.rewrite(&script("One", "5m"));
    desk.until_heard(1);
    stage.rewrite(&script("Two", "1ms"));
    desk.until_said("is cancelled first").until_heard(3).until_ended(2);
    assert_eq!(stage.heard(), ["One begins", "Two begins", "Two ends"]);
}

#[test]
fn skip_leaves_the_change_alone() {
    let gate = Gate::new();
    let stage = Stage::new(&script("Zero", "1ms"));
    let desk = Desk::watch(&stage, &["--busy", "skip"]);
    stage.rewrite(&gated("One", &gate));
    gate.reached();
    stage.rewrite(&script("Two", "1ms"));
    desk.until_said("skipped: run ");
    gate.open();
    desk.until_ended(1);
    // The watch hears of the end a moment after it was told.
    for save in 1.. {
        stage.rewrite(&format!("{}# {save}\n", script("Three", "1ms")));
        let skipped = |desk: &Desk| desk.said().matches("skipped: run ").count();
        desk.until(|desk| desk.runs() == 2 || skipped(desk) > save, "a run or a word");
        if desk.runs() == 2 {
            break;
        }
    }
    desk.until_ended(2);
    assert_eq!(stage.heard(), ["One begins", "One ends", "Three begins", "Three ends"]);
}

#[test]
fn two_files_are_run_side_by_side() {
    let stage = Stage::new(&script("Zero", "1ms"));
    stage.write("other.yaml", &script("Zero", "1ms"));
    let desk = Desk::watch(&stage, &[]);
    stage.rewrite(&script("One", "5m"));
    desk.until_heard(1);
    stage.write("other.yaml", &script("Other", "1ms"));
    desk.until_heard(3).until_said("other │ ");
    assert_eq!(stage.heard(), ["One begins", "Other begins", "Other ends"]);
}

#[test]
fn ctrl_c_stops_the_runs_so_that_they_can_go_on() {
    let stage = Stage::new(&script("Zero", "1ms"));
    let desk = Desk::watch(&stage, &[]);
    stage.rewrite(&script("One", "5s"));
    desk.until_heard(1);
    let (code, said, took) = desk.stop();
    assert_eq!(code, 130, "{said}");
    // A second is the promise; the rest is for a machine that does much else.
    assert!(took < Duration::from_secs(4), "{took:?}");
    assert_eq!(stage.heard(), ["One begins"]);
    stage.resume().exits(0);
    assert_eq!(stage.heard(), ["One begins", "One ends"]);
}

#[test]
fn ctrl_c_leaves_though_something_is_in_flight() {
    let slow = serde_json::json!([{ "method": "POST", "path": "/v1/agent/*/speak", "then": { "delay": "20s" } }]);
    let stage = Stage::with_faults(&script("Zero", "1ms"), slow);
    let desk = Desk::watch(&stage, &[]);
    stage.rewrite(&script("One", "1ms"));
    desk.until(|_| stage.requests("POST /v1/agent/{code}/speak") == 1, "a line in flight");
    let (code, said, took) = desk.stop();
    assert_eq!(code, 130, "{said}");
    assert!(said.contains("has something in flight: `runsheet resume "), "{said}");
    assert!(took < Duration::from_secs(4), "{took:?}");
}
