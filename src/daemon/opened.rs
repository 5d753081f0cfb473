//! From a file to a script that may run: read, checked, its inputs read, its plan built.

use std::collections::HashMap;
use std::path::Path;

use crate::daemon::campaign;
use crate::daemon::chosen;
use crate::daemon::files::{Files, Rows};
use crate::daemon::refused::{Refused, Why};
pub use crate::data::inputs::GivenInputs as Given;
use crate::data::inputs::{GivenInputs, Inputs};
use crate::data::project::Project;
use crate::diagnostic::Diagnostic;
use crate::engine::selection::Selection;
use crate::plan::build::build;
use crate::plan::choose::{Choice, leave_out};
use crate::plan::model::Plan;
use crate::plan::rows::reads_rows;
use crate::workflow::check::{self, Checked};
use crate::workflow::load;
use crate::workflow::model::Workflow;

/// A workflow that may run.
#[derive(Clone, Debug)]
pub struct Opened {
    /// The workflow.
    pub workflow: Workflow,
    /// The project it belongs to.
    pub project: Project,
    /// What is only doubtful about it.
    pub warnings: Vec<Diagnostic>,
}

impl Opened {
    /// Reads a file and checks it; `shown` is the path that people see.
    pub fn read(file: &Path, shown: &Path, project: Project) -> Result<Self, Refused> {
        let loaded = load::named(file, shown).map_err(Refused::Mistakes)?;
        if let Some(kind) = loaded.root.get("kind").and_then(|kind| kind.text()) {
            return Err(Refused::OtherKind(kind.value));
        }
        let Checked { workflow, diagnostics } = check::check(&loaded, &project);
        match workflow {
            Some(workflow) => Ok(Self { workflow, project, warnings: diagnostics }),
            None => Err(Refused::Mistakes(diagnostics)),
        }
    }

    /// The files that its plan reads, as they are now.
    pub fn files(&self) -> Files<'_> {
        Files::now(&self.project, &self.workflow.path)
    }
}

/// A workflow with its plan.
#[derive(Clone, Debug)]
pub struct Script {
    /// The workflow and its project.
    pub opened: Opened,
    /// The plan for the given inputs.
    pub plan: Plan,
    /// Which of its steps go out.
    pub selection: Selection,
    /// What of its loops goes out, for people; none where all of it does.
    pub part: Option<String>,
}

/// The files that a plan reads, as they are now, by their hash when it was built.
pub fn contents(plan: &Plan, opened: &Opened) -> Result<HashMap<String, Vec<u8>>, Refused> {
    let mut contents = HashMap::new();
    for (path, sha256) in &plan.files {
        let file = opened.project.resolve(&opened.workflow.path, path);
        let bytes = file.and_then(|file| file.read_bytes());
        contents.insert(sha256.clone(), bytes.map_err(|error| Refused::new(Why::Invalid, error.to_string()))?);
    }
    Ok(contents)
}

/// What of a workflow goes out; all of it by default.
#[derive(Clone, Copy, Debug, Default)]
pub struct Part<'a> {
    /// Which steps.
    pub steps: Option<Choice<'a>>,
    /// Whether a person lets every step go out.
    pub stepwise: bool,
    /// Of each loop only so many of the first items.
    pub limit: Option<u32>,
    /// Only the items with one of these keys; all where it is empty.
    pub items: &'a [String],
}

impl Script {
    /// Reads the inputs and builds the plan of a part. Rows that could not go out are told, all of them, before anything
    /// is sent.
    pub fn build(opened: Opened, given: &GivenInputs, part: &Part<'_>) -> Result<Self, Refused> {
        let inputs = Inputs::read(&opened.workflow.inputs, given).map_err(Refused::Inputs)?;
        let mut plan = build(&opened.workflow, inputs, &opened.project).map_err(Refused::Mistakes)?;
        let left_out = match part.steps {
            Some(choice) => leave_out(&mut plan, choice)?,
            None => Vec::new(),
        };
        let &Part { stepwise, limit, items, .. } = part;
        let chosen = (limit, items);
        let is_narrow = limit.is_some() || !items.is_empty();
        let rows = match is_narrow || reads_rows(&plan) {
            true => opened.files().rows_of(&plan),
            false => Rows::new(),
        };
        let part = chosen::fits(&plan, &rows, chosen)?;
        let selection = Selection { left_out, stepwise, limit, items: items.to_vec(), ..Selection::default() };
        campaign::refuse_rows(&plan, (&rows, &opened.project), &selection)?;
        Ok(Self { opened, plan, selection, part })
    }
}
