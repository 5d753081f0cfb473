//! What became of the steps by an event, for the reports: the engine derives much that no event says.

use std::collections::HashSet;

use crate::engine::command::{Command, WaitReason};
use crate::engine::event::{Event, Prepared, Record};
use crate::engine::run::Run;
use crate::engine::state::{SkipReason, StepState};
use crate::outcome::Failure;
use crate::plan::model::{StepKey, Work};
use crate::report::{Change, ChangedTo};

/// The changes that the last event, this record, made.
pub fn after(run: &Run, record: &Record) -> Vec<Change> {
    let mut changes: Vec<Change> = Vec::new();
    let mut seen = HashSet::new();
    for (step, before) in run.touched() {
        let is_first = seen.insert(*step);
        let is_joint = run.plan().get(*step).is_some_and(|node| matches!(node.work, Work::Join));
        if is_first
            && !is_joint
            && let Some(to) = change(run, *step, *before, record)
        {
            if matches!(to, ChangedTo::Failed { .. } | ChangedTo::Cancelled) {
                changes.extend(never_begun(run, *step));
            }
            changes.push(Change { step: *step, to });
        }
    }
    if record.event == Event::Resumed {
        changes.extend(still_open(run));
        let held = run.held().map(|step| Change { step, to: ChangedTo::Held });
        changes.extend(held.filter(|held| !changes.contains(held)));
    }
    changes
}

/// The pauses that were open when the run stopped: whoever takes it up hears again what they wait for.
fn still_open(run: &Run) -> impl Iterator<Item = Change> {
    run.decide().filter_map(|(_, command)| match command {
        Command::Pause { step } => {
            Some(Change { step: *step, to: ChangedTo::PauseOpen { message: message(run, *step) } })
        }
        _ => None,
    })
}

/// The steps of the items that never began, for the loop failed fast or the run was ended: they never came to be, so no
/// phase of theirs changed.
fn never_begun(run: &Run, step: StepKey) -> impl Iterator<Item = Change> {
    let (body, fails_fast) = match run.plan().get(step).map(|node| &node.work) {
        Some(Work::Loop(inner)) if step.item.is_none() => (inner.body.len() as u32, inner.fail_fast),
        _ => (0, false),
    };
    let items = if body == 0 { 0 } else { run.keys(step).len() as u32 };
    let to = match fails_fast && run.state(step) != StepState::Cancelled {
        true => ChangedTo::Skipped { reason: SkipReason::FailFast.as_str().to_owned(), detail: None },
        false => ChangedTo::Cancelled,
    };
    let indexes = run.begun_items(step)..items;
    let steps = indexes.flat_map(move |index| (0..body).map(move |inner| StepKey::item(step.node, index, inner)));
    steps.map(move |step| Change { step, to: to.clone() })
}

fn change(run: &Run, step: StepKey, before: StepState, record: &Record) -> Option<ChangedTo> {
    let now = run.state(step);
    match now {
        StepState::Pending => None,
        StepState::Waiting if run.is_held(step) => Some(ChangedTo::Held),
        StepState::Waiting | StepState::Running => waits(run, step),
        _ if now == before => None,
        // Answered at once: nobody needs to be asked.
        StepState::Paused if run.start().go => None,
        StepState::Paused => Some(ChangedTo::PauseOpen { message: message(run, step) }),
        StepState::Unknown => Some(ChangedTo::Unknown),
        // From unknown to left unknown nothing changes for people.
        StepState::LeftUnknown if before == StepState::Unknown => None,
        StepState::LeftUnknown => Some(ChangedTo::Unknown),
        StepState::Blocked => Some(ChangedTo::Blocked { failure: failure(run, step) }),
        StepState::Succeeded => Some(ChangedTo::Succeeded {
            result: run.result(step).cloned().unwrap_or_default(),
            hold: match run.asks(step) {
                Some(Command::Wait { until, why: WaitReason::Hold, .. }) => Some(until.since(record.at)),
                _ => None,
            },
        }),
        StepState::Failed => Some(ChangedTo::Failed { failure: failure(run, step) }),
        StepState::Skipped(reason) => Some(ChangedTo::Skipped {
            reason: reason.as_str().to_owned(),
            detail: run.skip_detail(step).map(str::to_owned),
        }),
        StepState::Cancelled => Some(ChangedTo::Cancelled),
    }
}

fn waits(run: &Run, step: StepKey) -> Option<ChangedTo> {
    match run.asks(step)? {
        Command::Wait { until, why: WaitReason::Backoff, .. } => {
            Some(ChangedTo::Retrying { attempt: run.next_attempt(step), until: *until, failure: failure(run, step) })
        }
        Command::Wait { until, why, .. } => Some(ChangedTo::Waiting { until: *until, reason: *why }),
        _ => None,
    }
}

fn failure(run: &Run, step: StepKey) -> Failure {
    run.failure(step).cloned().unwrap_or_else(|| Failure::rejected("failed", "the step failed"))
}

fn message(run: &Run, step: StepKey) -> String {
    match run.prepared(step) {
        Some(Prepared::Pause { message, .. }) => message.clone(),
        _ => String::new(),
    }
}
