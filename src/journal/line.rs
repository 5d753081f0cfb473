//! A record as a row of the database: its text, and a checksum that hangs on the one before.
//!
//! A row that was changed, exchanged, taken out or put in breaks the chain at its place. What was cut off at the end
//! breaks nothing there: the run's own row says how many records it had, see [`ends`]. Rows of format 1 have no
//! checksum; they stand before those that have one, never behind.

use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::{JournalError, RunStatus};
use crate::clock::Timestamp;
use crate::engine::event::{Event, Record};
use crate::ids::RunId;
use crate::sha256;

/// How much of the digest is kept: against accidents, not against an author.
const DIGITS: usize = 16;

/// One row of `events`.
pub(super) struct Line {
    seq: u64,
    at: String,
    kind: String,
    body: String,
    /// None of format 1, and before it is written.
    checksum: Option<String>,
}

/// How a run ends by its own row.
pub(super) struct End {
    /// How many records it had when the row was last written; unknown of format 1.
    pub(super) records: Option<u64>,
    /// Its status then.
    pub(super) status: Option<RunStatus>,
}

impl Line {
    /// The row of a record.
    pub(super) fn of(record: &Record) -> Result<Self, String> {
        let body = serde_json::to_string(&record.event).map_err(|error| error.to_string())?;
        let kind = record.event.name().to_owned();
        Ok(Self { seq: record.seq, at: record.at.to_string(), kind, body, checksum: None })
    }

    /// The record's number.
    pub(super) fn seq(&self) -> u64 {
        self.seq
    }

    /// Adds it when it follows the run's last record, and tells whether it did.
    pub(super) fn insert(&self, connection: &Connection, run: &RunId) -> rusqlite::Result<bool> {
        let last = "SELECT seq, checksum FROM events WHERE run = ?1 ORDER BY seq DESC LIMIT 1";
        let columns = |row: &Row<'_>| Ok((row.get::<_, i64>(0)?, row.get::<_, Option<String>>(1)?));
        let last = connection.prepare_cached(last)?.query_row([run.as_str()], columns).optional()?;
        let (next, before) = last.map_or((0, None), |(seq, checksum)| (seq.cast_unsigned() + 1, checksum));
        if next != self.seq {
            return Ok(false);
        }
        let checksum = self.chained(run, before.as_deref());
        let mut insert = connection.prepare_cached(
            "INSERT INTO events (run, seq, at, type, body, checksum) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?;
        let seq = self.seq.cast_signed();
        Ok(insert.execute(params![run.as_str(), seq, self.at, self.kind, self.body, checksum])? == 1)
    }

    /// The checksum of this row behind the one before.
    fn chained(&self, run: &RunId, before: Option<&str>) -> String {
        let Self { seq, at, body, .. } = self;
        let mut checksum = sha256::hex(format!("{}\n{run}\n{seq}\n{at}\n{body}", before.unwrap_or_default()));
        checksum.truncate(DIGITS);
        checksum
    }

    /// The record, when it is the expected one, hangs on the one before and reads back.
    fn record(&self, run: &RunId, expected: u64, before: Option<&str>) -> Result<Record, JournalError> {
        let corrupt = |detail: String| JournalError::Corrupt { run: run.clone(), seq: expected, detail };
        if self.seq != expected {
            return Err(corrupt(format!("record {} stands in its place", self.seq)));
        }
        match &self.checksum {
            Some(checksum) if *checksum != self.chained(run, before) => {
                return Err(corrupt("its checksum is not that of what it says".to_owned()));
            }
            None if before.is_some() => return Err(corrupt("it has no checksum".to_owned())),
            _ => {}
        }
        let at = Timestamp::parse(&self.at).ok_or_else(|| corrupt(format!("`{}` is no instant", self.at)))?;
        let event: Event = serde_json::from_str(&self.body).map_err(|error| corrupt(error.to_string()))?;
        if event.name() != self.kind {
            return Err(corrupt(format!("it is listed as `{}`, and is `{}`", self.kind, event.name())));
        }
        Ok(Record { seq: expected, at, event })
    }
}

/// Every row of a run, in order.
pub(super) fn lines(connection: &Connection, run: &RunId) -> rusqlite::Result<Vec<Line>> {
    let select = "SELECT seq, at, type, body, checksum FROM events WHERE run = ?1 ORDER BY seq";
    connection.prepare_cached(select)?.query_map([run.as_str()], line_of)?.collect()
}

/// At most so many rows of a run from a number on, behind the one that they hang on.
pub(super) fn lines_from(connection: &Connection, run: &RunId, from: u64, most: usize) -> rusqlite::Result<Vec<Line>> {
    let select = "SELECT seq, at, type, body, checksum FROM events WHERE run = ?1 AND seq >= ?2 ORDER BY seq LIMIT ?3";
    let (first, most) = (from.saturating_sub(1).cast_signed(), most + usize::from(from > 0));
    let values = params![run.as_str(), first, i64::try_from(most).unwrap_or(i64::MAX)];
    connection.prepare_cached(select)?.query_map(values, line_of)?.collect()
}

fn line_of(row: &Row<'_>) -> rusqlite::Result<Line> {
    let seq: i64 = row.get(0)?;
    let (at, kind, body, checksum) = (row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?);
    Ok(Line { seq: seq.cast_unsigned(), at, kind, body, checksum })
}

/// What the run's own row says of its end.
pub(super) fn end(connection: &Connection, run: &RunId) -> rusqlite::Result<Option<End>> {
    let select = "SELECT status, records FROM runs WHERE id = ?1";
    let columns = |row: &Row<'_>| {
        let records: Option<i64> = row.get(1)?;
        Ok(End { status: RunStatus::from_word(&row.get::<_, String>(0)?), records: records.map(i64::cast_unsigned) })
    };
    connection.prepare_cached(select)?.query_row([run.as_str()], columns).optional()
}

