//! The project: the folder whose files a workflow may read, and no other.
//!
//! `check`, `build` and the executors resolve every path here. Invariant: a [`ProjectFile`] was a regular file inside
//! the project, with symlinks resolved, when it was made; its size is looked at again when it is read.

mod error;
mod place;

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Component, Path, PathBuf};

pub use error::PathError;

use crate::diagnostic::{Place, Source};
use crate::sha256;

/// The most bytes that a file of a project may have.
pub const LARGEST: u64 = 50 * 1024 * 1024;

/// What tells that a folder is a project's.
const MARKS: [&str; 3] = [".runsheet", ".git", "workflows"];

/// A folder of workflows and of what they read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Project {
    folder: PathBuf,
}

/// A file that a workflow may read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectFile {
    /// Where it is, symlinks resolved.
    pub path: PathBuf,
    /// The path as written in the file that names it.
    pub written: String,
}

impl Project {
    /// The nearest folder up from the workflow, or from the current folder where none is named, that holds
    /// `.runsheet`, `.git` or `workflows`; else that folder itself.
    pub fn find(workflow: Option<&Path>, current: &Path) -> Self {
        let start = match workflow.map(|path| current.join(path)) {
            Some(path) => path.parent().map_or_else(|| current.to_owned(), Path::to_owned),
            None => current.to_owned(),
        };
        let start = fs::canonicalize(&start).or_else(|_| std::path::absolute(&start)).unwrap_or(start);
        let marked = start.ancestors().find(|folder| MARKS.iter().any(|mark| folder.join(mark).exists()));
        Self { folder: marked.unwrap_or(&start).to_owned() }
    }

    /// The project around a file that was found in a folder, by the path as it is written: what a link on the way
    /// leads to is no part of it.
    pub fn around(file: &Path) -> Self {
        let file = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
        let mut start = folder_of(&file);
        if start.is_symlink() {
            start = start.parent().unwrap_or(start);
        }
        let marked = start.ancestors().find(|folder| MARKS.iter().any(|mark| folder.join(mark).exists()));
        Self::at(marked.unwrap_or(start))
    }

    /// The project that is this folder, whatever lies around it.
    pub fn at(folder: &Path) -> Self {
        Self { folder: fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned()) }
    }

    /// The folder itself, symlinks resolved.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Finds the file that a path means, written in `from_file`: relative to that file's folder, inside the project.
    pub fn resolve(&self, from_file: &Path, written: &str) -> Result<ProjectFile, PathError> {
        let outside = || PathError::Outside { written: written.to_owned(), absolute: Path::new(written).is_absolute() };
        let failed = |error: io::Error| self.failed(from_file, written, &error);
        if Path::new(written).is_absolute() {
            return Err(outside());
        }
        let base = fs::canonicalize(folder_of(from_file)).map_err(failed)?;
        // Before the disk is asked: nobody learns from the error what exists elsewhere.
        if !without_parents(&base.join(written)).starts_with(&self.folder) {
            return Err(outside());
        }
        let path = fs::canonicalize(base.join(written)).map_err(failed)?;
        if !path.starts_with(&self.folder) {
            return Err(outside());
        }
        if is_private(path.strip_prefix(&self.folder).unwrap_or(&path)) {
            return Err(PathError::Private { written: written.to_owned() });
        }
        let metadata = fs::metadata(&path).map_err(failed)?;
        if !metadata.is_file() {
            return Err(PathError::NotAFile { written: written.to_owned(), is_folder: metadata.is_dir() });
        }
        let file = ProjectFile { path, written: written.to_owned() };
        file.check_size(metadata.len())?;
        Ok(file)
    }

    /// The path as people of the project know it: relative to its folder, unchanged when it lies elsewhere.
    pub fn shown(&self, path: &Path) -> PathBuf {
        if let Ok(inside) = path.strip_prefix(&self.folder) {
            return inside.to_owned();
        }
        let real = fs::canonicalize(path).ok();
        let inside = real.as_ref().and_then(|real| real.strip_prefix(&self.folder).ok());
        inside.unwrap_or(path).to_owned()
    }

    fn failed(&self, from_file: &Path, written: &str, error: &io::Error) -> PathError {
        match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => {
                let base = folder_of(from_file);
                let is_inside =
                    |near: &String| fs::canonicalize(base.join(near)).is_ok_and(|path| path.starts_with(&self.folder));
                let near = error::near(base, written).filter(is_inside);
                PathError::Missing { written: written.to_owned(), near }
            }
            _ => PathError::unreadable(written, error),
        }
    }
}

impl ProjectFile {
    /// The bytes.
    pub fn read_bytes(&self) -> Result<Vec<u8>, PathError> {
        let mut bytes = Vec::new();
        // A file that grows while it is read is as large as one that was.
        File::open(&self.path)
            .and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes))
            .map_err(|error| PathError::unreadable(&self.written, &error))?;
        self.check_size(bytes.len() as u64)?;
        Ok(bytes)
    }

    /// The text, without a byte order mark.
    pub fn read_text(&self) -> Result<String, PathError> {
        let bytes = self.read_bytes()?;
        let text = String::from_utf8(bytes).map_err(|error| {
            let place = place_after(&error.as_bytes()[..error.utf8_error().valid_up_to()]);
            PathError::NotText { written: self.written.clone(), place }
        })?;
        Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
    }

    /// The SHA-256 of the bytes, in hexadecimal.
    pub fn sha256(&self) -> Result<String, PathError> {
        Ok(sha256::hex(self.read_bytes()?))
    }

    fn check_size(&self, bytes: u64) -> Result<(), PathError> {
        if bytes > LARGEST {
            return Err(PathError::TooLarge { written: self.written.clone(), bytes });
        }
        Ok(())
    }
}

/// The path relative to a folder, with `..` where they share one; unchanged when they share none.
pub fn shown_from(current: &Path, path: &Path) -> PathBuf {
    let shared = current.components().zip(path.components()).take_while(|(a, b)| a == b).count();
    let shares_a_folder = current.components().take(shared).any(|part| matches!(part, Component::Normal(_)));
    if !shares_a_folder {
        return path.to_owned();
    }
    let up = current.components().skip(shared).map(|_| Component::ParentDir);
    let shown: PathBuf = up.chain(path.components().skip(shared)).collect();
    if shown.as_os_str().is_empty() { PathBuf::from(".") } else { shown }
}

/// The place just after a text that was cut before a byte that is none.
pub(super) fn place_after(valid: &[u8]) -> Place {
    let text = String::from_utf8_lossy(valid);
    Source { path: PathBuf::new(), text: text.into_owned() }.place(usize::MAX)
}

/// Tells whether a path of a project is none of its workflows' business.
fn is_private(path: &Path) -> bool {
    path.iter().any(|part| [".env", ".git", ".runsheet"].iter().any(|name| part == *name))
}

fn folder_of(file: &Path) -> &Path {
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Takes `a/../b` as `b`, without a look at the disk.
fn without_parents(path: &Path) -> PathBuf {
    path.components().fold(PathBuf::new(), |mut plain, part| {
        match part {
            Component::ParentDir => {
                plain.pop();
            }
            part => plain.push(part),
        }
        plain
    })
}

#[cfg(test)]
mod tests;
