//! `runsheet agents drift`: whether repository, lock and service agree. Looks only.

use super::place::{self, Place};
use super::plan::print;
use super::{DIFFERS, Outcome};
use crate::commands::format::Format;
use crate::commands::output;

/// Tell whether repository, lock and service agree
///
/// The same comparison as `plan`, for a timer: nothing is sent but questions, and it exits with 6 when something
/// differs, also what `on_change: keep` lets be. Fields that `ignore` names are not compared.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// How it is printed
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Runs the command.
pub async fn run(arguments: Arguments, place: &place::Where) -> Outcome {
    let place = match Place::open(place).await {
        Ok(place) => place,
        Err(refusal) => return Ok(Err(refusal)),
    };
    match place.outline().await {
        Ok(outline) => {
            output::tell(format_args!("{}\n\n", place.words()));
            print(&outline, arguments.format)?;
            let differs = outline.changes() || outline.differences.iter().any(|one| !one.fields.is_empty());
            Ok(Ok(if differs { DIFFERS } else { 0 }))
        }
        Err(refusal) => Ok(Err(refusal)),
    }
}
