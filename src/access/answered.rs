//! Requests that started a run, by the key that their sender gave them.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::{Access, AccessError};
use crate::clock::Timestamp;
use crate::database::Durability;
use crate::duration::Millis;
use crate::ids::RunId;

/// How long a key is known.
const KNOWN: Millis = Millis::from_secs(24 * 3600);

/// A request that was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// The digest of what was asked.
    pub request: String,
    /// The run that it started.
    pub run: RunId,
}

/// What came of claiming a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// It is new, and now this request's.
    Taken,
    /// It was used before.
    Known(Answered),
}

impl Access {
    /// The request that used a key within the last 24 hours.
    pub async fn answered(&self, key: &str, now: Timestamp) -> Result<Option<Answered>, AccessError> {
        let (key, since) = (key.to_owned(), oldest(now));
        self.database.read(move |connection| find(connection, &key, &since)).await
    }

    /// Takes a key for a request that is about to start a run. Synced: after a crash it is known as well.
    pub async fn claim(&self, key: &str, answer: &Answered, now: Timestamp) -> Result<Claim, AccessError> {
        let (key, answer, since) = (key.to_owned(), answer.clone(), oldest(now));
        let claim = move |connection: &Connection| {
            connection.prepare_cached("DELETE FROM answered WHERE at < ?1")?.execute([&since])?;
            if let Some(known) = find(connection, &key, &since)? {
                return Ok(Claim::Known(known));
            }
            let insert = "INSERT INTO answered (key, request, run, at) VALUES (?1, ?2, ?3, ?4)";
            let values = params![key, answer.request, answer.run.as_str(), now.to_string()];
            connection.prepare_cached(insert)?.execute(values)?;
            Ok(Claim::Taken)
        };
        self.database.write(Durability::Synced, claim).await.done().await
    }

    /// Gives a key back whose run was not begun.
    pub async fn release(&self, key: &str, run: &RunId) -> Result<(), AccessError> {
        let (key, run) = (key.to_owned(), run.clone());
        let delete = move |connection: &Connection| {
            connection.execute("DELETE FROM answered WHERE key = ?1 AND run = ?2", params![key, run.as_str()])
        };
        self.database.write(Durability::Synced, delete).await.done().await.map(drop)
    }
}

/// Instants of one form are ordered as texts.
fn oldest(now: Timestamp) -> String {
    Timestamp(now.0.saturating_sub_unsigned(KNOWN.0)).to_string()
}

fn find(connection: &Connection, key: &str, since: &str) -> rusqlite::Result<Option<Answered>> {
    let mut find = connection.prepare_cached("SELECT request, run FROM answered WHERE key = ?1 AND at >= ?2")?;
    let answered = find.query_row([key, since], |row| {
        Ok(Answered { request: row.get(0)?, run: RunId::from_typed(&row.get::<_, String>(1)?) })
    });
    answered.optional()
}
