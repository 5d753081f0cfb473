//! Loops: places, failures, and what others see of them.

use serde_json::json;

use crate::duration::Millis;
use crate::engine::command::Command;
use crate::engine::event::{Event, Resolution, RunOutcome, StopReason};
use crate::engine::state::{SkipReason, StepState};
use crate::engine::summary::Counts;
use crate::engine::testing::{Play, done, each, failed, join, pause, speak};
use crate::outcome::{ErrorClass, Exchange};
use crate::plan::model::{Hold, StepKey};

const LOOP: StepKey = StepKey::node(0);

/// A run whose loop has listed its items.
fn listed(count: usize, max_parallel: u32) -> Play {
    let body = vec![speak("x"), speak("y").after(&[0])];
    let mut play = Play::of(vec![each("all", count, max_parallel, body), speak("after").after(&[0])]);
    let command = play.next_command().unwrap();
    play.perform(&command, &mut |_, _| done());
    play
}

fn item(index: u32, inner: u32) -> StepKey {
    StepKey::item(0, index, inner)
}

fn going_on(play: &Play) -> Vec<StepKey> {
    let step = |command: Command| match command {
        Command::Attempt { step, .. } => Some(step),
        _ => None,
    };
    play.asked().into_iter().filter_map(step).collect()
}

#[test]
fn items_go_one_after_another() {
    let mut play = listed(3, 1);
    play.play_well();
    let order = [(0, 0), (0, 1), (1, 0), (1, 1), (2, 0), (2, 1)].map(|(index, inner)| item(index, inner));
    assert_eq!(play.sent()[..6], order);
    assert_eq!(play.run.outcome(), Some(RunOutcome::Succeeded));
}

#[test]
fn no_more_items_than_allowed_are_begun_and_not_ended_holds_included() {
    let body = vec![speak("x").timed(|timing| timing.hold = Hold::For(Millis(50)))];
    let mut play = Play::of(vec![each("all", 9, 3, body)]);
    let mut most = 0;
    while let Some(command) = play.next_command() {
        play.perform(&command, &mut |_, _| done());
        let keys: Vec<_> = (0..9).map(|index| item(index, 0)).collect();
        let holding = |key: &StepKey| {
            play.asked().iter().any(|command| matches!(command, Command::Wait { step, .. } if step == key))
        };
        let begun = keys.iter().filter(|key| play.run.state(**key) == StepState::Waiting || holding(key)).count();
        most = most.max(begun);
    }
    assert_eq!(most, 3);
    assert_eq!(play.run.item_counts(LOOP), Counts { succeeded: 9, ..Counts::default() });
}

#[test]
fn every_item_is_tried_before_the_loop_fails() {
    let mut play = listed(3, 1);
    play.play(&mut |key, _| if key == item(1, 0) { failed(ErrorClass::Rejected) } else { done() });
    assert_eq!(play.run.state(item(1, 1)), StepState::Skipped(SkipReason::Upstream));
    assert_eq!(play.run.failure(LOOP).unwrap().message, "1 of 3 items fail");
    assert_eq!(play.state(1), StepState::Skipped(SkipReason::Upstream));
    let result = play.run.loop_result(LOOP);
    let said = json!({ "x": { "said": true }, "y": { "said": true } });
    assert_eq!(result["items"][0], json!({ "key": "k0", "index": 0, "state": "succeeded", "result": said }));
    assert_eq!(result["items"][1]["state"], "failed");
    assert_eq!([&result["count"], &result["succeeded"], &result["failed"]], [3, 2, 1]);
}

#[test]
fn fail_fast_begins_no_new_items() {
    let body = vec![speak("x")];
    let mut play = Play::of(vec![each("all", 5, 2, body).looped(|inner| inner.fail_fast = true)]);
    play.play(&mut |key, _| if key == item(1, 0) { failed(ErrorClass::Rejected) } else { done() });
    assert!(play.sent().len() < 5);
    assert_eq!(play.run.item_state(LOOP, 4), StepState::Skipped(SkipReason::FailFast));
    let result = play.run.loop_result(LOOP);
    assert_eq!(result["items"][0]["result"], json!({ "said": true }), "a body that is one action lends its result");
    assert_eq!((play.state(0), result["failed"].as_u64()), (StepState::Failed, Some(1)));
}

