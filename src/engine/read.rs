//! What drivers and reports read from a run.

use indexmap::IndexMap;
use serde_json::Value;

use crate::clock::Timestamp;
use crate::duration::Millis;
use crate::engine::event::{Prepared, Rendering, RunOutcome, Start, StopReason};
use crate::engine::run::Run;
use crate::engine::state::{SkipReason, StepState};
use crate::engine::step::{Left, Phase, Trial};
use crate::outcome::{Effect, Failure};
use crate::plan::model::{Plan, StepKey};

impl Run {
    /// What the run was started with.
    pub fn start(&self) -> &Start {
        &self.graph.start
    }

    /// Its frozen graph.
    pub fn plan(&self) -> &Plan {
        &self.graph.start.plan
    }

    /// The steps that the last event led on, in order and maybe several times, each with its state before.
    pub fn touched(&self) -> &[(StepKey, StepState)] {
        &self.touched
    }

    /// The number that the next record must have.
    pub fn next_seq(&self) -> u64 {
        self.next_seq
    }

    /// The instant of record 0.
    pub fn started_at(&self) -> Timestamp {
        self.started_at
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

    /// The rest of why a rule ruled a step out, for people.
    pub fn skip_detail(&self, step: StepKey) -> Option<&str> {
        match &self.find(step)?.left {
            Left::Reason(detail) => Some(detail),
            _ => None,
        }
    }

    /// What the tries of a step send, from the first on until the step has ended.
    pub fn rendering(&self, step: StepKey) -> Option<&Rendering> {
        self.trial(step)?.rendering.as_deref()
    }

    /// Tells whether a *once* step reached for the service and its answer is not known: after a crash, nobody knows.
    pub fn is_in_flight(&self, step: StepKey) -> bool {
        let is_once = self.plan().get(step).is_some_and(|node| node.effect() == Effect::Once);
        is_once && self.find(step).is_some_and(|step| step.phase == Phase::InFlight)
    }

    /// The number of the try under way, or of the one to come, from 1.
    pub fn next_attempt(&self, step: StepKey) -> u32 {
        self.trial(step).map_or(1, |trial| trial.attempt)
    }

    /// What a `wait` or `pause` under way waits for.
    pub fn prepared(&self, step: StepKey) -> Option<&Prepared> {
        self.trial(step)?.prepared.as_deref()
    }

    /// The keys of a loop's items; empty before they are known.
    pub fn keys(&self, step: StepKey) -> &[String] {
        self.loops.get(&step.node).map_or(&[], |run| &run.keys)
    }

    /// How many items of a loop have begun; they begin in order.
    pub fn begun_items(&self, step: StepKey) -> u32 {
        self.loops.get(&step.node).map_or(0, |run| run.items.len() as u32)
    }

    /// The items that a loop's event holds: none before they are known, empty when the plan or a file has them.
    pub fn listed(&self, step: StepKey) -> Option<&[Value]> {
        self.loops.get(&step.node).map(|run| run.values.as_slice())
    }

    /// Tells whether a direct or indirect need failed; in `on_failure` and `finally`, also whether the run did.
    pub fn any_need_failed(&self, step: StepKey) -> bool {
        self.find(step).is_some_and(|step| step.failed_above)
    }

    /// The first step, in the plan's order, that would go out if nothing withheld it.
    pub fn first_ready(&self) -> Option<StepKey> {
        self.active
            .iter()
            .copied()
            .find(|key| self.find(*key).is_some_and(|step| matches!(step.phase, Phase::Ready | Phase::Knocking)))
    }

    /// Tells whether a person may still skip a step: it has not gone out, or came back without effect.
    pub fn may_be_skipped(&self, step: StepKey) -> bool {
        !self.finished() && self.find(step).is_some_and(|step| step.phase.may_be_skipped())
    }

    /// What the run's clock shows.
    pub fn clock(&self, now: Timestamp) -> Millis {
        self.clock.read(now)
    }

    /// Tells whether a step failed so far that may not, or the run's time ran out.
    pub fn has_failed(&self) -> bool {
        self.course.has_failed()
    }

    /// Tells whether a person asked it to stop, and it has not gone on since.
    pub fn is_stopping(&self) -> bool {
        self.course.stop_requested
    }

    /// Tells whether a person cancelled it.
    pub fn is_cancelling(&self) -> bool {
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
