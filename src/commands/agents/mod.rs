//! `runsheet agents`: what the repository declares, made so on the account, and nothing paid for twice.

mod adopt;
mod apply;
mod destroy;
mod drift;
mod import;
mod list;
mod place;
mod plan;
mod table;

use clap::Subcommand;

use crate::commands::opening::Refusal;

pub use apply::{hold, permitted};
pub use table::text as table;

/// The exit code that says that something differs.
const DIFFERS: u8 = 6;

/// Make the account's agents what the repository declares
///
/// Agents are declared under `agents:` of a workflow, or in `agents/*.yaml` for all of them. `agents.lock.yaml`,
/// committed beside the workflows, says which code each name is. `plan` and `drift` only look.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Examples:
  runsheet agents plan
  runsheet agents plan --out plan.json && runsheet agents apply plan.json
  runsheet agents apply --yes
  runsheet agents drift
  runsheet agents adopt host")]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    place: place::Where,
}

#[derive(Debug, Subcommand)]
enum Command {
    Plan(plan::Arguments),
    Apply(apply::Arguments),
    Drift(drift::Arguments),
    Adopt(adopt::Arguments),
    Import(import::Arguments),
    Destroy(destroy::Arguments),
    List(list::Arguments),
}

/// What becomes of a command: its exit code, or why it ends early.
type Outcome = anyhow::Result<Result<u8, Refusal>>;

/// Runs the command. Answers the exit code.
pub async fn run(arguments: Arguments) -> anyhow::Result<u8> {
    let place = arguments.place;
    let outcome = match arguments.command {
        Command::Plan(arguments) => plan::run(arguments, &place).await,
        Command::Apply(arguments) => apply::run(arguments, &place).await,
        Command::Drift(arguments) => drift::run(arguments, &place).await,
        Command::Adopt(arguments) => adopt::run(arguments, &place).await,
        Command::Import(arguments) => import::run(arguments, &place).await,
        Command::Destroy(arguments) => destroy::run(arguments, &place).await,
        Command::List(arguments) => list::run(arguments, &place).await,
    };
    Ok(outcome?.unwrap_or_else(Refusal::tell))
}
