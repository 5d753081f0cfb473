//! `runsheet resume`: goes on with a run that stopped or crashed.

use std::collections::HashMap;
use std::path::PathBuf;

use crate::bithuman::AccountTier;
use crate::clock::{Clock as _, SystemClock};
use crate::commands::opening::{self, Connected, Refusal};
use crate::commands::person::Person;
use crate::commands::run::{Rehearsal, report};
use crate::commands::{agreement, ending, kept, lines, output};
use crate::daemon::runs::{Runs, RunsError, Wiring};
use crate::data::project::Project;
use crate::duration::Millis;
use crate::engine::event::Start;
use crate::engine::run::Run;
use crate::executors::coming::coming;
use crate::ids::RunId;
use crate::journal::{RunFilter, RunRow};
use crate::plan::model::StepKey;
use crate::report::ReportTarget;
use crate::sandbox::RunningSandbox;

/// How many of the lines to come are printed.
const NEXT: usize = 3;
/// After so long an audience may have gone.
const GAP: Millis = Millis::from_secs(60);

/// Go on with a run that stopped or crashed, from exactly where it was
///
/// The next lines that will be said are printed first. More than a minute after the run last did something, an
/// audience may have gone: then you are asked, and where nobody can be, it needs `--yes`. A run that has ended is
/// not run again: how it ended is said, and is the exit code.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Examples:\n  runsheet resume\n  runsheet resume 7Q4M --yes")]
pub struct Arguments {
    /// The run, or the beginning of its id; the latest when left out
    #[arg(value_name = "RUN")]
    run: Option<String>,
    /// Go on without asking, however long the run stood still
    #[arg(long, short)]
    yes: bool,
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
    pub reports: Vec<ReportTarget>,
}

/// What lets a run go on.
#[derive(Clone, Copy, Debug)]
pub enum Word {
    /// Somebody asks that it goes on: after a gap they are told what that means.
    Asked {
        /// They know.
        yes: bool,
    },
    /// Somebody says now what they want of it.
    Given {
        /// The step that they let go out once more.
        again: Option<StepKey>,
    },
    /// Somebody ends it.
    Ended,
}

/// A run that is kept, and where it is kept.
pub struct Kept {
    /// The project.
    pub project: Project,
    /// The runs of the project.
    pub runs: Runs,
    /// The run.
    pub row: RunRow,
}

/// Runs the command. Answers the exit code.
pub async fn run(arguments: Arguments) -> anyhow::Result<u8> {
    let word = Word::Asked { yes: arguments.yes };
    let outcome = match find(arguments.run.as_deref(), &arguments.with).await? {
        Ok(kept) => go_on(kept, &arguments.with, word).await?,
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
pub async fn go_on(kept: Kept, with: &With, word: Word) -> anyhow::Result<Result<u8, Refusal>> {
    let Kept { project, runs, row } = &kept;
    let reserved = match runs.hold(&row.id) {
        Ok(reserved) => reserved,
        Err(RunsError::Lock(error)) => return Ok(Err(Refusal::new(7, error.to_string()))),
        Err(error) => return Err(error.into()),
    };
    let records = match runs.journal().load(&row.id).await {
        Ok(records) => records,
        Err(error) => return Ok(Err(error.into())),
    };
    let run = Run::replay(&records)?;
    if let Some(outcome) = run.outcome() {
        output::tell(format_args!("run {} has ended: {}\n", row.id, row.summary.status.as_str()));
        let filter = RunFilter { unfinished: true, limit: Some(1), ..RunFilter::default() };
        if let Some(open) = runs.journal().runs(&filter).await?.first() {
            output::tell(format_args!("run {} of {} has not: `runsheet resume {}`\n", open.id, open.workflow, open.id));
        }
        return Ok(Ok(ending::of_outcome(outcome)));
    }
    let start = run.start().clone();
    if let Err(refusal) = agree(&run, runs, word) {
        return Ok(Err(refusal));
    }
    let (sandbox, mut connected) = match kept.reach(&start, &start.run, with).await {
        Ok(reached) => reached,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let workflow = project.folder().join(&start.plan.file);
    let sources = (project, workflow.as_path());
    let secrets = match opening::secrets(&start.plan.secrets, &connected.settings, sources, &mut connected.redactor) {
        Ok(secrets) => secrets,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let prices = opening::prices(&connected.client, &start.plan).await;
    let report = report(&start, &with.reports, connected.balance)?;
    let (person, people) = Person::in_front();
    let wiring = Wiring { client: connected.client, prices, secrets, redactor: connected.redactor, report, people };
    let underway = match runs.take_up(reserved, records, wiring).await {
        Ok(underway) => underway,
        Err(error) => return Ok(Err(error.into())),
    };
    let ended = underway.drive().await;
    drop(person);
    if let Some(sandbox) = sandbox {
        sandbox.stop().await;
    }
    Ok(Ok(ending::code(&row.id, &ended?)))
}

impl Kept {
    /// Reaches the service that a run began with, for it or for one that repeats it; of a rehearsal, which speaks to
    /// nobody else's, a sandbox of `run`'s own.
    pub async fn reach(
        &self,
        start: &Start,
        run: &RunId,
        with: &With,
    ) -> Result<(Option<RunningSandbox>, Connected), Refusal> {
        if start.is_rehearsal() {
            let folder = self.runs.folder().runs();
            let rehearsal =
                Rehearsal { run, folder: &folder, speed: start.speed, faults: None, project: &self.project };
            let (sandbox, connected) = rehearsal.start(&start.plan).await?;
            return Ok((Some(sandbox), connected));
        }
        let connected = opening::connect(&self.project, with.api_url.as_deref(), with.tier).await?;
        same_service(start, &connected.service.key)?;
        Ok((None, connected))
    }
}

/// Prints what will be said next. Asks whether that is still wanted when the run stood still for long.
fn agree(run: &Run, runs: &Runs, word: Word) -> Result<(), Refusal> {
    let again = match word {
        Word::Asked { .. } => None,
        Word::Given { again } => again,
        Word::Ended => return Ok(()),
    };
    let store = runs.store(run.start(), HashMap::new(), Default::default());
    let next = coming(run, &store, again, NEXT);
    if next.is_empty() {
        return Ok(());
    }
    output::tell(lines::list("next:", &next, 0));
    let gap = SystemClock.now().since(run.last_at());
    if gap <= GAP || !matches!(word, Word::Asked { yes: false }) {
        return Ok(());
    }
    let (id, gap) = (&run.start().run, Millis(gap.0 / 1_000 * 1_000));
    if agreement::somebody_is_here() {
        output::tell(format_args!("run {id} stood still for {gap}. "));
        return agreement::ask("nothing was sent");
    }
    let message = format!("run {id} stood still for {gap}, and nobody is here to agree; nothing was sent");
    Err(Refusal::new(2, message).hint(format!("`runsheet resume {id} --yes` goes on with these lines")))
}

/// A run goes on with the service it began with.
fn same_service(start: &Start, now: &str) -> Result<(), Refusal> {
    if start.service.key == now {
        return Ok(());
    }
    let message = format!("run {} began on {}, and this is {now}", start.run, start.service.key);
    Err(Refusal::new(3, message).hint("set the URL and the secret it began with"))
}
