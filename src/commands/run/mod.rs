//! `runsheet run`: a workflow, from its file to its end.

mod agents;
mod arguments;
pub mod buying;
mod dry;
mod rehearsal;
mod start;

pub use arguments::Arguments;
pub use rehearsal::rehearse;
pub use start::follow;

use crate::commands::opening::{self, Refusal};
use crate::daemon::opened::{Part, Script};
use crate::data::inputs::GivenInputs;

/// Runs the command. Answers the exit code.
pub async fn run(arguments: Arguments) -> anyhow::Result<u8> {
    let script = match prepare(&arguments) {
        Ok(script) => script,
        Err(refusal) => return Ok(refusal.tell()),
    };
    if arguments.dry_run {
        return dry::run(script, &arguments).await;
    }
    match start::start(script, arguments).await? {
        Ok(code) => Ok(code),
        Err(refusal) => Ok(refusal.tell()),
    }
}

fn prepare(arguments: &Arguments) -> Result<Script, Refusal> {
    arguments.check()?;
    let opened = opening::workflow(arguments.file.as_deref())?;
    let given = GivenInputs { pairs: arguments.pairs()?, file: arguments.inputs.clone(), ..GivenInputs::default() };
    let (limit, items) = (arguments.limit, arguments.items.as_slice());
    Ok(Script::build(opened, &given, &Part { steps: arguments.choice(), stepwise: arguments.step, limit, items })?)
}
