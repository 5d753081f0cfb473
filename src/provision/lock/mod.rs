//! `agents.lock.yaml`: which code each declared name is on which account, and what it was made from.
//!
//! The file is committed and reviewed: one entry a block, in order of names, so that two branches merge. Each entry is
//! sealed, for a code that was changed by hand would let another face speak; what is meant is said by `agents import`.

mod read;
mod write;

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use crate::data::project::Project;
use crate::provision::account::AccountKey;
use crate::provision::desired::PROMPT;
use crate::sha256;

pub use write::WriteError;

/// The file's name.
pub const FILE: &str = "agents.lock.yaml";
/// The version of its form.
pub const VERSION: u64 = 1;
/// How many characters of the seal are kept.
const SEAL: usize = 12;

/// The lock of a project.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lock {
    /// The declared agents, by name and account.
    pub agents: BTreeMap<Name, Entry>,
    /// What `generate` steps bought, by code and account.
    pub generated: BTreeMap<Name, Generated>,
}

/// A name on an account.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Name {
    /// The declared name; for what a step bought, the agent's code.
    pub name: String,
    /// The account.
    pub account: AccountKey,
}

/// A declared agent that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The agent's code.
    pub code: String,
    /// What it was made from: each field as [`crate::provision::desired::Desired::from`] has it.
    pub from: BTreeMap<String, String>,
    /// When it was made, or taken in: RFC 3339, UTC.
    pub made: String,
    /// The version of the program that wrote the entry.
    pub by: String,
    /// The file that declared it, relative to the project.
    pub declared: String,
    /// It is never deleted, also when it is declared no more.
    pub prevent_destroy: bool,
    /// The agent that is being made in its place.
    pub coming: Option<Coming>,
    /// Agents that it took the place of, and that are still there.
    pub replaced: Vec<String>,
}

/// An agent that is being made in the place of another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coming {
    /// Its code.
    pub code: String,
    /// What its face is made from: what [`face_of`] says of it.
    pub face: String,
}

/// An agent that a step bought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Generated {
    /// The workflow's name.
    pub workflow: String,
    /// The step's id.
    pub step: String,
    /// Its rank among the file's equal faces.
    pub rank: u32,
    /// What it is made from, as purchases know it.
    pub face: String,
    /// Its prompt, as purchases know it.
    pub prompt: String,
    /// What it cost, in credits.
    pub credits: u64,
    /// When it was bought: RFC 3339, UTC.
    pub made: String,
    /// The version of the program that wrote the entry.
    pub by: String,
}

impl Entry {
    /// The agents beside the one that the name has: those that it took the place of, and the one that takes its own.
    pub fn others(&self) -> impl Iterator<Item = &String> {
        self.replaced.iter().chain(self.coming.as_ref().map(|coming| &coming.code))
    }
}

/// What a face is made from, in few characters: all but the prompt.
pub fn face_of(from: &BTreeMap<String, String>) -> String {
    let face: Vec<String> = from
        .iter()
        .filter(|(field, _)| *field != PROMPT)
        .map(|(field, content)| format!("{field}={content}"))
        .collect();
    sha256::hex(format!("runsheet/lock-face/1\0{}", face.join("\n")))[..SEAL].to_owned()
}

impl Lock {
    /// Where the lock of a project is: beside its workflows. One that was written before they had a folder, or lost
    /// it, is where it was.
    pub fn path_of(project: &Project) -> PathBuf {
        let [place, other] = places(project);
        if !is_there(&place) && is_there(&other) { other } else { place }
    }

    /// Gives an account the entries of another key that it had, where it has none of the name.
    pub(super) fn rename(&mut self, from: &AccountKey, to: &AccountKey) {
        rename(&mut self.agents, from, to);
        rename(&mut self.generated, from, to);
    }

    /// The entry of a declared name.
    pub fn entry(&self, name: &str, account: &AccountKey) -> Option<&Entry> {
        self.agents.get(&Name::new(name, account))
    }

    /// The names and entries of an account.
    pub fn of_account<'a>(&'a self, account: &'a AccountKey) -> impl Iterator<Item = (&'a str, &'a Entry)> {
        let own = self.agents.iter().filter(move |(name, _)| name.account == *account);
        own.map(|(name, entry)| (name.name.as_str(), entry))
    }

    /// The name that a code has on an account.
    pub fn name_of<'a>(&'a self, code: &str, account: &'a AccountKey) -> Option<&'a str> {
        self.of_account(account).find(|(_, entry)| entry.code == code).map(|(name, _)| name)
    }
}

fn rename<T>(entries: &mut BTreeMap<Name, T>, from: &AccountKey, to: &AccountKey) {
    let old: Vec<Name> = entries.keys().filter(|name| name.account == *from).cloned().collect();
    for name in old {
        let new = Name::new(&name.name, to);
        if let (false, Some(entry)) = (entries.contains_key(&new), entries.remove(&name)) {
            entries.insert(new, entry);
        }
    }
}

impl Name {
    /// A name on an account.
    pub fn new(name: &str, account: &AccountKey) -> Self {
        Self { name: name.to_owned(), account: account.clone() }
    }

    /// The key of the entry.
    fn key(&self) -> String {
        format!("{}@{}", self.name, self.account)
    }

    fn from_key(key: &str) -> Option<Self> {
        let (name, account) = key.split_once('@')?;
        let is_good = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
        Some(Self { name: name.to_owned(), account: AccountKey::from_text(account).filter(|_| is_good)? })
    }
}

/// What seals a block: its key and lines, whatever their order was.
fn seal(key: &str, lines: &[String]) -> String {
    let mut lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    lines.sort_unstable();
    sha256::hex(format!("runsheet/lock-entry/1\0{key}\n{}", lines.join("\n")))[..SEAL].to_owned()
}

/// The two places that a lock may have, the one for a new lock first.
fn places(project: &Project) -> [PathBuf; 2] {
    let workflows = project.folder().join("workflows");
    let mut places = [workflows.join(FILE), project.folder().join(FILE)];
    if !workflows.is_dir() {
        places.reverse();
    }
    places
}

/// Whether anything has this path, be it unreadable: what cannot be looked at is not taken for nothing.
fn is_there(path: &Path) -> bool {
    let gone = [io::ErrorKind::NotFound, io::ErrorKind::NotADirectory];
    path.symlink_metadata().map_or_else(|error| !gone.contains(&error.kind()), |_| true)
}

/// The file as people of the project know it.
pub fn shown(project: &Project) -> PathBuf {
    let path = Lock::path_of(project);
    path.strip_prefix(project.folder()).map(Path::to_owned).unwrap_or(path)
}

#[cfg(test)]
mod tests;
