//! When workflows run by themselves.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;

use crate::clock::{Clock as _, SystemClock, Timestamp};
use crate::daemon::calendar::Entry;
use crate::daemon::definitions::Definition;
use crate::duration::Millis;
use crate::web::answers::asked::SpanAsked;
use crate::web::answers::service::{Fire, Schedule};
use crate::web::errors::{Answer, Problem};
use crate::web::extract::Asked;
use crate::web::site::Site;

/// How far is looked where nobody says.
const WEEK: Millis = Millis::from_secs(7 * 86_400);
/// The longest span that is answered.
const LONGEST: Millis = Millis::from_secs(366 * 86_400);

/// `GET /api/v1/schedule`.
pub(crate) async fn show(State(site): State<Arc<Site>>, Asked(asked): Asked<SpanAsked>) -> Answer<Json<Schedule>> {
    let now = SystemClock.now();
    let from = instant("from", asked.from.as_deref())?.unwrap_or(now);
    let to = instant("to", asked.to.as_deref())?.unwrap_or(from + WEEK);
    if to <= from || to.since(from) > LONGEST {
        let problem = Problem::bad("bad-query", "`to` is not after `from`, or more than a year");
        return Err(problem.hint("leave `to` out for a week"));
    }
    let mut entries = Vec::new();
    for definition in site.definitions.list().await.iter().filter(|definition| definition.schedule) {
        entries.extend(site.runs.calendar(definition, &site.place.key, (from, to), now).await?);
    }
    entries.sort_by(|one, other| (one.at, &one.workflow).cmp(&(other.at, &other.workflow)));
    Ok(Json(Schedule { fires: entries.into_iter().map(fire).collect() }))
}

fn fire(entry: Entry) -> Fire {
    Fire {
        workflow: entry.workflow,
        nominal: entry.nominal,
        local: entry.local,
        utc: entry.at.to_string(),
        decision: entry.kind.as_str().to_owned(),
        state: entry.state.map(|state| state.as_str()),
        times: entry.times,
        reason: entry.reason,
        run: entry.run,
    }
}

fn instant(name: &str, written: Option<&str>) -> Answer<Option<Timestamp>> {
    let Some(text) = written.filter(|text| !text.is_empty()) else { return Ok(None) };
    match Timestamp::parse(text) {
        Some(at) => Ok(Some(at)),
        None => {
            let problem = Problem::bad("bad-query", format!("`{name}` is no instant"));
            Err(problem.hint("write it as `2026-11-23T09:00:00Z`"))
        }
    }
}

/// When a workflow runs by itself the next time.
pub(crate) fn next_fire(definition: &Definition) -> Option<String> {
    definition.timetable.as_ref()?.next(SystemClock.now()).map(|due| due.at.to_string())
}
