//! What waits for what: order, conditions, and how skips spread.

use crate::engine::command::Command;
use crate::engine::error::EngineError;
use crate::engine::event::{Event, RunOutcome};
use crate::engine::run::Run;
use crate::engine::state::{SkipReason, StepState};
use crate::engine::testing::{Play, done, failed, join, speak};
use crate::outcome::ErrorClass;
use crate::plan::model::{Section, StepKey};

const A: StepKey = StepKey::node(0);
const B: StepKey = StepKey::node(1);

fn skipped(reason: SkipReason) -> StepState {
    StepState::Skipped(reason)
}

/// Plays with a failure of the first step.
fn first_fails(play: &mut Play) {
    play.play(&mut |step, _| if step == A { failed(ErrorClass::Rejected) } else { done() });
}

#[test]
fn a_script_runs_top_to_bottom() {
    let mut play = Play::of(vec![speak("a"), speak("b").after(&[0]), join("c").after(&[1])]);
    assert!(matches!(play.asked()[..], [Command::Attempt { step: A, attempt: 1, looks: 0, since: None, .. }]));
    play.play_well();
    assert_eq!(play.sent(), [A, B]);
    assert_eq!(play.state(2), StepState::Succeeded);
    assert_eq!(play.run.outcome(), Some(RunOutcome::Succeeded));
    assert_eq!(play.run.result(A).unwrap()["said"], true);
}

#[test]
fn branches_without_needs_start_together_and_a_joint_waits_for_all() {
    let mut play = Play::of(vec![speak("a"), speak("b"), join("both").after(&[0, 1]), speak("c").after(&[2])]);
    assert_eq!(play.asked().len(), 2);
    play.send(A).hear(A, done());
    assert_eq!(play.state(2), StepState::Pending);
    play.send(B).hear(B, done());
    assert_eq!(play.state(2), StepState::Succeeded);
    assert!(matches!(play.asked()[..], [Command::Attempt { step: StepKey { node: 3, .. }, .. }]));
}

#[test]
fn a_false_condition_skips_the_step_and_what_needs_it_goes_on() {
    let mut play = Play::of(vec![speak("a").when("false"), speak("b").after(&[0]).when("true")]);
    play.play_well();
    assert_eq!(play.state(0), skipped(SkipReason::Condition));
    assert_eq!(play.run.skip_reason(A), Some(SkipReason::Condition));
    assert_eq!(play.state(1), StepState::Succeeded);
    assert_eq!(play.run.outcome(), Some(RunOutcome::Succeeded));
}

#[test]
fn a_failure_skips_all_that_need_it_but_those_that_look_at_failures() {
    let mut play = Play::of(vec![
        speak("a"),
        speak("b").after(&[0]).when("true"),
        speak("c").after(&[1]),
        speak("d").after(&[2]).when_always(),
        speak("e").after(&[3]),
    ]);
    first_fails(&mut play);
    assert_eq!([1, 2].map(|node| play.state(node)), [skipped(SkipReason::Upstream); 2]);
    assert_eq!([3, 4].map(|node| play.state(node)), [StepState::Succeeded; 2]);
    assert!((1..5).all(|node| play.run.any_need_failed(StepKey::node(node))));
    assert!(!play.run.any_need_failed(A));
    assert_eq!(play.run.failure(A).unwrap().class, ErrorClass::Rejected);
    assert_eq!(play.run.outcome(), Some(RunOutcome::Failed));
}

#[test]
fn a_failure_that_is_continued_counts_as_success_for_all_but_its_own_state() {
    let mut play = Play::of(vec![speak("a").treated(|policy| policy.continue_on_error = true), speak("b").after(&[0])]);
    first_fails(&mut play);
    assert_eq!([0, 1].map(|node| play.state(node)), [StepState::Failed, StepState::Succeeded]);
    assert!(!play.run.any_need_failed(B));
    assert_eq!(play.run.outcome(), Some(RunOutcome::Succeeded));
}

