//! Looking after the journal of a folder: single look-ups, its soundness, and what is no longer wanted.
//!
//! Only the journal in a database is looked after; the one in memory ends with its process.

use std::collections::{HashMap, HashSet};

use rusqlite::{Connection, OptionalExtension as _};

use super::JournalError;
use super::blobs::names_in;
use super::sqlite::SqliteJournal;
use crate::database::{DatabaseError, Durability};
use crate::ids::RunId;

/// How much the records of a run are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extent {
    /// How many.
    pub records: u64,
    /// Their texts, in bytes.
    pub bytes: u64,
}

impl SqliteJournal {
    /// Tells whether a run has this id, by one look-up.
    pub async fn has(&self, run: &RunId) -> Result<bool, JournalError> {
        let id = run.clone();
        let has = move |connection: &Connection| {
            connection.prepare_cached("SELECT 1 FROM runs WHERE id = ?1")?.exists([id.as_str()])
        };
        Ok(self.database.read(has).await?)
    }

    /// Looks through the whole file: its pages, its indexes, and that every record belongs to a run.
    pub async fn check(&self) -> Result<(), JournalError> {
        let look = |connection: &Connection| {
            let told: String = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
            if told != "ok" {
                return Ok(Some(told));
            }
            let strays = "SELECT run FROM events WHERE run NOT IN (SELECT id FROM runs) LIMIT 1";
            let stray: Option<String> = connection.query_row(strays, [], |row| row.get(0)).optional()?;
            Ok(stray.map(|run| format!("there are records of run `{run}`, and no such run")))
        };
        match self.database.read(look).await? {
            None => Ok(()),
            Some(detail) => Err(DatabaseError::Corrupt { path: self.folder.database(), detail }.into()),
        }
    }

    /// How much is kept of each run that has records.
    pub async fn extents(&self) -> Result<HashMap<RunId, Extent>, JournalError> {
        let read = |connection: &Connection| {
            let mut sums = connection.prepare("SELECT run, count(*), sum(length(body)) FROM events GROUP BY run")?;
            let rows = sums.query_map([], |row| {
                let (records, bytes): (i64, i64) = (row.get(1)?, row.get(2)?);
                let extent = Extent { records: records.cast_unsigned(), bytes: bytes.cast_unsigned() };
                Ok((RunId::from_typed(&row.get::<_, String>(0)?), extent))
            })?;
            rows.collect()
        };
        Ok(self.database.read(read).await?)
    }

    /// The names of the files that runs read, but those of some. Every name in a record 0 counts, so that of a run
    /// that is damaged, or that this version cannot read, none is lost.
    pub async fn files_but_of(&self, some: HashSet<RunId>) -> Result<HashSet<String>, JournalError> {
        let read = move |connection: &Connection| {
            let mut first = connection.prepare("SELECT run, body FROM events WHERE seq = 0")?;
            let mut rows = first.query([])?;
            let mut names = HashSet::new();
            // One text at a time: a plan may be large, and there may be many.
            while let Some(row) = rows.next()? {
                if !some.contains(&RunId::from_typed(&row.get::<_, String>(0)?)) {
                    names.extend(names_in(&row.get::<_, String>(1)?).map(str::to_owned));
                }
            }
            Ok(names)
        };
        Ok(self.database.read(read).await?)
    }

    /// Removes a run with its records and wishes. Synced. Its lock is held by the caller.
    pub async fn forget(&self, run: &RunId) -> Result<(), JournalError> {
        let id = run.clone();
        let forget = move |connection: &Connection| {
            for statement in [
                "DELETE FROM events WHERE run = ?1",
                "DELETE FROM requests WHERE run = ?1",
                "DELETE FROM origins WHERE run = ?1",
                // What was said stays known, but for a rehearsal's; what waited to be said never will be.
                "DELETE FROM lines WHERE run = ?1 AND (state = 'waiting' OR service = 'sandbox:' || ?1)",
                "DELETE FROM runs WHERE id = ?1",
            ] {
                connection.prepare_cached(statement)?.execute([id.as_str()])?;
            }
            Ok(())
        };
        Ok(self.database.write(Durability::Synced, forget).await.done().await?)
    }

    /// Gives the room of what was removed back to the disk. Holds every writer up: only while no run is under way.
    pub async fn shrink(&self) -> Result<(), JournalError> {
        let shrink = |connection: &Connection| connection.execute_batch("VACUUM; PRAGMA wal_checkpoint(TRUNCATE)");
        Ok(self.database.read(shrink).await?)
    }
}
