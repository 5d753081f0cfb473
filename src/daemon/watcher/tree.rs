//! What is looked at: the workflow files below some folders, and single files that workflows read.

use std::collections::BTreeSet;
use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::daemon::watcher::settle::Seen;
use crate::sha256;

/// The most folders below those that are watched.
pub const MOST_FOLDERS: usize = 8192;
/// A file that changed so shortly before it was looked at may change again without its length and times telling.
const RACY: Duration = Duration::from_secs(2);
/// The largest file whose content is looked at whole; of a larger one, length and times stand for it.
const LARGEST: u64 = 64 * 1024 * 1024;

/// What is looked at.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    /// Folders, with all that is below them.
    pub folders: Vec<PathBuf>,
    /// Single files, wherever they are.
    pub files: BTreeSet<PathBuf>,
}

/// What was found.
#[derive(Debug, Default)]
pub struct Found {
    /// The folders to hear of.
    pub folders: BTreeSet<PathBuf>,
    /// The workflow files below the folders.
    pub workflows: BTreeSet<PathBuf>,
    /// Whether there are more folders than are watched.
    pub is_cut: bool,
}

/// What tells without reading that a file is as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    length: u64,
    modified: (i64, i64),
    changed: (i64, i64),
    inode: u64,
    is_racy: bool,
}

impl Tree {
    /// Looks through the folders. Links to folders are not followed, so that none is walked twice or for ever.
    pub fn find(&self) -> Found {
        let mut found = Found::default();
        let mut open: Vec<PathBuf> = self.folders.clone();
        while let Some(folder) = open.pop() {
            if found.folders.len() >= MOST_FOLDERS {
                found.is_cut = true;
                break;
            }
            let Ok(entries) = fs::read_dir(&folder) else { continue };
            for entry in entries.flatten() {
                let name = entry.file_name();
                let Some(name) = name.to_str().filter(|name| !is_ignored(name)) else { continue };
                let path = folder.join(name);
                match entry.file_type() {
                    Ok(kind) if kind.is_dir() => open.push(path),
                    Ok(_) if is_workflow(name) => drop(found.workflows.insert(path)),
                    _ => {}
                }
            }
            found.folders.insert(folder);
        }
        found.folders.extend(self.folders.iter().filter_map(|folder| nearest_folder(folder)));
        found.folders.extend(self.files.iter().filter_map(|file| nearest_folder(file.parent()?)));
        found
    }

    /// Tells whether a path is looked at for what it holds.
    pub fn holds(&self, path: &Path) -> bool {
        if self.files.contains(path) {
            return true;
        }
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let below = |folder: &PathBuf| path.strip_prefix(folder).is_ok_and(|inside| !is_hidden(inside));
        is_workflow(name) && self.folders.iter().any(below)
    }
}

/// A folder, or the nearest one above it that exists.
fn nearest_folder(folder: &Path) -> Option<PathBuf> {
    folder.ancestors().find(|folder| folder.is_dir()).map(Path::to_owned)
}

/// Tells whether a name is a workflow's.
pub fn is_workflow(name: &str) -> bool {
    (name.ends_with(".yaml") || name.ends_with(".yml")) && name != "agents.lock.yaml" && !is_ignored(name)
}

/// Tells whether a name is one that editors leave beside a file, or that is hidden.
pub fn is_ignored(name: &str) -> bool {
    let is_left = name.ends_with('~') || [".tmp", ".swp", ".swx"].iter().any(|end| name.ends_with(end));
    name.starts_with('.') || name.starts_with('#') || is_left || name == "4913"
}

fn is_hidden(inside: &Path) -> bool {
    inside.iter().any(|part| part.to_str().is_none_or(is_ignored))
}

/// What tells without reading that a file is as it was; none where there is no file.
pub fn stamp(path: &Path) -> Option<Stamp> {
    let metadata = fs::metadata(path).ok().filter(Metadata::is_file)?;
    let modified = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
    Some(Stamp {
        length: metadata.len(),
        modified: (metadata.mtime(), metadata.mtime_nsec()),
        changed: (metadata.ctime(), metadata.ctime_nsec()),
        inode: metadata.ino(),
        is_racy: modified.elapsed().map_or(true, |age| age < RACY),
    })
}

impl Stamp {
    /// Tells whether the file need not be read again.
    pub fn stands_for(&self, earlier: &Self) -> bool {
        let Self { length, modified, changed, inode, .. } = self;
        !earlier.is_racy
            && (length, modified, changed, inode)
                == (&earlier.length, &earlier.modified, &earlier.changed, &earlier.inode)
    }
}

/// What is at a path.
pub fn see(path: &Path, stamp: Option<&Stamp>) -> Seen {
    let Some(stamp) = stamp else { return Seen::Absent };
    if stamp.length > LARGEST {
        return Seen::Content { sha256: format!("{stamp:?}"), is_empty: false };
    }
    match fs::read(path) {
        Ok(bytes) => Seen::Content { is_empty: bytes.is_empty(), sha256: sha256::hex(bytes) },
        Err(_) => Seen::Absent,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workflows_are_found_below_the_folders_and_what_editors_leave_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        fs::create_dir_all(root.join("shows/deep")).unwrap();
        fs::create_dir_all(root.join(".git/refs")).unwrap();
        let names = ["a.yaml", "shows/b.yml", "shows/deep/c.yaml", ".git/refs/d.yaml", "e.yaml~", ".f.yaml", "g.txt"];
        names.iter().for_each(|name| fs::write(root.join(name), "x").unwrap());
        let tree = Tree { folders: vec![root.clone()], files: BTreeSet::from([root.join("data/new/rows.csv")]) };
        let found = tree.find();
        let expected = ["a.yaml", "shows/b.yml", "shows/deep/c.yaml"].map(|name| root.join(name));
        assert!(found.workflows.iter().eq(expected.iter()), "{found:?}");
        assert_eq!(found.folders.len(), 3);
        assert!(tree.holds(&root.join("new.yaml")) && tree.holds(&root.join("data/new/rows.csv")));
        for name in [".git/d.yaml", "notes.txt", "4913", "a.yaml.swp", "#a.yaml#", "data/new/other.csv"] {
            assert!(!tree.holds(&root.join(name)), "{name}");
        }
    }

    #[test]
    fn a_stamp_stands_for_a_file_that_nobody_touched_lately() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.yaml");
        assert!(stamp(&path).is_none());
        fs::write(&path, "one").unwrap();
        let new = stamp(&path).unwrap();
        assert!(!stamp(&path).unwrap().stands_for(&new), "it was written a moment ago");
        let long_ago = SystemTime::now() - Duration::from_secs(60);
        fs::File::options().write(true).open(&path).unwrap().set_modified(long_ago).unwrap();
        let old = stamp(&path).unwrap();
        assert!(stamp(&path).unwrap().stands_for(&old));
        fs::write(&path, "two").unwrap();
        assert!(!stamp(&path).unwrap().stands_for(&old));
        assert_ne!(see(&path, stamp(&path).as_ref()), Seen::Absent);
    }
}