/// The records of a run's rows: all of them, or the first that cannot be trusted.
pub(super) fn records(run: &RunId, lines: &[Line], end: &End) -> Result<Vec<Record>, JournalError> {
    let mut before = None;
    let mut records = Vec::with_capacity(lines.len());
    for (expected, line) in lines.iter().enumerate() {
        records.push(line.record(run, expected as u64, before)?);
        before = line.checksum.as_deref();
    }
    let kept = records.len() as u64;
    let is_finished = matches!(records.last(), Some(Record { event: Event::Finished { .. }, .. }));
    let had_ended = end.status.is_some_and(RunStatus::is_final);
    let missing = match end.records {
        Some(had) if had > kept => Some(format!("it is missing: the run had {had} records")),
        _ if had_ended && !is_finished => Some("it is missing: the run had ended".to_owned()),
        _ => None,
    };
    match missing {
        Some(detail) => Err(JournalError::Corrupt { run: run.clone(), seq: kept, detail }),
        None => Ok(records),
    }
}

/// The records of rows that [`lines_from`] read: those from a number on, or the first that cannot be trusted.
pub(super) fn records_from(run: &RunId, lines: &[Line], from: u64) -> Result<Vec<Record>, JournalError> {
    let (before, lines) = match (from.checked_sub(1), lines.split_first()) {
        (Some(last), Some((line, rest))) if line.seq == last => (line.checksum.as_deref(), rest),
        (Some(seq), _) => {
            return Err(JournalError::Corrupt { run: run.clone(), seq, detail: "it is missing".to_owned() });
        }
        (None, _) => (None, lines),
    };
    let mut before = before;
    let mut records = Vec::with_capacity(lines.len());
    for (expected, line) in (from..).zip(lines) {
        records.push(line.record(run, expected, before)?);
        before = line.checksum.as_deref();
    }
    Ok(records)
}
