//! The times of a state folder, in its database.

use std::collections::HashMap;
use std::sync::Arc;

use indexmap::IndexMap;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::{Claimed, Fire, FireCounts, Recorded, ScheduleKey, Seen, claims, rows};
use crate::clock::Timestamp;
use crate::database::{Database, DatabaseError, Durability, Queued};
use crate::ids::RunId;
use crate::schedule::Schedule;
use crate::schedule::decide::{Decisions, FAR_AHEAD, Waiting};
use crate::schedule::presence::LONGEST_SILENCE;
use crate::sha256;

/// What became of every time that was due, in the database of a state folder.
#[derive(Clone, Debug)]
pub struct Fires(Arc<Database>);

/// Decisions on their way to the disk.
#[derive(Debug)]
pub enum Recording {
    /// Nothing was due.
    Nothing(Recorded),
    /// To be waited for.
    Queued(Queued<Recorded>),
}

impl Recording {
    /// Waits until they are on the disk.
    pub async fn done(self) -> Result<Recorded, DatabaseError> {
        match self {
            Self::Nothing(recorded) => Ok(recorded),
            Self::Queued(queued) => queued.done().await,
        }
    }
}

impl Fires {
    /// The times of a database.
    pub fn new(database: Arc<Database>) -> Self {
        Self(database)
    }

    /// Tells that a schedule is there as it stands, and that somebody keeps it from now on. Answers up to when everything
    /// is decided, and since when somebody keeps it without a break: this program or another one.
    ///
    /// One that is new, was edited or was put aside begins with the present: nothing is replayed.
    pub async fn see(&self, key: &ScheduleKey, schedule: &Schedule, now: Timestamp) -> Result<Seen, DatabaseError> {
        let (key, definition) = (key.clone(), sha256::hex(schedule.definition()));
        self.write(move |connection| {
            let known = rows::known(connection, &key)?;
            let attended = known.as_ref().and_then(|known| known.attended);
            let up_since = match attended {
                Some((since, last)) if now.since(last) <= LONGEST_SILENCE => since.min(now),
                _ => now,
            };
            let decided_until = match known {
                Some(known) if known.is_active && known.definition == definition => known.decided_until,
                known => {
                    let decided_until = known.map_or(now, |known| rows::later(known.decided_until, now));
                    rows::begin(connection, &key, &definition, (now, decided_until))?;
                    decided_until
                }
            };
            rows::attend(connection, &key, (Some(up_since), now))?;
            Ok(Seen { decided_until, up_since })
        })
        .await
    }

    /// Notes that somebody still keeps these schedules; to be called twice in
    /// [`LONGEST_SILENCE`](crate::schedule::presence::LONGEST_SILENCE) or oftener.
    pub async fn attend(&self, keys: Vec<ScheduleKey>, now: Timestamp) -> Result<(), DatabaseError> {
        let attend =
            move |connection: &Connection| keys.iter().try_for_each(|key| rows::attend(connection, key, (None, now)));
        self.0.write(Durability::Lazy, attend).await.done().await
    }

    /// Puts aside every schedule of a service whose workflow is not named: it was taken out, or its file is gone. What
    /// waits of it is skipped.
    pub async fn put_aside_all_but(&self, service: &str, workflows: &[String]) -> Result<(), DatabaseError> {
        let (service, workflows) = (service.to_owned(), workflows.to_vec());
        self.write(move |connection| {
            for workflow in rows::active(connection, &service)?.into_iter().filter(|name| !workflows.contains(name)) {
                rows::put_aside(connection, &ScheduleKey { service: service.clone(), workflow })?;
            }
            Ok(())
        })
        .await
    }

    /// The times that wait for their turn, the oldest first.
    pub async fn waiting(&self, key: &ScheduleKey) -> Result<Vec<Waiting>, DatabaseError> {
        let key = key.clone();
        self.0.read(move |connection| rows::waiting(connection, &key)).await
    }

    /// Records what was decided, and claims what is to be started, each with the run that it will be. On the disk when
    /// it returns.
    ///
    /// A time that somebody else has decided in the meantime is left to them.
    pub async fn record(
        &self,
        key: &ScheduleKey,
        decisions: &Decisions,
        runs: &HashMap<Timestamp, RunId>,
        now: Timestamp,
    ) -> Result<Recorded, DatabaseError> {
        self.queue(key, (decisions, runs), now).await.done().await
    }

