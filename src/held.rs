//! A file that one process at a time holds, and that tells who does.
//!
//! The lock is the operating system's, so a dead holder blocks nobody. The file stays when the lock is released.
//! Whoever locks it then looks whether it still has its name: two processes that hold two files of one name would
//! both think that they are alone.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Seek as _, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A file that this process holds, until dropped.
#[derive(Debug)]
pub struct HeldFile {
    path: PathBuf,
    /// Holds the lock by being open.
    _file: File,
}

/// The process that holds a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeldBy {
    /// Its number; none in the instant before it has written it.
    pub pid: Option<u32>,
    /// The machine's name.
    pub host: String,
}

/// Why a file cannot be held.
#[derive(Debug, thiserror::Error)]
pub enum HeldError {
    /// Another process holds it.
    #[error("held by {0}")]
    Held(HeldBy),
    /// It cannot be locked at all.
    #[error(transparent)]
    Failed(#[from] io::Error),
}

impl HeldFile {
    /// Takes hold of a file, without waiting for its holder; made when it is not there.
    pub fn acquire(path: &Path) -> Result<Self, HeldError> {
        let options = OpenOptions::new().create(true).truncate(false).read(true).write(true).clone();
        loop {
            let mut file = options.open(path)?;
            match lock(&file) {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Err(HeldError::Held(holder(path))),
                Err(TryLockError::Error(error)) => return Err(error.into()),
            }
            // Between the two its last holder may have removed it: then this is nobody's lock.
            if is_named(&file, path)? {
                sign(&mut file)?;
                return Ok(Self { path: path.to_owned(), _file: file });
            }
        }
    }

    /// Removes the file, and lets go of it.
    pub fn remove(self) -> io::Result<()> {
        fs::remove_file(&self.path)
    }
}

/// Whether some process holds the file.
pub fn is_held(path: &Path) -> bool {
    File::open(path).is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
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
fn holder(path: &Path) -> HeldBy {
    let mut text = String::new();
    for _ in 0..100 {
        text = fs::read_to_string(path).unwrap_or_default();
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
    use super::*;

    #[test]
    fn a_holder_that_has_not_signed_yet_is_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.lock");
        let mut file = File::create(&path).unwrap();
        file.try_lock().unwrap();
        std::thread::scope(|scope| {
            let asked = scope.spawn(|| HeldFile::acquire(&path));
            sign(&mut file).unwrap();
            assert!(asked.join().unwrap().unwrap_err().to_string().contains("held by process"));
        });
    }

    #[test]
    fn what_a_dead_holder_left_blocks_nobody() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.lock");
        fs::write(&path, "4194304 a-machine-with-a-long-name\n").unwrap();
        assert!(!is_held(&path));
        let _held = HeldFile::acquire(&path).unwrap();
        assert_eq!(holder(&path), HeldBy { pid: Some(std::process::id()), host: host() });
    }

    #[test]
    fn a_holder_is_named_as_far_as_it_is_known() {
        let named = |pid, host: &str| HeldBy { pid, host: host.to_owned() }.to_string();
        assert_eq!(named(Some(7), "stage"), "process 7 on `stage`");
        assert_eq!(named(Some(7), ""), "process 7");
        assert_eq!(named(None, ""), "another process");
    }
}
