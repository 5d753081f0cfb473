//! The files that runs read, kept by their content: editing one never changes a run under way.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::folder::StateFolder;
use crate::sha256;

/// How long a run may take to begin once its files are kept.
const BEGINNING: Duration = Duration::from_secs(3600);

/// A store of files, each named by the SHA-256 of its bytes in hexadecimal.
#[derive(Clone, Debug)]
pub struct Blobs(PathBuf);

/// Why a file of a run cannot be kept or had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BlobError {
    /// It is not there.
    #[error("the file `{0}` that the run reads is missing")]
    Missing(String),
    /// Its bytes are not what was kept.
    #[error("the file `{0}` that the run reads is damaged")]
    Corrupt(String),
    /// The system refuses.
    #[error("the file `{sha}` that the run reads cannot be kept or read: {detail}")]
    Failed {
        /// Its name.
        sha: String,
        /// What the system says.
        detail: String,
    },
}

impl Blobs {
    /// The store of a state folder.
    pub fn new(folder: &StateFolder) -> Self {
        Self(folder.files())
    }

    /// Keeps the bytes, on the disk when this returns, and gives their name. Blocks.
    pub fn keep(&self, bytes: &[u8]) -> Result<String, BlobError> {
        let sha = sha256::hex(bytes);
        let path = self.0.join(&sha);
        if path.metadata().is_ok_and(|kept| kept.len() == bytes.len() as u64) && touch(&path).is_ok() {
            return Ok(sha);
        }
        match self.write(&path, bytes) {
            Ok(()) => Ok(sha),
            Err(error) => Err(BlobError::Failed { sha, detail: error.to_string() }),
        }
    }

    /// The files that no name of these asks for, with their lengths. Blocks.
    ///
    /// One kept within the last hour may belong to a run that is about to begin, and is none of them.
    pub fn unwanted(&self, wanted: &HashSet<String>) -> io::Result<Vec<(PathBuf, u64)>> {
        let mut unwanted = Vec::new();
        for entry in fs::read_dir(&self.0)? {
            let entry = entry?;
            let (name, found) = (entry.file_name().to_string_lossy().into_owned(), entry.metadata()?);
            let is_old = found.modified()?.elapsed().is_ok_and(|age| age > BEGINNING);
            if found.is_file() && is_old && !wanted.contains(&name) {
                unwanted.push((entry.path(), found.len()));
            }
        }
        Ok(unwanted)
    }

    /// The bytes of a name, verified. Blocks.
    pub fn read(&self, sha: &str) -> Result<Vec<u8>, BlobError> {
        if !is_name(sha) {
            return Err(BlobError::Missing(sha.to_owned()));
        }
        match fs::read(self.0.join(sha)) {
            Ok(bytes) if sha256::hex(&bytes) == sha => Ok(bytes),
            Ok(_) => Err(BlobError::Corrupt(sha.to_owned())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(BlobError::Missing(sha.to_owned())),
            Err(error) => Err(BlobError::Failed { sha: sha.to_owned(), detail: error.to_string() }),
        }
    }

    /// Writes aside, then renames: a name that is there is whole.
    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let aside = self.0.join(format!(".{}", uuid::Uuid::new_v4().simple()));
        let written = File::create(&aside)
            .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
            .and_then(|()| fs::rename(&aside, path))
            .and_then(|()| File::open(&self.0)?.sync_all());
        if written.is_err() {
            fs::remove_file(&aside).ok();
        }
        written
    }
}

/// The names in a text, whatever it is: runs of 64 hexadecimal digits.
pub fn names_in(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_hexdigit()).filter(|word| is_name(word))
}

fn is_name(word: &str) -> bool {
    word.len() == 64 && word.bytes().all(|b| b.is_ascii_hexdigit())
}

/// Makes a file look as if it had been kept just now.
fn touch(path: &Path) -> io::Result<()> {
    File::options().append(true).open(path)?.set_modified(SystemTime::now())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_asks_for_is_told_once_it_has_stood_for_a_while() {
        let (_project, blobs) = blobs();
        let (wanted, old, new) = (blobs.keep(b"a").unwrap(), blobs.keep(b"bb").unwrap(), blobs.keep(b"c").unwrap());
        let long_ago = SystemTime::now() - BEGINNING * 2;
        for sha in [&wanted, &old, &new] {
            File::options().append(true).open(blobs.0.join(sha)).unwrap().set_modified(long_ago).unwrap();
        }
        blobs.keep(b"c").unwrap();
        let text = format!("{{\"files\":{{\"a.csv\":\"{wanted}\"}}}}");
        let wanted = names_in(&text).map(str::to_owned).collect();
        assert_eq!(blobs.unwanted(&wanted).unwrap(), [(blobs.0.join(&old), 2)]);
    }

    fn blobs() -> (tempfile::TempDir, Blobs) {
        let project = tempfile::tempdir().unwrap();
        let blobs = Blobs::new(&StateFolder::open(project.path(), None).unwrap());
        (project, blobs)
    }

    #[test]
    fn a_file_is_kept_once_and_read_back() {
        let (_project, blobs) = blobs();
        let sha = blobs.keep(b"name\nAlex\n").unwrap();
        assert_eq!(blobs.keep(b"name\nAlex\n").unwrap(), sha);
        assert_eq!(blobs.read(&sha).unwrap(), b"name\nAlex\n");
        assert_ne!(blobs.keep(b"").unwrap(), sha);
        assert_eq!(fs::read_dir(&blobs.0).unwrap().count(), 2);
    }

    #[test]
    fn a_changed_file_is_refused_and_one_cut_short_is_mended_by_keeping_it_again() {
        let (_project, blobs) = blobs();
        let sha = blobs.keep(b"name\nAlex\n").unwrap();
        fs::write(blobs.0.join(&sha), "name\nEve!\n").unwrap();
        assert_eq!(blobs.read(&sha), Err(BlobError::Corrupt(sha.clone())));
        fs::write(blobs.0.join(&sha), "na").unwrap();
        assert_eq!(blobs.read(&sha), Err(BlobError::Corrupt(sha.clone())));
        blobs.keep(b"name\nAlex\n").unwrap();
        assert_eq!(blobs.read(&sha).unwrap(), b"name\nAlex\n");
    }

    #[test]
    fn a_name_that_is_no_digest_reaches_no_file() {
        let (project, blobs) = blobs();
        fs::write(project.path().join(".runsheet/secret"), "x").unwrap();
        assert_eq!(blobs.read("../secret"), Err(BlobError::Missing("../secret".to_owned())));
        let absent = "0".repeat(64);
        assert_eq!(blobs.read(&absent), Err(BlobError::Missing(absent.clone())));
    }

    #[test]
    fn a_file_that_cannot_be_kept_leaves_nothing_behind() {
        let (_project, blobs) = blobs();
        fs::remove_dir(&blobs.0).unwrap();
        assert!(matches!(blobs.keep(b"x"), Err(BlobError::Failed { .. })));
        fs::create_dir(&blobs.0).unwrap();
        // A folder in the way of the name: the rename fails after the bytes were written.
        fs::create_dir(blobs.0.join(sha256::hex(b"x"))).unwrap();
        assert!(matches!(blobs.keep(b"x"), Err(BlobError::Failed { .. })));
        assert_eq!(fs::read_dir(&blobs.0).unwrap().count(), 1);
    }
}
