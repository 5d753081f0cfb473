//! The agents that the workflows of a project share: files of `kind: agents` in its folder `agents`.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use indexmap::IndexMap;

use super::{Context, DeclaredAgent, KIND, constants, declared_twice, read};
use crate::data::project::Project;
use crate::diagnostic::Diagnostic;
use crate::workflow::check::agent_name;
use crate::workflow::load::{self, Loaded};
use crate::workflow::node::Node;
use crate::workflow::shape;

/// The folder of a project where they are.
pub const FOLDER: &str = "agents";

/// The shared agents of a project.
#[derive(Clone, Debug, Default)]
pub struct SharedAgents {
    /// The agents, by name.
    pub agents: IndexMap<String, DeclaredAgent>,
    /// The names that are declared, also those with a mistake.
    pub written: HashSet<String>,
    /// The files that declare them.
    pub files: Vec<PathBuf>,
    /// What is wrong with those files.
    pub mistakes: Vec<Diagnostic>,
}

impl SharedAgents {
    /// Reads the files of a project.
    pub fn of(project: &Project) -> Self {
        let mut shared = Self::default();
        for path in files(project) {
            let loaded = match load::within(project, &path, &shown(project, &path)) {
                Ok(loaded) if kind(&loaded).as_deref() == Some(KIND) => loaded,
                Ok(loaded) => {
                    shared.mistakes.push(other_kind(&loaded));
                    shared.files.push(path);
                    continue;
                }
                Err(mut mistakes) => {
                    shared.mistakes.append(&mut mistakes);
                    shared.files.push(path);
                    continue;
                }
            };
            shared.files.push(path);
            let names = loaded.root.get("agents").and_then(Node::as_map).unwrap_or_default();
            shared.written.extend(names.iter().map(|entry| entry.key.value.clone()));
            let (agents, mut mistakes) = check(&loaded, project);
            shared.mistakes.append(&mut mistakes);
            for (name, agent) in agents {
                match shared.agents.get(&name) {
                    Some(other) => shared.mistakes.push(declared_twice(&agent, other)),
                    None => drop(shared.agents.insert(name, agent)),
                }
            }
        }
        shared
    }
}

/// Checks a file of `kind: agents`; tells what it declares, and every mistake.
pub fn check(loaded: &Loaded, project: &Project) -> (IndexMap<String, DeclaredAgent>, Vec<Diagnostic>) {
    let mut found = shape::check_agents(loaded);
    let entries = |key: &str| loaded.root.get(key).and_then(Node::as_map).unwrap_or_default();
    for entry in entries("agents") {
        found.extend(agent_name(&loaded.source, &entry.key));
    }
    let vars = constants(entries("vars"));
    let context = Context { source: &loaded.source, path: &loaded.path, project, vars: &vars };
    let agents = read(entries("agents"), &context, &mut found);
    (agents, crate::diagnostic::in_order(&found).into_iter().cloned().collect())
}

/// What is doubtful about a file of `kind: agents` that is not in the folder where they are looked for.
pub fn misplaced(loaded: &Loaded, project: &Project) -> Option<Diagnostic> {
    let folder = loaded.path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if folder.canonicalize().ok()? == project.folder().join(FOLDER) {
        return None;
    }
    let span = loaded.root.entry("kind")?.value.span.clone();
    let message = "no workflow sees these agents, and none of them is made";
    let hint = format!("move it to `{FOLDER}/` in the project's folder");
    Some(Diagnostic::warning("agents-elsewhere", &loaded.source, span, message).hint(hint))
}

/// The path as it is found: not where a link leads.
fn shown(project: &Project, path: &Path) -> PathBuf {
    path.strip_prefix(project.folder()).unwrap_or(path).to_owned()
}

/// A file among the agents that is none: what it declares would count as declared no more.
fn other_kind(loaded: &Loaded) -> Diagnostic {
    let written = loaded.root.get("kind").and_then(Node::text);
    let span = written.as_ref().map_or(0..0, |kind| kind.span.clone());
    let message = match written {
        Some(kind) => format!("a file in `{FOLDER}` is of `kind: {KIND}`, not `{}`", kind.value),
        None => format!("a file in `{FOLDER}` is of `kind: {KIND}`, and this one has no `kind`"),
    };
    Diagnostic::error("not-agents", &loaded.source, span, message)
        .hint(format!("write `kind: {KIND}`, or move the file elsewhere"))
}

fn kind(loaded: &Loaded) -> Option<String> {
    Some(loaded.root.get("kind")?.text()?.value)
}

/// The YAML files of the folder, in order of their names.
fn files(project: &Project) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(project.folder().join(FOLDER)).into_iter().flatten().flatten();
    let is_yaml = |path: &PathBuf| {
        let is_hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        !is_hidden && path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml")
    };
    let mut files: Vec<PathBuf> =
        entries.map(|entry| entry.path()).filter(is_yaml).filter(|path| path.is_file()).collect();
    files.sort();
    files
}
