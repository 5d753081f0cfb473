//! The run as a whole: stops, crashes, cancels.

use crate::clock::Timestamp;
use crate::duration::Millis;
use crate::engine::command::{Command, WaitReason};
use crate::engine::event::{Event, RunOutcome, StopReason};
use crate::engine::state::StepState;
use crate::engine::testing::{Play, again, done, failed, look, speak};
use crate::outcome::ErrorClass;
use crate::plan::model::{OnUnknown, Section, StepKey};

const A: StepKey = StepKey::node(0);
const B: StepKey = StepKey::node(1);

#[test]
fn a_stop_lets_what_is_in_flight_end_and_begins_nothing() {
    let mut play = Play::of(vec![speak("a"), speak("b"), speak("c").after(&[0])]);
    play.send(A).say(Event::StopRequested);
    assert!(play.asked().is_empty());
    play.hear(A, done());
    assert_eq!(play.asked(), [Command::Stop { reason: StopReason::Person }]);
    play.play_well();
    assert!(play.run.is_stopped() && play.asked().is_empty());
    play.say(Event::Resumed).play_well();
    assert_eq!(play.run.outcome(), Some(RunOutcome::Succeeded));
    assert_eq!(play.sent().len(), 3);
}

#[test]
fn a_stopped_run_runs_neither_on_failure_nor_finally() {
    let mut play = Play::of(vec![speak("a"), speak("b").within(Section::Finally)]);
    play.send(A).say(Event::StopRequested).hear(A, failed(ErrorClass::Rejected)).play_well();
    assert_eq!((play.sent(), play.run.stopped()), (vec![A], Some(StopReason::Person)));
    play.say(Event::Resumed).play_well();
    assert_eq!((play.sent(), play.run.outcome()), (vec![A, B], Some(RunOutcome::Failed)));
}

#[test]
fn a_once_step_in_flight_at_a_crash_becomes_unknown() {
    let mut play = Play::of(vec![speak("a"), look("b")]);
    play.send(A).send(B);
    let mut next = Play::taken_up(&play.records);
    next.at(5000).say(Event::Resumed);
    let again = Command::Attempt { step: B, attempt: 1, since: Some(Timestamp(0)), looks: 0, expires: None };
    assert_eq!(next.asked(), [Command::Ask { step: A }, again]);
    assert_eq!(next.run.failure(A).unwrap().code, "interrupted");
}

#[test]
fn on_unknown_settles_a_crash_without_asking() {
    for (on_unknown, state) in [(OnUnknown::Skip, StepState::LeftUnknown), (OnUnknown::Resend, StepState::Running)] {
        let mut play = Play::of(vec![speak("a").treated(|policy| policy.on_unknown = on_unknown)]);
        play.send(A).say(Event::Resumed);
        assert_eq!(play.state(0), state);
    }
}

#[test]
fn waits_under_way_end_at_their_instant_after_a_stop_but_looks_are_made_at_once() {
    let delayed = speak("a").timed(|timing| timing.delay = Millis(2000));
    let mut play = Play::of(vec![delayed, look("b")]);
    play.send(B).hear(B, again(5000)).say(Event::StopRequested).play_well();
    play.at(1000).say(Event::Resumed);
    let wait = Command::Wait { step: A, until: Timestamp(2000), why: WaitReason::Delay };
    let look = Command::Attempt { step: B, attempt: 1, since: Some(Timestamp(0)), looks: 1, expires: None };
    assert_eq!(play.asked(), [wait, look]);
}

#[test]
fn the_clock_stands_still_while_stopped_or_crashed() {
    let cue = speak("a").timed(|timing| timing.at = Some(Millis(1000)));
    let mut stopped = Play::of(vec![cue]);
    let mut crashed = stopped.clone();
    stopped.at(300).say(Event::StopRequested).say(Event::Stopped { reason: StopReason::Person });
    stopped.at(9000).say(Event::Resumed);
    crashed.at(300).say(Event::Suspended).say(Event::Released).at(9000).say(Event::Resumed);
    for play in [stopped, crashed] {
        assert_eq!(play.asked(), [Command::Wait { step: A, until: Timestamp(9700), why: WaitReason::Cue }]);
    }
}

#[test]
fn cancelling_ends_the_run_after_finally() {
    let mut play = Play::of(vec![
        speak("a"),
        speak("b").after(&[0]),
        speak("c").within(Section::OnFailure),
        speak("d").within(Section::Finally),
    ]);
    play.send(A).say(Event::CancelRequested);
    assert!(play.asked().is_empty());
    play.hear(A, failed(ErrorClass::Busy)).play_well();
    assert_eq!(play.sent(), [A, StepKey::node(3)]);
    assert_eq!([0, 1].map(|node| play.state(node)), [StepState::Cancelled; 2]);
    assert_eq!(play.run.outcome(), Some(RunOutcome::Cancelled));
}

#[test]
fn cancelling_twice_ends_finally_too() {
    let mut play = Play::of(vec![speak("a"), speak("b").within(Section::Finally)]);
    play.say(Event::CancelRequested).say(Event::CancelRequested);
    assert_eq!(play.asked(), [Command::Finish { outcome: RunOutcome::Cancelled }]);
}

#[test]
fn a_cancelled_run_leaves_what_nobody_knows_unknown() {
    let mut play = Play::of(vec![speak("a"), speak("b")]);
    play.send(A).hear(A, failed(ErrorClass::Unknown)).send(B).say(Event::CancelRequested);
    play.hear(B, failed(ErrorClass::Unknown)).play_well();
    assert_eq!([0, 1].map(|node| play.state(node)), [StepState::LeftUnknown; 2]);
}

#[test]
fn a_stopped_run_can_be_cancelled_and_runs_finally_when_it_goes_on() {
    let mut play = Play::of(vec![speak("a"), speak("b").within(Section::Finally)]);
    play.send(A).say(Event::StopRequested).say(Event::Stopped { reason: StopReason::Journal });
    play.say(Event::CancelRequested);
    assert!(play.asked().is_empty());
    play.say(Event::Resumed).play_well();
    assert_eq!((play.state(0), play.sent()), (StepState::LeftUnknown, vec![A, B]));
    assert_eq!(play.run.outcome(), Some(RunOutcome::Cancelled));
}
