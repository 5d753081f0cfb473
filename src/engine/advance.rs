//! The way of a step: needs, condition, delay, cue, its work, hold, and then those that need it.
//!
//! Every change of a phase goes through [`Run::change`], which keeps the counters, the set of active steps and
//! the step's command in accord with it.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::clock::Timestamp;
use crate::duration::Millis;
use crate::engine::command::WaitReason;
use crate::engine::event::{Prepared, Withholding};
use crate::engine::run::{Followup, Run};
use crate::engine::state::SkipReason;
use crate::engine::step::{End, Left, Phase, Step};
use crate::outcome::{Effect, Failure};
use crate::plan::model::{Edge, Hold, StepKey, Work};

impl Run {
    /// Follows up everything that ended or changed places, and what that sets off.
    pub(super) fn settle(&mut self, at: Timestamp) {
        while let Some(followup) = self.agenda.pop_front() {
            match followup {
                Followup::Ended(key) => self.pass_on(key, at),
                Followup::Item { node, index } => self.review_item(node, index, at),
            }
        }
    }

    /// Puts a step into a phase.
    pub(super) fn change(&mut self, key: StepKey, phase: Phase) {
        let Some(step) = self.find_mut(key) else { return };
        let state = step.state();
        let before = std::mem::replace(&mut step.phase, phase);
        self.touched.push((key, state));
        self.tally[before.tally_index()] -= 1;
        self.tally[phase.tally_index()] += 1;
        match (before.is_active(), phase.is_active()) {
            (false, true) => drop(self.active.insert(key)),
            (true, false) => drop(self.active.remove(&key)),
            _ => {}
        }
        if let Some(item) = key.item {
            self.count_live(key.node, item.index, (before, phase));
        }
        self.refresh(key);
    }

    /// Ends a step for good.
    pub(super) fn end(&mut self, key: StepKey, end: End) {
        if let Some(step) = self.find_mut(key) {
            step.trial = None;
        }
        self.change(key, Phase::Ended(end));
        self.agenda.push_back(Followup::Ended(key));
    }

    /// Ends a step that failed.
    pub(super) fn fail(&mut self, key: StepKey, failure: Failure) {
        if let Some(step) = self.find_mut(key) {
            step.left = Left::Failure(Box::new(failure));
        }
        self.end(key, End::Failed);
    }

    /// Ends a step that succeeded, or lets what follows wait for its hold.
    pub(super) fn succeed(&mut self, key: StepKey, result: Option<Value>, at: Timestamp) {
        let length = self.hold_of(key);
        let Some(step) = self.find_mut(key) else { return };
        step.left = result.map_or(Left::Nothing, |value| Left::Result(Box::new(value)));
        if length == Millis::ZERO || self.course.draining {
            self.end(key, End::Succeeded);
        } else {
            self.change(key, Phase::Holding { until: at + length });
        }
    }

    /// Goes on with a step whose needs have all ended.
    pub(super) fn meet_needs(&mut self, key: StepKey, at: Timestamp) {
        let graph = Arc::clone(&self.graph);
        let node = graph.node(key);
        let Some(step) = self.find(key) else { return };
        let sees_failures = node.condition.as_ref().is_some_and(|condition| condition.sees_failures);
        let (upstream, skip_asked) = (step.upstream && !sees_failures, step.skip_asked);
        if let Some(end) = self.carried_in(&graph, key) {
            self.end_as_carried(key, end);
        } else if upstream {
            self.end(key, End::Skipped(SkipReason::Upstream));
        } else if skip_asked {
            self.end(key, End::Skipped(SkipReason::Person));
        } else if self.is_left_out(key) {
            self.end(key, End::Skipped(SkipReason::LeftOut));
        } else if node.condition.is_some() {
            self.change(key, Phase::Condition);
        } else {
            self.begin_delay(key, at);
        }
    }

    pub(super) fn condition_read(&mut self, key: StepKey, holds: bool, at: Timestamp) {
        if holds {
            self.begin_delay(key, at);
        } else {
            self.end(key, End::Skipped(SkipReason::Condition));
        }
    }

    pub(super) fn skip_expired(&mut self, key: StepKey) {
        self.end(key, End::Skipped(SkipReason::Expired));
    }

