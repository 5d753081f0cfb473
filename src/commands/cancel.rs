//! `runsheet cancel`: ends a run for good, from anywhere; its `finally` runs once.

use serde_json::Value;

use crate::commands::opening::Refusal;
use crate::commands::resume::{With, Word};
use crate::commands::wishes;
use crate::journal::{Request, RequestKind};

/// End a run for good: what is in flight ends, nothing new begins, `finally` runs once
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Example:\n  runsheet cancel 7Q4M")]
pub struct Arguments {
    /// The run, or the beginning of its id
    #[arg(value_name = "RUN")]
    run: String,
    #[command(flatten)]
    with: With,
}

/// Runs the command. Answers the exit code.
pub async fn run(arguments: Arguments) -> anyhow::Result<u8> {
    let request = Request { kind: RequestKind::Cancel, body: Value::Null };
    let outcome = match wishes::open(Some(&arguments.run), &arguments.with).await? {
        Ok(kept) => wishes::leave(kept, request, &arguments.with, Some(Word::Ended)).await?,
        Err(refusal) => Err(refusal),
    };
    Ok(outcome.unwrap_or_else(Refusal::tell))
}
