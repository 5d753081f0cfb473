//! From a file and what is given to a plan that can be shown, also where inputs are missing.

use indexmap::IndexMap;
use serde_json::Value;

use crate::daemon::campaign;
use crate::daemon::files::Rows;
use crate::daemon::opened::Opened;
use crate::daemon::refused::Refused;
use crate::data::inputs::{GivenInputs, Inputs};
use crate::engine::selection::Selection;
use crate::plan::build;
use crate::plan::model::Plan;
use crate::workflow::model::Workflow;

/// A plan, and what is known beside it.
pub struct Planned {
    /// The plan.
    pub plan: Plan,
    /// The rows of its data files.
    pub rows: Rows,
    /// Whether the file names a room anywhere.
    pub names_rooms: bool,
    /// Inputs that a run still needs.
    pub missing: Vec<String>,
}

/// Plans a workflow that is opened already.
pub fn plan_of(opened: &Opened, given: &GivenInputs) -> Result<Planned, Refused> {
    let Opened { workflow, project, .. } = opened;
    let (mut inputs, missing) = known_inputs(workflow, given)?;
    for name in &missing {
        inputs.insert(name.clone(), Value::String(placeholder(name)));
    }
    let mut plan = build::build(workflow, inputs, project).map_err(Refused::Mistakes)?;
    forget(&mut plan, &missing);
    let rows = opened.files().rows_of(&plan);
    campaign::refuse_rows(&plan, (&rows, project), &Selection::default())?;
    Ok(Planned { plan, rows, names_rooms: workflow.names_rooms, missing })
}

/// The inputs that are given or have a default, and the names of those that a run still needs. What is given wrong
/// is an error; what is not given is none.
fn known_inputs(workflow: &Workflow, given: &GivenInputs) -> Result<(IndexMap<String, Value>, Vec<String>), Refused> {
    let mut lenient = workflow.inputs.clone();
    lenient.values_mut().for_each(|spec| spec.required = false);
    Inputs::read(&lenient, given).map_err(Refused::Inputs)?;
    Ok(Inputs::partial(&workflow.inputs, given))
}

/// What stands for an input while the plan is built, so that constants which read it can be.
fn placeholder(name: &str) -> String {
    format!("{{{{ inputs.{name} }}}}")
}

/// Takes the placeholders back: what reads them is not known.
fn forget(plan: &mut Plan, missing: &[String]) {
    plan.inputs.retain(|name, _| !missing.contains(name));
    let is_open = |value: &Value| {
        let text = value.to_string();
        missing.iter().any(|name| text.contains(&placeholder(name)))
    };
    plan.vars.retain(|_, value| !is_open(value));
}
