//! `runsheet resolve`: says what became of a step that nobody knows about.

use serde_json::json;

use crate::commands::opening::Refusal;
use crate::commands::resume::{Kept, With, Word};
use crate::commands::wishes;
use crate::daemon::steer::unknown_steps;
use crate::engine::event::Resolution;
use crate::engine::run::Run;
use crate::journal::{Request, RequestKind};
use crate::plan::model::StepKey;

/// Say what became of a step that nobody knows about, and go on
///
/// Names may be left out where there is only one: the latest run, its only unknown step. The next lines are printed
/// before the run goes on.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Example:\n  runsheet resolve 7Q4M speak_6 --happened")]
pub struct Arguments {
    /// The run, or the beginning of its id; the latest when left out
    #[arg(value_name = "RUN")]
    run: Option<String>,
    /// The step, as `speak_6`, or `greet[c1041]` for an item of a loop
    #[arg(value_name = "STEP")]
    step: Option<String>,
    /// It took effect: what follows goes on
    #[arg(long, required_unless_present_any = ["did_not_happen", "leave_unknown"])]
    happened: bool,
    /// It did not: it goes out now
    #[arg(long, conflicts_with = "happened")]
    did_not_happen: bool,
    /// Nobody will know: it stays unknown, and what follows goes on
    #[arg(long, conflicts_with_all = ["happened", "did_not_happen"])]
    leave_unknown: bool,
    /// Leave the answer for the next `resume`
    #[arg(long)]
    no_resume: bool,
    #[command(flatten)]
    with: With,
}

/// Runs the command. Answers the exit code.
pub async fn run(arguments: Arguments) -> anyhow::Result<u8> {
    let outcome = match wishes::open(arguments.run.as_deref(), &arguments.with).await? {
        Ok(kept) => match unknown_step(&kept, arguments.step.as_deref()).await? {
            Ok(step) => {
                let body = json!({ "step": step, "resolution": arguments.resolution() });
                let request = Request { kind: RequestKind::Resolve, body };
                let again = arguments.did_not_happen.then_some(step);
                let word = (!arguments.no_resume).then_some(Word::Given { again });
                wishes::leave(kept, request, &arguments.with, word).await?
            }
            Err(refusal) => Err(refusal),
        },
        Err(refusal) => Err(refusal),
    };
    Ok(outcome.unwrap_or_else(Refusal::tell))
}

impl Arguments {
    fn resolution(&self) -> Resolution {
        match (self.happened, self.did_not_happen) {
            (true, _) => Resolution::Happened,
            (_, true) => Resolution::DidNotHappen,
            _ => Resolution::LeaveUnknown,
        }
    }
}

/// The unknown step that is meant.
async fn unknown_step(kept: &Kept, named: Option<&str>) -> anyhow::Result<Result<StepKey, Refusal>> {
    let records = match kept.runs.journal().load(&kept.row.id).await {
        Ok(records) => records,
        Err(error) => return Ok(Err(error.into())),
    };
    let unknown = unknown_steps(&Run::replay(&records)?);
    let names: Vec<&str> = unknown.iter().map(|(name, _)| name.as_str()).collect();
    let hint = format!("unknown are {}", names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "));
    Ok(match (named, unknown.as_slice()) {
        (_, []) => Err(Refusal::new(2, format!("run {} has no unknown step", kept.row.id))),
        (None, [(_, only)]) => Ok(*only),
        (None, _) => Err(Refusal::new(2, format!("run {} has {} unknown steps", kept.row.id, names.len())).hint(hint)),
        (Some(named), all) => match all.iter().find(|(name, _)| name == named) {
            Some((_, step)) => Ok(*step),
            None => Err(Refusal::new(2, format!("`{named}` is no unknown step of run {}", kept.row.id)).hint(hint)),
        },
    })
}
