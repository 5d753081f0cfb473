//! An exchange with the service: what its end means for the step.
//!
//! Here a *once* step that may have taken effect is kept from going out again; only `Resolved`, or
//! `on_unknown: resend`, lets it.

use std::sync::Arc;

use crate::clock::Timestamp;
use crate::duration::Millis;
use crate::engine::command::WaitReason;
use crate::engine::event::{Rendering, Resolution};
use crate::engine::retry::{FailedTry, Next, seed};
use crate::engine::run::Run;
use crate::engine::step::{End, Left, Phase, Step};
use crate::outcome::{Effect, ErrorClass, Exchange, Failure};
use crate::plan::model::{StepKey, Work};

/// How an exchange ended of which nobody saw the end.
pub(super) fn interrupted() -> Failure {
    Failure::new(ErrorClass::Unknown, "interrupted", "the run is interrupted before an answer comes")
}

impl Run {
    pub(super) fn attempt_started(&mut self, key: StepKey, rendering: &Rendering, at: Timestamp) {
        let Some(trial) = self.find_mut(key).map(Step::trial_mut) else { return };
        trial.since.get_or_insert(at);
        trial.expires = rendering.expires;
        trial.rendering = Some(Box::new(rendering.clone()));
        self.change(key, Phase::InFlight);
    }

    pub(super) fn attempt_ended(&mut self, key: StepKey, exchange: &Exchange, at: Timestamp) {
        match exchange {
            Exchange::Done { result } => self.succeed(key, Some(result.clone()), at),
            Exchange::Failed { failure } => self.follow_failure(key, failure.clone(), at),
            Exchange::Again { .. } if self.course.draining => self.end(key, End::Cancelled),
            Exchange::Again { after, .. } => {
                let length = self.paced(*after);
                if let Some(trial) = self.find_mut(key).map(Step::trial_mut) {
                    trial.looks += 1;
                    trial.row = 1;
                }
                let is_line = self.graph.node(key).effect() == Effect::Once;
                self.wait_to_try(key, at + length, if is_line { WaitReason::Room } else { WaitReason::Look });
            }
        }
    }

    /// Decides what follows a failed try, one cut short by a crash included.
    pub(super) fn follow_failure(&mut self, key: StepKey, failure: Failure, at: Timestamp) {
        let draining = self.course.draining;
        let next = self.next_after(key, &failure, at);
        if next == Next::Fail {
            return self.fail(key, failure);
        }
        let Some(step) = self.find_mut(key) else { return };
        let trial = step.trial_mut();
        trial.failure = Some(Box::new(failure));
        match next {
            Next::Ask if !draining => self.change(key, Phase::Unknown),
            Next::Ask | Next::LeaveUnknown => self.leave_unknown(key),
            // Nothing may go out any more, so what did not take effect never will.
            _ if draining => self.end(key, End::Cancelled),
            Next::Repeat(after) => {
                trial.attempt += 1;
                trial.row += 1;
                self.wait_to_try(key, at + after, WaitReason::Backoff);
            }
            Next::RateLimited(after) => self.wait_to_try(key, at + after, WaitReason::RateLimit),
            Next::Block(block) => self.change(key, Phase::Blocked(block)),
            Next::Fail => {}
        }
    }

    /// Takes up an attempt that nobody saw the end of. Such an end is no fault of the step.
    pub(super) fn take_up_interrupted(&mut self, key: StepKey, at: Timestamp) {
        if self.graph.node(key).effect() == Effect::Once {
            self.follow_failure(key, interrupted(), at);
        } else if self.course.draining {
            self.end(key, End::Cancelled);
        } else {
            self.change(key, Phase::Ready);
        }
    }

    /// Settles a step that nobody knew about.
    pub(super) fn resolved(&mut self, key: StepKey, resolution: Resolution) {
        match resolution {
            Resolution::Happened => self.end(key, End::Succeeded),
            Resolution::LeaveUnknown => self.leave_unknown(key),
            Resolution::DidNotHappen => {
                if let Some(step) = self.find_mut(key) {
                    let trial = step.trial_mut();
                    trial.attempt += 1;
                    trial.row = 1;
                    trial.looks = 0;
                    // A person says "now": it is not too late.
                    trial.moment = None;
                    trial.expires = None;
                    if let Some(rendering) = &mut trial.rendering {
                        rendering.expires = None;
                    }
                }
                self.change(key, Phase::Ready);
            }
        }
    }

    /// Ends a step as unknown; the failure stays for those who read the report.
    pub(super) fn leave_unknown(&mut self, key: StepKey) {
        if let Some(step) = self.find_mut(key)
            && let Some(failure) = step.trial.as_mut().and_then(|trial| trial.failure.take())
        {
            step.left = Left::Failure(failure);
        }
        self.end(key, End::Unknown);
    }

    /// The instant after which it is too late for a step to go out.
    pub(super) fn expires(&self, key: StepKey) -> Option<Timestamp> {
        let trial = self.find(key)?.trial.as_ref()?;
        let length = self.graph.node(key).timing.expires;
        let own = trial.moment.zip(length).map(|(moment, length)| moment.max(self.let_go_at) + self.paced(length));
        own.into_iter().chain(trial.expires).min()
    }

    /// When a step's delay and cue were over; none when it may go out however late, or has none yet.
    pub fn moment(&self, key: StepKey) -> Option<Timestamp> {
        self.find(key)?.trial.as_ref()?.moment
    }

    fn wait_to_try(&mut self, key: StepKey, until: Timestamp, why: WaitReason) {
        let until = self.expires(key).map_or(until, |expires| expires.min(until));
        self.change(key, Phase::Waiting { until, why });
    }

    fn next_after(&self, key: StepKey, failure: &Failure, at: Timestamp) -> Next {
        let graph = Arc::clone(&self.graph);
        let node = graph.node(key);
        let (Work::Exchange(work), Some(trial)) = (&node.work, self.find(key).and_then(|step| step.trial.as_ref()))
        else {
            return Next::Fail;
        };
        FailedTry {
            failure,
            work,
            policy: &node.policy,
            attempt: trial.row,
            elapsed: trial.since.map_or(Millis::ZERO, |since| at.since(since)),
            speed: graph.start.speed,
            seed: seed(&graph.start.run, key, trial.attempt),
        }
        .next()
    }
}
