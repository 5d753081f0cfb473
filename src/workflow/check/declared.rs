//! The agents that are declared by name: in the file, and by files that the project's workflows share.

use std::cell::OnceCell;
use std::collections::HashSet;

use indexmap::IndexMap;

use super::agents::Addressed;
use super::file::File;
use super::reads::{Reading, Taken};
use crate::data::project::Project;
use crate::diagnostic::{Diagnostic, nearest};
use crate::workflow::agents::{Context, DeclaredAgent, SharedAgents, constants, declared_twice, read};
use crate::workflow::model::{Agents, StepAgent};

/// What texts read of an agent.
const CODE: &str = "code";

/// The agents that a file may name.
pub struct Declared {
    own: IndexMap<String, DeclaredAgent>,
    /// The names that the file declares, also those with a mistake.
    written: HashSet<String>,
    project: Project,
    /// Read when a name is looked for that the file does not have.
    shared: OnceCell<SharedAgents>,
}

impl Declared {
    /// Reads what the file declares, and sees that what its texts read of agents exists.
    pub fn of(file: &File<'_>, readings: &[Reading], found: &mut Vec<Diagnostic>) -> Self {
        let entries = file.entries("agents");
        let own = match entries {
            [] => IndexMap::new(),
            _ => {
                let vars = constants(file.entries("vars"));
                let context = Context { source: file.source, path: file.path, project: file.project, vars: &vars };
                read(entries, &context, found)
            }
        };
        let written = file.names("agents").map(str::to_owned).collect();
        let declared = Self { own, written, project: file.project.clone(), shared: OnceCell::new() };
        for agent in declared.own.values() {
            found.extend(declared.shared().agents.get(&agent.name).map(|other| declared_twice(agent, other)));
        }
        found.extend(readings.iter().filter_map(|reading| declared.reading(reading)));
        if let Some(shared) = declared.shared.get() {
            found.extend(shared.mistakes.iter().cloned());
        }
        declared
    }

    /// The agent of a name.
    pub fn find(&self, name: &str) -> Option<&DeclaredAgent> {
        self.own.get(name).or_else(|| self.shared().agents.get(name))
    }

    /// Tells whether a name is declared, be it with a mistake that is told elsewhere.
    pub fn is_written(&self, name: &str) -> bool {
        self.written.contains(name) || self.shared().written.contains(name)
    }

    /// Tells whether the file itself declares a name.
    pub fn is_own(&self, name: &str) -> bool {
        self.written.contains(name)
    }

    /// The names that the file itself declares.
    pub fn own(&self) -> impl Iterator<Item = &str> {
        self.own.keys().map(String::as_str)
    }

    /// Every name.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.own().chain(self.shared().agents.keys().map(String::as_str))
    }

    /// What is wrong with the files that declare shared agents.
    pub fn mistakes(&self) -> &[Diagnostic] {
        &self.shared().mistakes
    }

    /// What the workflow has of them: its own, and those that its steps address or its texts read.
    pub fn into_used(self, addressed: &Addressed, readings: &[Reading]) -> Agents {
        let named = addressed.iter().flatten().filter_map(|agent| match agent {
            StepAgent::Declared(name) => Some(name),
            _ => None,
        });
        let read = readings.iter().filter(|reading| reading.path.first().is_some_and(|root| root == "agents"));
        let mut used = IndexMap::new();
        for name in named.chain(read.filter_map(|reading| reading.path.get(1))) {
            if let Some(agent) = self.find(name) {
                used.entry(name.clone()).or_insert_with(|| agent.clone());
            }
        }
        Agents { own: self.own, used }
    }

    fn shared(&self) -> &SharedAgents {
        self.shared.get_or_init(|| SharedAgents::of(&self.project))
    }

    /// What is wrong with what a text reads of an agent.
    fn reading(&self, reading: &Reading) -> Option<Diagnostic> {
        let (root, rest) = reading.path.split_first()?;
        if root != "agents" {
            return None;
        }
        let Some(name) = rest.first() else {
            let message = "`agents` is a set of names, not a text";
            return Some(reading.error("object-as-text", message).hint("read `agents.NAME.code`"));
        };
        if !self.is_written(name) {
            let known: Vec<&str> = self.names().collect();
            let hint = match nearest(name, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "declare it under `agents` at the top of the workflow".to_owned(),
            };
            return Some(reading.error_at(1, "unknown-agent", format!("no agent is called `{name}`")).hint(hint));
        }
        match rest.get(1).map(String::as_str) {
            Some(CODE) if rest.len() == 2 => None,
            None if reading.taken == Taken::Text => {
                let message = format!("`agents.{name}` is an object, not a text");
                Some(reading.error("object-as-text", message).hint(format!("read `agents.{name}.code`")))
            }
            None => None,
            Some(_) => {
                let message = format!("an agent has only its `{CODE}`");
                Some(reading.error_at(2, "unknown-name", message).hint(format!("read `agents.{name}.{CODE}`")))
            }
        }
    }
}
