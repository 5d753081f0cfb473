//! The journal of a state folder, in its database.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, Row, params};

use super::folder::StateFolder;
use super::line::{self, Line};
use super::{
    Ack, Counts, Durability, Journal, JournalError, Reply, Request, RequestKind, RunFilter, RunRow, RunStatus,
    RunSummary, lock,
};
use crate::clock::Timestamp;
use crate::database::Database;
use crate::engine::event::Record;
use crate::ids::RunId;

/// A journal in the database of a state folder.
#[derive(Debug)]
pub struct SqliteJournal {
    pub(super) database: Arc<Database>,
    pub(super) folder: StateFolder,
    /// The state of the database when each run was last seen to have no requests.
    quiet: Mutex<HashMap<RunId, i64>>,
}

impl SqliteJournal {
    /// The journal of a folder, in the database that was opened there.
    pub fn new(database: Arc<Database>, folder: StateFolder) -> Self {
        Self { database, folder, quiet: Mutex::new(HashMap::new()) }
    }

    /// Whether nothing was committed since the run was last seen to have no requests.
    fn is_quiet(&self, run: &RunId, version: i64) -> bool {
        self.quiet.lock().unwrap_or_else(PoisonError::into_inner).get(run) == Some(&version)
    }

    fn set_quiet(&self, run: RunId, version: i64) {
        self.quiet.lock().unwrap_or_else(PoisonError::into_inner).insert(run, version);
    }

    async fn taken_requests(&self, run: RunId) -> Result<Vec<Request>, JournalError> {
        let version = |connection: &Connection| connection.query_row("PRAGMA data_version", [], |row| row.get(0));
        // Read before the rows: a request that comes in between is seen the next time at the latest.
        let version: i64 = self.database.read(version).await?;
        if self.is_quiet(&run, version) {
            return Ok(Vec::new());
        }
        let id = run.clone();
        let waiting = move |connection: &Connection| {
            let mut any = connection.prepare_cached("SELECT 1 FROM requests WHERE run = ?1 LIMIT 1")?;
            any.exists([id.as_str()])
        };
        if !self.database.read(waiting).await? {
            self.set_quiet(run, version);
            return Ok(Vec::new());
        }
        let take = move |connection: &Connection| {
            let mut take = connection.prepare_cached("DELETE FROM requests WHERE run = ?1 RETURNING id, kind, body")?;
            let rows = take.query_map([run.as_str()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
            rows.collect::<rusqlite::Result<Vec<(i64, String, String)>>>()
        };
        let mut taken = self.database.write(Durability::Lazy, take).await.done().await?;
        taken.sort_by_key(|(id, ..)| *id);
        Ok(taken.into_iter().filter_map(|(_, kind, body)| request_of(&kind, &body)).collect())
    }
}

impl Journal for SqliteJournal {
    fn create<'a>(&'a self, row: &RunRow, record0: &Record) -> Reply<'a, ()> {
        let (row, line) = (row.clone(), Line::of(record0));
        Box::pin(async move {
            let line = line.map_err(|detail| unwritable(&row.id, 0, detail))?;
            if line.seq() != 0 {
                return Err(JournalError::OutOfOrder { run: row.id, seq: line.seq() });
            }
            let id = row.id.clone();
            let insert =
                move |connection: &Connection| Ok(insert_run(connection, &row)? && line.insert(connection, &row.id)?);
            match self.database.write(Durability::Synced, insert).await.done().await? {
                true => Ok(()),
                false => Err(JournalError::Taken(id)),
            }
        })
    }

