//! The rows of times that are claimed: which run each will start, and what became of it.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::rows::{instant, word};
use super::{Claimed, LATE, ScheduleKey};
use crate::clock::Timestamp;
use crate::ids::RunId;
use crate::schedule::decide::Kind;

/// Every claim of a service that has not become a run yet.
pub(super) fn of_service(connection: &Connection, service: &str) -> rusqlite::Result<Vec<Claimed>> {
    connection
        .prepare_cached("SELECT workflow, due, decided_at, run FROM fires WHERE service = ?1 AND state = 'claimed'")?
        .query_map([service], |row| {
            Ok(Claimed {
                workflow: row.get("workflow")?,
                due: instant(row, "due")?,
                since: instant(row, "decided_at")?,
                run: row.get::<_, Option<String>>("run")?.map(|run| RunId::from_typed(&run)),
            })
        })?
        .collect()
}

/// Makes a claim a start, and counts it: once, however often it is told.
pub(super) fn start(
    connection: &Connection,
    key: &ScheduleKey,
    due: Timestamp,
    (run, at): (&RunId, Timestamp),
) -> rusqlite::Result<()> {
    let statement = "UPDATE fires SET state = 'started', run = ?4 \
         WHERE service = ?1 AND workflow = ?2 AND due = ?3 AND state = 'claimed' \
         RETURNING decision, COALESCE(turn_at, due) AS turn_at";
    let values = params![key.service, key.workflow, due.to_string(), run.as_str()];
    let started = connection
        .prepare_cached(statement)?
        .query_row(values, |row| Ok((word(row, "decision", Kind::from_word)?, instant(row, "turn_at")?)))
        .optional()?;
    let Some((kind, turn)) = started else { return Ok(()) };
    let is_made_up = kind == Kind::Catchup;
    let is_late = !is_made_up && at.since(turn) > LATE;
    let statement = "UPDATE schedules SET fired = fired + ?3, caught_up = caught_up + ?4, late = late + ?5 \
         WHERE service = ?1 AND workflow = ?2";
    let values = params![key.service, key.workflow, !is_made_up, is_made_up, is_late];
    connection.prepare_cached(statement)?.execute(values).map(drop)
}

/// Gives up a claim that became no run.
pub(super) fn lose(connection: &Connection, key: &ScheduleKey, due: Timestamp, why: &str) -> rusqlite::Result<()> {
    let statement = "UPDATE fires SET state = 'lost', decision = 'missed', reason = ?4, run = NULL \
         WHERE service = ?1 AND workflow = ?2 AND due = ?3 AND state = 'claimed'";
    let values = params![key.service, key.workflow, due.to_string(), why];
    let lost = connection.prepare_cached(statement)?.execute(values)?;
    let statement = "UPDATE schedules SET missed = missed + ?3 WHERE service = ?1 AND workflow = ?2";
    connection.prepare_cached(statement)?.execute(params![key.service, key.workflow, lost as i64]).map(drop)
}
