//! `runsheet agents plan`: what an apply would do, and why. Looks only.

use std::path::PathBuf;

use super::place::{self, Place};
use super::{DIFFERS, Outcome, table};
use crate::commands::format::Format;
use crate::commands::opening::Refusal;
use crate::commands::output;
use crate::provision::outline::{Allowed, Objection, Outline};
use crate::provision::saved::SavedOutline;
use crate::secret::withheld;

/// Show what would be made, changed or deleted, why, and for how many credits
///
/// Nothing is sent but questions. `--out` saves the plan, for an apply that does exactly this or refuses.
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "Exits with 0; with `--exit-code` 6 when something would change. `--frozen` exits with 2 when something would be bought."
)]
pub struct Arguments {
    /// How it is printed
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Save the plan in a file
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Exit with 6 when something would change
    #[arg(long)]
    exit_code: bool,
    /// Fail if anything would be bought: for checks of a pull request
    #[arg(long)]
    frozen: bool,
}

/// Runs the command.
pub async fn run(arguments: Arguments, place: &place::Where) -> Outcome {
    let place = match Place::open(place).await {
        Ok(place) => place,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let outline = match place.outline().await {
        Ok(outline) => outline,
        Err(refusal) => return Ok(Err(refusal)),
    };
    output::tell(format_args!("{}\n\n", place.words()));
    print(&outline, arguments.format)?;
    let objections = outline.objections(Allowed::default());
    let flags: String = objections.iter().filter_map(Objection::flag).map(|flag| format!(" {flag}")).collect();
    if let Some(file) = &arguments.out {
        let text = json(&outline)?;
        if let Err(error) = std::fs::write(file, text) {
            return Ok(Err(Refusal::new(2, format!("`{}` cannot be written: {error}", file.display()))));
        }
        output::tell(format_args!("saved; `runsheet agents apply {}{flags}` does exactly this\n", file.display()));
    } else if !flags.is_empty() {
        output::tell(format_args!("an apply needs a word for it: `runsheet agents apply{flags}`\n"));
    }
    let allowed = Allowed { replace: true, destroy: true, overwrite: true, buy_again: true, frozen: arguments.frozen };
    if let Some(objection) = outline.objections(allowed).into_iter().find(|_| arguments.frozen) {
        let (message, hint) = objection.words();
        return Ok(Err(Refusal::new(2, message).hint(hint)));
    }
    Ok(Ok(if arguments.exit_code && outline.changes() { DIFFERS } else { 0 }))
}

/// Prints an outline.
pub fn print(outline: &Outline, format: Format) -> anyhow::Result<()> {
    match format {
        Format::Text => output::data(withheld::redact(&table::text(outline)))?,
        Format::Json => output::data(json(outline)?)?,
    }
    Ok(())
}

/// An outline as it is saved: a prompt that holds a secret does not show it.
fn json(outline: &Outline) -> anyhow::Result<String> {
    let text = format!("{:#}\n", serde_json::to_value(SavedOutline::of(outline))?);
    Ok(withheld::redact(&text).to_string())
}
