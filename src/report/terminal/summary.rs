//! The end of a run: its outcome in a line, its outputs, every failure in detail, and one next command.

use serde_json::Value;

use crate::engine::event::{RunOutcome, StopReason};
use crate::outcome::Effect;
use crate::plan::model::{StepKey, Work};
use crate::report::projection::{Ending, RunView};
use crate::report::step::{State, StepView};
use crate::report::terminal::people;
use crate::report::terminal::phrase::announced;
use crate::report::terminal::scene::Scene;
use crate::report::terminal::theme;
use crate::text::{Line, clean, counted, grouped, width};

/// More failures than these are counted, not told: `show` and the reports have them all.
const TOLD: usize = 10;

/// The lines of the summary.
pub(crate) fn lines(scene: &Scene) -> Vec<Line> {
    let view = &scene.view;
    let mut lines = vec![Line::default()];
    lines.extend(outcome(scene));
    lines.extend(people::summary(view));
    for (name, value) in &view.outputs {
        let value = match view.mask.value(value.clone()) {
            Value::String(text) => text,
            other => other.to_string(),
        };
        lines.push(Line::plain(format!("  {}: {}", clean(name), clean(&value))));
    }
    if let Some(failure) = &view.failure {
        lines.push(Line::default().with(theme::BAD, "✖ ").with(theme::PLAIN, clean(&view.mask.text(&failure.message))));
    }
    lines.extend(warnings(view));
    let problems: Vec<_> = view.steps().filter(|(key, step)| is_problem(view, *key, step)).collect();
    for (key, step) in problems.iter().take(TOLD) {
        lines.push(Line::default());
        lines.extend(problem(view, *key, step));
    }
    if let Some(more) = problems.len().checked_sub(TOLD).filter(|more| *more > 0) {
        lines.push(Line::plain(format!("  … and {} more; `--report csv=FILE` has them all", grouped(more as u64))));
    }
    if let Some(next) = next_command(view) {
        lines.push(Line::default());
        lines.push(Line::default().with(theme::FAINT, "next: ").with(theme::STRONG, next));
    }
    lines
}

/// `✔ succeeded in 12.3s`, and `5 steps: 4 succeeded, 1 skipped · 3 lines spoken · 250 credits`.
fn outcome(scene: &Scene) -> Vec<Line> {
    let view = &scene.view;
    let took = view.last.since(view.began);
    let (mark, style, word) = match view.ending {
        Some(Ending::Finished(RunOutcome::Succeeded)) => ("✔", theme::GOOD, format!("succeeded in {took}")),
        Some(Ending::Finished(RunOutcome::Failed)) => ("✖", theme::BAD, format!("failed after {took}")),
        Some(Ending::Finished(RunOutcome::Cancelled)) => ("■", theme::CARE, format!("cancelled after {took}")),
        Some(Ending::Stopped(reason)) => ("■", theme::CARE, format!("stopped after {took}{}", stopped(view, reason))),
        None => ("…", theme::CARE, format!("not ended after {took}: under way elsewhere, or interrupted")),
    };
    let mut told = Vec::new();
    let is_spoken = |step: &StepView| step.speech().is_some() && step.state.as_str() == "succeeded";
    let spoken = view.away.spoken + view.steps().filter(|(_, step)| is_spoken(step)).count() as u64;
    if spoken > 0 {
        told.push(format!("{} spoken", counted(spoken, "line")));
    }
    told.push(counted(view.credits, "credit"));
    let (steps, rest) = (format!("  {}", steps(scene)), told.join(" · "));
    let mut lines = vec![Line::default().with(style, format!("{mark} {word}"))];
    match width(&steps) + width(&rest) + 3 <= scene.columns() {
        true => lines.push(Line::plain(format!("{steps} · {rest}"))),
        false => lines.extend([steps, format!("  {rest}")].map(Line::plain)),
    }
    lines
}

