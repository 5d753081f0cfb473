//! Why a path of a workflow is refused, and what to write in its place.

use std::io;
use std::path::{Component, Path, PathBuf};

use crate::diagnostic::{Place, nearest};

/// Why a file cannot be read, or may not be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// Nothing has this path.
    #[error("there is no file `{written}`")]
    Missing {
        /// The path as written.
        written: String,
        /// A path like it that exists.
        near: Option<String>,
    },
    /// It leaves the project, as written or through a symlink.
    #[error("`{written}` is outside the project")]
    Outside {
        /// The path as written.
        written: String,
        /// Whether it begins at the root of the disk.
        absolute: bool,
    },
    /// It holds secrets or what tools keep: `.env`, `.git`, `.runsheet`.
    #[error("`{written}` holds settings and secrets of this machine")]
    Private {
        /// The path as written.
        written: String,
    },
    /// A folder, a device, a pipe.
    #[error("`{written}` is {}", if *is_folder { "a folder, not a file" } else { "no regular file" })]
    NotAFile {
        /// The path as written.
        written: String,
        /// Whether it is a folder.
        is_folder: bool,
    },
    /// Over [`super::LARGEST`].
    #[error("`{written}` has {} MB, more than 50", bytes.div_ceil(1024 * 1024))]
    TooLarge {
        /// The path as written.
        written: String,
        /// Its size, as far as it was read.
        bytes: u64,
    },
    /// The system refuses.
    #[error("`{written}` cannot be read: {reason}")]
    Unreadable {
        /// The path as written.
        written: String,
        /// What the system says.
        reason: String,
    },
    /// The system refuses to let it be written.
    #[error("`{written}` cannot be written: {reason}")]
    Unwritable {
        /// The path as written.
        written: String,
        /// What the system says.
        reason: String,
    },
    /// Bytes that are no UTF-8 where text is needed.
    #[error("`{written}` is not UTF-8 at line {}, column {}", place.line, place.column)]
    NotText {
        /// The path as written.
        written: String,
        /// The first byte that is no text.
        place: Place,
    },
}

impl PathError {
    pub(super) fn unreadable(written: &str, error: &io::Error) -> Self {
        Self::Unreadable { written: written.to_owned(), reason: reason(error) }
    }

    /// What the system says of a file that it does not let be written.
    pub fn unwritable(written: &str, error: &io::Error) -> Self {
        Self::Unwritable { written: written.to_owned(), reason: reason(error) }
    }

    /// The rule, as a word.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "missing-file",
            Self::Outside { .. } => "path-outside-project",
            Self::Private { .. } => "private-file",
            Self::NotAFile { .. } => "not-a-file",
            Self::TooLarge { .. } => "file-too-large",
            Self::Unreadable { .. } => "unreadable-file",
            Self::Unwritable { .. } => "unwritable-file",
            Self::NotText { .. } => "not-text",
        }
    }

    /// The exact fix.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Missing { near: Some(near), .. } => return Some(format!("did you mean `{near}`?")),
            Self::Missing { .. } => "a path is relative to the file it is written in",
            Self::Outside { absolute: true, .. } => "write a path relative to the file it is written in",
            Self::Outside { .. } => "put the file, not a link to it, into the project folder",
            Self::Private { .. } => "no file of `.env`, `.git` or `.runsheet` is read: put what is meant elsewhere",
            Self::NotAFile { is_folder: true, .. } => "name a file in it",
            Self::NotAFile { .. } => "name a regular file",
            Self::TooLarge { .. } => "make it smaller, or give a link where one is taken",
            Self::Unreadable { .. } => "check the permissions of the file",
            Self::Unwritable { .. } => "check the permissions of its folder, and that the disk has room",
            Self::NotText { .. } => "save it as UTF-8",
        };
        Some(hint.to_owned())
    }
}

fn reason(error: &io::Error) -> String {
    error.to_string().split(" (os error").next().unwrap_or_default().to_lowercase()
}

/// The path with its first missing part replaced by the nearest name in that folder, if that exists.
pub(super) fn near(base: &Path, written: &str) -> Option<String> {
    let parts: Vec<Component> = Path::new(written).components().collect();
    let missing = (1..=parts.len()).find(|&n| !base.join(parts[..n].iter().collect::<PathBuf>()).exists())?;
    let folder: PathBuf = parts[..missing - 1].iter().collect();
    let names: Vec<String> =
        base.join(&folder).read_dir().ok()?.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
    let name = nearest(parts[missing - 1].as_os_str().to_str()?, names.iter().map(String::as_str))?;
    let path = parts[missing..].iter().fold(folder.join(name), |path, part| path.join(part));
    base.join(&path).is_file().then(|| path.display().to_string())
}
