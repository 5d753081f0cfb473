//! Who is left out of a loop: read again whenever the file has changed, and never taken for empty.

use std::collections::{HashMap, HashSet};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;

use crate::clock::{Clock as _, SystemClock};
use crate::data::project::{Project, ProjectFile};
use crate::data::rows;
use crate::outcome::Failure;
use crate::plan::model::Exclusion;

/// How often a file is looked for that cannot be read: one that is being replaced is there a moment later.
const TRIES: u32 = 4;
/// How long to wait between two looks.
const PAUSE: Duration = Duration::from_millis(150);

/// The files that name who is left out, as they were read last.
#[derive(Debug)]
pub struct Exclusions {
    project: Option<PathBuf>,
    read: Mutex<HashMap<Exclusion, (Stamp, Arc<Names>)>>,
}

/// Somebody who is left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    /// The file that names them.
    pub path: String,
}

/// The names in a file, spelled so that they compare.
pub type Names = HashSet<String>;

/// The names in a file of a project as it is now.
pub fn names_now(project: &Path, exclusion: &Exclusion) -> Result<Names, String> {
    let found = Project::at(project).resolve(&project.join("project"), &exclusion.path);
    names_in(exclusion, &found.map_err(|error| error.to_string())?)
}

/// Tells whether an item is among the names of a file.
pub fn is_named(names: &Names, exclusion: &Exclusion, item: &Value) -> Result<bool, Failure> {
    Ok(names.contains(&folded(&own_name(exclusion, item)?)))
}

/// What tells a file that was written from the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    length: u64,
    modified: (i64, i64),
    changed: (i64, i64),
    inode: u64,
}

impl Exclusions {
    /// Files of a project; where there is none at hand, none can be read.
    pub fn of(project: Option<PathBuf>) -> Self {
        Self { project, read: Mutex::default() }
    }

    /// Tells whether a file names an item as one to leave out.
    pub async fn find(&self, exclusions: &[Exclusion], item: &Value) -> Result<Option<Left>, Failure> {
        for exclusion in exclusions {
            let own = own_name(exclusion, item)?;
            if self.names(exclusion).await?.contains(&folded(&own)) {
                return Ok(Some(Left { path: exclusion.path.clone() }));
            }
        }
        Ok(None)
    }

