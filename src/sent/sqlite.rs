//! What was said, in the database of a state folder.

use std::collections::BTreeSet;
use std::sync::Arc;

use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::count::{Contact, standing_of};
use super::{Counted, Earlier, Fate, Line, LineId, Reply, Sent, SentLine, Standing};
use crate::clock::Timestamp;
use crate::database::{Database, DatabaseError, Durability};
use crate::ids::RunId;
use crate::plan::model::StepKey;

/// The number of what is no item.
const NONE: i64 = -1;

/// What went out before for a value; its own line where it was heard, for nothing is to be said a second time.
pub(super) const SENT_BEFORE: &str = "SELECT run, at, state, settles_at FROM lines \
     WHERE service = ?1 AND workflow = ?2 AND once_per = ?3 AND state <> 'waiting' \
     AND (state = 'heard' OR NOT (run = ?4 AND node = ?5 AND item = ?6 AND inner = ?7)) ORDER BY at LIMIT 1";

/// When a person was addressed by others than a line's own item. The plus keeps the groups from deciding by which index
/// the person is found.
pub(super) const CONTACTS: &str = "SELECT MAX(at) AS at, MIN(state) AS state, MAX(settles_at) AS settles_at FROM lines \
     WHERE service = ?1 AND cap_group = ?2 AND person = ?3 AND state <> 'waiting' \
     AND NOT (run = ?4 AND node = ?5 AND item = ?6) GROUP BY +run, node, item";

/// What was said, in the database of a state folder.
pub struct SqliteSent {
    database: Arc<Database>,
    /// Whether somebody drives a run: what a run left waiting that nobody drives keeps no line from going out.
    is_driven: IsDriven,
}

/// Tells whether somebody drives a run.
pub type IsDriven = Arc<dyn Fn(&RunId) -> bool + Send + Sync>;

impl SqliteSent {
    /// What a database holds.
    pub fn new(database: Arc<Database>, is_driven: IsDriven) -> Self {
        Self { database, is_driven }
    }

    /// Tells whether a run said anything, also one that is removed.
    pub async fn has(&self, run: &RunId) -> Result<bool, DatabaseError> {
        let run = run.clone();
        let has = move |connection: &Connection| {
            connection.prepare_cached("SELECT 1 FROM lines WHERE run = ?1")?.exists([run.as_str()])
        };
        self.database.read(has).await
    }

    /// The values for which a workflow said something on a service, in the order it was said.
    pub async fn of_workflow(&self, service: &str, workflow: &str) -> Result<Vec<SentLine>, DatabaseError> {
        let (service, workflow) = (service.to_owned(), workflow.to_owned());
        let select = move |connection: &Connection| {
            let mut sent = connection.prepare_cached(
                "SELECT once_per, step, run, at, state FROM lines \
                 WHERE service = ?1 AND workflow = ?2 AND once_per IS NOT NULL AND state <> 'waiting' ORDER BY at, once_per",
            )?;
            let read = |row: &Row<'_>| {
                Ok(SentLine {
                    once_per: row.get("once_per")?,
                    step: row.get("step")?,
                    earlier: earlier_of(row)?,
                    is_out: row.get::<_, String>("state")? == "out",
                })
            };
            sent.query_map([service, workflow], read)?.collect()
        };
        self.database.read(select).await
    }

    /// The services on which a workflow said something.
    pub async fn services(&self, workflow: &str) -> Result<Vec<String>, DatabaseError> {
        let workflow = workflow.to_owned();
        let select = move |connection: &Connection| {
            let statement = "SELECT DISTINCT service FROM lines WHERE workflow = ?1 AND state <> 'waiting' ORDER BY 1";
            connection.prepare_cached(statement)?.query_map([workflow], |row| row.get(0))?.collect()
        };
        self.database.read(select).await
    }

    /// Forgets that something was said for a value, so that it may be said again. Tells how often it was.
    pub async fn forget(&self, service: &str, workflow: &str, once_per: &str) -> Result<usize, DatabaseError> {
        let values = [service, workflow, once_per].map(str::to_owned);
        let delete = move |connection: &Connection| {
            let statement = "UPDATE lines SET once_per = NULL \
                 WHERE service = ?1 AND workflow = ?2 AND once_per = ?3 AND state <> 'waiting'";
            connection.prepare_cached(statement)?.execute(values)
        };
        self.database.write(Durability::Synced, delete).await.done().await
    }
}

