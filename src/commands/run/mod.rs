//! `runsheet run`: a workflow, from its file to its end.

mod arguments;
pub mod buying;
mod dry;
mod rehearsal;
mod start;

pub use arguments::Arguments;
pub use rehearsal::Rehearsal;
pub use start::report;

use crate::commands::opening::{self, Opened, Refusal};
use crate::data::inputs::{GivenInputs, Inputs};
use crate::engine::selection::Selection;
use crate::plan::build::build;
use crate::plan::choose::leave_out;
use crate::plan::model::Plan;

/// Runs the command. Answers the exit code.
pub async fn run(arguments: Arguments) -> anyhow::Result<u8> {
    let prepared = match prepare(&arguments) {
        Ok(prepared) => prepared,
        Err(refusal) => return Ok(refusal.tell()),
    };
    if arguments.dry_run {
        return dry::run(prepared, &arguments).await;
    }
    match start::start(prepared, arguments).await? {
        Ok(code) => Ok(code),
        Err(refusal) => Ok(refusal.tell()),
    }
}

/// A workflow with its plan.
pub struct Prepared {
    /// The workflow and its project.
    pub opened: Opened,
    /// The plan for the given inputs.
    pub plan: Plan,
    /// Which of its steps go out.
    pub selection: Selection,
}

fn prepare(arguments: &Arguments) -> Result<Prepared, Refusal> {
    arguments.check()?;
    let opened = opening::workflow(arguments.file.as_deref())?;
    let given = GivenInputs { pairs: arguments.pairs()?, file: arguments.inputs.clone() };
    let inputs = Inputs::read(&opened.workflow.inputs, &given).map_err(|errors| Refusal::of_inputs(&errors))?;
    let mut plan = build(&opened.workflow, inputs, &opened.project).map_err(|found| Refusal::of_file(&found))?;
    let left_out = match arguments.choice() {
        Some(choice) => leave_out(&mut plan, choice)?,
        None => Vec::new(),
    };
    let selection = Selection { left_out, stepwise: arguments.step, ..Selection::default() };
    Ok(Prepared { opened, plan, selection })
}
