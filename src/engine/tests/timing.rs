//! Waits: delay, cue, hold, expiry, and the run's clock.

use crate::clock::Timestamp;
use crate::duration::Millis;
use crate::engine::command::{Command, WaitReason};
use crate::engine::event::{Event, Prepared, RunOutcome};
use crate::engine::state::{SkipReason, StepState};
use crate::engine::testing::{Play, again, done, failed, look, pause, speak, start_of, wait};
use crate::outcome::ErrorClass;
use crate::plan::model::{Hold, Section, StepKey};

const A: StepKey = StepKey::node(0);
const B: StepKey = StepKey::node(1);

/// The timer that stands for a step.
fn timer(play: &Play, key: StepKey) -> Option<(i64, WaitReason)> {
    play.asked().into_iter().find_map(|command| match command {
        Command::Wait { step, until, why } if step == key => Some((until.0, why)),
        _ => None,
    })
}

fn expiry(play: &Play, key: StepKey) -> Option<Timestamp> {
    play.asked().into_iter().find_map(|command| match command {
        Command::Attempt { step, expires, .. } if step == key => expires,
        _ => None,
    })
}

#[test]
fn a_delay_begins_when_the_needs_are_met_and_a_hold_keeps_what_follows() {
    let mut play = Play::of(vec![
        speak("a").timed(|timing| timing.hold = Hold::Speech),
        speak("b").after(&[0]).timed(|timing| timing.delay = Millis(2000)),
    ]);
    play.at(100).send(A).at(300).hear(A, done());
    assert_eq!(play.state(0), StepState::Succeeded);
    assert_eq!(timer(&play, A), Some((1000, WaitReason::Hold)));
    play.at(1000).say(Event::Due { step: A });
    assert_eq!(timer(&play, B), Some((3000, WaitReason::Delay)));
    assert_eq!(play.state(1), StepState::Waiting);
    play.play_well();
    assert_eq!(play.now, Timestamp(3000));
}

#[test]
fn waits_are_divided_by_the_speed() {
    let mut start = start_of(vec![
        speak("a").timed(|timing| (timing.delay, timing.hold) = (Millis(4000), Hold::For(Millis(8000)))),
        wait("b").after(&[0]),
    ]);
    start.speed = 4.0;
    let mut play = Play::start(start);
    assert_eq!(timer(&play, A), Some((1000, WaitReason::Delay)));
    play.at(1000).say(Event::Due { step: A }).send(A).hear(A, done());
    assert_eq!(timer(&play, A), Some((3000, WaitReason::Hold)));
    play.at(3000).say(Event::Due { step: A }).say(Event::Prepared { step: B, wait: Prepared::For(Millis(400)) });
    assert_eq!(timer(&play, B), Some((3100, WaitReason::Wait)));
    play.play_well();
    assert_eq!(play.run.outcome(), Some(RunOutcome::Succeeded));
}

#[test]
fn a_failure_is_not_held() {
    let mut play = Play::of(vec![speak("a").timed(|timing| timing.hold = Hold::For(Millis(5000)))]);
    play.send(A).hear(A, failed(ErrorClass::Rejected));
    assert_eq!(play.asked(), [Command::Finish { outcome: RunOutcome::Failed }]);
}

#[test]
fn a_cue_waits_for_the_runs_clock_which_stands_still_during_a_pause() {
    let cue = speak("a").timed(|timing| timing.at = Some(Millis(1000)));
    let mut play = Play::of(vec![cue, pause("b")]);
    assert_eq!(timer(&play, A), Some((1000, WaitReason::Cue)));
    let first = play.tickets();
    let wait = Prepared::Pause { message: "go?".to_owned(), timeout: None, fail: true };
    play.at(400).say(Event::Prepared { step: B, wait });
    assert_eq!(timer(&play, A), None);
    assert!(first.iter().all(|ticket| !play.run.stands(*ticket)), "a withdrawn command has lost its ticket");
    assert_eq!(play.run.clock(Timestamp(2000)), Millis(400));
    play.at(5000).say(Event::Gone { step: B, by: "person".to_owned() });
    assert_eq!(timer(&play, A), Some((5600, WaitReason::Cue)));
    assert_eq!(play.run.result(B).unwrap()["by"], "person");
}

