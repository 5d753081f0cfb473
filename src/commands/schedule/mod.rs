//! `runsheet schedule`: what starts by itself, and when. Looks only; `runsheet serve` starts what is due.

mod explain;
mod list;
mod moments;
mod table;

use clap::Subcommand;

/// Show when workflows run by themselves, and why
///
/// Nothing is started: `explain` tells what a schedule does and why, `list` when the workflows of a folder run next.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Examples:
  runsheet schedule list
  runsheet schedule explain workflows/morning.yaml --from 2026-03-28 --to 2026-03-31")]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Explain(explain::Arguments),
    List(list::Arguments),
}

/// Runs the command. Answers the exit code.
pub fn run(arguments: &Arguments) -> anyhow::Result<u8> {
    match &arguments.command {
        Command::Explain(arguments) => explain::run(arguments),
        Command::List(arguments) => list::run(arguments),
    }
}
