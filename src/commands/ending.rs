//! How a run ended, as an exit code.

use crate::commands::output;
use crate::engine::event::{RunOutcome, StopReason};
use crate::executors::driver::Ended;

/// The exit code of a run that ended or stopped.
pub fn code(ended: &Ended) -> u8 {
    match ended {
        Ended::Finished(outcome) => of_outcome(*outcome),
        Ended::Stopped(reason) => of_stop(*reason),
        Ended::Unwritten(error) => {
            let hint = error.hint();
            output::tell(format_args!("error: the journal cannot be written: {error}\n  = hint: {hint}\n"));
            4
        }
    }
}

/// The exit code of a run that ended for good.
pub fn of_outcome(outcome: RunOutcome) -> u8 {
    match outcome {
        RunOutcome::Succeeded => 0,
        RunOutcome::Failed => 1,
        RunOutcome::Cancelled => 130,
    }
}

fn of_stop(reason: StopReason) -> u8 {
    match reason {
        StopReason::Person => 130,
        StopReason::Unknown | StopReason::Pause => 5,
        StopReason::Unauthorized => 3,
        StopReason::OutOfCredits | StopReason::Unreachable | StopReason::Journal => 4,
    }
}
