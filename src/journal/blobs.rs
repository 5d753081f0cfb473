//! The files that runs read, kept by their content: editing one never changes a run under way.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::PathBuf;

use super::folder::StateFolder;
use crate::sha256;

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
        if path.metadata().is_ok_and(|kept| kept.len() == bytes.len() as u64) {
            return Ok(sha);
        }
        match self.write(&path, bytes) {
            Ok(()) => Ok(sha),
            Err(error) => Err(BlobError::Failed { sha, detail: error.to_string() }),
        }
    }

    /// The bytes of a name, verified. Blocks.
    pub fn read(&self, sha: &str) -> Result<Vec<u8>, BlobError> {
        let is_name = sha.len() == 64 && sha.bytes().all(|b| b.is_ascii_hexdigit());
        if !is_name {
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
    fn write(&self, path: &std::path::Path, bytes: &[u8]) -> io::Result<()> {
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

#[cfg(test)]
mod tests {
    use super::*;

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
