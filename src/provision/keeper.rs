//! Keeps the lock while a run applies: every agent that was made is in it before the run goes on.

use std::io;
use std::path::Path;

use crate::clock::{Clock as _, SystemClock};
use crate::crash;
use crate::data::project::Project;
use crate::diagnostic::Diagnostic;
use crate::engine::event::Start;
use crate::plan::model::{Plan, StepKey, Work};
use crate::provision::account::Account;
use crate::provision::desired::Desired;
use crate::provision::hold;
use crate::provision::lock::{Coming, Entry, Lock, Name, face_of};
use crate::provision::script::{self, ToLock, WORKFLOW};
use crate::report::{ChangedTo, Moment, Report};

/// Why the lock is not what was done.
#[derive(Debug, thiserror::Error)]
pub enum KeepError {
    /// It cannot be read.
    #[error("`{}` cannot be read: {}", .0, .1)]
    Read(String, String),
    /// It cannot be written.
    #[error(transparent)]
    Write(#[from] super::lock::WriteError),
    /// Another process writes it all the time.
    #[error("the lock is {0}")]
    Held(#[from] crate::held::HeldError),
}

/// Writes what a run does into the lock of a project.
pub struct LockKeeper {
    place: LockPlace,
    plan: Plan,
    /// Stops the run: what cannot be written down is not bought.
    stop: Box<dyn Fn() + Send>,
    failed: Option<KeepError>,
}

/// A lock, and whose entries are changed in it.
#[derive(Clone)]
pub struct LockPlace {
    /// The project.
    pub project: Project,
    /// The account.
    pub account: Account,
}

impl LockKeeper {
    /// The keeper of a run, if it applies. `stop` stops the run.
    pub fn of(start: &Start, place: LockPlace, stop: impl Fn() + Send + 'static) -> Option<Self> {
        let applies = start.plan.workflow == WORKFLOW && !start.is_rehearsal();
        applies.then(|| Self { place, plan: start.plan.clone(), stop: Box::new(stop), failed: None })
    }

    fn succeeded(&self, step: StepKey, result: &serde_json::Value) -> Result<(), KeepError> {
        let Some(node) = self.plan.get(step).filter(|_| step.item.is_none()) else { return Ok(()) };
        let Work::Exchange(exchanged) = &node.work else { return Ok(()) };
        let Some(declared) = &exchanged.declared else { return Ok(()) };
        let name = Name::new(declared, &self.place.account.key);
        let to_lock = script::lock_of(&self.plan, declared).unwrap_or_default();
        self.place.change(|lock| match exchanged.action.as_str() {
            "generate" => made(lock, name, result["agent_id"].as_str().unwrap_or_default(), to_lock),
            "wait_ready" => ready(lock, &name, to_lock),
            "set_prompt" => {
                if let Some(entry) = lock.agents.get_mut(&name) {
                    entry.follow(to_lock);
                }
            }
            "delete_agent" => drop(lock.agents.remove(&name)),
            _ => {}
        })
    }
}

/// Notes a new agent at once; the one that it takes the place of keeps the name until the new one is ready.
fn made(lock: &mut Lock, name: Name, code: &str, to_lock: ToLock) {
    match lock.agents.get_mut(&name).filter(|entry| to_lock.instead_of.as_ref() == Some(&entry.code)) {
        Some(entry) => {
            entry.coming = Some(Coming { code: code.to_owned(), face: face_of(&to_lock.from) });
            // Another one that was coming, and is no longer meant, is among them.
            entry.replaced = to_lock.replaced;
        }
        None => {
            let mut entry = entry(code.to_owned(), to_lock);
            entry.replaced.retain(|old| old != code);
            lock.agents.insert(name, entry);
        }
    }
}

/// Gives the name to the agent that takes the place of another.
fn ready(lock: &mut Lock, name: &Name, to_lock: ToLock) {
    let Some(before) = lock.agents.get(name).cloned() else { return };
    let Some(Coming { code, .. }) = before.coming else { return };
    let mut entry = entry(code.clone(), to_lock);
    entry.replaced.push(before.code);
    entry.replaced.retain(|old| *old != code);
    entry.replaced.dedup();
    lock.agents.insert(name.clone(), entry);
}

impl Entry {
    /// Takes in what is declared and makes no face.
    pub fn follow(&mut self, to_lock: ToLock) {
        (self.from, self.declared, self.replaced) = (to_lock.from, to_lock.declared, to_lock.replaced);
        self.prevent_destroy = to_lock.prevent_destroy;
        // What is left over stands in one place.
        self.coming.take_if(|coming| self.replaced.contains(&coming.code));
    }
}

/// An entry as of now.
pub fn entry(code: String, to_lock: ToLock) -> Entry {
    Entry {
        code,
        from: to_lock.from,
        made: SystemClock.now().to_string(),
        by: env!("CARGO_PKG_VERSION").to_owned(),
        declared: to_lock.declared,
        prevent_destroy: to_lock.prevent_destroy,
        coming: None,
        replaced: to_lock.replaced,
    }
}

impl LockPlace {
    /// The lock as it is, with what the account had before it was given a name.
    pub fn read(&self) -> Result<Lock, Vec<Diagnostic>> {
        let mut lock = Lock::read(&self.project)?;
        self.account.claim(&mut lock);
        Ok(lock)
    }

    /// Reads the lock, changes it, and writes it where that made a difference, beside no other process.
    pub fn change(&self, body: impl FnOnce(&mut Lock)) -> Result<(), KeepError> {
        hold::alone(&self.project, || {
            let path = Lock::path_of(&self.project);
            let before = self.now(&path)?;
            let mut lock = before.clone();
            self.account.claim(&mut lock);
            body(&mut lock);
            crash::point(crash::Point::BeforeLock);
            if lock != before {
                lock.write(&path)?;
            }
            Ok(())
        })?
    }

    /// Gives a declared name an agent that exists: it is believed to be made from what is declared.
    pub fn import(&self, agent: &Desired, code: &str) -> Result<(), KeepError> {
        let account = &self.account.key;
        self.change(|lock| {
            let other = lock.name_of(code, account).filter(|other| *other != agent.name).map(str::to_owned);
            if let Some(other) = other {
                lock.agents.remove(&Name::new(&other, account));
            }
            let name = Name::new(&agent.name, account);
            let before = lock.agents.get(&name);
            let had = before.into_iter().flat_map(|entry| entry.others().chain([&entry.code]));
            let to_lock = ToLock {
                from: agent.from.clone(),
                declared: agent.declared.clone(),
                prevent_destroy: agent.lifecycle.prevent_destroy,
                instead_of: None,
                replaced: had.filter(|other| *other != code).cloned().collect(),
            };
            lock.agents.insert(name, entry(code.to_owned(), to_lock));
        })
    }

    /// Writes the lock as it is: what cannot be written down must not be bought.
    pub fn prove(&self) -> Result<(), KeepError> {
        hold::alone(&self.project, || {
            let path = Lock::path_of(&self.project);
            self.now(&path)?.write(&path).map_err(KeepError::from)
        })?
    }

    fn now(&self, path: &Path) -> Result<Lock, KeepError> {
        Lock::read(&self.project).map_err(|mistakes| {
            let first = mistakes.first().map(|mistake| mistake.message.clone()).unwrap_or_default();
            KeepError::Read(path.display().to_string(), first)
        })
    }
}

impl Report for LockKeeper {
    fn event(&mut self, moment: &Moment) {
        if moment.past {
            return;
        }
        for change in moment.changes {
            if let ChangedTo::Succeeded { result, .. } = &change.to
                && let Err(error) = self.succeeded(change.step, result)
            {
                self.failed.get_or_insert(error);
                (self.stop)();
            }
        }
    }

    /// Fails with the first change that could not be written. What was paid for is known to the state folder all the
    /// same: to apply again takes it in.
    fn finish(&mut self) -> io::Result<()> {
        match self.failed.take() {
            Some(error) => {
                Err(io::Error::other(format!("{error}; `runsheet agents apply` writes it again, at no cost")))
            }
            None => Ok(()),
        }
    }
}
