//! `runsheet completions`: the words that a shell completes.

use clap::CommandFactory as _;
use clap_complete::Shell;

use crate::commands::{Cli, output};

/// Print the completions of a shell
///
/// Put what is printed where the shell looks for it, once.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Examples:
  runsheet completions bash > ~/.local/share/bash-completion/completions/runsheet
  runsheet completions zsh > ~/.zfunc/_runsheet
  runsheet completions fish > ~/.config/fish/completions/runsheet.fish")]
pub struct Arguments {
    /// The shell
    #[arg(value_enum, value_name = "SHELL")]
    shell: Shell,
}

/// Runs the command. Answers the exit code.
pub fn run(arguments: &Arguments) -> anyhow::Result<u8> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Cli::command(), "runsheet", &mut script);
    output::data(String::from_utf8(script)?)?;
    Ok(0)
}
