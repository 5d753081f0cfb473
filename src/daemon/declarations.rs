//! The agents that a project declares, wherever.

use std::collections::HashSet;
use std::path::PathBuf;

use indexmap::IndexMap;

use crate::daemon::refused::Refused;
use crate::data::project::Project;
use crate::provision::lock::Lock;
use crate::workflow::agents::{self, DeclaredAgent, SharedAgents};
use crate::workflow::{check, folder, load};

/// The agents of a project, by name.
pub type Agents = IndexMap<String, DeclaredAgent>;

/// Everything that a project declares: in its workflows, in `agents/`, and in files elsewhere that the lock names. A
/// workflow that cannot be read might declare more, and is refused: what is declared no more is deleted.
pub fn declared(project: &Project) -> Result<Agents, Refused> {
    let lock = Lock::read(project).map_err(Refused::Mistakes)?;
    let mut files: Vec<PathBuf> = workflows(project);
    let named = lock.agents.values().map(|entry| project.folder().join(&entry.declared));
    files.extend(named.filter(|path| path.is_file()));
    let mut seen = HashSet::new();
    files.retain(|path| seen.insert(path.canonicalize().unwrap_or_else(|_| path.clone())));
    let (mut checked, mut mistakes) = (Vec::new(), Vec::new());
    for path in files {
        let loaded = match load::read(&path, &project.shown(&path)) {
            Ok(loaded) if loaded.root.get("kind").is_some() => continue,
            Ok(loaded) => loaded,
            Err(mut found) => {
                mistakes.append(&mut found);
                continue;
            }
        };
        let found = check::check(&loaded, project);
        match found.workflow {
            Some(workflow) => checked.push(workflow),
            None if loaded.root.get("agents").is_none() => {}
            None => mistakes.extend(found.diagnostics),
        }
    }
    if !mistakes.is_empty() {
        return Err(Refused::Mistakes(mistakes));
    }
    agents::all(&checked, &SharedAgents::of(project)).map_err(Refused::Mistakes)
}

/// The workflow files of a project.
fn workflows(project: &Project) -> Vec<PathBuf> {
    let workflows = project.folder().join("workflows");
    if workflows.is_dir() {
        return folder::below(&[workflows]).into_iter().map(|found| found.path).collect();
    }
    // Without a folder of their own they are at the top: below it may be anything.
    let entries = std::fs::read_dir(project.folder()).into_iter().flatten().flatten();
    let is_one = |entry: &std::fs::DirEntry| folder::is_workflow(&entry.file_name().to_string_lossy());
    let mut files: Vec<PathBuf> = entries.filter(is_one).map(|entry| entry.path()).collect();
    files.retain(|path| path.is_file());
    files.sort();
    files
}

/// Refuses a name that another workflow declares too: the two would take turns with one agent.
pub fn declared_elsewhere(project: &Project, used: &Agents) -> Result<(), Refused> {
    for path in workflows(project) {
        let Ok(loaded) = load::read(&path, &project.shown(&path)) else { continue };
        let own = |agent: &DeclaredAgent| agent.path.canonicalize().ok() == path.canonicalize().ok();
        let named = loaded.root.get("agents").filter(|_| loaded.root.get("kind").is_none());
        let twice =
            used.values().find(|agent| !own(agent) && named.is_some_and(|named| named.get(&agent.name).is_some()));
        if let Some(agent) = twice {
            let message = format!("the agent `{}` is declared in `{}` too", agent.name, loaded.source.path.display());
            let mistake = agent.error("duplicate-agent", message);
            return Err(Refused::Mistakes(vec![mistake.hint("a project has one agent of a name: rename one of them")]));
        }
    }
    Ok(())
}
