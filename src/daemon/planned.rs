//! From a file and what is given to a plan that can be shown, also where inputs are missing.

use std::collections::HashMap;

use indexmap::IndexMap;
use serde_json::Value;

use crate::daemon::campaign;
use crate::daemon::opened::Opened;
use crate::daemon::refused::Refused;
use crate::data::inputs::{GivenInputs, Inputs};
use crate::data::project::Project;
use crate::data::rows;
use crate::engine::selection::Selection;
use crate::executors::store::RunStore;
use crate::plan::build;
use crate::plan::model::{ItemSource, Plan};
use crate::plan::rows::loops;
use crate::workflow::model::Workflow;

/// Rows by path: what an estimate takes.
pub type Rows = HashMap<String, rows::Rows>;

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
    let rows = rows_of(&plan, &Files::of(opened));
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

/// The rows of every data file that a loop goes through. One that cannot be read counts as not known: the run says why.
pub(crate) fn rows_of(plan: &Plan, files: &Files<'_>) -> Rows {
    let mut found = HashMap::new();
    for (_, _, inner) in loops(plan) {
        let ItemSource::File { format, path } = &inner.items else { continue };
        if !found.contains_key(path) {
            let rows = files.read(path).and_then(|bytes| rows::parse(format, path, &bytes).ok());
            found.extend(rows.map(|rows| (path.clone(), rows)));
        }
    }
    found
}

/// Reads a file by its path as the plan has it.
type Read<'a> = dyn Fn(&str) -> Option<Vec<u8>> + 'a;

/// The files that a plan reads.
pub struct Files<'a> {
    /// The project.
    pub project: &'a Project,
    read: Box<Read<'a>>,
}

impl<'a> Files<'a> {
    /// As they are now.
    pub fn of(Opened { workflow, project, .. }: &'a Opened) -> Self {
        let read = |path: &str| project.resolve(&workflow.path, path).and_then(|file| file.read_bytes()).ok();
        Self { project, read: Box::new(read) }
    }

    /// As an earlier run kept them.
    pub fn kept(project: &'a Project, store: &'a RunStore) -> Self {
        Self { project, read: Box::new(|path| store.file_of(path).ok()) }
    }

    /// The content of one, by its path as the plan has it; none where it cannot be read.
    pub fn read(&self, path: &str) -> Option<Vec<u8>> {
        (self.read)(path)
    }
}