#[test]
fn a_cue_that_has_passed_is_not_waited_for() {
    let mut play = Play::of(vec![speak("a"), speak("b").after(&[0]).timed(|timing| timing.at = Some(Millis(50)))]);
    play.at(100).send(A).hear(A, done());
    assert!(matches!(play.asked()[..], [Command::Attempt { step: B, .. }]));
}

#[test]
fn a_cue_that_has_passed_is_late_from_its_own_instant_on() {
    let mut play = Play::of(vec![
        speak("a"),
        speak("b").after(&[0]).timed(|timing| {
            timing.at = Some(Millis(50));
            timing.expires = Some(Millis(500));
        }),
    ]);
    play.at(100).send(A).at(400).hear(A, done());
    assert_eq!(expiry(&play, B), Some(Timestamp(550)), "counted from the cue, not from when the line before had ended");
}

#[test]
fn a_once_step_that_is_late_expires_and_what_follows_goes_on() {
    let late = |timing: &mut crate::plan::model::Timing| {
        timing.delay = Millis(1000);
        timing.expires = Some(Millis(500));
    };
    let mut play = Play::of(vec![speak("a").timed(late), look("b").timed(late), speak("c").after(&[0])]);
    play.at(1200).say(Event::Due { step: A }).say(Event::Due { step: B });
    assert_eq!(expiry(&play, A), Some(Timestamp(1500)), "counted from the moment, not from when it was noticed");
    assert_eq!(expiry(&play, B), None, "only what is heard can be too late");
    play.send(A).hear(A, again(60_000));
    assert_eq!(timer(&play, A), Some((1500, WaitReason::Room)), "no look waits beyond the expiry");
    play.play_well();
    assert_eq!(play.state(0), StepState::Skipped(SkipReason::Expired));
    assert_eq!(play.state(2), StepState::Succeeded);
}

#[test]
fn a_stop_or_a_suspension_makes_nothing_late() {
    let mut play = Play::of(vec![speak("a").timed(|timing| timing.expires = Some(Millis(500)))]);
    play.at(100).say(Event::Suspended).at(9000).say(Event::Released);
    assert_eq!(expiry(&play, A), Some(Timestamp(9500)));
    play.say(Event::StopRequested).play_well().at(70_000).say(Event::Resumed);
    assert_eq!(expiry(&play, A), Some(Timestamp(70_500)));
}

#[test]
fn the_runs_timeout_goes_by_its_clock_and_ends_what_has_not_gone_out() {
    let mut start = start_of(vec![
        speak("a"),
        speak("b").after(&[0]),
        speak("c").within(Section::OnFailure),
        speak("d").within(Section::Finally),
    ]);
    start.plan.timeout = Some(Millis(1000));
    let mut play = Play::start(start);
    play.send(A).at(200).say(Event::Suspended);
    assert!(!play.asked().iter().any(|command| matches!(command, Command::TimeOut { .. })));
    play.at(700).say(Event::Released);
    assert!(play.asked().contains(&Command::TimeOut { until: Timestamp(1500) }));
    play.at(1500).say(Event::TimedOut);
    assert_eq!(play.state(1), StepState::Cancelled);
    assert!(play.asked().is_empty(), "what is in flight may end");
    play.hear(A, done()).play_well();
    assert_eq!([0, 2, 3].map(|node| play.state(node)), [StepState::Succeeded; 3]);
    assert_eq!(play.run.outcome(), Some(RunOutcome::Failed));
}

#[test]
fn a_wait_until_an_instant_is_not_divided_and_succeeds_when_it_comes() {
    let mut start = start_of(vec![wait("a")]);
    start.speed = 10.0;
    let mut play = Play::start(start);
    play.say(Event::Prepared { step: A, wait: Prepared::Until(Timestamp(777)) });
    assert_eq!(timer(&play, A), Some((777, WaitReason::Wait)));
    play.play_well();
    assert_eq!((play.state(0), play.now), (StepState::Succeeded, Timestamp(777)));
}