    async fn names(&self, exclusion: &Exclusion) -> Result<Arc<Names>, Failure> {
        let mut tries = 1;
        loop {
            match self.read(exclusion) {
                Ok(names) => return Ok(names),
                Err(failure) if tries >= TRIES => return Err(failure),
                Err(_) => tries += 1,
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    fn read(&self, exclusion: &Exclusion) -> Result<Arc<Names>, Failure> {
        let failed = |reason: String| {
            let message = format!("{reason}: nobody can tell who is to be left out, and nothing is sent");
            Failure::rejected("unreadable_exclusion", message)
        };
        let project = self.project.as_deref().ok_or_else(|| failed(format!("`{}` is not at hand", exclusion.path)))?;
        let found = Project::at(project).resolve(&project.join("project"), &exclusion.path);
        let found = found.map_err(|error| failed(error.to_string()))?;
        // Before the content: what is written meanwhile is read at the next look.
        let stamp = stamp(&found.path).map_err(|error| failed(format!("`{}`: {error}", exclusion.path)))?;
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, names)) = read.get(exclusion).filter(|(known, _)| *known == stamp) {
            return Ok(names.clone());
        }
        let names = Arc::new(names_in(exclusion, &found).map_err(failed)?);
        // A file that was written this moment may be written again without a new stamp.
        if stamp.is_settled() {
            read.insert(exclusion.clone(), (stamp, names.clone()));
        }
        Ok(names)
    }
}

impl Stamp {
    /// Tells whether a later write is sure to leave another stamp, however coarse the clock of the file system.
    fn is_settled(&self) -> bool {
        let now = SystemClock.now().0 / 1000;
        self.modified.0.max(self.changed.0) + 1 < now
    }
}

/// The names in a file's column.
fn names_in(exclusion: &Exclusion, file: &ProjectFile) -> Result<Names, String> {
    let bytes = file.read_bytes().map_err(|error| error.to_string())?;
    let rows = rows::parse(&exclusion.format, &exclusion.path, &bytes).map_err(|error| error.to_string())?;
    if let Some(columns) = rows.columns.filter(|columns| !columns.contains(&exclusion.column)) {
        let column = &exclusion.column;
        return Err(format!("`{}` has no column `{column}`, only {}", exclusion.path, columns.join(", ")));
    }
    let mut names = Names::with_capacity(rows.items.len());
    for (row, item) in rows.items.iter().enumerate() {
        let value = match item {
            Value::Object(fields) => fields.get(&exclusion.column).unwrap_or(&Value::Null),
            plain => plain,
        };
        let Some(name) = name_of(value) else {
            return Err(format!("{}: row {}: `{}` is no text", exclusion.path, row + 1, exclusion.column));
        };
        // A blank cell leaves nobody out.
        if !name.trim().is_empty() {
            names.insert(folded(&name));
        }
    }
    Ok(names)
}

fn own_name(exclusion: &Exclusion, item: &Value) -> Result<String, Failure> {
    let value = match item {
        Value::Object(fields) => fields.get(&exclusion.column).unwrap_or(&Value::Null),
        plain => plain,
    };
    name_of(value).filter(|name| !name.trim().is_empty()).ok_or_else(|| {
        let message = format!("the item has no `{}`, by which it could be left out", exclusion.column);
        Failure::rejected("unreadable_exclusion", message)
    })
}

fn name_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Space around a name and its case tell nobody apart: who said no is not to be found by a spelling.
fn folded(name: &str) -> String {
    name.trim().to_lowercase()
}

fn stamp(path: &Path) -> std::io::Result<Stamp> {
    let found = std::fs::metadata(path)?;
    Ok(Stamp {
        length: found.len(),
        modified: (found.mtime(), found.mtime_nsec()),
        changed: (found.ctime(), found.ctime_nsec()),
        inode: found.ino(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn exclusion(path: &str) -> Exclusion {
        Exclusion { format: "csv".to_owned(), path: path.to_owned(), column: "id".to_owned() }
    }

    #[tokio::test]
    async fn a_file_is_read_again_when_it_changed_and_never_taken_for_empty() {
        let folder = tempfile::tempdir().unwrap();
        let exclusions = Exclusions::of(Some(folder.path().to_owned()));
        let files = [exclusion("no.csv")];
        let find = async |id: &str| exclusions.find(&files, &json!({ "id": id })).await;
        let missing = find("7").await.unwrap_err();
        assert_eq!(missing.code, "unreadable_exclusion");
        std::fs::write(folder.path().join("no.csv"), "id\n 7 \nANA\n\n").unwrap();
        assert_eq!(find("7").await.unwrap(), Some(Left { path: "no.csv".to_owned() }));
        assert!(find("ana ").await.unwrap().is_some());
        assert_eq!(find("8").await.unwrap(), None);
        std::fs::write(folder.path().join("no.csv"), "id\n 8 \nANA\n\n").unwrap();
        assert!(find("8").await.unwrap().is_some());
        assert_eq!(find("7").await.unwrap(), None);
        std::fs::write(folder.path().join("no.csv"), "").unwrap();
        assert!(find("9").await.unwrap_err().message.contains("no header"));
        std::fs::write(folder.path().join("no.csv"), "key\n9\n").unwrap();
        assert!(find("9").await.unwrap_err().message.contains("has no column `id`, only key"));
    }

    #[tokio::test]
    async fn an_item_that_cannot_be_compared_is_a_failure() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("no.csv"), "id\n7\n").unwrap();
        let exclusions = Exclusions::of(Some(folder.path().to_owned()));
        assert!(exclusions.find(&[exclusion("no.csv")], &json!({ "id": " " })).await.is_err());
        assert!(exclusions.find(&[exclusion("no.csv")], &json!({ "key": "7" })).await.is_err());
        assert!(exclusions.find(&[exclusion("no.csv")], &json!("7")).await.unwrap().is_some());
    }
}
