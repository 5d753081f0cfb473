//! What people do to steps: go, skip, suspend.

use crate::clock::Timestamp;
use crate::duration::Millis;
use crate::engine::command::{Command, WaitReason};
use crate::engine::event::{Event, Prepared, RunOutcome, StopReason};
use crate::engine::state::{SkipReason, StepState};
use crate::engine::testing::{Play, done, failed, pause, speak};
use crate::outcome::ErrorClass;
use crate::plan::model::StepKey;

const A: StepKey = StepKey::node(0);
const B: StepKey = StepKey::node(1);

fn opened(fail: bool) -> Play {
    let mut play = Play::of(vec![pause("a")]);
    let wait = Prepared::Pause { message: "go?".to_owned(), timeout: Some(Millis(500)), fail };
    play.say(Event::Prepared { step: A, wait });
    play
}

#[test]
fn a_pause_that_nobody_answers_times_out_as_it_says() {
    let timer = Command::Wait { step: A, until: Timestamp(500), why: WaitReason::PauseTimeout };
    let mut fails = opened(true);
    assert_eq!(fails.asked(), [Command::Pause { step: A }, timer]);
    assert_eq!(fails.idle(), None, "its timeout leads on");
    fails.play_well();
    assert_eq!(fails.run.failure(A).unwrap().code, "pause_timeout");
    let mut continues = opened(false);
    continues.play_well();
    assert_eq!(continues.run.result(A).unwrap()["by"], "timeout");
}

#[test]
fn a_pause_is_asked_again_after_a_stop_with_its_whole_timeout() {
    let mut play = opened(true);
    play.say(Event::Stopped { reason: StopReason::Pause }).at(10_000).say(Event::Resumed);
    let timer = Command::Wait { step: A, until: Timestamp(10_500), why: WaitReason::PauseTimeout };
    assert_eq!(play.asked(), [Command::Pause { step: A }, timer]);
}

#[test]
fn a_skipped_step_lets_what_follows_go_on_but_not_overtake() {
    let mut play = Play::of(vec![speak("a"), speak("b").after(&[0]), speak("c").after(&[1])]);
    play.send(A).say(Event::SkippedByPerson { step: B });
    assert_eq!([1, 2].map(|node| play.state(node)), [StepState::Pending; 2]);
    assert!(play.attempt(Event::SkippedByPerson { step: A }).is_err(), "it went out");
    play.hear(A, done()).play_well();
    assert_eq!(play.state(1), StepState::Skipped(SkipReason::Person));
    assert_eq!(play.sent(), [A, StepKey::node(2)]);
}

#[test]
fn a_step_that_is_ready_or_blocked_can_be_skipped() {
    let mut play = Play::of(vec![speak("a"), speak("b").after(&[0])]);
    play.send(A).hear(A, failed(ErrorClass::Unauthorized)).say(Event::SkippedByPerson { step: A });
    play.say(Event::SkippedByPerson { step: B }).play_well();
    assert_eq!([0, 1].map(|node| play.state(node)), [StepState::Skipped(SkipReason::Person); 2]);
    assert_eq!(play.run.outcome(), Some(RunOutcome::Succeeded));
}

#[test]
fn nothing_goes_out_while_a_run_is_suspended() {
    let mut play = Play::of(vec![speak("a"), speak("b"), pause("c")]);
    play.send(A);
    let before = play.tickets();
    play.say(Event::Suspended);
    assert_eq!(play.run.first_ready(), Some(B));
    assert!(play.run.may_be_skipped(B) && !play.run.may_be_skipped(A));
    assert!(play.asked().is_empty() && before.iter().all(|ticket| !play.run.stands(*ticket)));
    assert!(play.attempt(Event::AttemptStarted { step: B, attempt: 1, rendering: Box::default() }).is_err());
    assert_eq!(play.idle(), None, "something is in flight");
    play.hear(A, done());
    assert_eq!(play.idle(), Some(StopReason::Person));
    play.say(Event::Released);
    assert_eq!(play.asked().len(), 2);
    assert!(play.tickets().iter().all(|ticket| !before.contains(ticket)));
}

#[test]
fn a_blocked_run_that_is_suspended_waits_for_what_it_withholds() {
    let mut play = Play::of(vec![speak("a"), speak("b")]);
    play.send(A).hear(A, failed(ErrorClass::Unauthorized)).say(Event::Suspended);
    assert!(play.asked().is_empty());
    play.say(Event::Released).play_well();
    assert_eq!(play.run.stopped(), Some(StopReason::Unauthorized));
    assert_eq!(play.sent(), [A, B]);
}
