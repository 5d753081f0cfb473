//! The `runsheet` binary: arguments, command, exit code.

use std::process::ExitCode;

use clap::Parser as _;
use runsheet::commands::{Cli, output};

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    match cli.run().await {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            output::tell(format_args!("error: {error:#}\n"));
            ExitCode::from(1)
        }
    }
}
