//! What a run asks of its driver. A command stands until an event answers it.

use crate::clock::Timestamp;
use crate::engine::event::{RunOutcome, StopReason};
use crate::plan::model::StepKey;

/// One thing to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Read the step's condition; answered by `ConditionRead` or `StepFailed`.
    ReadCondition {
        /// The step.
        step: StepKey,
    },
    /// List the loop's items; answered by `ItemsListed` or `StepFailed`.
    ListItems {
        /// The loop.
        step: StepKey,
    },
    /// Render a `wait` or `pause`; answered by `Prepared` or `StepFailed`.
    Prepare {
        /// The step.
        step: StepKey,
    },
    /// Say `Due` at the instant, at once if it has passed.
    Wait {
        /// The step.
        step: StepKey,
        /// The instant.
        until: Timestamp,
        /// For people.
        why: WaitReason,
    },
    /// Make one exchange: `AttemptStarted`, then `AttemptEnded`; or `StepFailed`, or `Expired`.
    Attempt {
        /// The step.
        step: StepKey,
        /// Which try, from 1.
        attempt: u32,
        /// When the step first reached for the service, for bounds such as `within`.
        since: Option<Timestamp>,
        /// How often it looked again, over all its tries.
        looks: u32,
        /// The instant after which it is too late to go out.
        expires: Option<Timestamp>,
    },
    /// Wait for a person: `Gone`. A `Wait` beside it carries the pause's timeout, if it has one.
    Pause {
        /// The step.
        step: StepKey,
    },
    /// Ask a person what became of it: `Resolved`, or a stop when nobody is there.
    Ask {
        /// The step.
        step: StepKey,
    },
    /// Say `TimedOut` at the instant: the run's own timeout.
    TimeOut {
        /// The instant.
        until: Timestamp,
    },
    /// Every step has ended: render the outputs and say `Finished`.
    Finish {
        /// The outcome; an output that cannot be rendered makes it failed.
        outcome: RunOutcome,
    },
    /// Nothing can start: say `Stopped`.
    Stop {
        /// Why.
        reason: StopReason,
    },
}

/// What a step waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitReason {
    /// Its `delay`.
    Delay,
    /// Its cue on the run's clock, `at`.
    Cue,
    /// The next try, after a failure.
    Backoff,
    /// The service's rate limit.
    RateLimit,
    /// The next look: not ready.
    Look,
    /// The next try of a line whose room is empty.
    Room,
    /// The next opening of its window.
    Window,
    /// The end of what its cap counts.
    Cap,
    /// What becomes of another line for the same value or person.
    Underway,
    /// Its `hold`.
    Hold,
    /// The `wait` that it is.
    Wait,
    /// The timeout of the pause that it is.
    PauseTimeout,
}
