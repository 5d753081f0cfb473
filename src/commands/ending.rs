//! How a run ended, as an exit code.

use crate::commands::output;
use crate::engine::event::{RunOutcome, StopReason};
use crate::executors::driver::Ended;
use crate::ids::RunId;
use crate::journal::JournalError;
use crate::text::clean;

/// The exit code of a run that ended or stopped.
pub fn code(run: &RunId, ended: &Ended) -> u8 {
    match ended {
        Ended::Finished(outcome) => of_outcome(*outcome),
        Ended::Stopped(reason) => of_stop(*reason),
        Ended::Unwritten { error, open } => {
            output::tell(unwritten(run, error, open));
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

/// What to say when the journal failed: why, what was not done, and how it goes on.
fn unwritten(run: &RunId, error: &JournalError, open: &[String]) -> String {
    let named = open.iter().take(3).map(|step| clean(step)).collect::<Vec<_>>().join(", ");
    let more = match open.len().saturating_sub(3) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let open = if open.is_empty() { String::new() } else { format!("not done: {named}{more}\n") };
    format!(
        "error: the run stopped, for its journal cannot be written: {error}\n  = hint: {}\n{open}\
         nothing goes out that is not written down first; when there is room: runsheet resume {run}\n",
        error.hint()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database::DatabaseError;

    #[test]
    fn a_journal_that_cannot_be_written_is_told_with_what_was_not_done() {
        let error = DatabaseError::Failed { path: "runs.db".into(), detail: "database or disk is full".to_owned() };
        let open = ["speak_3", "wait_1", "speak_4", "speak_5"].map(str::to_owned);
        insta::assert_snapshot!(unwritten(&RunId::from_typed("7Q4M"), &error.into(), &open), @"
        error: the run stopped, for its journal cannot be written: `runs.db` cannot be used: database or disk is full
          = hint: see that `runs.db` can be written, its disk has room and no limit is set (`ulimit -f`)
        not done: speak_3, wait_1, speak_4 and 1 more
        nothing goes out that is not written down first; when there is room: runsheet resume 7Q4M
        ");
    }
}
