//! The workflows of a folder: each with its last good version, what is wrong with it now, and the files it reads.
//!
//! Read once, then again as files come to rest. A workflow that is broken keeps its last good version.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use crate::daemon::opened::Opened;
use crate::daemon::watcher::outline::{Difference, Outline};
use crate::daemon::watcher::settle::Seen;
use crate::daemon::watcher::tree::{self, Tree};
use crate::data::project::{Project, shown_from};
use crate::diagnostic::Diagnostic;
use crate::workflow::check::{self, Checked};
use crate::workflow::load::{self, Loaded};
use crate::workflow::node::{Node, NodeValue};

/// The keys whose values are paths of files.
const PATH_KEYS: [&str; 8] = ["file", "csv", "json", "jsonl", "yaml", "image", "video", "audio"];
/// The keys of a workflow that begins by itself, or by somebody's call: saving it must not begin it too.
const STARTERS: [&str; 2] = ["schedule", "webhook"];
/// The mistake of a file whose name is another one's.
const DOUBLED: &str = "duplicate-workflow";

/// A workflow file.
#[derive(Clone, Debug)]
pub struct Definition {
    /// The path that people see.
    pub shown: PathBuf,
    /// Its last good version.
    pub good: Option<Good>,
    /// What is wrong with it now; nothing but warnings when it is good.
    pub diagnostics: Vec<Diagnostic>,
    /// The files that it reads, or would.
    reads: BTreeSet<PathBuf>,
}

/// A version of a workflow that may run.
#[derive(Clone, Debug)]
pub struct Good {
    /// The workflow.
    pub opened: Opened,
    /// The key by which it begins without a person: `schedule` or `webhook`.
    pub starter: Option<&'static str>,
    /// What changes are told by.
    pub outline: Outline,
}

/// What a batch of saved files did to one workflow.
#[derive(Clone, Debug)]
pub struct Affected {
    /// The workflow's file.
    pub path: PathBuf,
    /// The path that people see.
    pub shown: PathBuf,
    /// The files that it reads and that changed, as people see them.
    pub files: Vec<PathBuf>,
    /// Whether it was not there before.
    pub is_new: bool,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of a workflow.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// It is good, and this is not as it was in the last good version; none when it had none.
    Good(Option<Vec<Difference>>),
    /// It has mistakes.
    Broken,
    /// Its file is gone.
    Gone,
}

/// The workflows of some folders.
pub struct Definitions {
    current: PathBuf,
    tree: Tree,
    all: BTreeMap<PathBuf, Definition>,
}

impl Definition {
    /// Tells whether it may run as it is now.
    pub fn is_good(&self) -> bool {
        !self.diagnostics.iter().any(Diagnostic::is_error)
    }
}

impl Definitions {
    /// Reads and checks every workflow below the folders, and those named. `current` is where people see paths from.
    pub fn read(folders: &[PathBuf], named: &[PathBuf], current: &Path) -> Self {
        let tree = Tree { folders: folders.to_vec(), files: named.iter().cloned().collect() };
        let found: BTreeSet<PathBuf> = tree.find().workflows.into_iter().chain(tree.files.iter().cloned()).collect();
        let mut definitions = Self { current: current.to_owned(), tree, all: BTreeMap::new() };
        for path in &found {
            definitions.read_one(path);
        }
        // Rows in YAML are no workflow, if one reads them.
        let read: BTreeSet<PathBuf> = definitions.all.values().flat_map(|found| found.reads.iter().cloned()).collect();
        definitions.all.retain(|path, found| found.is_good() || !read.contains(path));
        definitions
    }

    /// Every workflow by its file.
    pub fn all(&self) -> &BTreeMap<PathBuf, Definition> {
        &self.all
    }

    /// A workflow.
    pub fn get(&self, path: &Path) -> Option<&Definition> {
        self.all.get(path)
    }

    /// The files to watch beside the folders: those that were named, and every one that a workflow reads, or would.
    pub fn files(&self) -> Vec<PathBuf> {
        let read = self.all.values().flat_map(|definition| &definition.reads);
        self.tree.files.iter().chain(read).cloned().collect()
    }

    /// Takes in what came to rest. Answers what became of the workflows that it belongs to, in the order of their
    /// files.
    pub fn take(&mut self, saved: &[(PathBuf, Seen)]) -> Vec<Affected> {
        let changed: BTreeSet<&PathBuf> = saved.iter().map(|(path, _)| path).collect();
        let reads_one = |path: &PathBuf| {
            self.all.get(path).is_some_and(|definition| definition.reads.iter().any(|read| changed.contains(read)))
        };
        let is_data = |path: &PathBuf| self.all.values().any(|definition| definition.reads.contains(path));
        let is_new = |path: &&&PathBuf| self.all.contains_key(**path) || (self.tree.holds(path) && !is_data(path));
        let mut affected: BTreeSet<PathBuf> = changed.iter().filter(is_new).map(|path| (*path).clone()).collect();
        affected.extend(self.all.keys().filter(|path| reads_one(path)).cloned());
        let mut told = Vec::new();
        for path in affected {
            let before = self.all.get(&path).cloned();
            let reads = before.iter().flat_map(|before| &before.reads);
            let files =
                reads.filter(|file| changed.contains(file)).map(|file| shown_from(&self.current, file)).collect();
            let shown = shown_from(&self.current, &path);
            let is_new = before.is_none();
            let outcome = self.read_again(&path, before);
            told.extend(outcome.map(|outcome| Affected { path, shown, files, is_new, outcome }));
        }
        self.free_names(&mut told);
        told
    }

