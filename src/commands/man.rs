//! `runsheet man`: the manual, from the same words as `--help`.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::CommandFactory as _;

use crate::commands::{Cli, output};

/// Print the manual page, or write one page a command
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Examples:
  runsheet man | man -l -
  runsheet man --output ~/.local/share/man/man1")]
pub struct Arguments {
    /// The folder to write the pages to; made when it is not there
    #[arg(long, value_name = "FOLDER")]
    output: Option<PathBuf>,
}

/// Runs the command. Answers the exit code.
pub fn run(arguments: &Arguments) -> anyhow::Result<u8> {
    match &arguments.output {
        Some(folder) => {
            std::fs::create_dir_all(folder)
                .and_then(|()| clap_mangen::generate_to(Cli::command(), folder))
                .with_context(|| format!("cannot write the pages to `{}`", folder.display()))?;
        }
        None => {
            let mut page = Vec::new();
            clap_mangen::Man::new(Cli::command()).render(&mut page)?;
            output::data(String::from_utf8(page)?)?;
        }
    }
    Ok(0)
}
