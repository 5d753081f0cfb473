//! `GET /api/v1/runs/{run}`: all that is known of one run, from its journal.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;

use crate::daemon::overview::RunRow;
use crate::daemon::tail::Tail;
use crate::engine::run::Run;
use crate::plan::model::{Node, StepKey, Work};
use crate::report::event::{PublicError, PublicItem};
use crate::report::{Ending, RunView, State as StepState, StepView, Translator};
use crate::web::answers::run::{AudienceItem, CountsItem, RunDetail, RunItem, UnknownItem, WaitingItem};
use crate::web::answers::step::StepItem;
use crate::web::errors::{Answer, Problem};
use crate::web::extract::Named;
use crate::web::nodes;
use crate::web::runs::known;
use crate::web::site::Site;
use crate::web::timeline::Timeline;

/// The handler.
pub(crate) async fn show(State(site): State<Arc<Site>>, Named(run): Named) -> Answer<Json<RunDetail>> {
    let row = known(&site, &run).await?;
    let origin = site.runs.origin(&row.id).await?;
    let look = site.followed.now(&site.runs, &row.id).await?;
    let detail = detail(&site, &row, &look.tail, &look.timeline);
    detail
        .map(|detail| Json(RunDetail { started_by: origin, ..detail }))
        .ok_or_else(|| Problem::unavailable("journal", "the run has no beginning"))
}

fn detail(site: &Site, row: &RunRow, tail: &Tail, timeline: &Timeline) -> Option<RunDetail> {
    let (view, run) = (tail.view()?, tail.run()?);
    let start = &view.start;
    let masked = |outputs: &indexmap::IndexMap<String, serde_json::Value>| {
        outputs.iter().map(|(name, value)| (name.clone(), view.mask.value(value.clone()))).collect()
    };
    Some(RunDetail {
        item: RunItem { credits: view.credits.max(row.summary.credits), counts: counts(view), ..RunItem::of(row) },
        inputs: view.mask.inputs(&start.plan.inputs),
        speed: start.speed,
        stop_reason: match view.ending {
            Some(Ending::Stopped(reason)) => Some(Translator::stop_word(reason).to_owned()),
            _ => None,
        },
        failure: view.failure.as_ref().map(|failure| error(view, failure)),
        outputs: masked(&view.outputs),
        last_seq: tail.events().saturating_sub(1),
        started_by: None,
        nodes: nodes::items(&start.plan),
        steps: view
            .steps()
            .filter(|(key, _)| is_shown(view, *key))
            .map(|(key, step)| item(view, key, step, timeline))
            .collect(),
        audiences: audiences(view),
        waiting: waiting(site, tail, view),
        unknown: unknown(view, run, row.crashed),
    })
}

fn audiences(view: &RunView) -> Vec<AudienceItem> {
    view.audiences().map(|(step, audience)| AudienceItem { step: view.path(step), counts: audience.into() }).collect()
}

fn is_shown(view: &RunView, key: StepKey) -> bool {
    view.node(key).is_some_and(|node| !matches!(node.work, Work::Join))
}

fn counts(view: &RunView) -> CountsItem {
    let mut counts = CountsItem::default();
    for (key, step) in view.steps().filter(|(key, _)| is_shown(view, *key)) {
        // The steps of a loop count one by one, the loop itself does not.
        if matches!(view.node(key).map(|node| &node.work), Some(Work::Loop(_))) && key.item.is_none() {
            continue;
        }
        match step.state.as_str() {
            "succeeded" => counts.succeeded += 1,
            "failed" => counts.failed += 1,
            "skipped" => counts.skipped += 1,
            "unknown" => counts.unknown += 1,
            _ => {}
        }
    }
    counts
}

fn item(view: &RunView, key: StepKey, step: &StepView, timeline: &Timeline) -> StepItem {
    let masked = |text: &str| view.mask.text(text).into_owned();
    let sent = step.rendering.as_deref();
    let (attempts, waits) = timeline.of(view, key);
    let said = step.speech().or_else(|| step.field("message")).or_else(|| step.field("context"));
    let message = match &step.state {
        StepState::Open { message, .. } => Some(message.as_str()),
        _ => None,
    };
    let has_result = matches!(step.state, StepState::Succeeded | StepState::Holding { .. });
    StepItem {
        step: view.path(key),
        item: key
            .item
            .map(|item| PublicItem { key: masked(view.item_key(key).unwrap_or_default()), index: item.index }),
        action: view.node(key).map_or("", Node::action).to_owned(),
        state: word(&step.state),
        text: said.or(message).map(masked),
        room: sent.and_then(|sent| sent.room.as_deref()).map(masked),
        agent: sent.and_then(|sent| sent.agent.clone()),
        began_at: step.began.map(|at| at.to_string()),
        ended_at: step.ended.map(|at| at.to_string()),
        attempts,
        waits,
        result: has_result.then(|| view.mask.value(step.result.as_deref().cloned().unwrap_or_default())),
        error: step.failure.as_ref().filter(|_| !has_result).map(|failure| error(view, failure)),
        skip_reason: step.state.reason().map(str::to_owned),
        credits: step.credits,
    }
}

/// The state in the page's words: what people are to do, and what only moves, are told apart.
fn word(state: &StepState) -> &'static str {
    match state {
        StepState::Waiting { .. } => "waiting",
        StepState::Retrying { .. } => "retrying",
        StepState::Open { .. } | StepState::Held => "paused",
        StepState::Asking => "asking",
        other => other.as_str(),
    }
}

/// What failed, with sensitive inputs masked.
pub(crate) fn error(view: &RunView, failure: &crate::outcome::Failure) -> PublicError {
    let error = PublicError::from(failure);
    PublicError { message: view.mask.text(&error.message).into_owned(), ..error }
}

/// The pause or the step that waits for a person's go.
fn waiting(site: &Site, tail: &Tail, view: &RunView) -> Option<WaitingItem> {
    if matches!(view.ending, Some(Ending::Finished(_))) {
        return None;
    }
    let (key, message) = view.active.iter().find_map(|key| match &view.step(*key)?.state {
        StepState::Open { message, .. } => Some((*key, message.clone())),
        StepState::Held => Some((*key, String::new())),
        _ => None,
    })?;
    let lines = tail.next_lines(&site.runs, 1);
    let next = lines.into_iter().next().map(|line| line.text);
    let masked = |text: &str| view.mask.text(text).into_owned();
    let item = view.item_key(key).map(masked);
    Some(WaitingItem { step: view.path(key), item, message: masked(&message), next })
}

/// The steps of which nobody knows whether they took effect; of a run whose process died also what was in flight.
fn unknown(view: &RunView, run: &Run, has_crashed: bool) -> Vec<UnknownItem> {
    let is_open =
        |key: StepKey, step: &StepView| step.state == StepState::Asking || (has_crashed && run.is_in_flight(key));
    let masked = |text: &str| view.mask.text(text).into_owned();
    let open = view.steps().filter(|(key, step)| is_open(*key, step));
    let item = open.map(|(key, step)| UnknownItem {
        step: view.path(key),
        item: view.item_key(key).map(masked),
        text: step.speech().or_else(|| step.field("message")).or_else(|| step.field("context")).map(masked),
        sent_at: step.sent.map(|at| at.to_string()),
    });
    item.collect()
}
