//! From a file and what is given to a plan that can be shown, also where inputs are missing.

use std::collections::HashMap;
use std::path::Path;

use serde_json::Value;

use crate::commands::plan::Rows;
use crate::data::inputs::{GivenInputs, Inputs};
use crate::data::project::Project;
use crate::data::rows;
use crate::diagnostic::{Diagnostic, render};
use crate::plan::build;
use crate::plan::model::{ItemSource, Plan, Work};
use crate::workflow::model::Workflow;
use crate::workflow::{check, load};

/// A plan, and what is known beside it.
pub(super) struct Planned {
    pub plan: Plan,
    /// The rows of its data files.
    pub rows: Rows,
    /// Whether the file names a room anywhere.
    pub names_rooms: bool,
    /// Inputs that a run still needs.
    pub missing: Vec<String>,
}

/// Plans a file. The error is every mistake, as people read it.
pub(super) fn plan(file: &Path, given: &GivenInputs) -> Result<Planned, String> {
    let loaded = load::read(file, file).map_err(|mistakes| shown(&mistakes))?;
    let project = Project::find(Some(file), Path::new("."));
    let checked = check::check(&loaded, &project);
    let Some(workflow) = checked.workflow else { return Err(shown(&checked.diagnostics)) };
    let (mut inputs, missing) = known_inputs(&workflow, given)?;
    for name in &missing {
        inputs.insert(name.clone(), Value::String(placeholder(name)));
    }
    let mut plan = build::build(&workflow, inputs, &project).map_err(|mistakes| shown(&mistakes))?;
    forget(&mut plan, &missing);
    let rows = rows_of(&plan, &workflow, &project);
    Ok(Planned { plan, rows, names_rooms: workflow.names_rooms, missing })
}

/// The inputs that are given or have a default, and the names of those that a run still needs. What is given wrong
/// is an error; what is not given is none.
fn known_inputs(
    workflow: &Workflow,
    given: &GivenInputs,
) -> Result<(indexmap::IndexMap<String, Value>, Vec<String>), String> {
    let (values, missing) = Inputs::partial(&workflow.inputs, given);
    let mut lenient = workflow.inputs.clone();
    lenient.values_mut().for_each(|spec| spec.required = false);
    match Inputs::read(&lenient, given) {
        Ok(_) => Ok((values, missing)),
        Err(mistakes) => Err(mistakes
            .iter()
            .map(|mistake| {
                let hint = mistake.hint.as_ref().map(|hint| format!("hint: {hint}\n")).unwrap_or_default();
                format!("error: {}\n{hint}", mistake.message)
            })
            .collect()),
    }
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

/// The rows of every data file that a loop goes through. One that cannot be read counts as not known: the run says why.
fn rows_of(plan: &Plan, workflow: &Workflow, project: &Project) -> Rows {
    let mut found = HashMap::new();
    for node in &plan.nodes {
        let Work::Loop(inner) = &node.work else { continue };
        let ItemSource::File { format, path } = &inner.items else { continue };
        let bytes = project.resolve(&workflow.path, path).and_then(|file| file.read_bytes());
        let rows = bytes.ok().and_then(|bytes| rows::parse(format, path, &bytes).ok());
        if let Some(rows) = rows {
            found.insert(path.clone(), rows.items);
        }
    }
    found
}

fn shown(mistakes: &[Diagnostic]) -> String {
    let summary = render::summary(mistakes).map(|summary| format!("\n{summary}\n")).unwrap_or_default();
    format!("{}{summary}", render::human(mistakes))
}
