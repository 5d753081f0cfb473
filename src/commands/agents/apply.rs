//! `runsheet agents apply`: makes the account what is declared. A run like any other, with a person in front.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};

use super::place::{self, Place};
use super::{Outcome, table};
use crate::commands::opening::Refusal;
use crate::commands::{agreement, output, run};
use crate::daemon::runs::Runs;
use crate::held::HeldError;
use crate::provision::hold::Hold;
use crate::provision::lock;
use crate::provision::outline::{Allowed, Objection, Outline};
use crate::provision::saved::SavedOutline;
use crate::report::ReportTarget;

/// Make the account's agents what is declared
///
/// With a FILE that `plan --out` saved, exactly that is done or nothing. Nothing is paid for twice: what was
/// interrupted is found again. A face is replaced only with `--allow-replace`, an agent deleted only with
/// `--allow-destroy`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// A plan that was saved by `runsheet agents plan --out FILE`
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// Go on without asking
    #[arg(long, short)]
    yes: bool,
    /// Let faces be bought in place of others
    #[arg(long)]
    allow_replace: bool,
    /// Let agents be deleted
    #[arg(long)]
    allow_destroy: bool,
    /// Let prompts be set that somebody changed on the service
    #[arg(long)]
    overwrite: bool,
    /// Buy agents whose purchase was lost: nobody knows whether they were bought before
    #[arg(long)]
    buy_again: bool,
    /// Fail if anything would be bought
    #[arg(long)]
    frozen: bool,
    /// Buy as many as the balance pays for, those declared first; else all or nothing
    #[arg(long)]
    partial: bool,
    /// Report as `jsonl`, `jsonl=FILE`, `junit=FILE`, `csv=FILE` or `people=FILE`; may be repeated
    #[arg(long = "report", value_name = "FORM")]
    reports: Vec<ReportTarget>,
}

/// Runs the command.
pub async fn run(arguments: Arguments, place: &place::Where) -> Outcome {
    let place = match Place::open(place).await {
        Ok(place) => place,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let _hold = match hold(&place.runs) {
        Ok(hold) => hold,
        Err(refusal) => return Ok(Err(refusal)),
    };
    output::tell(format_args!("{}\n\n", place.words()));
    let outline = match decide(&arguments, &place).await {
        Ok(outline) => outline,
        Err(refusal) => return Ok(Err(refusal)),
    };
    if !outline.changes() {
        return Ok(Ok(0));
    }
    carry_out(&place, &outline, &arguments.reports).await
}

/// What is done: shown, permitted, paid for, and agreed to.
async fn decide(arguments: &Arguments, place: &Place) -> Result<Outline, Refusal> {
    let saved = arguments.file.as_deref().map(read).transpose()?;
    let outline = place.outline().await?;
    output::tell(table::text(&outline));
    if let Some(saved) = &saved {
        saved.permits(&outline).map_err(|error| {
            Refusal::new(2, format!("{error}; nothing was sent")).hint("plan again, and look at what changed")
        })?;
    }
    let allowed = Allowed {
        replace: arguments.allow_replace,
        destroy: arguments.allow_destroy,
        overwrite: arguments.overwrite,
        buy_again: arguments.buy_again,
        frozen: arguments.frozen,
    };
    permitted(&outline, allowed)?;
    let outline = affordable(outline, arguments.partial)?;
    agree(&outline, arguments.yes || saved.is_some(), place.connected.service.sandbox)?;
    Ok(outline)
}

/// Takes the right to apply; tells who has it.
pub fn hold(runs: &Runs) -> Result<Hold, Refusal> {
    Hold::acquire(runs.project()).map_err(|error| match error {
        HeldError::Held(by) => Refusal::new(7, format!("agents are being applied by {by}"))
            .hint("wait until it has ended; what it does is not done twice"),
        HeldError::Failed(error) => Refusal::new(4, format!("the state folder cannot be used: {error}")),
    })
}

/// Refuses what nobody allowed, all of it in one message.
pub fn permitted(outline: &Outline, allowed: Allowed) -> Result<(), Refusal> {
    let objections = outline.objections(allowed);
    let Some((first, rest)) = objections.split_first() else { return Ok(()) };
    let refusal = |objection: &Objection| {
        let (message, hint) = objection.words();
        Refusal::new(2, format!("{message}; nothing was sent")).hint(hint)
    };
    let mut all = refusal(first);
    rest.iter().for_each(|objection| all.message.push_str(&refusal(objection).message));
    Err(all)
}

/// What the balance pays for: all of it, or with `partial` as much as it does.
fn affordable(outline: Outline, partial: bool) -> Result<Outline, Refusal> {
    let credits = outline.to_pay();
    let Some(balance) = outline.balance.filter(|balance| *balance < credits as f64) else { return Ok(outline) };
    if !partial {
        let lacking = (credits as f64 - balance).ceil();
        let message = format!("the account has {balance} credits and lacks {lacking}; nothing was sent");
        return Err(Refusal::new(4, message).hint("`--partial` makes as many as it pays for"));
    }
    let (outline, left_out) = outline.within(balance);
    output::tell(format_args!("left out, for the balance does not pay for them: {}\n", left_out.join(", ")));
    Ok(outline)
}

/// Asks when credits would be spent or something deleted; a sandbox asks nothing.
fn agree(outline: &Outline, yes: bool, is_sandbox: bool) -> Result<(), Refusal> {
    if !outline.sends() || yes || is_sandbox {
        return Ok(());
    }
    match std::io::stdin().is_terminal() {
        true => agreement::ask("nothing was sent"),
        false => Err(Refusal::new(2, "this would change the account, and nobody is here to agree; nothing was sent")
            .hint("add `--yes`, or save a plan by `runsheet agents plan --out FILE` and apply that")),
    }
}

/// Applies an outline, and follows it to its end.
async fn carry_out(place: &Place, outline: &Outline, reports: &[ReportTarget]) -> Outcome {
    match place.runs.prepare_apply(outline, &place.connected).await {
        Ok(Some(ready)) => match run::follow(ready, reports).await? {
            Ok(code) => Ok(in_lock(place, outline, code)),
            Err(refusal) => Ok(Err(refusal)),
        },
        Ok(None) => {
            output::tell("the lock is up to date\n");
            Ok(Ok(0))
        }
        Err(refused) => Ok(Err(refused.into())),
    }
}

/// The exit code of an apply: none is good whose agents are not in the lock.
fn in_lock(place: &Place, outline: &Outline, code: u8) -> Result<u8, Refusal> {
    if code == 0 && !place.runs.are_in_lock(outline, &place.connected)? {
        return Err(Refusal::new(4, "the lock of agents could not be written, and does not have what was made")
            .hint("see that the folder of the lock can be written, and apply again: nothing is bought twice"));
    }
    if code == 0 {
        let file = lock::shown(place.runs.project());
        output::tell(format_args!("the lock is `{}`: commit it\n", file.display()));
    }
    Ok(code)
}

fn read(path: &Path) -> Result<SavedOutline, Refusal> {
    let cannot = |error: &dyn std::fmt::Display| Refusal::new(2, format!("`{}`: {error}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| cannot(&error))?;
    SavedOutline::read(&text).map_err(|error| cannot(&error).hint("`runsheet agents plan --out FILE` saves one"))
}
