//! One at a time: who applies holds a lock of the project, wherever its runs are kept, and the next is told who that is.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use crate::data::project::Project;
use crate::held::{HeldBy, HeldError, HeldFile};
use crate::journal::folder::StateFolder;

/// How often a lock that is held for an instant only is tried, and how long between.
const TRIES: u32 = 500;
const BETWEEN: Duration = Duration::from_millis(10);

/// The right to apply, until dropped.
#[derive(Debug)]
pub struct Hold {
    _file: HeldFile,
}

impl Hold {
    /// Takes the right to apply; tells who has it.
    pub fn acquire(project: &Project) -> Result<Self, HeldError> {
        Ok(Self { _file: HeldFile::acquire(&path(project, "agents.lock")?)? })
    }
}

/// Does what reads the lock of a project and writes it again, beside no other process.
pub(super) fn alone<T>(project: &Project, body: impl FnOnce() -> T) -> Result<T, HeldError> {
    let path = path(project, "agents.write.lock")?;
    let mut last = HeldError::Held(HeldBy::default());
    for _ in 0..TRIES {
        match HeldFile::acquire(&path) {
            Ok(_file) => return Ok(body()),
            Err(HeldError::Held(by)) => last = HeldError::Held(by),
            Err(error) => return Err(error),
        }
        std::thread::sleep(BETWEEN);
    }
    Err(last)
}

/// A file in the project's own state folder: what is held is the project's, not that of one folder of runs.
fn path(project: &Project, name: &str) -> Result<PathBuf, HeldError> {
    let folder = StateFolder::open(project.folder(), None).map_err(|error| io::Error::other(error.to_string()))?;
    Ok(folder.path().join(name))
}
