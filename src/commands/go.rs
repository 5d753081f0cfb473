//! `runsheet go`: answers the open pause of a run, or lets its next step go out, from anywhere.

use serde_json::Value;

use crate::commands::opening::Refusal;
use crate::commands::resume::{With, Word};
use crate::commands::wishes;
use crate::journal::{Request, RequestKind};

/// Answer the open pause of a run, or let the next step of one go out that goes step by step
///
/// A run under way in another terminal goes on there; one that stopped is taken up here, and the next lines are
/// printed first.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Example:\n  runsheet go 7Q4M")]
pub struct Arguments {
    /// The run, or the beginning of its id; the latest when left out
    #[arg(value_name = "RUN")]
    run: Option<String>,
    #[command(flatten)]
    with: With,
}

/// Runs the command. Answers the exit code.
pub async fn run(arguments: Arguments) -> anyhow::Result<u8> {
    let request = Request { kind: RequestKind::Go, body: Value::Null };
    let outcome = match wishes::open(arguments.run.as_deref(), &arguments.with).await? {
        Ok(kept) => wishes::leave(kept, request, &arguments.with, Some(Word::Given { again: None })).await?,
        Err(refusal) => Err(refusal),
    };
    Ok(outcome.unwrap_or_else(Refusal::tell))
}
