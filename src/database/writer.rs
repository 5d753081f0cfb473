//! The thread that writes: a batch, a transaction, a commit, then the answers.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use super::identity::Identity;
use super::{DatabaseError, Durability, QUEUE};

/// One queued write, whatever it answers.
pub(super) trait Task: Send {
    /// What it must survive before it is answered.
    fn durability(&self) -> Durability;
    /// Writes within the open transaction, keeps how that went, and gives the error if it went wrong.
    fn perform(&mut self, path: &Path, connection: &Connection) -> Result<(), DatabaseError>;
    /// Answers, once the transaction has ended.
    fn answer(self: Box<Self>, commit: &Result<(), DatabaseError>);
}

/// A write with a typed answer.
pub(super) struct Job<T, W> {
    durability: Durability,
    /// None once performed.
    work: Option<W>,
    /// None until performed.
    outcome: Option<Result<T, DatabaseError>>,
    reply: oneshot::Sender<Result<T, DatabaseError>>,
}

impl<T, W> Job<T, W> {
    pub(super) fn new(durability: Durability, work: W) -> (Self, oneshot::Receiver<Result<T, DatabaseError>>) {
        let (reply, answer) = oneshot::channel();
        (Self { durability, work: Some(work), outcome: None, reply }, answer)
    }
}

impl<T, W> Task for Job<T, W>
where
    T: Send,
    W: FnOnce(&Connection) -> rusqlite::Result<T> + Send,
{
    fn durability(&self) -> Durability {
        self.durability
    }

    fn perform(&mut self, path: &Path, connection: &Connection) -> Result<(), DatabaseError> {
        let Some(work) = self.work.take() else { return Ok(()) };
        let outcome = whole(connection, work).map_err(|error| DatabaseError::from_sqlite(path, &error));
        let error = outcome.as_ref().err().cloned();
        self.outcome = Some(outcome);
        error.map_or(Ok(()), Err)
    }

    fn answer(self: Box<Self>, commit: &Result<(), DatabaseError>) {
        let answer = match (self.outcome, commit) {
            (Some(Ok(_)), Err(error)) | (None, Err(error)) => Err(error.clone()),
            (Some(outcome), _) => outcome,
            // A batch is committed only when all of it was performed; dropping the reply tells the same.
            (None, Ok(())) => return,
        };
        // Nobody may be waiting any more.
        self.reply.send(answer).ok();
    }
}

/// Does the work whole or not at all, leaving the rest of the transaction as it was.
fn whole<T>(connection: &Connection, work: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> rusqlite::Result<T> {
    let say = |statement| connection.prepare_cached(statement)?.execute([]);
    say("SAVEPOINT job")?;
    let outcome = work(connection);
    // A full disk ends the whole transaction, and the savepoint with it.
    if outcome.is_err() && !connection.is_autocommit() {
        say("ROLLBACK TO job")?;
    }
    if !connection.is_autocommit() {
        say("RELEASE job")?;
    }
    outcome
}

/// The owner of the writing connection.
pub(super) struct Writer {
    path: PathBuf,
    identity: Identity,
    connection: Connection,
    /// How the connection is set; none until the first batch.
    durability: Option<Durability>,
    syncs: Arc<AtomicU64>,
}

impl Writer {
    pub(super) fn new(path: PathBuf, connection: Connection, syncs: Arc<AtomicU64>) -> Self {
        Self { identity: Identity::of(&path), path, connection, durability: None, syncs }
    }

    /// Writes until nobody can queue any more and the queue is empty.
    pub(super) fn run(mut self, mut queue: mpsc::Receiver<Box<dyn Task>>) {
        let mut batch = Vec::with_capacity(QUEUE);
        while queue.blocking_recv_many(&mut batch, QUEUE) > 0 {
            let commit = self.commit(&mut batch);
            for task in batch.drain(..) {
                task.answer(&commit);
            }
        }
    }

    /// Performs a batch in one transaction. After an error nothing of it was written.
    fn commit(&mut self, batch: &mut [Box<dyn Task>]) -> Result<(), DatabaseError> {
        let durability = batch.iter().map(|task| task.durability()).max().unwrap_or(Durability::Lazy);
        self.begin(durability).map_err(|error| DatabaseError::from_sqlite(&self.path, &error))?;
        for task in batch {
            let performed = task.perform(&self.path, &self.connection);
            if self.connection.is_autocommit() {
                // SQLite ended the transaction: what follows must not be written outside of one.
                let ended =
                    || DatabaseError::Failed { path: self.path.clone(), detail: "a write ended early".to_owned() };
                return performed.and_then(|()| Err(ended()));
            }
        }
        self.end().map_err(|error| DatabaseError::from_sqlite(&self.path, &error))?;
        // Behind the commit: what went into a file without a name is answered as lost.
        if !self.identity.still_stands(&self.path) {
            return Err(DatabaseError::Removed { path: self.path.clone() });
        }
        if durability == Durability::Synced {
            self.syncs.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }

    fn begin(&mut self, durability: Durability) -> rusqlite::Result<()> {
        self.set_durability(durability)?;
        self.say("BEGIN IMMEDIATE").map(drop)
    }

    fn end(&self) -> rusqlite::Result<()> {
        let committed = self.say("COMMIT").map(drop);
        if committed.is_err() && !self.connection.is_autocommit() {
            self.say("ROLLBACK")?;
        }
        committed
    }

    /// Chooses whether commits are flushed; SQLite takes this between transactions only.
    fn set_durability(&mut self, durability: Durability) -> rusqlite::Result<()> {
        if self.durability == Some(durability) {
            return Ok(());
        }
        let level = match durability {
            Durability::Lazy => "NORMAL",
            Durability::Synced => "FULL",
        };
        self.connection.pragma_update(None, "synchronous", level)?;
        self.durability = Some(durability);
        Ok(())
    }

    fn say(&self, statement: &str) -> rusqlite::Result<usize> {
        self.connection.prepare_cached(statement)?.execute([])
    }
}