    /// Lets a step wait for what a rule says; it is asked for again then.
    pub(super) fn withhold(&mut self, key: StepKey, (until, by): (Timestamp, Withholding), expires: Option<Timestamp>) {
        let why = match by {
            Withholding::Window => WaitReason::Window,
            Withholding::Cap => WaitReason::Cap,
            Withholding::Underway => WaitReason::Underway,
        };
        if let Some(step) = self.find_mut(key)
            && (expires.is_some() || step.trial.is_some())
        {
            step.trial_mut().expires = expires;
        }
        self.change(key, Phase::Waiting { until, why });
    }

    /// Ends a step that a rule keeps from going out in this run.
    pub(super) fn rule_out(&mut self, key: StepKey, reason: SkipReason, detail: &str) {
        if let Some(step) = self.find_mut(key).filter(|_| !detail.is_empty()) {
            step.left = Left::Reason(detail.into());
        }
        self.end(key, End::Skipped(reason));
    }

    /// Skips a step at once, or when its needs have ended: what follows it may not overtake what it waits for.
    pub(super) fn skip_by_person(&mut self, key: StepKey, at: Timestamp) {
        match self.find_mut(key) {
            Some(step) if step.phase == Phase::Pending => step.skip_asked = true,
            _ => self.end(key, End::Skipped(SkipReason::Person)),
        }
        self.settle(at);
        // It may have been what kept loops from beginning new items.
        self.begin_all_items(at);
    }

    /// Follows a timer that ran out.
    pub(super) fn due(&mut self, key: StepKey, at: Timestamp) {
        match self.find(key).map(|step| step.phase) {
            Some(Phase::Waiting { until, why }) => match why {
                WaitReason::Delay => self.begin_cue(key, until, at),
                WaitReason::Wait => self.succeed(key, None, at),
                WaitReason::Room => self.change(key, Phase::Knocking),
                _ => self.change(key, Phase::Ready),
            },
            Some(Phase::Cue) => {
                let moment = self.cue_of(key).and_then(|cue| self.clock.instant_of(cue)).unwrap_or(at);
                self.make_ready(key, moment, at);
            }
            Some(Phase::Holding { .. }) => self.end(key, End::Succeeded),
            Some(Phase::Paused) => self.pause_timed_out(key, at),
            _ => {}
        }
    }

    /// Begins a `wait` or `pause` that was rendered.
    pub(super) fn begin_prepared(&mut self, key: StepKey, wait: &Prepared, at: Timestamp) {
        if let Some(step) = self.find_mut(key) {
            step.trial_mut().prepared = Some(Box::new(wait.clone()));
        }
        match wait {
            Prepared::For(length) => {
                self.change(key, Phase::Waiting { until: at + self.paced(*length), why: WaitReason::Wait });
            }
            Prepared::Until(instant) => {
                self.change(key, Phase::Waiting { until: *instant, why: WaitReason::Wait });
            }
            Prepared::Pause { .. } => self.open_pause(key, at),
        }
    }

    /// Opens a pause, or asks for it anew; its timeout begins when it is asked for.
    pub(super) fn open_pause(&mut self, key: StepKey, at: Timestamp) {
        let speed = self.graph.start.speed;
        let Some(trial) = self.find_mut(key).map(Step::trial_mut) else { return };
        if let Some(Prepared::Pause { timeout, .. }) = trial.prepared.as_deref() {
            trial.times_out = timeout.map(|length| at + length.at_speed(speed));
        }
        self.change(key, Phase::Paused);
    }

    pub(super) fn gone(&mut self, key: StepKey, by: &str, at: Timestamp) {
        self.succeed(key, Some(json!({ "by": by })), at);
    }

    fn pause_timed_out(&mut self, key: StepKey, at: Timestamp) {
        let prepared = self.find(key).and_then(|step| step.trial.as_ref()?.prepared.as_deref());
        if matches!(prepared, Some(Prepared::Pause { fail: true, .. })) {
            self.fail(key, Failure::rejected("pause_timeout", "nobody says go in time"));
        } else {
            self.gone(key, "timeout", at);
        }
    }

