//! `runsheet doctor`: whether everything is there that a run needs, before anybody is in the room.
//!
//! It reads and asks; it buys nothing, says nothing and makes no folder. The key's value is never shown.

mod account;
mod checklist;
mod declared;
mod folder;
mod journal;
mod workflow;

use std::path::PathBuf;

use crate::commands::plan::load;
use crate::commands::{kept, output};
use crate::data::inputs::GivenInputs;
use crate::data::project::Project;
use crate::journal::folder::StateFolder;
use crate::text::clean;
use checklist::{Checklist, Finding};

/// Find out what keeps a workflow from running: key, service, credits, agents, clock, folder, journal
///
/// Nothing is bought and nothing is heard. Every run that is kept is read back, and one that is damaged is named with
/// the first record that cannot be trusted. Exits with 0 when all is well, with 2 for the file, 3 for settings or the
/// key, 4 for the service, its credits or the journal, whichever is found first.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Example:\n  runsheet doctor workflows/welcome.yaml")]
pub struct Arguments {
    /// The workflow to look at too: what it costs, and whether its agents are ready
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// Where the service is; else `BITHUMAN_API_URL`
    #[arg(long, value_name = "URL")]
    api_url: Option<String>,
    /// Where runs are kept; else `.runsheet` in the project
    #[arg(long, value_name = "FOLDER")]
    state: Option<PathBuf>,
}

/// Runs the command. Answers the exit code.
pub async fn run(arguments: Arguments) -> anyhow::Result<u8> {
    let project = Project::find(arguments.file.as_deref(), &std::env::current_dir()?);
    let checklist = examine(&arguments, &project).await;
    output::data(checklist.text())?;
    Ok(checklist.code())
}

async fn examine(arguments: &Arguments, project: &Project) -> Checklist {
    let mut checklist = Checklist::default();
    checklist.add(Finding::good("runsheet", env!("CARGO_PKG_VERSION")));
    checklist.add(folder::check(project, arguments.state.as_deref()));
    if let (true, Ok(Some(runs))) = (checklist.code() == 0, kept::open_of(project, arguments.state.as_deref())) {
        journal::check(&runs, &mut checklist).await;
    }
    let reached = account::check(project, arguments.api_url.as_deref(), &mut checklist).await;
    if let Some(file) = &arguments.file {
        match load::plan(Some(file), &GivenInputs::default()) {
            Ok(mut planned) => {
                if let Some(reached) = &reached {
                    declared::know(&mut planned.plan, project, reached);
                }
                let state = StateFolder::path_of(project.folder(), arguments.state.as_deref());
                workflow::check(&planned, reached.as_ref(), &state, &mut checklist).await;
                if let Some(reached) = &reached {
                    declared::check(&planned.plan, project, reached, &mut checklist).await;
                }
            }
            Err(refusal) => {
                let code = refusal.tell();
                let words = format!("`{}` cannot be run: its mistakes are above", clean(&file.display().to_string()));
                checklist.add(Finding::bad("file", code, words));
            }
        }
    }
    checklist.add(Finding::note(
        "rooms",
        "not tested: only a line that is heard tells whether somebody is in a room, and none was said",
    ));
    checklist
}
