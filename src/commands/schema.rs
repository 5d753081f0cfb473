//! `runsheet schema`: the JSON Schema of workflow files, for editors.

use std::path::PathBuf;

use anyhow::Context;

use crate::commands::output;
use crate::workflow::schema;

/// Print the JSON Schema of workflow files, or of files of agents
///
/// Editors that know JSON Schema complete, explain and check a workflow whose first line is
/// `# yaml-language-server: $schema=workflow.schema.json`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Example:\n  runsheet schema --output schemas/workflow.schema.json")]
pub struct Arguments {
    /// Write it to a file instead
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Of which files
    #[arg(long, value_enum, default_value_t)]
    pub kind: Kind,
}

/// Of which files a schema is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Kind {
    /// Workflows.
    #[default]
    Workflow,
    /// Agents that workflows share.
    Agents,
}

/// Prints or writes the schema.
pub fn run(arguments: &Arguments) -> anyhow::Result<u8> {
    let text = match arguments.kind {
        Kind::Workflow => schema::text(),
        Kind::Agents => schema::agents_text(),
    };
    match &arguments.output {
        Some(path) => {
            std::fs::write(path, text).with_context(|| format!("cannot write `{}`", path.display()))?;
        }
        None => output::data(text)?,
    }
    Ok(0)
}