    /// Reads again what is broken for a name that nobody else has any more.
    fn free_names(&mut self, told: &mut Vec<Affected>) {
        let is_doubled = |found: &Definition| found.diagnostics.iter().any(|mistake| mistake.code == DOUBLED);
        let doubled: Vec<PathBuf> =
            self.all.iter().filter(|(_, found)| is_doubled(found)).map(|(path, _)| path.clone()).collect();
        for path in doubled {
            let before = self.all.get(&path).cloned();
            let Some(outcome @ Outcome::Good(_)) = self.read_again(&path, before.clone()) else {
                // No better, or gone, which is yet to be told.
                self.all.extend(before.map(|before| (path, before)));
                continue;
            };
            match told.iter_mut().find(|affected| affected.path == path) {
                Some(affected) => affected.outcome = outcome,
                None => {
                    let shown = shown_from(&self.current, &path);
                    told.push(Affected { path, shown, files: Vec::new(), is_new: false, outcome });
                }
            }
        }
    }

    /// Reads one file again; none when it is no workflow and was none.
    fn read_again(&mut self, path: &Path, before: Option<Definition>) -> Option<Outcome> {
        self.read_one(path);
        let last_good = before.as_ref().and_then(|before| before.good.clone());
        match self.all.get_mut(path) {
            Some(now) if now.is_good() => {
                let outline = now.good.as_ref().map(|good| good.outline.clone()).unwrap_or_default();
                Some(Outcome::Good(last_good.map(|before| outline.since(&before.outline))))
            }
            Some(now) => {
                now.good = last_good;
                now.reads.extend(before.into_iter().flat_map(|before| before.reads));
                Some(Outcome::Broken)
            }
            None => before.map(|_| Outcome::Gone),
        }
    }

    /// Reads a file; forgets it when it is no workflow.
    fn read_one(&mut self, path: &Path) {
        let shown = shown_from(&self.current, path);
        self.all.remove(path);
        if !path.is_file() {
            return;
        }
        let read = if self.tree.files.contains(path) { load::named } else { load::read };
        let definition = match read(path, &shown) {
            Ok(loaded) if loaded.root.get("kind").is_some() => return,
            Ok(loaded) => self.check(path, shown, &loaded),
            Err(diagnostics) => Definition { shown, good: None, diagnostics, reads: BTreeSet::new() },
        };
        self.all.insert(path.to_owned(), definition);
    }

    fn check(&self, path: &Path, shown: PathBuf, loaded: &Loaded) -> Definition {
        let project = Project::find(Some(path), &self.current);
        let Checked { workflow, mut diagnostics } = check::check(loaded, &project);
        let mut reads = BTreeSet::new();
        add_paths(&loaded.root, path.parent().unwrap_or(path), &mut reads);
        // What lies outside is no part of the project, whatever is written.
        reads.retain(|read| read.starts_with(project.folder()));
        let mut good = None;
        if let Some(workflow) = workflow {
            reads.extend(workflow.files.values().cloned());
            diagnostics.extend(self.same_name(&workflow.name, loaded));
            if !diagnostics.iter().any(Diagnostic::is_error) {
                let outline = Outline::of(&workflow, loaded);
                let starter = STARTERS.into_iter().find(|key| loaded.root.get(key).is_some());
                let opened = Opened { workflow, project, warnings: diagnostics.clone() };
                good = Some(Good { opened, starter, outline });
            }
        }
        reads.remove(path);
        Definition { shown, good, diagnostics, reads }
    }

    /// Two files of one name would share their runs and purchases. One that was renamed is still known by both paths,
    /// until the old one is told to be gone.
    fn same_name(&self, name: &str, loaded: &Loaded) -> Option<Diagnostic> {
        let is_taken = |(path, definition): &(&PathBuf, &Definition)| {
            let good = definition.good.as_ref().filter(|_| definition.is_good());
            good.is_some_and(|good| good.opened.workflow.name == name) && path.is_file()
        };
        let (_, first) = self.all.iter().find(is_taken)?;
        let span = loaded.root.get("name").map_or(0..0, |node| node.span.clone());
        let message = format!("the name `{name}` is taken by `{}`", first.shown.display());
        let hint = "give one of them another `name:`";
        Some(Diagnostic::error(DOUBLED, &loaded.source, span, message).hint(hint))
    }
}

/// Adds every path that is written in a tree, as if it were relative to the folder: also one that nothing has yet.
fn add_paths(node: &Node, folder: &Path, paths: &mut BTreeSet<PathBuf>) {
    let mut open = vec![node];
    while let Some(node) = open.pop() {
        match &node.value {
            NodeValue::Scalar(_) => {}
            NodeValue::List(items) => open.extend(items),
            NodeValue::Map(entries) => {
                for entry in entries {
                    open.push(&entry.value);
                    let is_path = PATH_KEYS.contains(&entry.key.value.as_str());
                    let written = entry.value.text().filter(|_| is_path).map(|text| text.value);
                    paths.extend(written.and_then(|written| beside(folder, &written)));
                }
            }
        }
    }
}

/// The place of a path as written, without a look at the disk; none for a URL or what only a run knows.
fn beside(folder: &Path, written: &str) -> Option<PathBuf> {
    let is_elsewhere = written.contains("://") || written.starts_with("data:") || written.contains("{{");
    if is_elsewhere || written.is_empty() || written.len() > 1024 || Path::new(written).is_absolute() {
        return None;
    }
    let mut path = folder.to_owned();
    for part in Path::new(written).components() {
        match part {
            Component::ParentDir => drop(path.pop()),
            Component::Normal(name) => path.push(name),
            _ => {}
        }
    }
    let name = path.file_name()?.to_str()?;
    (!tree::is_ignored(name)).then_some(path)
}

#[cfg(test)]
mod tests;
