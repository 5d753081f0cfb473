//! The rows: `schedules` and `fires`, each a line that the `sqlite3` shell shows as it is.

use indexmap::IndexMap;
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::{Fire, FireCounts, FireState, ScheduleKey};
use crate::clock::Timestamp;
use crate::ids::RunId;
use crate::schedule::Reason;
use crate::schedule::decide::{Action, Decision, FAR_AHEAD, Kind, Waiting};

/// A schedule that was seen before.
pub(super) struct Known {
    pub(super) definition: String,
    pub(super) is_active: bool,
    pub(super) decided_until: Timestamp,
    /// Since when it is attended, and when it last was.
    pub(super) attended: Option<(Timestamp, Timestamp)>,
    /// Started times up to here are forgotten.
    pub(super) forgotten_until: Timestamp,
}

/// The later of what was decided and the present, unless a wrong clock has decided far ahead.
pub(super) fn later(decided_until: Timestamp, now: Timestamp) -> Timestamp {
    if decided_until.since(now) > FAR_AHEAD { now } else { decided_until.max(now) }
}

pub(super) fn known(connection: &Connection, key: &ScheduleKey) -> rusqlite::Result<Option<Known>> {
    connection
        .prepare_cached("SELECT * FROM schedules WHERE service = ?1 AND workflow = ?2")?
        .query_row(params![key.service, key.workflow], |row| {
            let is_attended = row.get::<_, Option<String>>("attended_at")?.is_some();
            let attended = || Ok::<_, rusqlite::Error>((instant(row, "attended_since")?, instant(row, "attended_at")?));
            let is_whole = row.get::<_, Option<String>>("forgotten_until")?.is_none();
            Ok(Known {
                definition: row.get("definition")?,
                is_active: row.get("active")?,
                decided_until: instant(row, "decided_until")?,
                attended: if is_attended { Some(attended()?) } else { None },
                forgotten_until: if is_whole { Timestamp(i64::MIN) } else { instant(row, "forgotten_until")? },
            })
        })
        .optional()
}

/// Begins a schedule, or begins it anew.
pub(super) fn begin(
    connection: &Connection,
    key: &ScheduleKey,
    definition: &str,
    (now, decided_until): (Timestamp, Timestamp),
) -> rusqlite::Result<()> {
    let statement = "INSERT INTO schedules (service, workflow, definition, active, seen_at, decided_until) \
         VALUES (?1, ?2, ?3, 1, ?4, ?5) ON CONFLICT (service, workflow) DO UPDATE SET \
         definition = excluded.definition, active = 1, seen_at = excluded.seen_at, decided_until = excluded.decided_until";
    connection
        .prepare_cached(statement)?
        .execute(params![key.service, key.workflow, definition, now.to_string(), decided_until.to_string()])
        .map(drop)
}

/// Notes that somebody keeps a schedule, and since when.
pub(super) fn attend(
    connection: &Connection,
    key: &ScheduleKey,
    (since, now): (Option<Timestamp>, Timestamp),
) -> rusqlite::Result<()> {
    let statement = "UPDATE schedules SET attended_since = COALESCE(?3, attended_since), attended_at = ?4 \
         WHERE service = ?1 AND workflow = ?2";
    let since = since.map(|since| since.to_string());
    connection.prepare_cached(statement)?.execute(params![key.service, key.workflow, since, now.to_string()]).map(drop)
}

pub(super) fn advance(connection: &Connection, key: &ScheduleKey, until: Timestamp) -> rusqlite::Result<()> {
    connection
        .prepare_cached("UPDATE schedules SET decided_until = ?3 WHERE service = ?1 AND workflow = ?2")?
        .execute(params![key.service, key.workflow, until.to_string()])
        .map(drop)
}

/// The workflows whose schedules are there.
pub(super) fn active(connection: &Connection, service: &str) -> rusqlite::Result<Vec<String>> {
    connection
        .prepare_cached("SELECT workflow FROM schedules WHERE service = ?1 AND active = 1")?
        .query_map([service], |row| row.get(0))?
        .collect()
}

