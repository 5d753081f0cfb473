//! Everything that a sandbox remembers, and the file that a stopped one comes back from.
//!
//! The state changes by a [`Change`] only. With a file, each change is one line of JSON, appended before the
//! answer that tells of it goes out: what was answered is there after a crash, at a cost that does not grow
//! with what is there already. A last line that was cut short belongs to an answer that nobody got: it is dropped.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::clock::Timestamp;
use crate::sandbox::creation::Agent;
use crate::sandbox::deliveries::Delivery;
use crate::sandbox::faults::Fault;
use crate::sandbox::webhooks::Webhook;

/// What an agent was made to say or know, in one room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heard {
    /// Its place among all that was heard, from 1.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub agent_code: String,
    /// Where.
    pub room_id: String,
    /// Spoken, or given as knowledge.
    pub kind: HeardKind,
    /// The words.
    pub text: String,
}

/// How a text reaches a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HeardKind {
    /// Said aloud.
    Speak,
    /// Taken in silently.
    AddContext,
}

impl HeardKind {
    /// The service's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Speak => "speak",
            Self::AddContext => "add_context",
        }
    }
}

/// One thing that became different.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Change {
    /// The account was opened.
    Account { user_id: String, balance: u64 },
    /// The balance became this.
    Balance(u64),
    /// An agent was made, or is different.
    Agent(Box<Agent>),
    /// An agent is gone.
    AgentDeleted(String),
    /// Something was heard.
    Heard(Heard),
    /// A request with a key was answered.
    Replay { key: String, at: Timestamp, body: Value },
    /// A webhook was registered.
    Webhook(Webhook),
    /// A webhook is gone.
    WebhookDeleted(String),
    /// A delivery was begun or tried.
    Delivery(Delivery),
    /// A request came in.
    Requested(String),
    /// The list of faults was replaced.
    Faults(Vec<Fault>),
    /// A request matched the fault at this place of the list.
    FaultMatched(usize),
}

/// The whole state.
#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) user_id: String,
    pub(crate) balance: u64,
    /// In the order of their creation.
    pub(crate) agents: IndexMap<String, Agent>,
    pub(crate) deleted: Vec<String>,
    pub(crate) heard: Vec<Heard>,
    pub(crate) replays: BTreeMap<String, (Timestamp, Value)>,
    pub(crate) webhooks: IndexMap<String, Webhook>,
    pub(crate) deliveries: IndexMap<String, Delivery>,
    pub(crate) requests: BTreeMap<String, u64>,
    /// The list that replaced the one of the settings, if any did.
    pub(crate) faults: Option<Vec<Fault>>,
    /// How many requests matched each fault.
    pub(crate) matched: BTreeMap<usize, u64>,
    /// How many changes there have been.
    pub(crate) changes: u64,
}

impl State {
    /// Takes in one change.
    pub(crate) fn apply(&mut self, change: Change) {
        self.changes += 1;
        match change {
            Change::Account { user_id, balance } => (self.user_id, self.balance) = (user_id, balance),
            Change::Balance(balance) => self.balance = balance,
            Change::Agent(agent) => drop(self.agents.insert(agent.code.clone(), *agent)),
            Change::AgentDeleted(code) => {
                self.agents.shift_remove(&code);
                self.deleted.push(code);
            }
            Change::Heard(heard) => self.heard.push(heard),
            Change::Replay { key, at, body } => drop(self.replays.insert(key, (at, body))),
            Change::Webhook(webhook) => drop(self.webhooks.insert(webhook.id.clone(), webhook)),
            Change::WebhookDeleted(id) => drop(self.webhooks.shift_remove(&id)),
            Change::Delivery(delivery) => drop(self.deliveries.insert(delivery.id.clone(), delivery)),
            Change::Requested(endpoint) => *self.requests.entry(endpoint).or_default() += 1,
            Change::Faults(faults) => {
                self.faults = Some(faults);
                self.matched.clear();
            }
            Change::FaultMatched(index) => *self.matched.entry(index).or_default() += 1,
        }
    }
}

/// The file beside the state. Without one, nothing is kept.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    file: Option<File>,
    lines: Vec<u8>,
}

impl Ledger {
    /// Opens the file, reading the state that it holds.
    pub(crate) fn open(path: &Path) -> io::Result<(Self, State)> {
        let opened = OpenOptions::new().read(true).append(true).create(true).open(path);
        let mut file = opened.map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))?;
        let mut text = Vec::new();
        io::Read::read_to_end(&mut file, &mut text)?;
        let whole = text.iter().rposition(|&byte| byte == b'\n').map_or(0, |newline| newline + 1);
        let mut state = State::default();
        for (index, line) in text[..whole].split(|&byte| byte == b'\n').enumerate().filter(|(_, line)| !line.is_empty())
        {
            let change = serde_json::from_slice(line).map_err(|error| {
                let place = format!("{}:{}", path.display(), index + 1);
                io::Error::new(io::ErrorKind::InvalidData, format!("{place}: not the state of a sandbox: {error}"))
            })?;
            state.apply(change);
        }
        file.set_len(whole as u64)?;
        Ok((Self { file: Some(file), lines: Vec::new() }, state))
    }

    /// Notes a change for the next [`Ledger::write`].
    pub(crate) fn note(&mut self, change: &Change) -> io::Result<()> {
        if self.file.is_some() {
            serde_json::to_writer(&mut self.lines, change)?;
            self.lines.push(b'\n');
        }
        Ok(())
    }

    /// Writes what was noted, in one piece.
    pub(crate) fn write(&mut self) -> io::Result<()> {
        if let Some(file) = &mut self.file
            && !self.lines.is_empty()
        {
            file.write_all(&self.lines)?;
            self.lines.clear();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(seq: u64) -> Change {
        Change::Heard(Heard {
            seq,
            at: Timestamp(5),
            agent_code: "A91XMB7113".to_owned(),
            room_id: "lobby".to_owned(),
            kind: HeardKind::Speak,
            text: "Hello,\nworld".to_owned(),
        })
    }

    #[test]
    fn a_state_comes_back_from_its_file_without_a_line_cut_short() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sandbox.jsonl");
        let (mut ledger, _) = Ledger::open(&path).unwrap();
        for change in [heard(1), Change::Agent(Box::new(Agent::ready("A91XMB7113", Timestamp(1)))), heard(2)] {
            ledger.note(&change).unwrap();
        }
        ledger.write().unwrap();
        let written = std::fs::read(&path).unwrap();
        std::fs::write(&path, &written[..written.len() - 3]).unwrap();

        let (mut ledger, state) = Ledger::open(&path).unwrap();
        assert_eq!((state.heard.len(), state.agents.len(), state.changes), (1, 1, 2));
        ledger.note(&heard(2)).unwrap();
        ledger.write().unwrap();
        assert_eq!(Ledger::open(&path).unwrap().1.heard.len(), 2);
    }

    #[test]
    fn a_file_that_holds_something_else_is_refused_with_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notes.txt");
        std::fs::write(&path, "{\"balance\":5}\ngroceries\n").unwrap();
        let error = Ledger::open(&path).unwrap_err().to_string();
        assert!(error.contains("notes.txt:2: not the state of a sandbox"), "{error}");
    }
}
