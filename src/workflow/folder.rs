//! The workflow files among files and folders: for `check`, and for whoever keeps a folder in sight.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use crate::data::project::Project;

/// A file to check.
pub struct Found {
    /// Where it is.
    pub path: PathBuf,
    /// Whether it was found in a folder, rather than named.
    pub is_found: bool,
}

/// The project's `workflows` folder, else the current folder.
pub fn default_folder() -> std::io::Result<PathBuf> {
    let current = std::env::current_dir()?;
    let workflows = Some(Project::find(None, &current).folder().join("workflows"));
    Ok(match workflows.filter(|folder| folder.is_dir()) {
        // Inside the project, people see the path from where they are.
        Some(folder) => folder.strip_prefix(&current).map(Path::to_owned).unwrap_or(folder),
        None => PathBuf::from("."),
    })
}

/// Every file named, and every YAML file below the folders named; each once, in order.
pub fn below(paths: &[PathBuf]) -> Vec<Found> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            look_through(path, &mut files);
        } else {
            files.push(Found { path: path.clone(), is_found: false });
        }
    }
    let mut seen = HashSet::new();
    files.retain(|file| seen.insert(file.path.canonicalize().unwrap_or_else(|_| file.path.clone())));
    files
}

/// Looks through a folder; links to folders are not followed, so that none is walked twice or for ever.
fn look_through(folder: &Path, files: &mut Vec<Found>) {
    let mut entries: Vec<_> = std::fs::read_dir(folder).into_iter().flatten().flatten().collect();
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let path = folder.strip_prefix(".").unwrap_or(folder).join(entry.file_name());
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if name.starts_with('.') {
            continue;
        }
        if is_folder {
            look_through(&path, files);
        } else if is_workflow(&name) && path.is_file() {
            files.push(Found { path, is_found: true });
        }
    }
}

/// Tells whether a file could be a workflow by its name.
pub fn is_workflow(name: &str) -> bool {
    (name.ends_with(".yaml") || name.ends_with(".yml")) && name != "agents.lock.yaml"
}
