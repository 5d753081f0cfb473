//! Who drives a run: the one process that holds its lock.
//!
//! The lock is the operating system's, so a dead holder blocks nobody. The file stays when the lock is released, and
//! goes with its run. Whoever locks it then looks whether it still has its name: two processes that hold two files of
//! one name would both drive the run.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Seek as _, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::time::Duration;

use super::folder::StateFolder;
use crate::ids::RunId;

/// The right to drive a run, until dropped.
#[derive(Debug)]
pub struct RunLock {
    /// Holds the lock by being open.
    _file: File,
}

/// The process that drives a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldBy {
    /// Its number; none in the instant before it has written it.
    pub pid: Option<u32>,
    /// The machine's name.
    pub host: String,
}

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
        let failed = |error: io::Error| LockError::Failed { run: run.clone(), detail: error.to_string() };
        let options = OpenOptions::new().create(true).truncate(false).read(true).write(true).clone();
        loop {
            let mut file = options.open(folder.lock(run)).map_err(failed)?;
            match lock(&file) {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => {
                    return Err(LockError::Held { run: run.clone(), by: holder(folder, run) });
                }
                Err(TryLockError::Error(error)) => return Err(failed(error)),
            }
            // Between the two its last holder may have removed it, with the run: then this is nobody's lock.
            if is_named(&file, &folder.lock(run)).map_err(failed)? {
                sign(&mut file).map_err(failed)?;
                return Ok(Self { _file: file });
            }
        }
    }

    /// Removes the file of a run that is no longer kept, and lets go of it.
    pub fn remove(self, folder: &StateFolder, run: &RunId) -> io::Result<()> {
        fs::remove_file(folder.lock(run))
    }
}

/// Whether some process drives the run.
pub fn is_held(folder: &StateFolder, run: &RunId) -> bool {
    File::open(folder.lock(run)).is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
}

/// Tells whether the name still is this file's.
fn is_named(file: &File, path: &Path) -> io::Result<bool> {
    let own = file.metadata()?;
    match path.metadata() {
        Ok(named) => Ok((own.dev(), own.ino()) == (named.dev(), named.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Locks the file. Whoever looks in [`is_held`] shares it for an instant, which does not count: an owner never shares.
fn lock(file: &File) -> Result<(), TryLockError> {
    for _ in 0..1000 {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => file.try_lock_shared()?,
            ended => return ended,
        }
        file.unlock().map_err(TryLockError::Error)?;
        std::thread::sleep(Duration::from_millis(1));
    }
    file.try_lock()
}

fn sign(file: &mut File) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    // At once, so that whoever reads it sees all or nothing.
    file.write_all(format!("{} {}\n", std::process::id(), host()).as_bytes())
}

/// Who holds the lock. It signs an instant after it has locked, which is waited for.
fn holder(folder: &StateFolder, run: &RunId) -> HeldBy {
    let mut text = String::new();
    for _ in 0..100 {
        text = fs::read_to_string(folder.lock(run)).unwrap_or_default();
        if text.ends_with('\n') {
            break;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    let (pid, host) = text.trim().split_once(' ').unwrap_or_default();
    HeldBy { pid: pid.parse().ok(), host: host.to_owned() }
}

/// The machine's name, for people.
fn host() -> String {
    let named = fs::read_to_string("/proc/sys/kernel/hostname").or_else(|_| fs::read_to_string("/etc/hostname"));
    named.ok().or_else(|| std::env::var("HOSTNAME").ok()).unwrap_or_default().trim().to_owned()
}

impl std::fmt::Display for HeldBy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.pid {
            Some(pid) if !self.host.is_empty() => write!(f, "process {pid} on `{}`", self.host),
            Some(pid) => write!(f, "process {pid}"),
            None => f.write_str("another process"),
        }
    }
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
            Err(LockError::Held { by, .. }) => assert_eq!((by.pid, by.host), (Some(std::process::id()), host())),
            other => panic!("{other:?}"),
        }
        assert!(RunLock::acquire(&folder, &RunId::from_typed("7Q4N")).is_ok());
        drop(lock);
        assert!(!is_held(&folder, &run));
        assert!(RunLock::acquire(&folder, &run).is_ok());
    }

    #[test]
    fn a_holder_that_has_not_signed_yet_is_waited_for() {
        let (_project, folder) = folder();
        let run = RunId::from_typed("7Q4M");
        let mut file = File::create(folder.lock(&run)).unwrap();
        file.try_lock().unwrap();
        std::thread::scope(|scope| {
            let asked = scope.spawn(|| RunLock::acquire(&folder, &run));
            sign(&mut file).unwrap();
            assert!(asked.join().unwrap().unwrap_err().to_string().contains("driven by process"));
        });
    }

    #[test]
    fn what_a_dead_holder_left_blocks_nobody() {
        let (_project, folder) = folder();
        let run = RunId::from_typed("7Q4M");
        fs::write(folder.lock(&run), "4194304 a-machine-with-a-long-name\n").unwrap();
        assert!(!is_held(&folder, &run));
        let _lock = RunLock::acquire(&folder, &run).unwrap();
        assert_eq!(holder(&folder, &run), HeldBy { pid: Some(std::process::id()), host: host() });
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
                lock.remove(&folder, &run).unwrap();
            }
        };
        std::thread::scope(|scope| (0..4).for_each(|_| drop(scope.spawn(drive))));
        assert!(!folder.lock(&run).exists() || RunLock::acquire(&folder, &run).is_ok());
    }

    #[test]
    fn a_holder_is_named_as_far_as_it_is_known() {
        let named = |pid, host: &str| HeldBy { pid, host: host.to_owned() }.to_string();
        assert_eq!(named(Some(7), "stage"), "process 7 on `stage`");
        assert_eq!(named(Some(7), ""), "process 7");
        assert_eq!(named(None, ""), "another process");
    }
}