#[test]
fn a_text_that_cannot_be_had_fails_the_step_before_it_goes_out() {
    let mut play = Play::of(vec![speak("a")]);
    let failure = crate::outcome::Failure::rejected("unrendered", "no such name");
    play.say(Event::StepFailed { step: A, failure }).play_well();
    assert!(play.sent().is_empty());
    assert_eq!(play.run.outcome(), Some(RunOutcome::Failed));
}

#[test]
fn on_failure_runs_after_a_failure_and_finally_after_that() {
    let sections = || {
        vec![
            speak("a"),
            speak("mend").within(Section::OnFailure),
            speak("tell").within(Section::Finally),
            speak("tell_failure").within(Section::Finally).when_always(),
        ]
    };
    let mut play = Play::of(sections());
    first_fails(&mut play);
    assert_eq!(play.sent(), [0, 1, 2, 3].map(StepKey::node));
    assert!(play.run.any_need_failed(StepKey::node(2)));
    let mut well = Play::of(sections());
    well.play_well();
    assert_eq!(well.state(1), skipped(SkipReason::NotNeeded));
    assert_eq!(well.sent(), [0, 2, 3].map(StepKey::node));
    assert!(!well.run.any_need_failed(StepKey::node(2)));
}

#[test]
fn a_failure_in_finally_fails_the_run() {
    let mut play = Play::of(vec![speak("a").within(Section::Finally), speak("b").after(&[])]);
    first_fails(&mut play);
    assert_eq!(play.sent(), [B, A]);
    assert_eq!(play.run.outcome(), Some(RunOutcome::Failed));
}

#[test]
fn an_empty_plan_finishes_at_once() {
    let mut play = Play::of(Vec::new());
    assert_eq!(play.asked(), [Command::Finish { outcome: RunOutcome::Succeeded }]);
    play.play_well();
    assert!(play.asked().is_empty() && play.run.finished());
}

#[test]
fn an_output_that_cannot_be_rendered_fails_the_run_and_nothing_happens_after() {
    let mut play = Play::of(vec![join("a")]);
    let cancelled = Event::Finished { outcome: RunOutcome::Cancelled, outputs: Default::default(), failure: None };
    assert!(play.attempt(cancelled).is_err());
    play.say(Event::Finished { outcome: RunOutcome::Failed, outputs: Default::default(), failure: None });
    for event in [Event::Resumed, Event::CancelRequested, Event::StopRequested, Event::Suspended] {
        assert!(matches!(play.attempt(event), Err(EngineError::IllegalForRun { state: "finished", .. })));
    }
}

#[test]
fn what_was_not_asked_may_not_be_answered_and_changes_nothing() {
    let mut play = Play::of(vec![speak("a"), speak("b").after(&[0]).when("true")]);
    let before = play.run.clone();
    let illegal = [
        Event::Due { step: A },
        Event::ConditionRead { step: B, holds: true },
        Event::AttemptEnded { step: A, exchange: done() },
        Event::AttemptStarted { step: A, attempt: 2, rendering: Box::default() },
        Event::Gone { step: A, by: "person".to_owned() },
        Event::Released,
        Event::TimedOut,
        Event::Finished { outcome: RunOutcome::Succeeded, outputs: Default::default(), failure: None },
    ];
    for event in illegal {
        assert!(play.attempt(event.clone()).is_err(), "{event:?}");
    }
    for step in [StepKey::node(2), StepKey::item(0, 0, 0), StepKey::item(9, 0, 0)] {
        assert!(matches!(play.attempt(Event::Due { step }), Err(EngineError::NoSuchStep { .. })));
    }
    assert_eq!(play.run, before);
}

#[test]
fn a_gap_in_the_journal_is_refused() {
    let mut play = Play::of(vec![speak("a")]);
    play.play_well();
    play.records.remove(1);
    assert_eq!(Run::replay(&play.records).unwrap_err(), EngineError::Gap { expected: 1, found: 2 });
    assert_eq!(Run::replay(&play.records[1..]).unwrap_err(), EngineError::NotAStart);
    assert_eq!(Run::replay(&[]).unwrap_err(), EngineError::NotAStart);
}
