//! Steps that are carried over, left out, or let go out one at a time.

use serde_json::json;

use crate::duration::Millis;
use crate::engine::carry::Repeat;
use crate::engine::event::{Event, Resolution, StopReason};
use crate::engine::run::Run;
use crate::engine::selection::{Carried, CarriedEnd, CarriedItem, Selection};
use crate::engine::state::{SkipReason, StepState};
use crate::engine::testing::{Play, done, each, failed, look, pause, speak, start_of};
use crate::outcome::ErrorClass;
use crate::plan::model::{Hold, Node, Section, StepKey};

fn node(place: u32) -> StepKey {
    StepKey::node(place)
}

fn play(nodes: Vec<Node>, selection: Selection) -> Play {
    let mut start = start_of(nodes);
    start.selection = selection;
    Play::start(start)
}

fn carrying(carried: Vec<Carried>) -> Selection {
    Selection { carried, ..Selection::default() }
}

fn succeeded(node: u32) -> Carried {
    Carried { node, item: None, end: CarriedEnd::Succeeded { result: Some(json!({ "agent_id": "A1" })) } }
}

/// The steps that a run which repeats this much of another sends.
fn sent_again(play: &Play, repeat: Repeat) -> Vec<StepKey> {
    let mut start = play.run.start().clone();
    start.selection = play.run.selection_of(repeat);
    let mut again = Play::start(start);
    again.play_well();
    assert!(again.run.finished(), "{:?}", again.asked());
    assert_eq!(Run::replay(&again.records).unwrap(), again.run);
    again.sent()
}

#[test]
fn a_carried_step_sends_nothing_holds_nothing_and_leaves_its_result() {
    let slow = |node: Node| node.timed(|timed| (timed.delay, timed.hold) = (Millis(500), Hold::For(Millis(900))));
    let nodes = vec![slow(speak("a")).when("false"), speak("b").after(&[0])];
    let mut play = play(nodes, carrying(vec![succeeded(0)]));
    assert_eq!(play.state(0), StepState::Succeeded);
    assert_eq!(play.run.result(node(0)), Some(&json!({ "agent_id": "A1" })));
    play.play_well();
    assert_eq!((play.sent(), play.now.0), (vec![node(1)], 0));
}

#[test]
fn a_carried_step_ends_when_what_it_needs_has_ended_however_that_was() {
    let nodes = vec![speak("a"), speak("b").after(&[0]), speak("c").after(&[1])];
    let mut play = play(nodes, carrying(vec![succeeded(1)]));
    assert_eq!(play.state(1), StepState::Pending);
    play.play(&mut |step, _| if step == node(0) { failed(ErrorClass::Rejected) } else { done() });
    assert_eq!(
        (play.state(0), play.state(1), play.state(2)),
        (StepState::Failed, StepState::Succeeded, StepState::Succeeded)
    );
    assert_eq!(play.sent(), [node(0), node(2)]);
}

#[test]
fn every_end_is_carried_as_it_was() {
    let failure = crate::outcome::Failure::new(ErrorClass::Unknown, "interrupted", "no answer");
    let ends = [
        CarriedEnd::Skipped { reason: SkipReason::Condition },
        CarriedEnd::Unknown { failure: Some(failure.clone()) },
        CarriedEnd::Failed { failure: failure.clone() },
    ];
    let carried = (0..).zip(ends).map(|(node, end)| Carried { node, item: None, end }).collect();
    let mut play = play(vec![speak("a"), speak("b"), speak("c"), speak("d").after(&[0, 1])], carrying(carried));
    assert_eq!(play.state(0), StepState::Skipped(SkipReason::Condition));
    assert_eq!((play.state(1), play.state(2)), (StepState::LeftUnknown, StepState::Failed));
    assert_eq!(play.run.failure(node(1)), Some(&failure));
    play.play_well();
    assert_eq!(play.sent(), [node(3)]);
    assert!(play.run.has_failed());
}

