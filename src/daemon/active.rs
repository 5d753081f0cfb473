//! The runs that this process drives, and what can be said to each.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::mpsc;

use crate::executors::people::Says;
use crate::ids::RunId;

/// A run under way in this process.
#[derive(Clone, Debug)]
pub struct RunHandle {
    /// The run.
    pub run: RunId,
    says: mpsc::Sender<Says>,
}

impl RunHandle {
    /// Says something to the run. Tells whether it will hear it: one that has just ended does not.
    pub fn say(&self, says: Says) -> bool {
        self.says.try_send(says).is_ok()
    }

    /// Stops the run, to be resumed: nothing new goes out, and what is in flight is waited for.
    pub fn stop(&self) -> bool {
        self.say(Says::Stop)
    }
}

/// The runs under way. Clones share them.
#[derive(Clone, Default)]
pub struct Active(Arc<Mutex<HashMap<RunId, RunHandle>>>);

impl Active {
    /// A run of this process.
    pub fn get(&self, run: &RunId) -> Option<RunHandle> {
        self.runs().get(run).cloned()
    }

    /// All of them.
    pub fn all(&self) -> Vec<RunHandle> {
        self.runs().values().cloned().collect()
    }

    /// Adds a run until the presence is dropped.
    pub(crate) fn enter(&self, run: &RunId, says: mpsc::Sender<Says>) -> (RunHandle, Presence) {
        let handle = RunHandle { run: run.clone(), says };
        self.runs().insert(run.clone(), handle.clone());
        (handle, Presence { active: self.clone(), run: run.clone() })
    }

    fn runs(&self) -> MutexGuard<'_, HashMap<RunId, RunHandle>> {
        // A panic elsewhere leaves a whole map: entries come and go one by one.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A run is under way while this lives.
pub(crate) struct Presence {
    active: Active,
    run: RunId,
}

impl Drop for Presence {
    fn drop(&mut self) {
        self.active.runs().remove(&self.run);
    }
}