/// `5 steps: 4 succeeded, 1 skipped`.
fn steps(scene: &Scene) -> String {
    let in_all = scene.view.steps().filter(|(key, _)| key.item.is_none() && scene.has_row(*key));
    let states: Vec<_> = in_all.map(|(_, step)| step.state.as_str()).collect();
    let words = ["succeeded", "failed", "skipped", "unknown", "cancelled", "blocked", "running", "pending"];
    let counts = words.map(|word| (states.iter().filter(|state| **state == word).count() as u64, word));
    let word = |word| if word == "pending" { "not reached" } else { word };
    let told = counts.iter().filter(|(n, _)| *n > 0).map(|(n, w)| format!("{} {}", grouped(*n), word(w)));
    let view = &scene.view;
    let carried = view.steps().filter(|(key, _)| key.item.is_none() && view.carried_from(*key).is_some()).count();
    let from = view.start.selection.from.as_ref().filter(|_| carried > 0);
    let from = from.map(|run| format!("; {} as in run {run}", grouped(carried as u64))).unwrap_or_default();
    format!("{}: {}{from}", counted(states.len() as u64, "step"), told.collect::<Vec<_>>().join(", "))
}

fn stopped(view: &RunView, reason: StopReason) -> &'static str {
    let is_held = |key: &StepKey| view.step(*key).is_some_and(|step| step.state == State::Held);
    match reason {
        StopReason::Pause if view.active.iter().any(is_held) => ": a step waits for a person's go",
        StopReason::Person => "",
        StopReason::Unknown => ": nobody knows whether a step took effect",
        StopReason::Pause => ": a pause waits for a person",
        StopReason::Unauthorized => ": the service refuses the secret",
        StopReason::OutOfCredits => ": the account is out of credits",
        StopReason::Unreachable => ": the service cannot be reached",
        StopReason::Journal => ": the journal cannot be written",
    }
}

/// What went wrong and may.
fn warnings(view: &RunView) -> Vec<Line> {
    let is_allowed = |(key, step): &(StepKey, &StepView)| {
        step.state == State::Failed && may_fail(view, *key) && !is_told_by_its_items(view, *key)
    };
    let allowed = view.steps().filter(is_allowed).take(TOLD).map(|(key, step)| {
        let reason = step.failure.as_ref().map(|failure| clean(&view.mask.text(&failure.message))).unwrap_or_default();
        let words = format!("{} failed, as it may: {reason}", name(view, key));
        Line::default().with(theme::CARE, "  warning: ").with(theme::PLAIN, words)
    });
    allowed.chain(half_heard(view)).collect()
}

/// Some rooms heard a line and some did not: success, and never repeated.
fn half_heard(view: &RunView) -> Vec<Line> {
    let skipped = |step: &StepView| step.result("rooms_skipped_no_worker").and_then(Value::as_u64).unwrap_or(0);
    let partly = view.steps().filter(|(_, step)| skipped(step) > 0).take(TOLD);
    partly
        .map(|(key, step)| {
            let rooms = counted(skipped(step), "room");
            Line::default()
                .with(theme::CARE, "  warning: ")
                .with(theme::PLAIN, format!("{} was not heard in {rooms}; it is not repeated", name(view, key)))
        })
        .collect()
}

fn problem(view: &RunView, key: StepKey, step: &StepView) -> Vec<Line> {
    let (mark, style) = theme::mark(&step.state);
    let line = view.node(key).map_or(0, |node| node.line);
    let file = clean(&view.start.plan.file);
    let place = if file.is_empty() { file } else { format!("  {file}:{line}") };
    let word = match step.state {
        State::Failed => "failed",
        State::Blocked => "could not go on",
        _ => "is unknown",
    };
    let head = Line::default().with(style, format!("{mark} {} {word}", name(view, key))).with(theme::FAINT, place);
    let mut lines = vec![head];
    if let Some(failure) = &step.failure {
        lines.push(Line::plain(format!("    {}", clean(&view.mask.text(&failure.message)))));
        let status = failure.status.map(|status| format!("status {status}"));
        let request = failure.request_id.as_ref().map(|id| format!("request {id}"));
        let tries = (step.attempts > 0).then(|| counted(u64::from(step.attempts), "attempt"));
        let told = [status, Some(failure.code.clone()), request, tries].into_iter().flatten().collect::<Vec<_>>();
        lines.push(Line::default().with(theme::FAINT, format!("    {}", clean(&told.join(" · ")))));
    }
    if step.state != State::Failed && step.state != State::Blocked {
        lines.push(Line::plain("    it may have taken effect: it is repeated only if a person says so"));
    }
    lines.extend(not_done(view, key, step).map(|text| Line::plain(format!("    not done: {text}"))));
    lines
}

