//! What a run repeats of an earlier one: what goes out again, and what it said, or may have said, that a new one would say again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;

use crate::daemon::refused::{Refused, Why};
use crate::daemon::runs::RunsError;
use crate::engine::carry::Repeat;
use crate::engine::event::{Event, Record, Rendering, Resolution};
use crate::engine::run::Run;
use crate::engine::selection::{CarriedEnd, Selection, SelectionIndex};
use crate::executors::coming::Line;
use crate::executors::driver;
use crate::outcome::{Effect, ErrorClass, Exchange};
use crate::plan::model::{Exchanged, Plan, RoomReference, Section, StepKey, Work};
use crate::report::RunView;
use crate::text::clean;

/// What goes out again of a run; refused where nobody could say what follows.
pub fn select(before: &Run, records: &[Record], repeat: Repeat) -> Result<Selection, Refused> {
    let selection = before.selection_of(repeat);
    match lost_agent(records, &selection) {
        Some((step, agent)) => {
            let run = &before.start().run;
            let message =
                format!("agent {agent} of step `{step}` was deleted by run {run}: nobody could say what follows");
            Err(Refused::new(Why::Invalid, message).hint(format!("`runsheet rerun {run}` makes it anew")))
        }
        None => Ok(selection),
    }
}

/// Tells whether a selection carries over, or leaves out, every step of the script.
pub fn repeats_nothing(plan: &Plan, selection: &Selection) -> bool {
    let index = selection.index();
    let is_settled = |place: u32| index.leaves_out(place) || index.node(place).is_some();
    let mut steps = (0..).zip(&plan.nodes).filter(|(_, node)| node.section == Section::Main);
    steps.all(|(place, node)| matches!(node.work, Work::Join) || is_settled(place))
}

/// The lines that were said, or may have been, and that this selection does not keep from going out again.
pub fn said_again(records: &[Record], selection: &Selection) -> Result<Vec<Line>, RunsError> {
    let Some(Record { event: Event::Started(start), .. }) = records.first() else { return Ok(Vec::new()) };
    let mut view = RunView::new(Arc::new(start.as_ref().clone()));
    driver::replay(records, |moment| view.apply(&moment))?;
    let (said, index) = (said(records), selection.index());
    let goes_out = |key: StepKey| !is_settled(&view, &index, key);
    let was_said = |key: StepKey| {
        let is_once = view
            .node(key)
            .is_some_and(|node| matches!(&node.work, Work::Exchange(exchanged) if exchanged.effect == Effect::Once));
        let ended = view.step(key).map_or("pending", |step| step.state.as_str());
        let before = view.carried_from(key).is_some() && matches!(ended, "succeeded" | "unknown");
        is_once && (before || said.contains(&key))
    };
    let again = view.steps().map(|(key, _)| key).filter(|key| was_said(*key) && goes_out(*key));
    Ok(again.filter_map(|key| line(&view, key)).collect())
}

/// A step whose agent is carried over though the run deleted it, and that agent.
fn lost_agent(records: &[Record], selection: &Selection) -> Option<(String, String)> {
    let Some(Record { event: Event::Started(start), .. }) = records.first() else { return None };
    let mut sent: BTreeMap<StepKey, &Rendering> = BTreeMap::new();
    let mut deleted = BTreeSet::new();
    for record in records {
        match &record.event {
            Event::AttemptStarted { step, rendering, .. } => drop(sent.insert(*step, rendering)),
            Event::AttemptEnded { step, exchange: Exchange::Done { .. } } => {
                let is_delete = start.plan.get(*step).is_some_and(|node| node.action() == "delete_agent");
                let agent = sent.get(step).and_then(|sent| sent.agent.clone());
                deleted.extend(agent.filter(|_| is_delete));
            }
            _ => {}
        }
    }
    selection.carried.iter().find_map(|carried| {
        let node = start.plan.nodes.get(carried.node as usize).filter(|node| node.action() == "generate")?;
        let CarriedEnd::Succeeded { result: Some(result) } = &carried.end else { return None };
        let agent = result.get("agent_id").and_then(Value::as_str)?;
        deleted.contains(agent).then(|| (clean(&node.id), clean(agent)))
    })
}

/// The steps that reached out and may have taken effect. A failure that tells it did not takes nothing back of an
/// earlier try that nobody knows about; only a person does.
fn said(records: &[Record]) -> BTreeSet<StepKey> {
    let mut said = BTreeSet::new();
    let mut in_flight = BTreeSet::new();
    for record in records {
        match &record.event {
            Event::AttemptStarted { step, .. } => drop(in_flight.insert(*step)),
            Event::AttemptEnded { step, exchange } => {
                in_flight.remove(step);
                let may_have = match exchange {
                    Exchange::Done { .. } => true,
                    Exchange::Failed { failure } => failure.class == ErrorClass::Unknown,
                    Exchange::Again { .. } => false,
                };
                said.extend(may_have.then_some(*step));
            }
            Event::Resumed => said.append(&mut in_flight),
            Event::Resolved { step, resolution: Resolution::DidNotHappen } => drop(said.remove(step)),
            _ => {}
        }
    }
    said.append(&mut in_flight);
    said
}

fn is_settled(view: &RunView, index: &SelectionIndex, key: StepKey) -> bool {
    match (key.item, view.item_key(key)) {
        (Some(item), Some(name)) => index.leaves_out(key.node) || index.item(key.node, name, item.inner).is_some(),
        _ => index.leaves_out(key.node) || index.node(key.node).is_some(),
    }
}

fn line(view: &RunView, key: StepKey) -> Option<Line> {
    let Work::Exchange(exchanged) = &view.node(key)?.work else { return None };
    let sent = view.step(key).and_then(|step| step.rendering.as_deref());
    let masked = |text: &str| clean(&view.mask.text(text));
    let path = view.path(key);
    let step = view.item_key(key).map_or(path.clone(), |item| format!("{path}[{item}]"));
    let (text, is_quoted) = text(exchanged, sent);
    let room = match (&exchanged.room, sent.and_then(|sent| sent.room.as_deref())) {
        (_, Some(room)) => Some(masked(room)),
        (Some(RoomReference::Named(room)), None) => Some(masked(room)),
        (Some(RoomReference::Every), None) => Some("every room".to_owned()),
        (None, None) => None,
    };
    Some(Line { step: masked(&step), text: masked(&text), is_quoted, room })
}

/// What was sent; as it is written where this run only carried it over.
fn text(exchanged: &Exchanged, sent: Option<&Rendering>) -> (String, bool) {
    let fields = sent.map_or(&exchanged.fields, |sent| &sent.fields);
    let field = |name: &str| fields.get(name).and_then(Value::as_str);
    match ["message", "context"].iter().find_map(|name| field(name)).filter(|_| exchanged.action != "http") {
        Some(text) => (text.to_owned(), true),
        None => (format!("{} {}", field("method").unwrap_or("GET"), field("url").unwrap_or_default()), false),
    }
}
