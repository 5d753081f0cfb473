//! Following the journal of a folder while somebody else writes it: single rows, and what was committed since.
//!
//! Whoever shows runs looks here. [`SqliteJournal::version`] is cheap enough to be asked ten times a second; only when
//! it changed is anything read, and of a run only what is behind its last record.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension as _};

use super::sqlite::{SqliteJournal, row_of};
use super::{JournalError, RunRow, line, lock};
use crate::database::Database;
use crate::engine::event::Record;
use crate::ids::RunId;

/// How far a run that has not ended has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reach {
    /// The run.
    pub row: RunRow,
    /// The number of its last record.
    pub last: u64,
}

/// All runs in figures.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// How many runs have which status in their row.
    pub by_status: Vec<(String, u64)>,
    /// The credits they spent.
    pub credits: u64,
    /// Their steps, by how they ended.
    pub steps: [u64; 4],
}

impl SqliteJournal {
    /// The database, for those who put rows of their own in it.
    pub fn database(&self) -> Arc<Database> {
        self.database.clone()
    }

    /// A number that is another one whenever anybody committed something since.
    pub async fn version(&self) -> Result<i64, JournalError> {
        let version = |connection: &Connection| connection.query_row("PRAGMA data_version", [], |row| row.get(0));
        Ok(self.database.read(version).await?)
    }

    /// The records of a run from a number on, at most so many; none when there are no more yet.
    pub async fn tail(&self, run: &RunId, from: u64, most: usize) -> Result<Vec<Record>, JournalError> {
        let id = run.clone();
        let read = move |connection: &Connection| line::lines_from(connection, &id, from, most);
        let lines = self.database.read(read).await?;
        if lines.is_empty() && !self.has(run).await? {
            return Err(JournalError::NoRun(run.clone()));
        }
        line::records_from(run, &lines, from)
    }

    /// The run with exactly this id.
    pub async fn row(&self, run: &RunId) -> Result<Option<RunRow>, JournalError> {
        let (id, folder) = (run.clone(), self.folder.clone());
        let read = move |connection: &Connection| {
            let mut one = connection.prepare_cached("SELECT * FROM runs WHERE id = ?1")?;
            let row = one.query_row([id.as_str()], row_of).optional()?;
            Ok(row.map(|row| row.seen(|run| lock::is_held(&folder, run))))
        };
        Ok(self.database.read(read).await?)
    }

    /// The last run of each file, newest first.
    pub async fn latest_of_files(&self) -> Result<Vec<RunRow>, JournalError> {
        let folder = self.folder.clone();
        let read = move |connection: &Connection| {
            let mut latest = connection.prepare_cached(
                "SELECT * FROM (SELECT *, row_number() OVER (PARTITION BY file ORDER BY started_at DESC, rowid DESC) \
                 AS place FROM runs) WHERE place = 1 ORDER BY started_at DESC",
            )?;
            let rows = latest.query_map([], row_of)?;
            rows.map(|row| row.map(|row| row.seen(|run| lock::is_held(&folder, run)))).collect()
        };
        Ok(self.database.read(read).await?)
    }

    /// The runs whose row says that they go on, each with its last record.
    pub async fn under_way(&self) -> Result<Vec<Reach>, JournalError> {
        let folder = self.folder.clone();
        let read = move |connection: &Connection| {
            let mut running = connection.prepare_cached(
                "SELECT *, (SELECT max(seq) FROM events WHERE run = runs.id) AS last FROM runs WHERE status = 'running'",
            )?;
            let rows = running.query_map([], |row| {
                let last: Option<i64> = row.get("last")?;
                let row = row_of(row)?.seen(|run| lock::is_held(&folder, run));
                Ok(Reach { row, last: last.unwrap_or_default().cast_unsigned() })
            })?;
            rows.collect()
        };
        Ok(self.database.read(read).await?)
    }

    /// All runs in figures.
    pub async fn totals(&self) -> Result<Totals, JournalError> {
        let read = |connection: &Connection| {
            let mut sums = connection.prepare_cached(
                "SELECT status, count(*), sum(credits), sum(succeeded), sum(failed), sum(skipped), sum(unknown) \
                 FROM runs GROUP BY status ORDER BY status",
            )?;
            let mut totals = Totals::default();
            let mut rows = sums.query([])?;
            while let Some(row) = rows.next()? {
                let figure = |column: usize| row.get::<_, i64>(column).map(i64::cast_unsigned);
                totals.by_status.push((row.get(0)?, figure(1)?));
                totals.credits += figure(2)?;
                for (place, steps) in totals.steps.iter_mut().enumerate() {
                    *steps += figure(3 + place)?;
                }
            }
            Ok(totals)
        };
        Ok(self.database.read(read).await?)
    }
}

impl Totals {
    /// The steps, by how they ended.
    pub fn counts(&self) -> [(&'static str, u64); 4] {
        let [succeeded, failed, skipped, unknown] = self.steps;
        [("succeeded", succeeded), ("failed", failed), ("skipped", skipped), ("unknown", unknown)]
    }
}
