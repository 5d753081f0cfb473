//! When anybody committed something to the journal of a folder: one look for all who wait for it.
//!
//! The look is one cheap question ten times a second, and only while somebody waits. A run of another process is heard
//! of as one of this process is.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use crate::journal::sqlite::SqliteJournal;

/// How often is looked.
const LOOK: Duration = Duration::from_millis(100);

/// Tells when something was committed. Clones share the look.
#[derive(Clone, Debug)]
pub struct Pulse {
    kept: Arc<SqliteJournal>,
    beats: watch::Sender<u64>,
    is_looking: Arc<Mutex<bool>>,
}

impl Pulse {
    pub(super) fn of(kept: Arc<SqliteJournal>) -> Self {
        Self { kept, beats: watch::Sender::new(0), is_looking: Arc::default() }
    }

    /// Listens from now on: the receiver changes whenever something was committed since. Needs a Tokio runtime.
    pub fn listen(&self) -> watch::Receiver<u64> {
        let mut is_looking = self.is_looking.lock().unwrap_or_else(PoisonError::into_inner);
        let receiver = self.beats.subscribe();
        if !*is_looking {
            *is_looking = true;
            tokio::spawn(self.clone().look());
        }
        receiver
    }

    async fn look(self) {
        let mut seen = None;
        loop {
            // A journal that cannot be read now is looked at again; those who wait will meet the error themselves.
            let version = self.kept.version().await.ok();
            if version != seen {
                seen = version;
                self.beats.send_modify(|beat| *beat += 1);
            }
            tokio::time::sleep(LOOK).await;
            if self.is_over() {
                return;
            }
        }
    }

    /// Ends the look when nobody waits; who comes later begins another.
    fn is_over(&self) -> bool {
        let mut is_looking = self.is_looking.lock().unwrap_or_else(PoisonError::into_inner);
        if self.beats.receiver_count() == 0 {
            *is_looking = false;
        }
        !*is_looking
    }
}
