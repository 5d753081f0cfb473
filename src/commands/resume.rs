//! `runsheet resume`: goes on with a run that stopped or crashed.

use std::path::PathBuf;

use crate::bithuman::AccountTier;
use crate::commands::opening::Refusal;
use crate::commands::run::{follow, rehearse};
use crate::commands::{agreement, ending, kept, lines, output};
use crate::daemon::provisioning;
use crate::daemon::runs::{Runs, RunsError};
use crate::daemon::service::Reach;
use crate::daemon::standing::Standing;
use crate::duration::Millis;
use crate::engine::event::Start;
use crate::journal::{RunFilter, RunRow};
use crate::plan::model::StepKey;
use crate::report::ReportTarget;

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
    /// Report as `jsonl`, `jsonl=FILE`, `junit=FILE`, `csv=FILE` or `people=FILE`; may be repeated
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
    let runs = match kept::open(with.state.as_deref()) {
        Ok(Some(runs)) => runs,
        Ok(None) => return Ok(Err(kept::unknown(typed))),
        Err(refusal) => return Ok(Err(refusal)),
    };
    Ok(kept::find(&runs, typed).await.map(|row| Kept { runs, row }))
}

/// Goes on with a run from its records. Answers the exit code.
pub async fn go_on(kept: Kept, with: &With, word: Word) -> anyhow::Result<Result<u8, Refusal>> {
    let Kept { runs, row } = &kept;
    let standing = match runs.standing(&row.id).await {
        Ok(standing) => standing,
        Err(RunsError::Lock(error)) => return Ok(Err(Refusal::new(7, error.to_string()))),
        Err(RunsError::Journal(error)) => return Ok(Err(error.into())),
        Err(error) => return Err(error.into()),
    };
    if let Some(outcome) = standing.run.outcome() {
        output::tell(format_args!("run {} has ended: {}\n", row.id, row.summary.status.as_str()));
        let filter = RunFilter { unfinished: true, limit: Some(1), ..RunFilter::default() };
        if let Some(open) = runs.journal().runs(&filter).await?.first() {
            output::tell(format_args!("run {} of {} has not: {}\n", open.id, open.workflow, kept::goes_on(open)));
        }
        return Ok(Ok(ending::of_outcome(outcome)));
    }
    if let Err(refusal) = agree(&standing, word) {
        return Ok(Err(refusal));
    }
    let reach = with.reach(standing.run.start());
    let again =
        if matches!(word, Word::Ended) { Ok(()) } else { provisioning::refuse_again(&standing.run.start().plan) };
    if let Err(refused) = again {
        return Ok(Err(refused.into()));
    }
    match standing.prepare(reach).await {
        Ok(ready) => follow(ready, &with.reports).await,
        Err(refused) => Ok(Err(refused.into())),
    }
}

impl With {
    /// Where a run began, for it or for one that repeats it; of a rehearsal, which speaks to nobody else's, a sandbox
    /// of its own.
    pub fn reach(&self, start: &Start) -> Reach {
        match start.is_rehearsal() {
            true => rehearse(None),
            false => Reach::Service { api_url: self.api_url.clone(), tier: self.tier },
        }
    }
}

/// Prints what will be said next. Asks whether that is still wanted when the run stood still for long.
fn agree(standing: &Standing, word: Word) -> Result<(), Refusal> {
    let again = match word {
        Word::Asked { .. } => None,
        Word::Given { again } => again,
        Word::Ended => return Ok(()),
    };
    let next = standing.next_lines(again, NEXT);
    if next.is_empty() {
        return Ok(());
    }
    output::tell(lines::list("next:", &next, 0));
    let gap = standing.gap();
    if gap <= GAP || !matches!(word, Word::Asked { yes: false }) {
        return Ok(());
    }
    let (id, gap) = (&standing.run.start().run, Millis(gap.0 / 1_000 * 1_000));
    if agreement::somebody_is_here() {
        output::tell(format_args!("run {id} stood still for {gap}. "));
        return agreement::ask("nothing was sent");
    }
    let message = format!("run {id} stood still for {gap}, and nobody is here to agree; nothing was sent");
    Err(Refusal::new(2, message).hint(format!("`runsheet resume {id} --yes` goes on with these lines")))
}
