//! Why an event cannot be applied: the journal, or the driver, is wrong.
//!
//! Made by `legal` and `graph`; a run that refused an event is unchanged by it.

use crate::plan::model::StepKey;

/// An event that has no place in a run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EngineError {
    /// Record 0 is something else than `Started`.
    #[error("a run begins with record 0, which starts it")]
    NotAStart,
    /// A record is missing or comes twice.
    #[error("record {found} comes where record {expected} belongs")]
    Gap {
        /// The number that was due.
        expected: u64,
        /// The number that came.
        found: u64,
    },
    /// The plan cannot be run at all.
    #[error("the plan of this run is unusable: {why}")]
    Plan {
        /// What is wrong with it.
        why: String,
    },
    /// The step is not of this plan, or of an item that has not begun.
    #[error("event `{event}` names a step that this run does not have: {step:?}")]
    NoSuchStep {
        /// The event's name.
        event: &'static str,
        /// The step.
        step: StepKey,
    },
    /// The step is in a state in which this cannot happen.
    #[error("event `{event}` cannot happen to a step that is {state}: {step:?}")]
    IllegalForStep {
        /// The event's name.
        event: &'static str,
        /// The step.
        step: StepKey,
        /// The state it is in.
        state: &'static str,
    },
    /// The run is in a state in which this cannot happen.
    #[error("event `{event}` cannot happen to a run that is {state}")]
    IllegalForRun {
        /// The event's name.
        event: &'static str,
        /// The state it is in.
        state: &'static str,
    },
}