pub(super) fn put_aside(connection: &Connection, key: &ScheduleKey) -> rusqlite::Result<()> {
    let key = params![key.service, key.workflow];
    connection.prepare_cached("UPDATE schedules SET active = 0 WHERE service = ?1 AND workflow = ?2")?.execute(key)?;
    let skipped = connection
        .prepare_cached(
            "UPDATE fires SET state = 'settled', decision = 'skip', reason = 'the schedule was taken away while it waited' \
             WHERE service = ?1 AND workflow = ?2 AND state = 'waiting'",
        )?
        .execute(key)?;
    let statement = "UPDATE schedules SET skipped = skipped + ?3 WHERE service = ?1 AND workflow = ?2";
    connection.prepare_cached(statement)?.execute(params![key[0], key[1], skipped as i64]).map(drop)
}

/// Records a decision, and the run that it will start; true when nobody has decided about its time before.
pub(super) fn decided(
    connection: &Connection,
    key: &ScheduleKey,
    (decision, run): (&Decision, Option<&RunId>),
    (before, now): (Timestamp, Timestamp),
) -> rusqlite::Result<bool> {
    let state = match decision.action {
        Action::Start { .. } => FireState::Claimed,
        Action::Wait => FireState::Waiting,
        Action::Nothing => FireState::Settled,
    };
    let (due, reason) = (decision.due.to_string(), decision.reason.to_string());
    let (kind, state) = (decision.kind.as_str(), state.as_str());
    let ScheduleKey { service, workflow } = key;
    let run = run.map(RunId::as_str);
    let is_new = decision.what.is_some() || decision.times > 1;
    if !is_new {
        let statement = "UPDATE fires SET decision = ?4, reason = ?5, state = ?6, decided_at = ?7, turn_at = ?7, run = ?8 \
             WHERE service = ?1 AND workflow = ?2 AND due = ?3 AND state = 'waiting'";
        let values = params![service, workflow, due, kind, reason, state, now.to_string(), run];
        return Ok(connection.prepare_cached(statement)?.execute(values)? == 1);
    }
    // A time that the clocks show again is the same time, and has its row.
    if decision.due <= before || matches!(decision.reason, Reason::ShownTwice { .. }) {
        return Ok(false);
    }
    let nominal = decision.what.as_ref().map(|due| due.first.nominal.to_string());
    let statement = "INSERT INTO fires (service, workflow, due, nominal, decision, reason, times, decided_at, state, run) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT DO NOTHING";
    let times = decision.times.cast_signed();
    let values = params![service, workflow, due, nominal, kind, reason, times, now.to_string(), state, run];
    Ok(connection.prepare_cached(statement)?.execute(values)? == 1)
}

/// Counts what starts nothing; a start counts when its run has begun.
pub(super) fn count(connection: &Connection, key: &ScheduleKey, decisions: &[Decision]) -> rusqlite::Result<()> {
    let settled = || decisions.iter().filter(|decision| decision.action == Action::Nothing);
    let missed: u64 = settled().filter(|decision| decision.kind == Kind::Missed).map(|decision| decision.times).sum();
    let skipped = settled().filter(|decision| decision.kind != Kind::Missed).count();
    let statement = "UPDATE schedules SET skipped = skipped + ?3, missed = missed + ?4 \
         WHERE service = ?1 AND workflow = ?2";
    let values = params![key.service, key.workflow, skipped as i64, missed.cast_signed()];
    connection.prepare_cached(statement)?.execute(values).map(drop)
}