    #[expect(clippy::async_yields_async, reason = "the queue is waited for first, the commit by whoever takes the ack")]
    fn append<'a>(
        &'a self,
        run: &RunId,
        record: &Record,
        durability: Durability,
    ) -> Pin<Box<dyn Future<Output = Ack> + Send + 'a>> {
        let (run, seq, line) = (run.clone(), record.seq, Line::of(record));
        Box::pin(async move {
            let line = match line {
                Ok(line) => line,
                Err(detail) => return Box::pin(std::future::ready(Err(unwritable(&run, seq, detail)))) as Ack,
            };
            let id = run.clone();
            let queued = self.database.write(durability, move |connection| line.insert(connection, &id)).await;
            Box::pin(async move {
                match queued.done().await? {
                    true => Ok(()),
                    false => Err(JournalError::OutOfOrder { run, seq }),
                }
            }) as Ack
        })
    }

    fn load<'a>(&'a self, run: &RunId) -> Reply<'a, Vec<Record>> {
        let (run, id) = (run.clone(), run.clone());
        Box::pin(async move {
            // At one moment: a record that comes in between must not look like one too many.
            let read = move |connection: &Connection| {
                let snapshot = connection.unchecked_transaction()?;
                Ok((line::lines(&snapshot, &id)?, line::end(&snapshot, &id)?))
            };
            match self.database.read(read).await? {
                (lines, Some(end)) if !lines.is_empty() => line::records(&run, &lines, &end),
                (_, Some(_)) => Err(JournalError::Corrupt { run, seq: 0, detail: "it is missing".to_owned() }),
                (_, None) => Err(JournalError::NoRun(run)),
            }
        })
    }

    fn runs<'a>(&'a self, filter: &RunFilter) -> Reply<'a, Vec<RunRow>> {
        let (filter, folder) = (filter.clone(), self.folder.clone());
        Box::pin(async move {
            let list = move |connection: &Connection| {
                // Rows that cannot be meant are left out before they are read, and before their locks are looked at.
                let mut all = connection.prepare_cached(
                    "SELECT * FROM runs WHERE (?1 IS NULL \
                     OR (started_at, rowid) < (SELECT started_at, rowid FROM runs WHERE id = ?1)) \
                     AND (?2 IS NULL OR workflow = ?2) AND (?3 IS NULL OR file = ?3) \
                     AND (?4 IS NULL OR status IN (?4, ?5)) AND (?6 IS NULL OR substr(id, 1, length(?6)) = ?6) \
                     ORDER BY started_at DESC, rowid DESC",
                )?;
                let [one, other] = filter.stored().map_or([None; 2], |words| words.map(Some));
                let before = filter.before.as_ref().map(RunId::as_str);
                let prefix = filter.prefix.as_ref().map(RunId::as_str);
                let rows = all.query_map(params![before, filter.workflow, filter.file, one, other, prefix], row_of)?;
                let seen = rows.map(|row| row.map(|row| row.seen(|run| lock::is_held(&folder, run))));
                seen.filter(|row| row.as_ref().map_or(true, |row| filter.accepts(row))).take(filter.most()).collect()
            };
            Ok(self.database.read(list).await?)
        })
    }

    fn set_status<'a>(&'a self, run: &RunId, summary: &RunSummary) -> Reply<'a, ()> {
        let (run, id, summary) = (run.clone(), run.clone(), summary.clone());
        Box::pin(async move {
            let update = move |connection: &Connection| update_run(connection, &id, &summary);
            match self.database.write(Durability::Lazy, update).await.done().await? {
                true => Ok(()),
                false => Err(JournalError::NoRun(run)),
            }
        })
    }

    fn put_request<'a>(&'a self, run: &RunId, request: &Request) -> Reply<'a, ()> {
        let (run, id, kind, body) = (run.clone(), run.clone(), request.kind, request.body.to_string());
        Box::pin(async move {
            let insert = move |connection: &Connection| {
                let statement = "INSERT INTO requests (run, kind, body) SELECT id, ?2, ?3 FROM runs WHERE id = ?1";
                let mut insert = connection.prepare_cached(statement)?;
                Ok(insert.execute(params![id.as_str(), kind.as_str(), body])? == 1)
            };
            match self.database.write(Durability::Synced, insert).await.done().await? {
                true => Ok(()),
                false => Err(JournalError::NoRun(run)),
            }
        })
    }

    fn take_requests<'a>(&'a self, run: &RunId) -> Reply<'a, Vec<Request>> {
        Box::pin(self.taken_requests(run.clone()))
    }
}

/// Adds a run, unless its id is taken.
fn insert_run(connection: &Connection, row: &RunRow) -> rusqlite::Result<bool> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO runs (id, workflow, file, service, sandbox, started_at, status, credits, \
         succeeded, failed, skipped, unknown) VALUES (?1, ?2, ?3, ?4, ?5, ?6, '', 0, 0, 0, 0, 0) \
         ON CONFLICT (id) DO NOTHING",
    )?;
    let started = row.started_at.to_string();
    let values = params![row.id.as_str(), row.workflow, row.file, row.service, row.sandbox, started];
    Ok(insert.execute(values)? == 1 && update_run(connection, &row.id, &row.summary)?)
}

fn update_run(connection: &Connection, run: &RunId, summary: &RunSummary) -> rusqlite::Result<bool> {
    let mut update = connection.prepare_cached(
        "UPDATE runs SET status = ?2, ended_at = ?3, credits = ?4, \
         records = (SELECT coalesce(max(seq) + 1, 0) FROM events WHERE run = ?1), \
         succeeded = ?5, failed = ?6, skipped = ?7, unknown = ?8 WHERE id = ?1",
    )?;
    let (ended, counts) = (summary.ended_at.map(|at| at.to_string()), summary.counts);
    let (status, credits) = (summary.status.as_str(), summary.credits.cast_signed());
    let Counts { succeeded, failed, skipped, unknown } = counts;
    let values = params![run.as_str(), status, ended, credits, succeeded, failed, skipped, unknown];
    Ok(update.execute(values)? == 1)
}

pub(super) fn row_of(row: &Row<'_>) -> rusqlite::Result<RunRow> {
    let unreadable = |column: &str| {
        let detail = format!("`{column}` of a run cannot be read");
        rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, detail.into())
    };
    let instant = |text: String| Timestamp::parse(&text).ok_or_else(|| unreadable("an instant"));
    let credits: i64 = row.get("credits")?;
    let counts = Counts {
        succeeded: row.get("succeeded")?,
        failed: row.get("failed")?,
        skipped: row.get("skipped")?,
        unknown: row.get("unknown")?,
    };
    let summary = RunSummary {
        status: RunStatus::from_word(&row.get::<_, String>("status")?).ok_or_else(|| unreadable("status"))?,
        ended_at: row.get::<_, Option<String>>("ended_at")?.map(instant).transpose()?,
        credits: credits.cast_unsigned(),
        counts,
    };
    Ok(RunRow {
        id: RunId::from_typed(&row.get::<_, String>("id")?),
        workflow: row.get("workflow")?,
        file: row.get("file")?,
        service: row.get("service")?,
        sandbox: row.get("sandbox")?,
        started_at: instant(row.get("started_at")?)?,
        summary,
        crashed: false,
    })
}

/// Reads a request; one that a later version left is none for this one.
fn request_of(kind: &str, body: &str) -> Option<Request> {
    Some(Request { kind: RequestKind::from_word(kind)?, body: serde_json::from_str(body).ok()? })
}

/// A record that has no written form: it would not read back.
fn unwritable(run: &RunId, seq: u64, detail: String) -> JournalError {
    JournalError::Corrupt { run: run.clone(), seq, detail }
}
