//! A workflow with a schedule, as the scheduler knows it.

use std::sync::Arc;

use crate::clock::Timestamp;
use crate::daemon::definitions::{Definition, Definitions};
use crate::daemon::opened::Opened;
use crate::fires::Seen;
use crate::schedule::Schedule;
use crate::workflow::model::Concurrency;

/// A workflow with a schedule.
#[derive(Clone)]
pub(super) struct Flow {
    definition: Arc<Definition>,
    /// What is started.
    pub opened: Opened,
    schedule: Schedule,
    /// Everything due up to here is decided.
    pub decided_until: Timestamp,
    /// Since when somebody keeps it.
    pub up_since: Timestamp,
    /// When something is due the next time.
    pub next: Option<Timestamp>,
    /// Whether a time waits for its turn.
    pub waits: bool,
    /// Whether it is known since when somebody keeps it. Until then nothing of it is decided.
    is_kept: bool,
}

impl Flow {
    /// Opens a file; none where it is broken, or has no schedule.
    pub(super) fn open(definition: &Arc<Definition>, definitions: &Definitions) -> Option<Self> {
        let opened = definition.open(definitions.project()).ok()?;
        let schedule = opened.workflow.schedule.clone()?;
        let never = Timestamp(i64::MIN);
        Some(Self {
            definition: definition.clone(),
            opened,
            schedule,
            decided_until: never,
            up_since: never,
            next: None,
            waits: true,
            is_kept: false,
        })
    }

    /// The same as it is taken up.
    pub(super) fn seen(mut self, seen: Seen, now: Timestamp) -> Self {
        (self.up_since, self.is_kept) = (seen.up_since, true);
        self.decide(seen.decided_until, now);
        self
    }

    /// Takes over what was decided.
    pub(super) fn decide(&mut self, until: Timestamp, now: Timestamp) {
        self.decided_until = until;
        // What was missed is due at once.
        let missed = self.schedule.next(until).map(|due| due.at).filter(|at| *at <= now);
        self.next = missed.or_else(|| self.schedule.next(until.max(now)).map(|due| due.at));
    }

    /// Forgets since when somebody keeps it: it is to be taken up again.
    pub(super) fn forget(&mut self) {
        (self.is_kept, self.waits) = (false, true);
    }

    /// Whether it is to be taken up again.
    pub(super) fn is_forgotten(&self) -> bool {
        !self.is_kept
    }

    /// Whether something is to be decided.
    pub(super) fn is_due(&self, now: Timestamp) -> bool {
        self.is_kept && (self.waits || self.next.is_some_and(|next| next <= now))
    }

    /// Whether it was taken up from this very state of its file.
    pub(super) fn is_of(&self, definition: &Arc<Definition>) -> bool {
        self.is_kept && Arc::ptr_eq(&self.definition, definition)
    }

    pub(super) fn schedule(&self) -> &Schedule {
        &self.schedule
    }

    pub(super) fn group(&self) -> Option<&Concurrency> {
        self.opened.workflow.concurrency.as_ref()
    }
}
