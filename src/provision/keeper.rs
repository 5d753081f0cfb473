//! Keeps the lock while a run applies: every agent that was made is in it before the run goes on.

use std::io;
use std::path::PathBuf;

use crate::clock::{Clock as _, SystemClock};
use crate::crash;
use crate::data::project::Project;
use crate::engine::event::Start;
use crate::plan::model::{Plan, StepKey, Work};
use crate::provision::account::AccountKey;
use crate::provision::hold;
use crate::provision::lock::{Entry, Lock, Name};
use crate::provision::script::{self, WORKFLOW};
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
    project: Project,
    folder: PathBuf,
    account: AccountKey,
    plan: Plan,
    failed: Option<KeepError>,
}

impl LockKeeper {
    /// The keeper of a run, if it applies. `folder` is the state folder.
    pub fn of(start: &Start, project: &Project, folder: PathBuf, account: AccountKey) -> Option<Self> {
        let applies = start.plan.workflow == WORKFLOW && !start.is_rehearsal();
        applies.then(|| Self { project: project.clone(), folder, account, plan: start.plan.clone(), failed: None })
    }

    fn succeeded(&self, step: StepKey, result: &serde_json::Value) -> Result<(), KeepError> {
        let Some(node) = self.plan.get(step).filter(|_| step.item.is_none()) else { return Ok(()) };
        let Work::Exchange(exchanged) = &node.work else { return Ok(()) };
        let Some(declared) = &exchanged.declared else { return Ok(()) };
        let name = Name::new(declared, &self.account);
        let to_lock = script::lock_of(&self.plan, declared).unwrap_or_default();
        change(&self.project, &self.folder, |lock| match exchanged.action.as_str() {
            "generate" => {
                let code = result["agent_id"].as_str().unwrap_or_default().to_owned();
                lock.agents.insert(
                    name,
                    Entry { replaced: to_lock.replaced, ..entry(code, to_lock.from, to_lock.prevent_destroy) },
                );
            }
            "set_prompt" => {
                if let Some(entry) = lock.agents.get_mut(&name) {
                    (entry.from, entry.prevent_destroy) = (to_lock.from, to_lock.prevent_destroy);
                }
            }
            "delete_agent" => drop(lock.agents.remove(&name)),
            _ => {}
        })
    }
}

/// An entry as of now.
pub fn entry(code: String, from: std::collections::BTreeMap<String, String>, prevent_destroy: bool) -> Entry {
    Entry {
        code,
        from,
        made: SystemClock.now().to_string(),
        by: env!("CARGO_PKG_VERSION").to_owned(),
        prevent_destroy,
        replaced: Vec::new(),
    }
}

/// Reads the lock, changes it, and writes it where that made a difference, beside no other process of the state folder.
pub fn change(project: &Project, folder: &std::path::Path, body: impl FnOnce(&mut Lock)) -> Result<(), KeepError> {
    hold::alone(folder, || {
        let path = Lock::path_of(project);
        let mut lock = Lock::read(project).map_err(|mistakes| {
            let first = mistakes.first().map(|mistake| mistake.message.clone()).unwrap_or_default();
            KeepError::Read(path.display().to_string(), first)
        })?;
        let before = lock.clone();
        body(&mut lock);
        crash::point(crash::Point::BeforeLock);
        if lock != before {
            lock.write(&path)?;
        }
        Ok(())
    })?
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
