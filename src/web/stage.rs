//! `GET /api/v1/stage`: what was heard in the rooms of a sandbox, from the journals of the last runs.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use indexmap::IndexMap;

use crate::clock::Timestamp;
use crate::daemon::overview::RunFilter;
use crate::plan::model::StepKey;
use crate::report::{RunView, State as StepState, StepView};
use crate::web::answers::service::{LineItem, RoomItem, Stage};
use crate::web::errors::{Answer, Problem};
use crate::web::site::Site;

/// How many runs are looked at.
const RUNS: usize = 20;
/// How many lines of a room are shown.
const LINES: usize = 200;

/// A line with its place in time.
type Heard = (Timestamp, String, LineItem);

/// The handler.
pub(crate) async fn show(State(site): State<Arc<Site>>) -> Answer<Json<Stage>> {
    if !site.place.sandbox {
        return Err(Problem::missing("no-stage", "there is a stage on a sandbox only"));
    }
    let newest = RunFilter { limit: Some(RUNS), ..RunFilter::default() };
    let mut heard: Vec<Heard> = Vec::new();
    for row in site.runs.list(&newest).await?.iter().filter(|row| row.sandbox) {
        let look = site.followed.now(&site.runs, &row.id).await?;
        let view = look.tail.view();
        heard.extend(view.into_iter().flat_map(|view| view.steps().filter_map(|(key, step)| line(view, key, step))));
    }
    heard.sort_by_key(|(at, ..)| *at);
    let mut rooms: IndexMap<String, Vec<LineItem>> = IndexMap::new();
    for (_, room, line) in heard {
        rooms.entry(room).or_default().push(line);
    }
    let room = |(room, mut lines): (String, Vec<LineItem>)| {
        lines.drain(..lines.len().saturating_sub(LINES));
        RoomItem { room, lines }
    };
    Ok(Json(Stage { rooms: rooms.into_iter().map(room).collect() }))
}

/// What a step let be heard, and where.
fn line(view: &RunView, key: StepKey, step: &StepView) -> Option<Heard> {
    let was_heard = step.attempts > 0 && matches!(step.state, StepState::Succeeded | StepState::Holding { .. });
    let (kind, field) = match view.node(key)?.action() {
        "speak" => ("speak", "message"),
        "add_context" => ("context", "context"),
        _ => return None,
    };
    let sent = step.rendering.as_deref().filter(|_| was_heard)?;
    let masked = |text: &str| view.mask.text(text).into_owned();
    let at = step.ended.or(step.sent)?;
    let room = sent.room.as_deref().map_or("every room".to_owned(), masked);
    let (text, agent) = (masked(step.field(field)?), sent.agent.clone());
    Some((at, room, LineItem { at: at.to_string(), text, agent, kind, run: view.start.run.to_string() }))
}
