//! `runsheet rerun`: a new run of what another one was, or of a part of it.

use crate::commands::opening::Refusal;
use crate::commands::resume::{Kept, With, find};
use crate::commands::run::{buying, follow};
use crate::commands::{agreement, lines, output};
use crate::daemon::again::{self, repeats_nothing};
use crate::daemon::runs::RunsError;
use crate::daemon::start::Repeated;
use crate::engine::carry::Repeat;
use crate::engine::event::Record;
use crate::engine::run::Run;
use crate::engine::selection::Selection;
use crate::plan::choose;

/// How many lines are shown; the rest is counted.
const SHOWN: usize = 10;

/// Begin a run anew, with the script, inputs, files and service it had
///
/// The whole of it, or a part: what is not repeated counts as ended just as it was, with its results, and nothing of
/// it goes out again. Lines that would be said again are listed, and need your yes. A changed file changes nothing
/// here: `runsheet run` begins with what is written now.
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "Examples:\n  runsheet rerun 7Q4M --failed\n  runsheet rerun 7Q4M --from speak_3\n  runsheet rerun 7Q4M --yes"
)]
pub struct Arguments {
    /// The run, or the beginning of its id; the latest when left out
    #[arg(value_name = "RUN")]
    run: Option<String>,
    /// Repeat only what failed, was cancelled or never began, and what hung on it; of a loop, only such items
    #[arg(long, conflicts_with = "from")]
    failed: bool,
    /// Repeat this step and everything that needs it
    #[arg(long, value_name = "STEP")]
    from: Option<String>,
    /// Say lines again and buy agents without asking
    #[arg(long, short)]
    yes: bool,
    /// Answer every pause at once
    #[arg(long)]
    go: bool,
    /// Let `delete_agent` delete
    #[arg(long)]
    allow_destroy: bool,
    #[command(flatten)]
    with: With,
}

/// Runs the command. Answers the exit code.
pub async fn run(arguments: Arguments) -> anyhow::Result<u8> {
    let outcome = match find(arguments.run.as_deref(), &arguments.with).await? {
        Ok(kept) => repeat(&kept, &arguments).await?,
        Err(refusal) => Err(refusal),
    };
    Ok(outcome.unwrap_or_else(Refusal::tell))
}

async fn repeat(kept: &Kept, arguments: &Arguments) -> anyhow::Result<Result<u8, Refusal>> {
    // Held only while it is read: what it comes to meanwhile is not carried over.
    let records = match kept.runs.hold(&kept.row.id) {
        Ok(_held) => kept.runs.journal().load(&kept.row.id).await?,
        Err(RunsError::Lock(error)) => return Ok(Err(Refusal::new(7, error.to_string()))),
        Err(error) => return Err(error.into()),
    };
    let before = Run::replay(&records)?;
    let selection = match select(&before, &records, arguments) {
        Ok(selection) => selection,
        Err(refusal) => return Ok(Err(refusal)),
    };
    if arguments.failed && repeats_nothing(before.plan(), &selection) {
        output::tell(format_args!("run {}: nothing failed, so there is nothing to repeat\n", kept.row.id));
        return Ok(Ok(0));
    }
    if !before.finished() {
        let id = &kept.row.id;
        output::tell(format_args!("note: run {id} has not ended; `runsheet resume {id}` goes on with it\n"));
    }
    if let Err(refusal) = agree(kept, &records, &selection, arguments) {
        return Ok(Err(refusal));
    }
    let repeated = Repeated {
        before: before.start(),
        selection,
        reach: arguments.with.reach(before.start()),
        go: arguments.go,
        allow_destroy: arguments.allow_destroy,
        no_purchase: false,
    };
    let ready = match kept.runs.prepare_again(repeated).await {
        Ok(ready) => ready,
        Err(refused) => return Ok(Err(refused.into())),
    };
    match buying::agree(&ready, arguments.yes).await {
        Ok(()) => follow(ready, &arguments.with.reports).await,
        Err(refusal) => Ok(Err(refusal)),
    }
}

/// What goes out again, as the arguments say.
fn select(before: &Run, records: &[Record], arguments: &Arguments) -> Result<Selection, Refusal> {
    let repeat = match (&arguments.from, arguments.failed) {
        (Some(step), _) => Repeat::From(choose::find(before.plan(), step)?),
        (None, true) => Repeat::Failed,
        (None, false) => Repeat::Everything,
    };
    Ok(again::select(before, records, repeat)?)
}

/// Lists the lines that would be said again, and asks whether they may.
fn agree(kept: &Kept, records: &[Record], selection: &Selection, arguments: &Arguments) -> Result<(), Refusal> {
    let said = again::said_again(records, selection)?;
    let count = said.len();
    if count == 0 {
        return Ok(());
    }
    let shown = &said[..count.min(SHOWN)];
    output::tell(lines::list("would be said again:", shown, count - shown.len()));
    if arguments.yes {
        return Ok(());
    }
    if agreement::somebody_is_here() {
        return agreement::ask("nothing was sent");
    }
    let them = if count == 1 { "a line".to_owned() } else { format!("{count} lines") };
    let message = format!("this would say {them} again, and nobody is here to agree; nothing was sent");
    let refusal = Refusal::new(2, message);
    Err(match arguments.failed || arguments.from.is_some() {
        true => refusal.hint("add `--yes`"),
        false => {
            refusal.hint(format!("add `--yes`, or `runsheet rerun {} --failed` repeats only what failed", kept.row.id))
        }
    })
}
