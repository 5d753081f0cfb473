//! `runsheet resume`: goes on with a run that stopped or crashed.

use std::path::PathBuf;

use crate::bithuman::AccountTier;
use crate::commands::opening::{self, Refusal};
use crate::commands::person::Person;
use crate::commands::run::{Rehearsal, report};
use crate::commands::{ending, kept, output};
use crate::daemon::runs::{Runs, RunsError, Wiring};
use crate::data::project::Project;
use crate::engine::event::{Event, Record, Start};
use crate::engine::run::Run;
use crate::journal::{RunFilter, RunRow};
use crate::report::ReportTarget;

/// Go on with a run that stopped or crashed, from exactly where it was
///
/// A run that has ended is not run again: how it ended is said, and is the exit code.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Example:\n  runsheet resume 7Q4M")]
pub struct Arguments {
    /// The run, or the beginning of its id; the latest when left out
    #[arg(value_name = "RUN")]
    run: Option<String>,
    #[command(flatten)]
    with: With,
}

/// What a run is taken up with.
#[derive(Debug, clap::Args)]
pub struct With {
    /// Where the service is; else `BITHUMAN_API_URL`
    #[arg(long, value_name = "URL")]
    api_url: Option<String>,
    /// The account's rate class: free, creator, pro, business, enterprise
    #[arg(long, value_name = "TIER")]
    tier: Option<AccountTier>,
    /// Where runs are kept; else `.runsheet` in the project
    #[arg(long, value_name = "FOLDER")]
    state: Option<PathBuf>,
    /// Report as `jsonl`, `jsonl=FILE`, `junit=FILE` or `csv=FILE`; may be repeated
    #[arg(long = "report", value_name = "FORM")]
    reports: Vec<ReportTarget>,
}

/// A run that is kept, and where it is kept.
pub struct Kept {
    project: Project,
    /// The runs of the project.
    pub runs: Runs,
    /// The run.
    pub row: RunRow,
}

/// Runs the command. Answers the exit code.
pub async fn run(arguments: Arguments) -> anyhow::Result<u8> {
    let outcome = match find(arguments.run.as_deref(), &arguments.with).await? {
        Ok(kept) => go_on(kept, &arguments.with).await?,
        Err(refusal) => Err(refusal),
    };
    Ok(outcome.unwrap_or_else(Refusal::tell))
}

/// Finds a run: the one that was named, else the latest.
pub async fn find(typed: Option<&str>, with: &With) -> anyhow::Result<Result<Kept, Refusal>> {
    let project = Project::find(None, &std::env::current_dir()?);
    let runs = match kept::open(with.state.as_deref()) {
        Ok(Some(runs)) => runs,
        Ok(None) => return Ok(Err(kept::unknown(typed))),
        Err(refusal) => return Ok(Err(refusal)),
    };
    Ok(kept::find(&runs, typed).await.map(|row| Kept { project, runs, row }))
}

/// Goes on with a run from its records. Answers the exit code.
pub async fn go_on(kept: Kept, with: &With) -> anyhow::Result<Result<u8, Refusal>> {
    let Kept { project, runs, row } = kept;
    let reserved = match runs.hold(&row.id) {
        Ok(reserved) => reserved,
        Err(RunsError::Lock(error)) => return Ok(Err(Refusal::new(7, error.to_string()))),
        Err(error) => return Err(error.into()),
    };
    let records = runs.journal().load(&row.id).await?;
    if let Some(outcome) = Run::replay(&records)?.outcome() {
        output::tell(format_args!("run {} has ended: {}\n", row.id, row.summary.status.as_str()));
        let filter = RunFilter { unfinished: true, limit: Some(1), ..RunFilter::default() };
        if let Some(open) = runs.journal().runs(&filter).await?.first() {
            output::tell(format_args!("run {} of {} has not: `runsheet resume {}`\n", open.id, open.workflow, open.id));
        }
        return Ok(Ok(ending::of_outcome(outcome)));
    }
    let Some(Record { event: Event::Started(start), .. }) = records.first() else {
        return Ok(Err(Refusal::new(4, format!("run {} has no beginning", row.id))));
    };
    let start = start.as_ref().clone();
    let (sandbox, mut connected) = if start.is_rehearsal() {
        let folder = runs.folder().runs();
        let rehearsal =
            Rehearsal { run: &start.run, folder: &folder, speed: start.speed, faults: None, project: &project };
        match rehearsal.start(&start.plan).await {
            Ok((sandbox, connected)) => (Some(sandbox), connected),
            Err(refusal) => return Ok(Err(refusal)),
        }
    } else {
        match opening::connect(&project, with.api_url.as_deref(), with.tier).await {
            Ok(connected) => (None, connected),
            Err(refusal) => return Ok(Err(refusal)),
        }
    };
    if let Err(refusal) = same_service(&start, &connected.service.key) {
        return Ok(Err(refusal));
    }
    let workflow = project.folder().join(&start.plan.file);
    let sources = (&project, workflow.as_path());
    let secrets = match opening::secrets(&start.plan.secrets, &connected.settings, sources, &mut connected.redactor) {
        Ok(secrets) => secrets,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let prices = opening::prices(&connected.client, &start.plan).await;
    let report = report(&start, &with.reports, connected.balance)?;
    let (person, people) = Person::in_front();
    let wiring = Wiring { client: connected.client, prices, secrets, redactor: connected.redactor, report, people };
    let ended = runs.take_up(reserved, records, wiring).await?.drive().await;
    drop(person);
    if let Some(sandbox) = sandbox {
        sandbox.stop().await;
    }
    Ok(Ok(ending::code(&ended?)))
}

/// A run goes on with the service it began with.
fn same_service(start: &Start, now: &str) -> Result<(), Refusal> {
    if start.service.key == now {
        return Ok(());
    }
    let message = format!("run {} began on {}, and this is {now}", start.run, start.service.key);
    Err(Refusal::new(3, message).hint("set the URL and the secret it began with"))
}
