//! Runs: listed, and found by their id.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;

use crate::daemon::overview::{RunFilter, RunRow, RunStatus};
use crate::ids::RunId;
use crate::web::answers::asked::RunsAsked;
use crate::web::answers::run::{RunItem, RunPage};
use crate::web::errors::{Answer, Problem};
use crate::web::extract::{Asked, Named};
use crate::web::site::Site;

/// How many runs are listed when nothing is said.
const USUAL: usize = 50;
/// How many runs are listed at the most.
const MOST: usize = 500;

/// `GET /api/v1/runs`.
pub(crate) async fn list(State(site): State<Arc<Site>>, Asked(asked): Asked<RunsAsked>) -> Answer<Json<RunPage>> {
    let limit = asked.limit.unwrap_or(USUAL);
    if !(1..=MOST).contains(&limit) {
        return Err(Problem::bad("bad-query", format!("`limit` is between 1 and {MOST}")));
    }
    let status = match asked.status.as_deref().filter(|word| !word.is_empty()) {
        Some(word) => Some(RunStatus::from_word(word).ok_or_else(|| no_status(word))?),
        None => None,
    };
    let before = match asked.before.as_deref().filter(|run| !run.is_empty()) {
        Some(run) => Some(known(&site, run).await?.id),
        None => None,
    };
    let workflow = asked.workflow.filter(|name| !name.is_empty());
    let filter = RunFilter { workflow, status, before, limit: Some(limit + 1), ..RunFilter::default() };
    let mut rows = site.runs.list(&filter).await?;
    let has_more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| has_more).map(|row| row.id.to_string());
    Ok(Json(RunPage { runs: rows.iter().map(RunItem::of).collect(), next }))
}

/// The run with this id.
pub(crate) async fn known(site: &Site, run: &str) -> Answer<RunRow> {
    let row = site.runs.row(&RunId::from_typed(run)).await?;
    row.ok_or_else(|| Problem::missing("unknown-run", format!("there is no run `{}`", crate::text::clean(run))))
}

/// `GET /api/v1/runs/{run}/graph.svg`.
pub(crate) async fn graph(State(site): State<Arc<Site>>, Named(run): Named) -> Answer<axum::response::Response> {
    let row = known(&site, &run).await?;
    let svg = site.runs.drawing(&row.id).await?;
    Ok(axum::response::IntoResponse::into_response(([(axum::http::header::CONTENT_TYPE, "image/svg+xml")], svg)))
}

fn no_status(word: &str) -> Problem {
    let problem = Problem::bad("bad-query", format!("`{}` is no status of a run", crate::text::clean(word)));
    problem.hint("`running`, `stopped`, `succeeded`, `failed` or `cancelled`")
}