#[test]
fn a_loop_without_items_succeeds() {
    let mut play = listed(0, 1);
    play.play_well();
    assert_eq!([0, 1].map(|node| play.state(node)), [StepState::Succeeded; 2]);
}

#[test]
fn a_body_of_joints_alone_ends_without_growing_the_stack() {
    let mut play = Play::of(vec![each("all", 50_000, 1, vec![join("x")])]);
    play.play_well();
    assert_eq!(play.run.item_counts(LOOP).succeeded, 50_000);
}

#[test]
fn an_unknown_item_stops_only_itself_and_waits_for_a_place_to_go_on() {
    let mut play = listed(3, 1);
    play.send(item(0, 0)).hear(item(0, 0), failed(ErrorClass::Unknown));
    assert_eq!(going_on(&play), [item(1, 0)], "it lends its place to the next");
    assert_eq!(play.run.item_state(LOOP, 0), StepState::Unknown);
    play.say(Event::Resolved { step: item(0, 0), resolution: Resolution::DidNotHappen });
    assert_eq!(going_on(&play), [item(1, 0)], "and has it back when it is free");
    for step in [item(1, 0), item(1, 1)] {
        play.send(step).hear(step, done());
    }
    assert_eq!(going_on(&play), [item(0, 0)], "before any new item begins");
    play.play_well();
    assert_eq!(play.run.item_counts(LOOP).succeeded, 3);
}

#[test]
fn a_loop_does_not_end_before_its_unknown_items_are_settled() {
    let mut play = listed(2, 1);
    play.play(&mut |key, _| if key == item(0, 0) { failed(ErrorClass::Unknown) } else { done() });
    assert_eq!((play.state(0), play.idle()), (StepState::Running, Some(StopReason::Unknown)));
    play.say(Event::Resolved { step: item(0, 0), resolution: Resolution::LeaveUnknown }).play_well();
    assert_eq!(play.run.loop_result(LOOP)["unknown"], 1);
    assert_eq!(play.run.outcome(), Some(RunOutcome::Succeeded));
}

#[test]
fn a_pause_in_an_item_keeps_its_place() {
    let mut play = Play::of(vec![each("all", 3, 1, vec![pause("x"), speak("y").after(&[0])])]);
    play.play_well();
    assert_eq!(play.asked(), [Command::Pause { step: item(0, 0) }]);
    assert_eq!(play.idle(), Some(StopReason::Pause));
    for index in 0..3 {
        play.say(Event::Gone { step: item(index, 0), by: "person".to_owned() }).play_well();
    }
    assert_eq!(play.run.outcome(), Some(RunOutcome::Succeeded));
}

#[test]
fn a_service_that_is_gone_begins_no_new_items() {
    let mut play = listed(4, 1);
    play.play(&mut |_, _| failed(ErrorClass::OutOfCredits));
    assert_eq!((play.run.stopped(), play.sent().len()), (Some(StopReason::OutOfCredits), 1));
    assert_eq!(play.run.item_counts(LOOP).pending, 4);
    play.say(Event::Resumed).play_well();
    assert_eq!(play.run.outcome(), Some(RunOutcome::Succeeded));
    assert_eq!(play.sent()[..3], [item(0, 0), item(0, 0), item(0, 1)]);
}

#[test]
fn cancelling_lets_the_items_in_flight_end_and_begins_no_others() {
    let mut play = listed(5, 2);
    play.send(item(0, 0)).say(Event::CancelRequested);
    assert!(going_on(&play).is_empty());
    play.hear(item(0, 0), Exchange::Done { result: json!(1) }).play_well();
    assert_eq!(play.run.state(item(0, 0)), StepState::Succeeded);
    assert_eq!(play.run.item_counts(LOOP), Counts { cancelled: 5, ..Counts::default() });
    assert_eq!((play.state(0), play.run.outcome()), (StepState::Cancelled, Some(RunOutcome::Cancelled)));
}
