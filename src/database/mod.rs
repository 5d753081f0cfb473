//! The database file of a state folder: one writer thread, one connection for reading.
//!
//! The journal, the purchases and the schedules share it, each through its own tables; it knows none of them. Whatever is queued is
//! committed in one transaction and answered after the commit. A batch that holds a write to be [`Durability::Synced`]
//! is flushed to the disk before it is answered, and everything committed earlier with it; other batches wait for
//! the next such one, so a power cut may lose them, and the death of the process may not.
//!
//! It refuses a file made by a later version and one that is not a database. A write that failed has written nothing;
//! one into a file that was removed meanwhile has failed.

mod identity;
mod schema;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use rusqlite::{Connection, ErrorCode};
use tokio::sync::{mpsc, oneshot};

use writer::{Job, Task};

/// How many writes may wait; more wait for room.
const QUEUE: usize = 1024;

/// What a write must survive before it is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Durability {
    /// The death of this process.
    Lazy,
    /// A power cut.
    Synced,
}

/// Why the database could not be opened, read or written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DatabaseError {
    /// A later version of the program made it.
    #[error("`{}` has format {found}, and this version reads up to {known}", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: i64,
        /// The latest format that is understood.
        known: i64,
    },
    /// Its bytes are not what was written.
    #[error("`{}` is damaged: {detail}", path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        detail: String,
    },
    /// Somebody removed it, or put another in its place, while it was open.
    #[error("`{}` was removed or replaced while it was in use", path.display())]
    Removed {
        /// The file.
        path: PathBuf,
    },
    /// The disk is full, the folder cannot be written, another process holds it too long.
    #[error("`{}` cannot be used: {detail}", path.display())]
    Failed {
        /// The file.
        path: PathBuf,
        /// What the system says.
        detail: String,
    },
}

impl DatabaseError {
    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::Newer { .. } => {
                "use the newer version of `runsheet`, or another folder with `--state DIR`".to_owned()
            }
            Self::Corrupt { path, .. } => {
                format!(
                    "keep a copy of `{0}`, then try `sqlite3 {0} .recover`, or begin anew with `--state DIR`",
                    path.display()
                )
            }
            Self::Removed { path } => format!(
                "put `{0}` and `{0}-wal` back from where they went: without them nobody knows what was said",
                path.display()
            ),
            Self::Failed { path, .. } => format!(
                "see that `{}` can be written, its disk has room and no limit is set (`ulimit -f`)",
                path.display()
            ),
        }
    }

    /// Sorts what SQLite says about a file.
    fn from_sqlite(path: &Path, error: &rusqlite::Error) -> Self {
        let (path, detail) = (path.to_owned(), error.to_string());
        match (error.sqlite_error_code(), error) {
            (Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase), _)
            | (None, rusqlite::Error::FromSqlConversionFailure(..) | rusqlite::Error::InvalidColumnType(..)) => {
                Self::Corrupt { path, detail }
            }
            _ => Self::Failed { path, detail },
        }
    }
}

/// An open database file. Dropping it writes what is queued first.
#[derive(Debug)]
pub struct Database {
    path: PathBuf,
    /// None only while it is dropped.
    tasks: Option<mpsc::Sender<Box<dyn Task>>>,
    writer: Option<JoinHandle<()>>,
    reader: Arc<Mutex<Connection>>,
    syncs: Arc<AtomicU64>,
}

/// A write that was queued: wait for it to learn how it ended.
#[derive(Debug)]
pub struct Queued<T> {
    path: PathBuf,
    answer: oneshot::Receiver<Result<T, DatabaseError>>,
}

impl Database {
    /// Opens the file, or makes it. Blocks for its short while.
    pub fn open(path: &Path) -> Result<Arc<Self>, DatabaseError> {
        let writing = schema::open(path)?;
        let reader = schema::open(path)?;
        let (tasks, queue) = mpsc::channel(QUEUE);
        let syncs = Arc::new(AtomicU64::new(0));
        let thread = writer::Writer::new(path.to_owned(), writing, syncs.clone());
        let writer = std::thread::Builder::new()
            .name("database".to_owned())
            .spawn(move || thread.run(queue))
            .map_err(|error| DatabaseError::Failed { path: path.to_owned(), detail: error.to_string() })?;
        let reader = Arc::new(Mutex::new(reader));
        Ok(Arc::new(Self { path: path.to_owned(), tasks: Some(tasks), writer: Some(writer), reader, syncs }))
    }

    /// Queues a write; waits only for room in the queue. Writes are performed in the order they were queued.
    ///
    /// `work` happens whole or not at all: an error it returns undoes what it did.
    pub async fn write<T, W>(&self, durability: Durability, work: W) -> Queued<T>
    where
        T: Send + 'static,
        W: FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        let (job, answer) = Job::new(durability, work);
        if let Some(tasks) = &self.tasks {
            // A writer that is gone drops the job, and its answer says so.
            tasks.send(Box::new(job)).await.ok();
        }
        Queued { path: self.path.clone(), answer }
    }

    /// Reads what was committed, away from the threads of the runtime.
    pub async fn read<T, R>(&self, work: R) -> Result<T, DatabaseError>
    where
        T: Send + 'static,
        R: FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        let reader = self.reader.clone();
        let read = move || work(&reader.lock().unwrap_or_else(PoisonError::into_inner));
        match tokio::task::spawn_blocking(read).await {
            Ok(result) => result.map_err(|error| DatabaseError::from_sqlite(&self.path, &error)),
            Err(error) => Err(DatabaseError::Failed { path: self.path.clone(), detail: error.to_string() }),
        }
    }

    /// How many transactions were flushed to the disk.
    pub fn syncs(&self) -> u64 {
        self.syncs.load(Ordering::Relaxed)
    }
}

impl<T> Queued<T> {
    /// Waits for the commit, and for the disk when the write was to be synced.
    pub async fn done(self) -> Result<T, DatabaseError> {
        let ended = |_| DatabaseError::Failed { path: self.path, detail: "its writer has ended".to_owned() };
        self.answer.await.map_err(ended)?
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        self.tasks = None;
        if let Some(writer) = self.writer.take() {
            writer.join().ok();
        }
    }
}

#[cfg(test)]
mod tests;
