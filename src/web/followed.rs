//! Runs that were looked at lately, each followed on from where the last look ended: a page looks again and again, and
//! reads only what is new.

use std::sync::{Arc, Mutex, PoisonError};

use indexmap::IndexMap;
use tokio::sync::{Mutex as Turn, OwnedMutexGuard};

use crate::daemon::runs::{Runs, RunsError};
use crate::daemon::tail::Tail;
use crate::ids::RunId;
use crate::web::timeline::Timeline;

/// How many runs are kept in mind: those of a stage, and some that people look at.
const MOST: usize = 32;

/// Runs that were looked at lately, the latest last.
#[derive(Default)]
pub(crate) struct Followed(Mutex<IndexMap<RunId, Arc<Turn<Look>>>>);

/// A run as far as it was followed.
pub(crate) struct Look {
    /// What it came to.
    pub tail: Tail,
    /// When each step tried and waited.
    pub timeline: Timeline,
}

impl Followed {
    /// A run as it is now; whoever looks at the same run waits a moment.
    pub(crate) async fn now(&self, runs: &Runs, run: &RunId) -> Result<OwnedMutexGuard<Look>, RunsError> {
        let mut look = self.kept(runs, run).lock_owned().await;
        let Look { tail, timeline } = &mut *look;
        if let Err(error) = tail.to_now(|moment| timeline.take(moment)).await {
            // What it came to is not known any more: the next look begins anew.
            self.runs().shift_remove(run);
            return Err(error);
        }
        Ok(look)
    }

    fn kept(&self, runs: &Runs, run: &RunId) -> Arc<Turn<Look>> {
        let mut kept = self.runs();
        let look = kept
            .shift_remove(run)
            .unwrap_or_else(|| Arc::new(Turn::new(Look { tail: runs.tail(run), timeline: Timeline::default() })));
        if kept.len() >= MOST {
            kept.shift_remove_index(0);
        }
        kept.insert(run.clone(), look.clone());
        look
    }

    fn runs(&self) -> std::sync::MutexGuard<'_, IndexMap<RunId, Arc<Turn<Look>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
