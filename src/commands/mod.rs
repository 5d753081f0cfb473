//! The command line: one file a command, with its arguments, its help and its body.
//!
//! A body answers the exit code; an error that reaches `main` is one that nobody foresaw.

pub mod check;
mod ending;
mod opening;
mod person;
pub mod plan;
mod resume;
mod run;
pub mod sandbox;
pub mod schema;

use clap::{Parser, Subcommand};

/// Scripts for talking-avatar agents: checked, then run once.
#[derive(Debug, Parser)]
#[command(name = "runsheet", version, max_term_width = 100, propagate_version = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Run(run::Arguments),
    Resume(resume::Arguments),
    Check(check::Arguments),
    Plan(plan::PlanArguments),
    Sandbox(sandbox::SandboxArguments),
    Schema(schema::Arguments),
}

impl Cli {
    /// Runs the command. Answers the exit code.
    pub async fn run(self) -> anyhow::Result<u8> {
        match self.command {
            Command::Run(arguments) => run::run(arguments).await,
            Command::Resume(arguments) => resume::run(arguments).await,
            Command::Plan(arguments) => plan::run(arguments).await,
            Command::Check(arguments) => check::run(&arguments),
            Command::Sandbox(arguments) => sandbox::run(arguments).await,
            Command::Schema(arguments) => schema::run(&arguments),
        }
    }
}