/// What the failure kept from happening: its own effect, and the steps that needed it.
fn not_done(view: &RunView, key: StepKey, step: &StepView) -> Option<String> {
    let node = view.node(key)?;
    let mut texts = Vec::new();
    let has_effect = matches!(node.effect(), Effect::Once | Effect::Repeatable);
    if has_effect && matches!(step.state, State::Failed | State::Blocked) {
        let said = step.speech().map(|said| format!("“{}”", clean(&view.mask.text(said))));
        texts.push(said.unwrap_or_else(|| announced(view, node, "").fit(60)));
    }
    let kept = kept_back(view, key);
    match kept.len() {
        0 => {}
        1..=3 => texts.push(kept.join(", ")),
        more => texts.push(format!("{}, {} and {} more steps", kept[0], kept[1], more - 2)),
    }
    (!texts.is_empty()).then(|| texts.join("; "))
}

/// The steps of the script that did not run because they need this one, directly or not.
fn kept_back(view: &RunView, key: StepKey) -> Vec<String> {
    if key.item.is_some() {
        return Vec::new();
    }
    let mut reached = vec![false; view.start.plan.nodes.len()];
    let mut kept = Vec::new();
    for (index, node) in view.start.plan.nodes.iter().enumerate() {
        let needs_it = |edge: &crate::plan::model::Edge| {
            edge.node == key.node || reached.get(edge.node as usize).copied().unwrap_or(false)
        };
        let state = view.step(StepKey::node(index as u32)).map(|step| &step.state);
        let did_not_run = match state {
            Some(State::Skipped { reason }) => reason == "upstream",
            Some(State::Pending | State::Cancelled) => true,
            _ => false,
        };
        if did_not_run && node.needs.iter().any(needs_it) {
            reached[index] = true;
            if !matches!(node.work, Work::Join) {
                kept.push(clean(&node.id));
            }
        }
    }
    kept
}

fn next_command(view: &RunView) -> Option<String> {
    let run = &view.start.run;
    match view.ending {
        Some(Ending::Finished(RunOutcome::Succeeded)) => None,
        // A run without a file, as of a single line, is not begun again by one command.
        Some(Ending::Finished(RunOutcome::Failed)) if !view.start.plan.again.is_empty() => {
            Some(view.start.plan.again.clone())
        }
        Some(Ending::Finished(RunOutcome::Failed)) if was_said(view) => Some(format!("runsheet rerun {run} --failed")),
        Some(Ending::Finished(RunOutcome::Failed)) if view.start.plan.file.is_empty() => None,
        Some(Ending::Finished(RunOutcome::Failed)) => {
            let again = format!("runsheet run {}", clean(&view.start.plan.file));
            Some(if view.start.is_rehearsal() { format!("{again} --sandbox") } else { again })
        }
        Some(Ending::Finished(RunOutcome::Cancelled)) => Some(format!("runsheet show {run}")),
        Some(Ending::Stopped(StopReason::Pause)) => Some(format!("runsheet go {run}")),
        Some(Ending::Stopped(StopReason::Unknown)) => {
            Some(format!("runsheet resolve {run} --happened, or --did-not-happen to say it now"))
        }
        // What was begun from the command line of something else is begun again there.
        Some(Ending::Stopped(_)) | None if !view.start.plan.again.is_empty() => Some(view.start.plan.again.clone()),
        Some(Ending::Stopped(_)) | None => Some(format!("runsheet resume {run}")),
    }
}

/// Tells whether to begin anew would say or do something twice. A rehearsal was heard by nobody.
fn was_said(view: &RunView) -> bool {
    !view.start.is_rehearsal()
        && view.steps().any(|(key, step)| {
            let is_once = view
                .node(key)
                .is_some_and(|node| node.effect() == Effect::Once && matches!(node.work, Work::Exchange(_)));
            is_once && matches!(step.state.as_str(), "succeeded" | "unknown")
        })
}

fn is_problem(view: &RunView, key: StepKey, step: &StepView) -> bool {
    match step.state {
        State::Failed => !is_told_by_its_items(view, key) && !may_fail(view, key),
        State::Blocked | State::Asking | State::Unknown => true,
        _ => false,
    }
}

fn is_told_by_its_items(view: &RunView, key: StepKey) -> bool {
    key.item.is_none() && view.items_of(key.node).is_some_and(|items| items.counts.failed > 0)
}

/// Tells whether the file says that the step may fail.
fn may_fail(view: &RunView, key: StepKey) -> bool {
    view.node(key).is_some_and(|node| node.policy.continue_on_error)
}

fn name(view: &RunView, key: StepKey) -> String {
    let path = view.path(key);
    clean(&view.mask.text(&view.item_key(key).map_or(path.clone(), |item| format!("{path}[{item}]"))))
}
