//! Plans that are wide, deep, or loop over many items.

use std::time::{Duration, Instant};

use crate::engine::command::Command;
use crate::engine::event::{Event, RunOutcome};
use crate::engine::items::Item;
use crate::engine::run::Run;
use crate::engine::state::StepState;
use crate::engine::step::Step;
use crate::engine::testing::{Play, done, each, speak};
use crate::plan::model::{Node, StepKey};

/// Plays as a driver does, asking only for what is new.
fn played(nodes: Vec<Node>) -> (Run, Duration) {
    let mut play = Play::of(nodes);
    let begun = Instant::now();
    let mut seen = 0;
    loop {
        let new: Vec<(u64, Command)> =
            play.run.decide_after(seen).map(|(ticket, command)| (ticket, command.clone())).collect();
        let Some((last, _)) = new.last() else { break };
        seen = *last;
        for (ticket, command) in new {
            if play.run.stands(ticket) {
                answer(&mut play, &command);
            }
        }
    }
    (play.run, begun.elapsed())
}

/// Like `perform`, without a look at everything that stands.
fn answer(play: &mut Play, command: &Command) {
    match *command {
        Command::Attempt { step, attempt, .. } => {
            play.say(Event::AttemptStarted { step, attempt, rendering: Box::default() });
            play.say(Event::AttemptEnded { step, exchange: done() });
        }
        _ => play.perform(command, &mut |_, _| done()),
    }
}

fn wide(count: u32) -> Vec<Node> {
    let all: Vec<u32> = (0..count).collect();
    (0..count).map(|_| speak("x")).chain([speak("end").after(&all)]).collect()
}

fn deep(count: u32) -> Vec<Node> {
    (0..count).map(|place| if place == 0 { speak("x") } else { speak("x").after(&[place - 1]) }).collect()
}

#[test]
fn twenty_times_the_steps_take_time_in_proportion() {
    for shape in [wide as fn(u32) -> Vec<Node>, deep] {
        let fastest = |count| {
            let runs = (0..3).map(|_| played(shape(count)));
            runs.map(|(run, time)| (run.outcome(), time)).min_by_key(|(_, time)| *time).unwrap()
        };
        let (_, short) = fastest(1_000);
        let (outcome, long) = fastest(20_000);
        assert_eq!(outcome, Some(RunOutcome::Succeeded));
        // In proportion is 20, each step looking at all others 400; a busy machine is somewhere between.
        assert!(long < short * 120, "{long:?} for twenty times what took {short:?}");
    }
}

#[test]
fn a_deep_plan_whose_first_step_fails_does_not_grow_the_stack() {
    let mut play = Play::of(deep(100_000));
    let failure = crate::outcome::Failure::rejected("no", "no");
    play.say(Event::StepFailed { step: StepKey::node(0), failure });
    assert!(matches!(play.state(99_999), StepState::Skipped(_)));
}

#[test]
fn items_that_have_not_begun_have_no_steps_and_those_that_have_are_small() {
    let body = || vec![speak("x"), speak("y").after(&[0])];
    let mut play = Play::of(vec![each("all", 100_000, 1, body())]);
    let command = play.next_command().unwrap();
    play.perform(&command, &mut |_, _| done());
    assert_eq!(play.run.loops[&0].items.len(), 1);
    assert!(size_of::<Item>() / 2 + size_of::<Step>() <= 96);
    let (run, _) = played(vec![each("all", 20_000, 7, body())]);
    assert_eq!(run.item_counts(StepKey::node(0)).succeeded, 20_000);
    assert!(run.active.is_empty() && run.agenda.is_empty(), "nothing is left of steps that ended");
}