    /// The same, to be waited for later: what is queued by then comes to the disk at once.
    pub async fn queue(
        &self,
        key: &ScheduleKey,
        (decisions, runs): (&Decisions, &HashMap<Timestamp, RunId>),
        now: Timestamp,
    ) -> Recording {
        let Decisions { decided_until, all } = decisions.clone();
        if all.is_empty() {
            // Nothing was due: the last decision is still the last word.
            return Recording::Nothing(Recorded { ours: Vec::new(), decided_until });
        }
        let (key, runs) = (key.clone(), runs.clone());
        let record = move |connection: &Connection| {
            let never = Timestamp(i64::MIN);
            let (known, forgotten) = rows::known(connection, &key)?
                .map_or((never, never), |known| (known.decided_until, known.forgotten_until));
            // What a wrong clock has decided far ahead says nothing; each time still has one row, or is forgotten.
            let before = if known.since(now) > FAR_AHEAD { forgotten } else { known.max(forgotten) };
            let mut ours = Vec::new();
            for decision in all {
                let run = runs.get(&decision.due);
                if rows::decided(connection, &key, (&decision, run), (before, now))? {
                    ours.push(decision);
                }
            }
            rows::count(connection, &key, &ours)?;
            let decided_until = rows::later(known, decided_until);
            rows::advance(connection, &key, decided_until)?;
            Ok(Recorded { ours, decided_until })
        };
        Recording::Queued(self.0.write(Durability::Synced, record).await)
    }

    /// The times of a service that are claimed and have not become runs yet.
    pub async fn claims(&self, service: &str) -> Result<Vec<Claimed>, DatabaseError> {
        let service = service.to_owned();
        self.0.read(move |connection| claims::of_service(connection, &service)).await
    }

    /// Notes the run that a claimed time has started, and when. What is no claim any more stays as it is.
    pub async fn started(
        &self,
        key: &ScheduleKey,
        due: Timestamp,
        (run, at): (&RunId, Timestamp),
    ) -> Result<(), DatabaseError> {
        let (key, run) = (key.clone(), run.clone());
        // Where a power cut takes this away, the claim and its run tell it again.
        let start = move |connection: &Connection| claims::start(connection, &key, due, (&run, at));
        self.0.write(Durability::Lazy, start).await.done().await
    }

    /// Notes that a claimed time could not start its run, and why. It counts as missed, and is not tried again.
    pub async fn lost(&self, key: &ScheduleKey, due: Timestamp, why: &str) -> Result<(), DatabaseError> {
        let (key, why) = (key.clone(), why.to_owned());
        self.write(move |connection| claims::lose(connection, &key, due, &why)).await
    }

    /// How many times of each workflow became what, by the workflow's name.
    pub async fn counts(&self, service: &str) -> Result<IndexMap<String, FireCounts>, DatabaseError> {
        let service = service.to_owned();
        self.0.read(move |connection| rows::counts(connection, &service)).await
    }

    /// How many times of each schedule became what, on every service.
    pub async fn totals(&self) -> Result<Vec<(ScheduleKey, FireCounts)>, DatabaseError> {
        self.0.read(rows::totals).await
    }

    /// What became of the latest times of a schedule, the newest first.
    pub async fn latest(&self, key: &ScheduleKey, most: usize) -> Result<Vec<Fire>, DatabaseError> {
        let (key, most) = (key.clone(), i64::try_from(most).unwrap_or(i64::MAX));
        self.0.read(move |connection| rows::latest(connection, &key, most)).await
    }

    /// What became of the time that was due at an instant, if it was decided by itself.
    pub async fn find(&self, key: &ScheduleKey, due: Timestamp) -> Result<Option<Fire>, DatabaseError> {
        let key = key.clone();
        let select = move |connection: &Connection| {
            connection
                .prepare_cached("SELECT * FROM fires WHERE service = ?1 AND workflow = ?2 AND due = ?3")?
                .query_row(params![key.service, key.workflow, due.to_string()], rows::fire_of)
                .optional()
        };
        self.0.read(select).await
    }

    /// Forgets what was due before an instant and is settled; how many rows. The counts stay, and nothing of it starts
    /// again, whatever the clock does.
    pub async fn forget_before(&self, instant: Timestamp) -> Result<usize, DatabaseError> {
        self.write(move |connection| rows::forget(connection, instant)).await
    }

    async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, DatabaseError> {
        self.0.write(Durability::Synced, work).await.done().await
    }
}
