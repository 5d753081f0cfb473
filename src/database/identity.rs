//! Whether a file is still the one that was opened.
//!
//! A file that is removed while it is open can be written on and on, and is gone with its last writer: the records
//! of a run would seem to be kept. So it is looked at after every commit, and its write-ahead log beside it.

use std::ffi::OsString;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// A file of a file system, whatever its name: device and number.
type Place = (u64, u64);

/// The database's two files as they were opened.
#[derive(Debug)]
pub(super) struct Identity {
    file: Option<Place>,
    /// None until the first commit, which makes it.
    log: Option<Place>,
}

impl Identity {
    /// The file as it stands now.
    pub(super) fn of(path: &Path) -> Self {
        Self { file: place(path), log: None }
    }

    /// Whether both files are still those, after a commit.
    pub(super) fn still_stands(&mut self, path: &Path) -> bool {
        let log = place(&log_of(path));
        let known = *self.log.get_or_insert(log.unwrap_or_default());
        place(path) == self.file && log == Some(known)
    }
}

fn place(path: &Path) -> Option<Place> {
    path.metadata().ok().map(|found| (found.dev(), found.ino()))
}

fn log_of(path: &Path) -> PathBuf {
    let mut name = OsString::from(path);
    name.push("-wal");
    name.into()
}