#[test]
fn what_is_left_out_lets_follow_what_a_failure_does_not() {
    let nodes = vec![speak("a"), speak("b").after(&[0]), speak("c").after(&[1])];
    let left_out = || Selection { left_out: vec![1], ..Selection::default() };
    let mut well = play(nodes.clone(), left_out());
    well.play_well();
    assert_eq!(well.sent(), [node(0), node(2)]);
    assert_eq!(well.state(1), StepState::Skipped(SkipReason::LeftOut));
    let mut ill = play(nodes, left_out());
    ill.play(&mut |_, _| failed(ErrorClass::Rejected));
    assert_eq!(ill.state(1), StepState::Skipped(SkipReason::Upstream));
    assert_eq!(ill.sent(), [node(0)]);
}

#[test]
fn items_are_carried_by_their_keys() {
    let item = |key: &str, inner| Carried {
        node: 0,
        item: Some(CarriedItem { key: key.to_owned(), inner }),
        end: CarriedEnd::Succeeded { result: Some(json!(inner)) },
    };
    let body = || vec![look("find"), speak("greet").after(&[0])];
    let carried = vec![item("k0", 0), item("k0", 1), item("k2", 0)];
    let mut partly = play(vec![each("all", 3, 1, body())], carrying(carried.clone()));
    partly.play_well();
    assert_eq!(partly.sent(), [StepKey::item(0, 1, 0), StepKey::item(0, 1, 1), StepKey::item(0, 2, 1)]);
    assert_eq!(partly.state(0), StepState::Succeeded);
    // A loop carried over as a whole neither waits nor holds, and says nothing to items it did not have then.
    let timed = each("all", 3, 1, body()).when("false").timed(|timed| timed.hold = Hold::For(Millis(700)));
    let whole = Carried { node: 0, item: None, end: CarriedEnd::Items };
    let mut whole = play(vec![timed], carrying(carried.into_iter().chain([whole]).collect()));
    whole.play_well();
    assert_eq!((whole.sent(), whole.now.0), (vec![], 0));
    assert_eq!(whole.run.item_state(node(0), 1), StepState::Skipped(SkipReason::LeftOut));
    assert_eq!(whole.run.loop_result(node(0))["succeeded"], 2);
}

#[test]
fn of_a_failed_run_only_what_did_not_end_well_goes_out_again() {
    let nodes = vec![
        look("host"),
        speak("a").after(&[0]),
        speak("b").after(&[1]),
        speak("c").after(&[2]),
        speak("aside").after(&[0]),
        speak("sorry").within(Section::OnFailure),
        speak("night").within(Section::Finally),
        look("tidy").within(Section::Finally),
    ];
    let mut play = Play::of(nodes);
    play.play(&mut |step, _| if step == node(2) { failed(ErrorClass::Rejected) } else { done() });
    assert_eq!(sent_again(&play, Repeat::Failed), [node(2), node(3), node(7)]);
    assert_eq!(sent_again(&play, Repeat::From(2)), [node(2), node(3), node(6), node(7)]);
    assert_eq!(sent_again(&play, Repeat::From(4)), [node(4), node(6), node(7)]);
    let everything = sent_again(&play, Repeat::Everything);
    assert_eq!(everything.len(), 7);
}

#[test]
fn three_failed_items_of_many_are_repeated_alone() {
    let body = vec![look("find"), speak("greet").after(&[0])];
    let mut play = Play::of(vec![speak("hello"), each("all", 500, 4, body).after(&[0]), speak("bye").after(&[1])]);
    let unlucky = [StepKey::item(1, 7, 1), StepKey::item(1, 70, 0), StepKey::item(1, 499, 1)];
    play.play(&mut |step, _| if unlucky.contains(&step) { failed(ErrorClass::Rejected) } else { done() });
    let mut again = sent_again(&play, Repeat::Failed);
    again.sort();
    let second = StepKey::item(1, 70, 1);
    assert_eq!(again, [unlucky[0], unlucky[1], second, unlucky[2], node(2)]);
    assert_eq!(sent_again(&play, Repeat::From(1)).len(), 1001);
}

