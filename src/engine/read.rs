//! What drivers and reports read from a run.

use indexmap::IndexMap;
use serde_json::Value;

use crate::clock::Timestamp;
use crate::duration::Millis;
use crate::engine::event::{Prepared, Rendering, RunOutcome, Start, StopReason};
use crate::engine::run::Run;
use crate::engine::state::{SkipReason, StepState};
use crate::engine::step::{Left, Trial};
use crate::outcome::Failure;
use crate::plan::model::{ItemSource, Plan, StepKey};

impl Run {
    /// What the run was started with.
    pub fn started(&self) -> &Start {
        &self.graph.start
    }

    /// Its frozen graph.
    pub fn plan(&self) -> &Plan {
        &self.graph.start.plan
    }

    /// The number that the next record must have.
    pub fn next_seq(&self) -> u64 {
        self.next_seq
    }

    /// The instant of the last record.
    pub fn last_at(&self) -> Timestamp {
        self.last
    }

    /// Where a step stands; a step of an item that has not begun is pending.
    pub fn state(&self, step: StepKey) -> StepState {
        self.find(step).map_or(StepState::Pending, |step| step.state())
    }

    /// What a step resulted in; none for what has not succeeded, for loops, waits and joints, and for a step of
    /// which a person knows only that it happened.
    pub fn result(&self, step: StepKey) -> Option<&Value> {
        match &self.find(step)?.left {
            Left::Result(value) => Some(value),
            _ => None,
        }
    }

    /// How a step failed; for one under way, how its last try did.
    pub fn failure(&self, step: StepKey) -> Option<&Failure> {
        let step = self.find(step)?;
        match &step.left {
            Left::Failure(failure) => Some(failure),
            _ => step.trial.as_ref()?.failure.as_deref(),
        }
    }

    /// Why a step was skipped.
    pub fn skip_reason(&self, step: StepKey) -> Option<SkipReason> {
        match self.state(step) {
            StepState::Skipped(reason) => Some(reason),
            _ => None,
        }
    }

    /// What the tries of a step send, from the first on until the step has ended.
    pub fn rendering(&self, step: StepKey) -> Option<&Rendering> {
        self.trial(step)?.rendering.as_deref()
    }

    /// What a `wait` or `pause` under way waits for.
    pub fn prepared(&self, step: StepKey) -> Option<&Prepared> {
        self.trial(step)?.prepared.as_deref()
    }

    /// The keys of a loop's items; empty before they are known.
    pub fn keys(&self, step: StepKey) -> &[String] {
        self.loops.get(&step.node).map_or(&[], |run| &run.keys)
    }

    /// The values of a loop's items; empty before they are known, and when a file of the run has them.
    pub fn values(&self, step: StepKey) -> &[Value] {
        match (self.loops.get(&step.node), self.graph.loop_of(step.node).map(|inner| &inner.items)) {
            (Some(run), Some(ItemSource::List(written))) if run.values.is_empty() => written,
            (Some(run), _) => &run.values,
            (None, _) => &[],
        }
    }

    /// Tells whether a direct or indirect need failed; in `on_failure` and `finally`, also whether the run did.
    pub fn any_need_failed(&self, step: StepKey) -> bool {
        self.find(step).is_some_and(|step| step.failed_above)
    }

    /// What the run's clock shows.
    pub fn clock(&self, now: Timestamp) -> Millis {
        self.clock.read(now)
    }

    /// Tells whether a step failed so far that may not, or the run's time ran out.
    pub fn has_failed(&self) -> bool {
        self.course.has_failed()
    }

    /// Tells whether a person cancelled it.
    pub fn is_cancelled(&self) -> bool {
        self.course.cancelled
    }

    /// Tells whether a person asked that nothing new goes out.
    pub fn is_suspended(&self) -> bool {
        self.course.suspended
    }

    /// Why it stopped, until it is resumed.
    pub fn stopped(&self) -> Option<StopReason> {
        self.course.stopped
    }

    /// Tells whether it stopped and can be resumed.
    pub fn is_stopped(&self) -> bool {
        self.course.stopped.is_some()
    }

    /// How it ended for good.
    pub fn outcome(&self) -> Option<RunOutcome> {
        self.course.finished
    }

    /// Tells whether it ended for good.
    pub fn finished(&self) -> bool {
        self.course.finished.is_some()
    }

    /// The rendered outputs of a run that succeeded.
    pub fn outputs(&self) -> &IndexMap<String, Value> {
        &self.course.outputs
    }

    fn trial(&self, step: StepKey) -> Option<&Trial> {
        self.find(step)?.trial.as_deref()
    }
}
