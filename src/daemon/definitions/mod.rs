//! The workflow files of a folder as they stand: read and checked when they changed, and only then.
//!
//! Whoever shows or starts workflows asks here. A file that is broken keeps its last good text, which is what still
//! runs. Nothing is watched: who asks gets what is on the disk, looked at no more than a few times a second.

mod definition;

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::data::project::Project;
use crate::workflow::folder;

pub use definition::Definition;
use definition::Stamp;

/// Within so long the files are not looked at again.
const FRESH: Duration = Duration::from_millis(250);

/// The workflow files of a folder. Clones share them.
#[derive(Clone)]
pub struct Definitions {
    project: Project,
    folder: PathBuf,
    kept: Arc<Mutex<Kept>>,
}

#[derive(Default)]
struct Kept {
    files: BTreeMap<PathBuf, Arc<Definition>>,
    list: Arc<Vec<Arc<Definition>>>,
    looked: Option<Instant>,
}

impl Definitions {
    /// Those of a project: of its `workflows`, else of the folder itself.
    pub fn of(project: &Project) -> Self {
        let workflows = project.folder().join("workflows");
        let folder = if workflows.is_dir() { workflows } else { project.folder().to_owned() };
        Self { project: project.clone(), folder, kept: Arc::default() }
    }

    /// The project.
    pub fn project(&self) -> &Project {
        &self.project
    }

    /// Every file in order, each with a name of its own. Needs a Tokio runtime.
    pub async fn list(&self) -> Arc<Vec<Arc<Definition>>> {
        let definitions = self.clone();
        tokio::task::spawn_blocking(move || definitions.look()).await.unwrap_or_default()
    }

    /// The file with this name.
    pub async fn find(&self, name: &str) -> Option<Arc<Definition>> {
        self.list().await.iter().find(|definition| definition.name == name).cloned()
    }

    /// Looks at the files, unless they were looked at just now. Blocks for its short while.
    fn look(&self) -> Arc<Vec<Arc<Definition>>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.looked.is_some_and(|looked| looked.elapsed() < FRESH) {
            return kept.list.clone();
        }
        let mut files = BTreeMap::new();
        for found in folder::below(std::slice::from_ref(&self.folder)) {
            let before = kept.files.get(&found.path);
            if let Some(definition) = self.definition(&found.path, before) {
                files.insert(found.path, definition);
            }
        }
        let is_same = files.len() == kept.files.len()
            && files.iter().zip(&kept.files).all(|(now, before)| now.0 == before.0 && Arc::ptr_eq(now.1, before.1));
        if !is_same {
            kept.list = Arc::new(told_apart(files.values(), &kept.list));
            kept.files = files;
        }
        kept.looked = Some(Instant::now());
        kept.list.clone()
    }

    /// A file as it stands; the same as before where nothing changed, none where it is no workflow.
    fn definition(&self, path: &Path, before: Option<&Arc<Definition>>) -> Option<Arc<Definition>> {
        let stamp = Stamp::of(path);
        match before.filter(|before| before.stands(&stamp)) {
            Some(before) => Some(before.clone()),
            None => {
                let read = Definition::read(path, &self.project, stamp, before.map(Arc::as_ref))?;
                // What is read again and says the same is the same for whoever compares.
                Some(before.filter(|before| ***before == read).cloned().unwrap_or_else(|| Arc::new(read)))
            }
        }
    }
}

