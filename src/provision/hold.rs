//! One at a time: who applies holds a lock of the state folder, and the next is told who that is.

use std::path::Path;
use std::time::Duration;

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
    pub fn acquire(folder: &StateFolder) -> Result<Self, HeldError> {
        Ok(Self { _file: HeldFile::acquire(&folder.path().join("agents.lock"))? })
    }
}

/// Does what reads the lock of a project and writes it again, beside no other process of this state folder.
pub(super) fn alone<T>(folder: &Path, body: impl FnOnce() -> T) -> Result<T, HeldError> {
    let path = folder.join("agents.write.lock");
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
