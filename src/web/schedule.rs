//! When workflows run by themselves.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;

use crate::clock::Timestamp;
use crate::daemon::definitions::Definition;
use crate::web::answers::asked::SpanAsked;
use crate::web::answers::service::Schedule;
use crate::web::errors::{Answer, Problem};
use crate::web::extract::Asked;
use crate::web::site::Site;

/// `GET /api/v1/schedule`.
pub(crate) async fn show(State(_): State<Arc<Site>>, Asked(asked): Asked<SpanAsked>) -> Answer<Json<Schedule>> {
    for (name, written) in [("from", &asked.from), ("to", &asked.to)] {
        if let Some(text) = written.as_ref().filter(|text| !text.is_empty())
            && Timestamp::parse(text).is_none()
        {
            let problem = Problem::bad("bad-query", format!("`{name}` is no instant"));
            return Err(problem.hint("write it as `2026-11-23T09:00:00Z`"));
        }
    }
    Ok(Json(Schedule { fires: Vec::new() }))
}

/// When a workflow runs by itself the next time.
pub(crate) fn next_fire(_: &Site, _: &Definition) -> Option<String> {
    None
}
