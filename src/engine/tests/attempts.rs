//! Exchanges: repeats, looks, and steps that nobody knows about.

use crate::clock::Timestamp;
use crate::duration::Millis;
use crate::engine::command::{Command, WaitReason};
use crate::engine::event::{Event, Resolution, RunOutcome, StopReason};
use crate::engine::state::StepState;
use crate::engine::testing::{Play, again, done, failed, look, speak, step};
use crate::outcome::{Effect, ErrorClass, Exchange, Failure, Tier};
use crate::plan::model::{OnUnknown, StepKey, Work};

const A: StepKey = StepKey::node(0);
const B: StepKey = StepKey::node(1);

fn wait_for(until: i64, why: WaitReason) -> Command {
    Command::Wait { step: A, until: Timestamp(until), why }
}

fn attempt(number: u32, looks: u32) -> Command {
    Command::Attempt { step: A, attempt: number, since: Some(Timestamp(0)), looks, expires: None }
}

#[test]
fn a_busy_service_is_tried_four_times_with_growing_waits() {
    let mut play = Play::of(vec![speak("a")]);
    play.play(&mut |_, _| failed(ErrorClass::Busy));
    assert_eq!(play.sent().len(), 4);
    assert_eq!(play.now, Timestamp(1000 + 2000 + 4000));
    assert_eq!(play.state(0), StepState::Failed);
}

#[test]
fn a_later_try_uses_what_the_first_one_sent() {
    let mut play = Play::of(vec![speak("a")]);
    assert!(play.run.rendering(A).is_none());
    play.send(A).hear(A, failed(ErrorClass::Busy));
    assert_eq!(play.run.rendering(A).unwrap().speech.as_ref().unwrap().text, "hello");
    assert_eq!(play.run.failure(A).unwrap().class, ErrorClass::Busy);
    assert_eq!(play.state(0), StepState::Running);
}

#[test]
fn looking_again_and_a_rate_limit_are_no_tries() {
    let mut play = Play::of(vec![look("a")]);
    play.send(A).hear(A, again(500));
    assert_eq!(play.asked(), [wait_for(500, WaitReason::Look)]);
    play.at(500).say(Event::Due { step: A });
    assert_eq!(play.asked(), [attempt(1, 1)]);
    let failure = Failure { retry_after: Some(Millis(7000)), ..Failure::new(ErrorClass::RateLimited, "slow", "slow") };
    play.send(A).hear(A, Exchange::Failed { failure });
    assert_eq!(play.asked(), [wait_for(7500, WaitReason::RateLimit)]);
    play.at(7500).say(Event::Due { step: A });
    assert_eq!(play.asked(), [attempt(1, 1)]);
}

#[test]
fn an_unknown_read_is_repeated_and_an_unknown_line_is_asked_about() {
    let mut play = Play::of(vec![look("a"), speak("b")]);
    play.send(A).hear(A, failed(ErrorClass::Unknown)).send(B).hear(B, failed(ErrorClass::Unknown));
    assert_eq!(play.asked(), [wait_for(1000, WaitReason::Backoff), Command::Ask { step: B }]);
    assert_eq!(play.idle(), None, "the branch of the read goes on");
    play.play_well();
    assert_eq!(play.idle(), Some(StopReason::Unknown));
    assert_eq!(play.state(1), StepState::Unknown);
}

#[test]
fn a_person_settles_an_unknown_line() {
    for (resolution, state, sent) in [
        (Resolution::Happened, StepState::Succeeded, 2),
        (Resolution::LeaveUnknown, StepState::LeftUnknown, 2),
        (Resolution::DidNotHappen, StepState::Succeeded, 3),
    ] {
        let mut play = Play::of(vec![speak("a"), speak("b").after(&[0])]);
        play.send(A).hear(A, failed(ErrorClass::Unknown)).say(Event::Resolved { step: A, resolution }).play_well();
        assert_eq!((play.state(0), play.sent().len()), (state, sent), "{resolution:?}");
        assert_eq!(play.state(1), StepState::Succeeded);
        assert_eq!(play.run.outcome(), Some(RunOutcome::Succeeded));
    }
}

#[test]
fn a_line_that_a_person_lets_out_again_is_not_bound_by_the_number_of_tries() {
    let mut play = Play::of(vec![speak("a").treated(|policy| policy.retry.max_attempts = 1)]);
    for number in 1..4 {
        play.send(A).hear(A, failed(ErrorClass::Unknown));
        play.say(Event::Resolved { step: A, resolution: Resolution::DidNotHappen });
        assert_eq!(play.asked(), [attempt(number + 1, 0)]);
    }
    play.send(A).hear(A, failed(ErrorClass::Busy));
    assert_eq!(play.state(0), StepState::Failed);
}

#[test]
fn on_unknown_skip_goes_on_and_resend_repeats() {
    let policy = |on_unknown| speak("a").treated(|policy| policy.on_unknown = on_unknown);
    let mut skip = Play::of(vec![policy(OnUnknown::Skip)]);
    skip.play(&mut |_, _| failed(ErrorClass::Unknown));
    assert_eq!((skip.state(0), skip.sent().len()), (StepState::LeftUnknown, 1));
    assert_eq!(skip.run.outcome(), Some(RunOutcome::Succeeded));
    let mut resend = Play::of(vec![policy(OnUnknown::Resend)]);
    resend.play(&mut |_, _| failed(ErrorClass::Unknown));
    assert_eq!((resend.state(0), resend.sent().len()), (StepState::Failed, 4));
}

#[test]
fn an_unreachable_service_blocks_its_step_and_an_unreachable_host_fails_it() {
    let mut foreign = crate::engine::testing::exchanged(Effect::Read);
    foreign.tier = Tier::None;
    let mut play = Play::of(vec![speak("a"), step("b", Work::Exchange(foreign)), speak("c").after(&[1]).when_always()]);
    play.play(&mut |key, _| if key.node < 2 { failed(ErrorClass::Unsent) } else { done() });
    assert_eq!([0, 1, 2].map(|node| play.state(node)), [StepState::Blocked, StepState::Failed, StepState::Succeeded]);
    assert_eq!(play.run.stopped(), Some(StopReason::Unreachable));
}

#[test]
fn a_blocked_run_stops_for_its_gravest_reason_and_goes_on_after_a_resume() {
    let mut play = Play::of(vec![speak("a"), speak("b"), speak("c"), speak("d").after(&[2])]);
    let classes = [ErrorClass::OutOfCredits, ErrorClass::Unauthorized];
    play.play(&mut |key, _| classes.get(key.node as usize).map_or_else(done, |class| failed(*class)));
    assert_eq!(play.run.stopped(), Some(StopReason::Unauthorized));
    assert_eq!(play.state(3), StepState::Succeeded, "independent branches went on");
    assert!(play.asked().is_empty());
    play.at(99_000).say(Event::Resumed);
    let anew = Command::Attempt { step: A, attempt: 1, since: None, looks: 0, expires: None };
    assert!(play.asked().contains(&anew));
    play.play_well();
    assert_eq!(play.run.outcome(), Some(RunOutcome::Succeeded));
}
