//! Who let a run begin, where nobody sat in front of it, and whether it was stopped only for its process to end.

use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::JournalError;
use super::sqlite::SqliteJournal;
use crate::database::Durability;
use crate::ids::RunId;

/// Where a run comes from that nobody sits in front of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OriginRow {
    /// Who let it begin, as a word.
    pub by: String,
    /// Whether it was stopped for its process to end, and by nobody's wish.
    pub drained: bool,
}

impl SqliteJournal {
    /// Notes who lets a run begin. Synced with the run's beginning, which follows.
    pub async fn note_origin(&self, run: &RunId, by: &str) -> Result<(), JournalError> {
        let (run, by) = (run.clone(), by.to_owned());
        let insert = move |connection: &Connection| {
            let insert = "INSERT OR REPLACE INTO origins (run, by, drained) VALUES (?1, ?2, 0)";
            connection.execute(insert, params![run.as_str(), by])
        };
        Ok(self.database.write(Durability::Lazy, insert).await.done().await.map(drop)?)
    }

    /// Notes that a run is stopped for its process to end, or goes on again. One that somebody sat in front of is none
    /// of these.
    pub async fn note_drained(&self, run: &RunId, drained: bool) -> Result<(), JournalError> {
        let run = run.clone();
        let update = move |connection: &Connection| {
            connection.execute("UPDATE origins SET drained = ?2 WHERE run = ?1", params![run.as_str(), drained])
        };
        Ok(self.database.write(Durability::Synced, update).await.done().await.map(drop)?)
    }

    /// Where a run comes from; none of one that somebody sat in front of.
    pub async fn origin(&self, run: &RunId) -> Result<Option<OriginRow>, JournalError> {
        let run = run.clone();
        let read = move |connection: &Connection| {
            let mut find = connection.prepare_cached("SELECT by, drained FROM origins WHERE run = ?1")?;
            let origin = |row: &Row<'_>| Ok(OriginRow { by: row.get(0)?, drained: row.get(1)? });
            find.query_row([run.as_str()], origin).optional()
        };
        Ok(self.database.read(read).await?)
    }
}