pub(super) fn waiting(connection: &Connection, key: &ScheduleKey) -> rusqlite::Result<Vec<Waiting>> {
    connection
        .prepare_cached(
            "SELECT due, decision, decided_at FROM fires WHERE service = ?1 AND workflow = ?2 AND state = 'waiting' ORDER BY due",
        )?
        .query_map(params![key.service, key.workflow], |row| {
            let (due, since) = (instant(row, "due")?, instant(row, "decided_at")?);
            Ok(Waiting { due, kind: word(row, "decision", Kind::from_word)?, since })
        })?
        .collect()
}

/// Forgets settled times that were due before an instant; how many.
pub(super) fn forget(connection: &Connection, before: Timestamp) -> rusqlite::Result<usize> {
    let before = before.to_string();
    // A row is what keeps its time from starting again where a wrong clock has decided too far.
    connection
        .prepare_cached(
            "UPDATE schedules SET forgotten_until = MAX(COALESCE(forgotten_until, ''), latest.due) \
             FROM (SELECT service, workflow, MAX(due) AS due FROM fires \
                   WHERE due < ?1 AND state = 'started' GROUP BY service, workflow) AS latest \
             WHERE schedules.service = latest.service AND schedules.workflow = latest.workflow",
        )?
        .execute([&before])?;
    connection
        .prepare_cached("DELETE FROM fires WHERE due < ?1 AND state NOT IN ('waiting', 'claimed')")?
        .execute([&before])
}

pub(super) fn counts(connection: &Connection, service: &str) -> rusqlite::Result<IndexMap<String, FireCounts>> {
    connection
        .prepare_cached("SELECT * FROM schedules WHERE service = ?1 ORDER BY workflow")?
        .query_map([service], |row| Ok((row.get("workflow")?, counts_of(row)?)))?
        .collect()
}

pub(super) fn totals(connection: &Connection) -> rusqlite::Result<Vec<(ScheduleKey, FireCounts)>> {
    connection
        .prepare_cached("SELECT * FROM schedules ORDER BY workflow, service")?
        .query_map([], |row| {
            let key = ScheduleKey { service: row.get("service")?, workflow: row.get("workflow")? };
            Ok((key, counts_of(row)?))
        })?
        .collect()
}

fn counts_of(row: &Row<'_>) -> rusqlite::Result<FireCounts> {
    let number = |column: &str| row.get::<_, i64>(column).map(i64::cast_unsigned);
    Ok(FireCounts {
        fired: number("fired")?,
        caught_up: number("caught_up")?,
        skipped: number("skipped")?,
        missed: number("missed")?,
        late: number("late")?,
    })
}

pub(super) fn latest(connection: &Connection, key: &ScheduleKey, most: i64) -> rusqlite::Result<Vec<Fire>> {
    connection
        .prepare_cached("SELECT * FROM fires WHERE service = ?1 AND workflow = ?2 ORDER BY due DESC LIMIT ?3")?
        .query_map(params![key.service, key.workflow, most], fire_of)?
        .collect()
}

pub(super) fn fire_of(row: &Row<'_>) -> rusqlite::Result<Fire> {
    Ok(Fire {
        workflow: row.get("workflow")?,
        due: instant(row, "due")?,
        nominal: row.get("nominal")?,
        kind: word(row, "decision", Kind::from_word)?,
        reason: row.get("reason")?,
        times: row.get::<_, i64>("times")?.cast_unsigned(),
        decided_at: instant(row, "decided_at")?,
        state: word(row, "state", FireState::from_word)?,
        run: row.get::<_, Option<String>>("run")?.map(|run| RunId::from_typed(&run)),
    })
}

pub(super) fn instant(row: &Row<'_>, column: &str) -> rusqlite::Result<Timestamp> {
    word(row, column, Timestamp::parse)
}

pub(super) fn word<T>(row: &Row<'_>, column: &str, read: impl Fn(&str) -> Option<T>) -> rusqlite::Result<T> {
    let detail = || format!("`{column}` of a schedule cannot be read");
    read(&row.get::<_, String>(column)?)
        .ok_or_else(|| rusqlite::Error::FromSqlConversionFailure(0, Type::Text, detail().into()))
}
