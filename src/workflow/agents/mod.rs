//! Agents declared by name: under `agents` in a workflow, or in a file of `kind: agents` that the workflows of a
//! project share.
//!
//! What an agent is made from is the same in every run, so its texts read `vars` alone, and are rendered here. It is
//! not asked here which code a name has: that is a matter of the lock and of the service.

mod constants;
mod read;
mod shared;

use std::path::PathBuf;
use std::sync::Arc;

use indexmap::IndexMap;
use serde_json::{Map, Value};

use crate::diagnostic::{Diagnostic, Source, Span};
use crate::duration::Millis;
use crate::workflow::model::Workflow;

pub use constants::constants;
pub use read::{Context, PROMPT, read};
pub use shared::{FOLDER, SharedAgents, check, misplaced};

/// The value of `kind` of a file that only declares agents.
pub const KIND: &str = "agents";

/// An agent as it is declared.
#[derive(Clone, Debug)]
pub struct DeclaredAgent {
    /// Its name.
    pub name: String,
    /// What it is made from, rendered: the fields of `generate`. A picture, film or sound of the project is the path
    /// as written.
    pub fields: Map<String, Value>,
    /// The fields among them that are files of the project, each with its path on disk.
    pub media: IndexMap<String, PathBuf>,
    /// Where its prompt is written.
    pub prompt: Option<PromptPlace>,
    /// What may become of it.
    pub lifecycle: Lifecycle,
    /// How long it may take to be ready.
    pub ready: Option<Millis>,
    /// The file that declares it, for places.
    pub source: Arc<Source>,
    /// That file's path on disk.
    pub path: PathBuf,
    /// The place of its name.
    pub span: Span,
}

/// Where a prompt is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PromptPlace {
    /// In a file of its own, or in the declaration.
    pub at: PromptAt,
    /// Whether anything is put into it, such as `vars`; braces that are text are nothing.
    pub is_template: bool,
}

/// The two places of a prompt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PromptAt {
    /// A file.
    File {
        /// Its path on disk.
        path: PathBuf,
        /// Its text as it was read.
        text: String,
    },
    /// The declaration itself.
    Here,
}

/// What may become of an agent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lifecycle {
    /// It is never deleted, nor replaced by another.
    pub prevent_destroy: bool,
    /// The fields whose changes are let be.
    pub ignore: Vec<String>,
    /// What happens when what makes its face changes.
    pub on_change: OnChange,
}

/// What happens when what makes a face changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnChange {
    /// A new agent is made in its place.
    #[default]
    Replace,
    /// The old one is kept.
    Keep,
}

impl DeclaredAgent {
    /// The files that it is read from: where it is declared, and what it is made from.
    pub fn files(&self) -> impl Iterator<Item = &PathBuf> {
        let prompt = self.prompt.iter().filter_map(|prompt| match &prompt.at {
            PromptAt::File { path, .. } => Some(path),
            PromptAt::Here => None,
        });
        std::iter::once(&self.path).chain(prompt).chain(self.media.values())
    }

    /// Where it is declared, for people: file and line.
    pub fn place(&self) -> String {
        format!("{}:{}", self.source.path.display(), self.source.place(self.span.start).line)
    }

    /// An error at its name.
    pub fn error(&self, code: &'static str, message: impl Into<String>) -> Diagnostic {
        Diagnostic::error(code, &self.source, self.span.clone(), message)
    }
}

/// Every agent that a project declares: those of its workflows and those that they share. A name has one meaning.
pub fn all<'a>(
    workflows: impl IntoIterator<Item = &'a Workflow>,
    shared: &SharedAgents,
) -> Result<IndexMap<String, DeclaredAgent>, Vec<Diagnostic>> {
    let (all, doubled) = together(workflows, shared);
    let mistakes = [shared.mistakes.clone(), doubled].concat();
    if mistakes.iter().any(Diagnostic::is_error) { Err(mistakes) } else { Ok(all) }
}

/// The agents of workflows and those that they share, by name; and every name that is another's already.
pub fn together<'a>(
    workflows: impl IntoIterator<Item = &'a Workflow>,
    shared: &SharedAgents,
) -> (IndexMap<String, DeclaredAgent>, Vec<Diagnostic>) {
    let mut all: IndexMap<String, DeclaredAgent> = shared.agents.clone();
    let mut doubled = Vec::new();
    for agent in workflows.into_iter().flat_map(|workflow| workflow.agents.own.values()) {
        match all.get(&agent.name) {
            Some(other) => doubled.push(declared_twice(agent, other)),
            None => drop(all.insert(agent.name.clone(), agent.clone())),
        }
    }
    (all, doubled)
}

/// What is wrong when a name is declared twice.
pub fn declared_twice(agent: &DeclaredAgent, other: &DeclaredAgent) -> Diagnostic {
    let message = format!("the agent `{}` is declared in `{}` too", agent.name, other.place());
    agent.error("duplicate-agent", message).hint("a project has one agent of a name: rename one of them")
}