/// The files with a name of each: the second of one name is broken for it, which is never the one that had it.
fn told_apart<'a>(
    files: impl Iterator<Item = &'a Arc<Definition>>,
    before: &[Arc<Definition>],
) -> Vec<Arc<Definition>> {
    let mut files: Vec<Arc<Definition>> = files.cloned().collect();
    let had_it = |one: &Definition| before.iter().any(|before| before.name == one.name && before.file == one.file);
    // A file of which something may run has its name before one that never was good.
    let mut order: Vec<usize> = (0..files.len()).collect();
    order.sort_by_key(|place| {
        let one = &files[*place];
        (one.errors > 0 && one.good().is_none(), !had_it(one))
    });
    let mut names: HashMap<String, String> = HashMap::new();
    for place in order {
        let definition = &files[place];
        if let Some(first) = names.get(&definition.name) {
            let mut renamed = definition.doubled(first);
            let mut count = 2;
            while names.contains_key(&format!("{}~{count}", definition.name)) {
                count += 1;
            }
            renamed.name = format!("{}~{count}", definition.name);
            files[place] = Arc::new(renamed);
        }
        names.insert(files[place].name.clone(), files[place].file.clone());
    }
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "version: 1\nname: hello\nagent: A91XMB7113\nroom: stage\nsteps:\n- speak: Hi\n";

    fn look(definitions: &Definitions) -> Vec<(String, usize, bool)> {
        definitions.kept.lock().unwrap().looked = None;
        definitions.look().iter().map(|one| (one.name.clone(), one.errors, one.good().is_some())).collect()
    }

    #[test]
    fn a_broken_file_keeps_what_last_was_good_and_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("workflows/show.yaml");
        std::fs::create_dir(folder.path().join("workflows")).unwrap();
        std::fs::write(&path, GOOD).unwrap();
        let definitions = Definitions::of(&Project::find(None, folder.path()));
        assert_eq!(look(&definitions), [("hello".to_owned(), 0, false)]);
        std::fs::write(&path, GOOD.replace("speak:", "speek:")).unwrap();
        assert_eq!(look(&definitions), [("hello".to_owned(), 1, true)]);
        let broken = definitions.look()[0].clone();
        assert_eq!(broken.open(definitions.project()).unwrap().workflow.steps.len(), 1);
        std::fs::write(&path, GOOD).unwrap();
        assert_eq!(look(&definitions), [("hello".to_owned(), 0, false)]);
        std::fs::remove_file(&path).unwrap();
        assert_eq!(look(&definitions), []);
    }

    #[test]
    fn a_broken_file_that_never_was_good_is_known_by_its_stem_and_two_names_are_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        for (file, text) in [("a.yaml", "version: 1\nsteps: [\n"), ("b.yaml", GOOD), ("c.yaml", GOOD)] {
            std::fs::write(folder.path().join(file), text).unwrap();
        }
        std::fs::write(folder.path().join("bad-wifi.yaml"), "kind: faults\nfaults: []\n").unwrap();
        let definitions = Definitions::of(&Project::find(None, folder.path()));
        let names: Vec<_> = look(&definitions).into_iter().map(|(name, errors, _)| (name, errors > 0)).collect();
        let expected = [("a", true), ("hello", false), ("hello~2", true)];
        assert_eq!(names, expected.map(|(name, is_broken)| (name.to_owned(), is_broken)));
        assert!(definitions.look()[0].open(definitions.project()).is_err());
    }

    #[test]
    fn a_file_that_cannot_be_read_any_more_keeps_its_schedule_and_its_webhook() {
        let starts = "schedule: [{ every: 15m }]\nconcurrency: { group: calls }\n\
                      webhook: { secret: env:HOOK_SECRET }\n";
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("show.yaml");
        std::fs::write(&path, format!("{GOOD}{starts}")).unwrap();
        let definitions = Definitions::of(&Project::find(None, folder.path()));
        assert_eq!(look(&definitions), [("hello".to_owned(), 0, false)]);
        for broken in ["", "version: [\n", "version: 1\nsteps:\n- speek: Hi\n"] {
            std::fs::write(&path, broken).unwrap();
            look(&definitions);
            let definition = definitions.look()[0].clone();
            assert!(definition.schedule && definition.webhook && !definition.is_unknown, "{broken:?}");
            assert!(definition.timetable.is_some() && definition.concurrency.is_some(), "{broken:?}");
            assert!(definition.errors > 0 && definition.open(definitions.project()).is_ok(), "{broken:?}");
        }
        std::fs::write(&path, GOOD).unwrap();
        look(&definitions);
        let without = definitions.look()[0].clone();
        assert!(!without.schedule && !without.webhook && without.concurrency.is_none());
    }

    #[test]
    fn a_copy_does_not_take_the_name_of_a_file_that_is_being_edited() {
        let folder = tempfile::tempdir().unwrap();
        let (original, copy) = (folder.path().join("b.yaml"), folder.path().join("a.yaml"));
        std::fs::write(&original, GOOD).unwrap();
        let definitions = Definitions::of(&Project::find(None, folder.path()));
        look(&definitions);
        std::fs::write(&original, "version: [\n").unwrap();
        std::fs::write(&copy, GOOD).unwrap();
        let named: Vec<_> = look(&definitions).into_iter().map(|(name, _, has_good)| (name, has_good)).collect();
        assert_eq!(named, [("hello~2".to_owned(), false), ("hello".to_owned(), true)]);
    }
}
