//! Runs that are kept, for the commands that only look at them.
//!
//! Looking makes no folder: where nothing was ever run there is nothing to see.

use std::path::Path;

use crate::commands::opening::Refusal;
use crate::daemon::runs::{Runs, RunsError};
use crate::data::project::Project;
use crate::engine::event::Record;
use crate::journal::folder::StateFolder;
use crate::journal::{JournalError, RunRow};
use crate::provision::script::WORKFLOW;

/// Opens the runs of the project around the current folder, or of another state folder, if there are any.
pub fn open(state: Option<&Path>) -> Result<Option<Runs>, Refusal> {
    let current = std::env::current_dir().map_err(|error| Refusal::new(2, format!("no current folder: {error}")))?;
    open_of(&Project::find(None, &current), state)
}

/// Opens the runs of a project, or of another state folder, if there are any.
pub fn open_of(project: &Project, state: Option<&Path>) -> Result<Option<Runs>, Refusal> {
    if !StateFolder::path_of(project.folder(), state).join("runs.db").is_file() {
        return Ok(None);
    }
    Ok(Some(Runs::open(project.folder(), state)?))
}

/// The run that was named, else the one that began last.
pub async fn find(runs: &Runs, typed: Option<&str>) -> Result<RunRow, Refusal> {
    let found = match typed {
        Some(typed) => runs.journal().find(typed).await?,
        None => runs.journal().latest().await?,
    };
    found.ok_or_else(|| unknown(typed))
}

/// The records of the run that was named, else of the one that began last.
pub async fn records(state: Option<&Path>, typed: Option<&str>) -> Result<Vec<Record>, Refusal> {
    let runs = open(state)?.ok_or_else(|| unknown(typed))?;
    let row = find(&runs, typed).await?;
    Ok(runs.journal().load(&row.id).await?)
}

/// How a run that stopped or crashed goes on. One that applied agents is not taken up: what is declared now counts.
pub fn goes_on(row: &RunRow) -> String {
    let id = &row.id;
    match row.workflow == WORKFLOW {
        true => format!("`runsheet agents apply` settles what is declared now, `runsheet cancel {id}` ends it"),
        false => format!("`runsheet resume {id}` goes on with it"),
    }
}

/// What to say when there is no such run.
pub fn unknown(typed: Option<&str>) -> Refusal {
    match typed {
        Some(typed) => {
            let typed = crate::text::clean(typed);
            Refusal::new(2, format!("there is no run `{typed}`")).hint("`runsheet runs` lists them")
        }
        None => Refusal::new(2, "nothing was run here yet").hint("`runsheet run --sandbox` rehearses a workflow"),
    }
}

impl From<RunsError> for Refusal {
    fn from(error: RunsError) -> Self {
        match error {
            RunsError::Folder(error) => Self::new(4, error.to_string()).hint(error.hint()),
            RunsError::Database(error) => Self::new(4, error.to_string()).hint(error.hint()),
            RunsError::Journal(error) => error.into(),
            RunsError::Lock(error) => Self::new(7, error.to_string()),
            error => Self::new(4, error.to_string()),
        }
    }
}

impl From<JournalError> for Refusal {
    fn from(error: JournalError) -> Self {
        let code = if matches!(error, JournalError::NoRun(_) | JournalError::Ambiguous { .. }) { 2 } else { 4 };
        Self::new(code, error.to_string()).hint(error.hint())
    }
}
