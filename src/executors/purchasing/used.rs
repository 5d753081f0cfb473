//! What a run has spent, and which purchases it uses: no two of its steps take the same one.

use std::collections::{HashMap, HashSet};

use super::purchase_of;
use crate::engine::event::{Event, Record};
use crate::outcome::{ErrorClass, Exchange};

/// The purchases of a run, each with what it costs this run.
#[derive(Debug, Default)]
pub struct Used(HashMap<String, u64>);

impl Used {
    /// What the records of a run say. An intent without an outcome counts; one that was refused does not.
    pub(super) fn of(records: &[Record]) -> Self {
        let (mut used, mut open) = (Self::default(), HashMap::new());
        for record in records {
            match &record.event {
                Event::AttemptStarted { step, rendering, .. } => {
                    if let Some(key) = purchase_of(rendering) {
                        used.insert(key, rendering.credits);
                        open.insert(*step, key);
                    }
                }
                Event::AttemptEnded { step, exchange: Exchange::Failed { failure } }
                    if failure.class == ErrorClass::Rejected =>
                {
                    if let Some(key) = open.remove(step) {
                        used.remove(key);
                    }
                }
                _ => {}
            }
        }
        used
    }

    /// The credits that are spent or set aside.
    pub(super) fn credits(&self) -> u64 {
        self.0.values().sum()
    }

    /// The keys of the purchases in use.
    pub(super) fn keys(&self) -> HashSet<String> {
        self.0.keys().cloned().collect()
    }

    pub(super) fn insert(&mut self, key: &str, credits: u64) {
        self.0.insert(key.to_owned(), credits);
    }

    pub(super) fn remove(&mut self, key: &str) {
        self.0.remove(key);
    }
}
