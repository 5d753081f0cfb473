//! `runsheet show`: a run as it was, from its journal, through the reports that showed it live.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use crate::commands::kept;
use crate::commands::opening::Refusal;
use crate::engine::event::{Event, Record, Start};
use crate::executors::driver;
use crate::report::terminal::{self, Look};
use crate::report::{Format, Report as _, ReportTarget, Reports, RunView};

/// Show a run again, as it was
///
/// The journal is replayed through the same reports as a live run; nothing is sent. A run that stopped or crashed
/// ends with the command that takes it up again. Exits with 0, however the run ended.
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "Examples:\n  runsheet show 7Q4M --report junit=run.xml\n  runsheet show 7Q4M --report people=people.csv"
)]
pub struct Arguments {
    /// The run, or the beginning of its id; the latest when left out
    #[arg(value_name = "RUN")]
    run: Option<String>,
    /// Report as `jsonl`, `jsonl=FILE`, `junit=FILE`, `csv=FILE` or `people=FILE`; may be repeated
    #[arg(long = "report", value_name = "FORM")]
    reports: Vec<ReportTarget>,
    /// Where runs are kept; else `.runsheet` in the project
    #[arg(long, value_name = "FOLDER")]
    state: Option<PathBuf>,
}

/// Runs the command. Answers the exit code.
pub async fn run(arguments: Arguments) -> anyhow::Result<u8> {
    let records = match kept::records(arguments.state.as_deref(), arguments.run.as_deref()).await {
        Ok(records) => records,
        Err(refusal) => return Ok(refusal.tell()),
    };
    let Some(Record { event: Event::Started(start), .. }) = records.first() else {
        anyhow::bail!("the run has no beginning");
    };
    let mut reports = match reports(start, &arguments.reports) {
        Ok(reports) => reports,
        Err(error) => return Ok(Refusal::new(2, format!("a report cannot be written: {error}")).tell()),
    };
    driver::replay(&records, |moment| reports.event(&moment))?;
    reports.finish()?;
    Ok(0)
}

/// What was asked for, and the text for people: on stdout, unless that is taken by events.
fn reports(start: &Start, targets: &[ReportTarget]) -> io::Result<Reports> {
    let view = RunView::new(Arc::new(start.clone()));
    let mut reports = Reports::open(targets, &view)?;
    let is_taken = targets.iter().any(|target| target.format == Format::JsonLines && target.file.is_none());
    let (look, output): (_, Box<dyn io::Write + Send>) = match is_taken {
        true => (Look::of_stderr(), Box::new(io::stderr())),
        false => (Look::of_stdout(), Box::new(io::stdout())),
    };
    let look = Look { replays: true, moves: false, ..look };
    reports.push(terminal::open(view, look, output));
    Ok(reports)
}