    fn begin_delay(&mut self, key: StepKey, at: Timestamp) {
        let delay = self.paced(self.graph.node(key).timing.delay);
        if delay == Millis::ZERO {
            self.begin_cue(key, at, at);
        } else {
            self.change(key, Phase::Waiting { until: at + delay, why: WaitReason::Delay });
        }
    }

    fn begin_cue(&mut self, key: StepKey, moment: Timestamp, at: Timestamp) {
        match self.cue_of(key) {
            Some(cue) if self.clock.read(at) < cue => self.change(key, Phase::Cue),
            // A cue that has passed was the step's moment: too long after it the step is not shouted late.
            Some(cue) => self.make_ready(key, self.clock.instant_of(cue).unwrap_or(moment), at),
            None => self.make_ready(key, moment, at),
        }
    }

    /// Lets a step do its work. Its moment is when it should have begun, however late that is noticed.
    fn make_ready(&mut self, key: StepKey, moment: Timestamp, at: Timestamp) {
        let graph = Arc::clone(&self.graph);
        let node = graph.node(key);
        if matches!(node.work, Work::Join) {
            return self.succeed(key, None, at);
        }
        if (node.timing.expires.is_some() || node.rules.expires_with_window) && node.effect() == Effect::Once {
            let moment = self.moment_in_loop(key).map_or(moment, |first| first.min(moment));
            if let Some(step) = self.find_mut(key) {
                step.trial_mut().moment = Some(moment);
            }
        }
        self.change(key, Phase::Ready);
    }

    /// When a line that is for the end of a window should have begun, in a loop whose items have their turns one after
    /// the other: all of its people share the window that was the first when the loop began. What follows a line that
    /// came too late for it is too late too.
    fn moment_in_loop(&self, key: StepKey) -> Option<Timestamp> {
        let (node, index) = (self.graph.node(key), key.item?.index);
        let too_late = Phase::Ended(End::Skipped(SkipReason::Expired));
        let is_too_late = |need: &Edge| {
            self.find(StepKey::item(key.node, index, need.node)).is_some_and(|step| step.phase == too_late)
        };
        let is_first = node.needs.is_empty() || node.needs.iter().any(is_too_late);
        let is_bound = node.rules.expires_with_window && node.timing.at.is_none() && is_first;
        let begun = self.loops.get(&key.node).filter(|_| is_bound)?.begun;
        Some(begun + self.paced(node.timing.delay))
    }

    /// Tells those that need a step that it ended.
    fn pass_on(&mut self, key: StepKey, at: Timestamp) {
        let graph = Arc::clone(&self.graph);
        let node = graph.node(key);
        let Some(&Step { phase: Phase::Ended(end), failed_above, .. }) = self.find(key) else { return };
        let failed = end == End::Failed && !node.policy.continue_on_error;
        let spreads = failed || end == End::Skipped(SkipReason::Upstream);
        for dependent in graph.dependents(key) {
            let Some(step) = self.find_mut(dependent) else { continue };
            step.upstream |= spreads;
            step.failed_above |= failed || failed_above;
            // What was cancelled meanwhile waits for nothing more.
            if step.phase == Phase::Pending {
                step.open_needs -= 1;
                if step.open_needs == 0 {
                    self.meet_needs(dependent, at);
                }
            }
        }
        match key.item {
            None => self.course.count_end(node.section, failed),
            Some(item) => self.count_end_in_item(key.node, item.index, failed, at),
        }
    }

    /// A length of the file at the run's speed.
    pub(super) fn paced(&self, length: Millis) -> Millis {
        length.at_speed(self.graph.start.speed)
    }

    /// The offset on the run's clock before which a step does not begin.
    pub(super) fn cue_of(&self, key: StepKey) -> Option<Millis> {
        self.graph.node(key).timing.at.map(|offset| self.paced(offset))
    }

    fn hold_of(&self, key: StepKey) -> Millis {
        let spoken = || self.rendering(key).and_then(|rendering| rendering.speech.as_ref()).map(|speech| speech.length);
        match self.graph.node(key).timing.hold {
            // It was held in the run that it is carried over from.
            _ if self.carried(key).is_some() => Millis::ZERO,
            Hold::None => Millis::ZERO,
            Hold::For(length) => self.paced(length),
            Hold::Speech => self.paced(spoken().unwrap_or(Millis::ZERO)),
        }
    }
}
