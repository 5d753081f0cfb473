//! The command line: one file a command, with its arguments, its help and its body.
//!
//! A body answers the exit code; an error that reaches `main` is one that nobody foresaw.

mod agents;
mod agreement;
mod cancel;
pub mod check;
mod completions;
mod doctor;
mod ending;
mod format;
mod go;
mod init;
mod kept;
mod lines;
mod logging;
mod man;
mod opening;
pub mod output;
mod person;
pub mod plan;
mod rerun;
mod resolve;
mod resume;
mod run;
mod runs;
pub mod sandbox;
mod say;
mod schedule;
pub mod schema;
mod sent;
mod serve;
mod show;
mod token;
mod watch;
mod wishes;

use clap::{Parser, Subcommand};

/// Scripts for talking-avatar agents: checked, then run once.
#[derive(Debug, Parser)]
#[command(name = "runsheet", version, max_term_width = 100, propagate_version = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    logging: logging::Arguments,
}

#[derive(Debug, Subcommand)]
enum Command {
    Init(init::Arguments),
    Check(check::Arguments),
    Plan(plan::PlanArguments),
    Run(run::Arguments),
    Resume(resume::Arguments),
    Rerun(rerun::Arguments),
    Go(go::Arguments),
    Resolve(resolve::Arguments),
    Cancel(cancel::Arguments),
    Say(say::Arguments),
    Agents(agents::Arguments),
    Runs(runs::Arguments),
    Show(show::Arguments),
    Sent(sent::Arguments),
    Watch(watch::Arguments),
    Schedule(schedule::Arguments),
    Doctor(doctor::Arguments),
    Sandbox(sandbox::SandboxArguments),
    Serve(serve::Arguments),
    Token(token::Arguments),
    Schema(schema::Arguments),
    Completions(completions::Arguments),
    Man(man::Arguments),
}

impl Cli {
    /// Runs the command. Answers the exit code.
    pub async fn run(self) -> anyhow::Result<u8> {
        self.logging.apply();
        match self.command {
            Command::Init(arguments) => init::run(&arguments),
            Command::Check(arguments) => check::run(&arguments),
            Command::Plan(arguments) => plan::run(arguments).await,
            Command::Run(arguments) => run::run(arguments).await,
            Command::Resume(arguments) => resume::run(arguments).await,
            Command::Rerun(arguments) => rerun::run(arguments).await,
            Command::Go(arguments) => go::run(arguments).await,
            Command::Resolve(arguments) => resolve::run(arguments).await,
            Command::Cancel(arguments) => cancel::run(arguments).await,
            Command::Say(arguments) => say::run(arguments).await,
            Command::Agents(arguments) => agents::run(arguments).await,
            Command::Runs(arguments) => runs::run(arguments).await,
            Command::Show(arguments) => show::run(arguments).await,
            Command::Sent(arguments) => sent::run(arguments).await,
            Command::Watch(arguments) => watch::run(arguments).await,
            Command::Schedule(arguments) => schedule::run(&arguments),
            Command::Doctor(arguments) => doctor::run(arguments).await,
            Command::Sandbox(arguments) => sandbox::run(arguments).await,
            Command::Serve(arguments) => serve::run(arguments).await,
            Command::Token(arguments) => token::run(arguments).await,
            Command::Schema(arguments) => schema::run(&arguments),
            Command::Completions(arguments) => completions::run(&arguments),
            Command::Man(arguments) => man::run(&arguments),
        }
    }
}