impl Sent for SqliteSent {
    fn look<'a>(&'a self, line: &Line, now: Timestamp) -> Reply<'a, Standing> {
        let (line, is_driven) = (line.clone(), self.is_driven.clone());
        Box::pin(
            async move { self.database.read(move |connection| standing(connection, (&line, now), &*is_driven)).await },
        )
    }

    fn claim<'a>(&'a self, line: &Line, now: Timestamp) -> Reply<'a, Standing> {
        let (line, is_driven) = (line.clone(), self.is_driven.clone());
        Box::pin(async move {
            let claim = move |connection: &Connection| {
                let standing = standing(connection, (&line, now), &*is_driven)?;
                if standing.is_free() {
                    write(connection, &line, ("out", now))?;
                }
                Ok(standing)
            };
            self.database.write(Durability::Lazy, claim).await.done().await
        })
    }

    fn wait<'a>(&'a self, line: &Line, now: Timestamp) -> Reply<'a, ()> {
        let line = line.clone();
        Box::pin(async move {
            let wait = move |connection: &Connection| write(connection, &line, ("waiting", now));
            self.database.write(Durability::Lazy, wait).await.done().await
        })
    }

    fn settle<'a>(&'a self, id: &LineId, fate: Fate) -> Reply<'a, ()> {
        let id = id.clone();
        Box::pin(async move {
            let settle = move |connection: &Connection| {
                let statement = match fate {
                    Fate::Heard => "UPDATE lines SET state = 'heard' WHERE ",
                    Fate::Unknown => "UPDATE lines SET state = 'unknown' WHERE ",
                    Fate::Denied => "UPDATE lines SET state = 'waiting' WHERE ",
                    Fate::Waits => "UPDATE lines SET state = 'waiting' WHERE state = 'out' AND ",
                    Fate::Dropped => "DELETE FROM lines WHERE state = 'waiting' AND ",
                };
                let statement = format!(
                    "{statement} service = ?1 AND run = ?2 AND node = ?3 AND item = ?4 AND inner = ?5 \
                     AND state <> 'heard'"
                );
                let (node, item, inner) = numbers(id.step);
                let values = params![id.service, id.run.as_str(), node, item, inner];
                connection.prepare_cached(&statement)?.execute(values).map(drop)
            };
            self.database.write(Durability::Lazy, settle).await.done().await
        })
    }

    fn recover<'a>(&'a self, service: &str, run: &RunId, out: BTreeSet<StepKey>) -> Reply<'a, ()> {
        let (service, run) = (service.to_owned(), run.as_str().to_owned());
        Box::pin(async move {
            let recover = move |connection: &Connection| {
                let mut claimed = connection.prepare_cached(
                    "SELECT node, item, inner FROM lines WHERE service = ?1 AND run = ?2 AND state = 'out'",
                )?;
                let rows = claimed.query_map([&service, &run], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
                let claimed: Vec<(i64, i64, i64)> = rows.collect::<rusqlite::Result<_>>()?;
                let out: BTreeSet<_> = out.iter().map(|step| numbers(*step)).collect();
                for claimed in claimed {
                    let change = match out.contains(&claimed) {
                        true => "state = 'unknown'",
                        false => "state = 'waiting'",
                    };
                    let statement = format!(
                        "UPDATE lines SET {change} \
                         WHERE service = ?1 AND run = ?2 AND node = ?3 AND item = ?4 AND inner = ?5"
                    );
                    let (node, item, inner) = claimed;
                    connection.prepare_cached(&statement)?.execute(params![service, run, node, item, inner])?;
                }
                Ok(())
            };
            self.database.write(Durability::Lazy, recover).await.done().await
        })
    }

    fn leave<'a>(&'a self, service: &str, run: &RunId) -> Reply<'a, ()> {
        let values = [service.to_owned(), run.as_str().to_owned()];
        Box::pin(async move {
            let leave = move |connection: &Connection| {
                let statement = "DELETE FROM lines WHERE service = ?1 AND run = ?2 AND state = 'waiting'";
                connection.prepare_cached(statement)?.execute(values).map(drop)
            };
            self.database.write(Durability::Lazy, leave).await.done().await
        })
    }
}

fn standing(
    connection: &Connection,
    (line, now): (&Line, Timestamp),
    is_driven: &dyn Fn(&RunId) -> bool,
) -> rusqlite::Result<Standing> {
    if let Some(value) = &line.once_per {
        if let Some((earlier, settles)) = sent_before(connection, line, value)? {
            return Ok(match settles.filter(|settles| *settles > now) {
                Some(until) => Standing::Underway { until },
                None => Standing::AlreadySent(earlier),
            });
        }
        if let Some(run) = newer(connection, line, value, is_driven)? {
            return Ok(Standing::Superseded { run });
        }
    }
    let Some(counted) = &line.cap else { return Ok(Standing::Free) };
    Ok(standing_of(counted, &contacts(connection, (line, counted), now)?, now))
}

