//! Why a run cannot be begun or taken up.

use crate::data::project::PathError;
use crate::database::DatabaseError;
use crate::engine::error::EngineError;
use crate::executors::driver::DriverError;
use crate::journal::JournalError;
use crate::journal::blobs::BlobError;
use crate::journal::folder::FolderError;
use crate::journal::lock::LockError;
use crate::outcome::Failure;

/// Why a run cannot be begun or taken up.
#[derive(Debug, thiserror::Error)]
pub enum RunsError {
    /// The state folder cannot be used.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The database cannot be opened.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The journal refused.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// What is no longer wanted cannot be removed.
    #[error("what is no longer wanted cannot be removed: {0}")]
    Removing(String),
    /// Another process drives it.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// A file of the run cannot be read.
    #[error(transparent)]
    Path(#[from] PathError),
    /// A file changed between the check and the start.
    #[error("`{0}` changed while the run was being started")]
    Changed(String),
    /// A file of the run cannot be kept.
    #[error(transparent)]
    Blob(#[from] BlobError),
    /// The journal says what the engine cannot follow.
    #[error("the run cannot be read back: {0}")]
    Engine(#[from] EngineError),
    /// The items of a loop cannot be read again.
    #[error("{}", .0.message)]
    Items(Failure),
    /// The program refused its own event.
    #[error(transparent)]
    Driver(#[from] DriverError),
    /// The TLS of foreign hosts cannot be set up.
    #[error("connections cannot be made: {0}")]
    Web(#[from] reqwest::Error),
}