#[test]
fn a_line_that_may_have_been_heard_is_not_repeated_with_what_failed() {
    let nodes = vec![speak("a"), speak("b").after(&[0]), speak("c").after(&[1])];
    let mut crashed = Play::of(nodes.clone());
    crashed.send(node(0));
    assert_eq!(sent_again(&crashed, Repeat::Failed), [node(1), node(2)]);
    let mut asked = Play::of(nodes);
    asked.send(node(0)).hear(node(0), failed(ErrorClass::Unknown)).say(Event::Stopped { reason: StopReason::Unknown });
    assert_eq!(sent_again(&asked, Repeat::Failed), [node(1), node(2)]);
    asked.say(Event::Resolved { step: node(0), resolution: Resolution::DidNotHappen });
    assert_eq!(sent_again(&asked, Repeat::Failed), [node(0), node(1), node(2)]);
}

#[test]
fn what_hangs_on_a_failure_is_read_again_unless_it_succeeded() {
    let may_fail = look("a").treated(|treated| treated.continue_on_error = true);
    let nodes = vec![may_fail, speak("only_if_ok").after(&[0]).when("false"), speak("said").after(&[1])];
    let mut play = Play::of(nodes);
    play.play(&mut |step, _| if step == node(0) { failed(ErrorClass::Rejected) } else { done() });
    let selection = play.run.selection_of(Repeat::Failed);
    assert_eq!(selection.carried.iter().map(|carried| carried.node).collect::<Vec<_>>(), [2]);
    assert_eq!(play.run.selection_of(Repeat::From(2)).carried.len(), 2);
}

fn stepwise(nodes: Vec<Node>) -> Play {
    play(nodes, Selection { stepwise: true, ..Selection::default() })
}

#[test]
fn step_by_step_one_goes_out_for_each_go() {
    let mut play = stepwise(vec![speak("a"), speak("b"), pause("p").after(&[0]), look("c").after(&[2])]);
    assert_eq!((play.asked(), play.idle()), (vec![], Some(StopReason::Pause)));
    assert_eq!(play.run.held(), Some(node(0)));
    for (sent, next) in [(0, Some(1)), (1, None)] {
        play.say(Event::Released).play_well();
        assert_eq!(play.sent().last(), Some(&node(sent)));
        assert_eq!(play.run.held(), next.map(node));
    }
    assert!(play.attempt(Event::Released).is_err(), "nothing waits for a go");
    play.say(Event::Gone { step: node(2), by: "person".to_owned() }).say(Event::Released).play_well();
    assert!(play.run.finished());
    assert_eq!(Run::replay(&play.records).unwrap(), play.run);
}

#[test]
fn a_step_that_was_let_go_out_is_repeated_without_another_go() {
    let mut play = stepwise(vec![look("a"), look("b").after(&[0])]);
    let mut tries = 0;
    play.say(Event::Released).play(&mut |_, _| {
        tries += 1;
        if tries < 3 { failed(ErrorClass::Busy) } else { done() }
    });
    assert_eq!((play.sent(), play.run.held()), (vec![node(0); 3], Some(node(1))));
}

#[test]
fn a_go_does_not_outlive_a_crash_before_its_step_went_out() {
    let mut play = stepwise(vec![speak("a")]);
    play.say(Event::Released).say(Event::Resumed);
    assert_eq!((play.asked(), play.run.held()), (vec![], Some(node(0))));
    play.say(Event::Released).send(node(0)).say(Event::Resumed);
    assert_eq!(play.state(0), StepState::Unknown);
}

#[test]
fn the_clock_stands_still_while_a_step_waits_for_its_go() {
    let cue = speak("cue").timed(|timed| timed.at = Some(Millis(1_000)));
    let mut play = stepwise(vec![speak("a"), cue]);
    play.at(60_000).say(Event::Released).send(node(0));
    assert_eq!(play.run.clock(play.now), Millis(0));
    play.at(61_500).hear(node(0), done()).play_well();
    assert_eq!((play.state(1), play.run.held()), (StepState::Waiting, Some(node(1))));
}

#[test]
fn what_ends_a_cancelled_run_waits_for_nobody() {
    let mut play = stepwise(vec![speak("a"), speak("night").within(Section::Finally)]);
    play.say(Event::CancelRequested).play_well();
    assert_eq!((play.sent(), play.run.finished()), (vec![node(1)], true));
}