/// What went out before for a value, and if it is on its way, when its fate is known.
fn sent_before(
    connection: &Connection,
    line: &Line,
    value: &str,
) -> rusqlite::Result<Option<(Earlier, Option<Timestamp>)>> {
    let mut found = connection.prepare_cached(SENT_BEFORE)?;
    let (node, item, inner) = numbers(line.id.step);
    let values = params![line.id.service, line.workflow, value, line.id.run.as_str(), node, item, inner];
    found.query_row(values, |row| Ok((earlier_of(row)?, settles_of(row)?))).optional()
}

/// The run of a line that waits for the same value, is newer, and will be said if its time comes.
fn newer(
    connection: &Connection,
    line: &Line,
    value: &str,
    is_driven: &dyn Fn(&RunId) -> bool,
) -> rusqlite::Result<Option<RunId>> {
    let mut found = connection.prepare_cached(
        "SELECT run FROM lines WHERE service = ?1 AND workflow = ?2 AND once_per = ?3 AND state = 'waiting' \
         AND (run_began, run, node, item, inner) > (?4, ?5, ?6, ?7, ?8) ORDER BY run_began DESC",
    )?;
    let (node, item, inner) = numbers(line.id.step);
    let began = line.run_began.to_string();
    let values = params![line.id.service, line.workflow, value, began, line.id.run.as_str(), node, item, inner];
    let mut runs = found.query_map(values, |row| Ok(RunId::from_typed(&row.get::<_, String>(0)?)))?;
    runs.find(|run| run.as_ref().map_or(true, |run| *run == line.id.run || is_driven(run))).transpose()
}

/// When a person was addressed by others than the line's own item: what one item says counts once, by its last line.
fn contacts(
    connection: &Connection,
    (line, counted): (&Line, &Counted),
    now: Timestamp,
) -> rusqlite::Result<Vec<Contact>> {
    let mut found = connection.prepare_cached(CONTACTS)?;
    let (node, item, _) = numbers(line.id.step);
    let values = params![line.id.service, counted.group, counted.person, line.id.run.as_str(), node, item];
    let contacts = found.query_map(values, |row| {
        let settles = settles_of(row)?.filter(|settles| *settles > now);
        Ok(Contact { at: instant(&row.get::<_, String>("at")?)?, settles })
    })?;
    contacts.collect()
}

fn write(connection: &Connection, line: &Line, (state, at): (&str, Timestamp)) -> rusqlite::Result<()> {
    // What went out is not made to wait again by a look that comes late.
    let mut insert = connection.prepare_cached(
        "INSERT INTO lines (service, workflow, run, run_began, node, item, inner, step, once_per, cap_group, person, \
         at, settles_at, state) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14) \
         ON CONFLICT (service, run, node, item, inner) DO UPDATE SET once_per = excluded.once_per, \
         cap_group = excluded.cap_group, person = excluded.person, at = excluded.at, settles_at = excluded.settles_at, \
         state = CASE state WHEN 'unknown' THEN state ELSE excluded.state END \
         WHERE state <> 'heard' AND excluded.state <> 'waiting'",
    )?;
    let (node, item, inner) = numbers(line.id.step);
    insert.execute(params![
        line.id.service,
        line.workflow,
        line.id.run.as_str(),
        line.run_began.to_string(),
        node,
        item,
        inner,
        line.shown,
        line.once_per,
        line.cap.as_ref().map(|cap| cap.group.as_str()),
        line.cap.as_ref().map(|cap| cap.person.as_str()),
        at.to_string(),
        (at + line.settles).to_string(),
        state,
    ])?;
    Ok(())
}

fn numbers(step: StepKey) -> (i64, i64, i64) {
    let (item, inner) = step.item.map_or((NONE, NONE), |item| (i64::from(item.index), i64::from(item.inner)));
    (i64::from(step.node), item, inner)
}

fn earlier_of(row: &Row<'_>) -> rusqlite::Result<Earlier> {
    Ok(Earlier {
        run: RunId::from_typed(&row.get::<_, String>("run")?),
        at: instant(&row.get::<_, String>("at")?)?,
        is_heard: row.get::<_, String>("state")? == "heard",
    })
}

/// When the fate of a line that is on its way is known; of others it is.
fn settles_of(row: &Row<'_>) -> rusqlite::Result<Option<Timestamp>> {
    match row.get::<_, String>("state")?.as_str() {
        "out" => instant(&row.get::<_, String>("settles_at")?).map(Some),
        _ => Ok(None),
    }
}

fn instant(text: &str) -> rusqlite::Result<Timestamp> {
    let unreadable = || {
        let detail = "`at` of a line cannot be read";
        rusqlite::Error::FromSqlConversionFailure(0, Type::Text, detail.into())
    };
    Timestamp::parse(text).ok_or_else(unreadable)
}
