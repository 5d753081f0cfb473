//! `runsheet schedule`: what starts by itself, and when. Looks only; `runsheet serve` starts what is due.

mod explain;
mod list;
mod moments;
mod table;

use clap::{Subcommand, ValueEnum};

/// Show when workflows run by themselves, and why
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Explain(explain::Arguments),
    List(list::Arguments),
}

/// How it is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// A JSON array.
    Json,
}

/// Runs the command. Answers the exit code.
pub fn run(arguments: &Arguments) -> anyhow::Result<u8> {
    match &arguments.command {
        Command::Explain(arguments) => explain::run(arguments),
        Command::List(arguments) => list::run(arguments),
    }
}
