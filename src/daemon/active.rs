//! The runs that this process drives: what can be said to each, and who hears of its events.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{broadcast, mpsc};

use crate::engine::event::Start;
use crate::executors::people::Says;
use crate::ids::RunId;
use crate::report::event::PublicEvent;

/// How many events a subscriber may be behind before it reads the journal again.
const BEHIND: usize = 1024;

/// Where the events of a run go.
pub(crate) type Channels = [broadcast::Sender<Arc<PublicEvent>>; 2];

/// A run under way in this process.
#[derive(Clone, Debug)]
pub struct RunHandle {
    /// The run.
    pub run: RunId,
    /// The workflow's name.
    pub workflow: String,
    /// Its file, relative to the project.
    pub file: String,
    says: mpsc::Sender<Says>,
    /// Weak, so that the channel closes with the run, however many hold a handle.
    events: broadcast::WeakSender<Arc<PublicEvent>>,
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

    /// Ends the run for good; its `finally` runs once.
    pub fn cancel(&self) -> bool {
        self.say(Says::Cancel)
    }

    /// The events from now on; see [`crate::daemon::subscribe`] for those that were.
    pub fn events(&self) -> broadcast::Receiver<Arc<PublicEvent>> {
        match self.events.upgrade() {
            Some(events) => events.subscribe(),
            None => broadcast::channel(1).1,
        }
    }
}

/// The runs under way. Clones share them.
#[derive(Clone)]
pub struct Active {
    runs: Arc<Mutex<HashMap<RunId, RunHandle>>>,
    all: broadcast::Sender<Arc<PublicEvent>>,
}

impl Default for Active {
    fn default() -> Self {
        Self { runs: Arc::default(), all: broadcast::channel(BEHIND).0 }
    }
}

impl Active {
    /// A run of this process.
    pub fn get(&self, run: &RunId) -> Option<RunHandle> {
        self.runs().get(run).cloned()
    }

    /// All of them.
    pub fn all(&self) -> Vec<RunHandle> {
        self.runs().values().cloned().collect()
    }

    /// The events of every run from now on. Who falls behind misses some, and is told so.
    pub fn events(&self) -> broadcast::Receiver<Arc<PublicEvent>> {
        self.all.subscribe()
    }

    /// Adds a run until the presence is dropped. Its events go to its own subscribers, and to those of all runs.
    pub(crate) fn enter(&self, start: &Start, says: mpsc::Sender<Says>) -> (RunHandle, Presence, Channels) {
        let events = broadcast::channel(BEHIND).0;
        let handle = RunHandle {
            run: start.run.clone(),
            workflow: start.plan.workflow.clone(),
            file: start.plan.file.clone(),
            says,
            events: events.downgrade(),
        };
        self.runs().insert(start.run.clone(), handle.clone());
        (handle, Presence { active: self.clone(), run: start.run.clone() }, [events, self.all.clone()])
    }

    fn runs(&self) -> MutexGuard<'_, HashMap<RunId, RunHandle>> {
        // A panic elsewhere leaves a whole map: entries come and go one by one.
        self.runs.lock().unwrap_or_else(PoisonError::into_inner)
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
