//! The `runsheet` binary: arguments, command, exit code.

use std::process::ExitCode;

use clap::Parser as _;
use runsheet::commands::{Cli, output};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// The signal at a limit on the size of files; its number is the same on Linux and macOS.
const SIGXFSZ: i32 = 25;

#[tokio::main]
async fn main() -> ExitCode {
    let _limited = writes_fail_at_a_limit();
    let cli = Cli::parse();
    match cli.run().await {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            output::tell(format_args!("error: {error:#}\n"));
            ExitCode::from(1)
        }
    }
}

/// Without a handler the limit would end the process without a word; with one the write fails, and is told.
fn writes_fail_at_a_limit() -> Option<Signal> {
    signal(SignalKind::from_raw(SIGXFSZ)).ok()
}
