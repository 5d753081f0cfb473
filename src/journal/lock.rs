//! Who drives a run: the one process that holds its lock. The file of the lock goes with its run.

use std::io;

use super::folder::StateFolder;
use crate::held::{self, HeldBy, HeldError, HeldFile};
use crate::ids::RunId;

/// The right to drive a run, until dropped.
#[derive(Debug)]
pub struct RunLock(HeldFile);

/// Why a run cannot be driven from here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LockError {
    /// Another process drives it.
    #[error("run `{run}` is driven by {by}")]
    Held {
        /// The run.
        run: RunId,
        /// By whom.
        by: HeldBy,
    },
    /// The lock cannot be had at all.
    #[error("the lock of run `{run}` cannot be used: {detail}")]
    Failed {
        /// The run.
        run: RunId,
        /// What the system says.
        detail: String,
    },
}

impl RunLock {
    /// Takes the lock of a run, without waiting for its holder.
    pub fn acquire(folder: &StateFolder, run: &RunId) -> Result<Self, LockError> {
        match HeldFile::acquire(&folder.lock(run)) {
            Ok(file) => Ok(Self(file)),
            Err(HeldError::Held(by)) => Err(LockError::Held { run: run.clone(), by }),
            Err(HeldError::Failed(error)) => Err(LockError::Failed { run: run.clone(), detail: error.to_string() }),
        }
    }

    /// Removes the file of a run that is no longer kept, and lets go of it.
    pub fn remove(self) -> io::Result<()> {
        self.0.remove()
    }
}

/// Whether some process drives the run.
pub fn is_held(folder: &StateFolder, run: &RunId) -> bool {
    held::is_held(&folder.lock(run))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering;

    use super::*;

    fn folder() -> (tempfile::TempDir, StateFolder) {
        let project = tempfile::tempdir().unwrap();
        let folder = StateFolder::open(project.path(), None).unwrap();
        (project, folder)
    }

    #[test]
    fn a_run_has_one_owner_and_the_next_is_told_who() {
        let (_project, folder) = folder();
        let run = RunId::from_typed("7Q4M");
        assert!(!is_held(&folder, &run));
        let lock = RunLock::acquire(&folder, &run).unwrap();
        assert!(is_held(&folder, &run));
        match RunLock::acquire(&folder, &run) {
            Err(LockError::Held { by, .. }) => assert_eq!(by.pid, Some(std::process::id())),
            other => panic!("{other:?}"),
        }
        assert!(RunLock::acquire(&folder, &RunId::from_typed("7Q4N")).is_ok());
        drop(lock);
        assert!(!is_held(&folder, &run));
        assert!(RunLock::acquire(&folder, &run).is_ok());
    }

    #[test]
    fn looking_does_not_take_the_lock_from_its_owner() {
        let (_project, folder) = folder();
        let run = RunId::from_typed("7Q4M");
        drop(RunLock::acquire(&folder, &run).unwrap());
        std::thread::scope(|scope| {
            scope.spawn(|| (0..2_000).for_each(|_| assert!(!is_held(&folder, &RunId::from_typed("NONE")))));
            scope.spawn(|| (0..2_000).filter(|_| is_held(&folder, &run)).count());
            (0..200).for_each(|_| drop(RunLock::acquire(&folder, &run).unwrap()));
        });
    }

    #[test]
    fn a_lock_that_goes_with_its_run_leaves_one_owner_at_the_most() {
        let (_project, folder) = folder();
        let run = RunId::from_typed("7Q4M");
        let owners = std::sync::atomic::AtomicU32::new(0);
        let drive = || {
            for _ in 0..20 {
                let Ok(lock) = RunLock::acquire(&folder, &run) else { continue };
                assert_eq!(owners.fetch_add(1, Ordering::SeqCst), 0);
                owners.fetch_sub(1, Ordering::SeqCst);
                lock.remove().unwrap();
            }
        };
        std::thread::scope(|scope| (0..4).for_each(|_| drop(scope.spawn(drive))));
        assert!(!folder.lock(&run).exists() || RunLock::acquire(&folder, &run).is_ok());
    }
}
