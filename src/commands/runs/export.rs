//! `runsheet runs export`: the records of a run as they are kept, a line each.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::commands::opening::Refusal;
use crate::commands::{kept, output};
use crate::engine::event::{Event, Record};

/// The version of the lines.
const VERSION: u32 = 1;

/// Write the records of a run as JSON Lines, as its journal keeps them
///
/// One object a line, in order: `v` (1, the version of this form), `seq` (from 0, without gaps), `at` (RFC 3339, UTC,
/// to the millisecond) and `event`, whose `type` says what happened. Record 0 holds the frozen plan and the inputs,
/// those marked `sensitive` too: keep the file as you keep `.runsheet`. Values of secrets are in no record. A run that
/// is damaged is refused, never written in part. For events to build on, use `runsheet show --report jsonl`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Example:\n  runsheet runs export 7Q4M --output 7Q4M.jsonl")]
pub struct Arguments {
    /// The run, or the beginning of its id; the latest when left out
    #[arg(value_name = "RUN")]
    run: Option<String>,
    /// Where to write, readable by you alone; else stdout
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Where runs are kept; else `.runsheet` in the project
    #[arg(long, value_name = "FOLDER")]
    state: Option<PathBuf>,
}

/// A record as a line.
#[derive(Serialize)]
struct Line<'a> {
    v: u32,
    seq: u64,
    at: String,
    event: &'a Event,
}

/// Runs the command. Answers the exit code.
pub async fn run(arguments: &Arguments) -> anyhow::Result<u8> {
    let records = match kept::records(arguments.state.as_deref(), arguments.run.as_deref()).await {
        Ok(records) => records,
        Err(refusal) => return Ok(refusal.tell()),
    };
    let lines = lines(&records)?;
    let Some(path) = &arguments.output else {
        output::data(lines)?;
        return Ok(0);
    };
    if let Err(error) = write(path, &lines) {
        return Ok(Refusal::new(2, format!("`{}` cannot be written: {error}", path.display())).tell());
    }
    output::tell(format_args!("{} records are in `{}`\n", records.len(), path.display()));
    Ok(0)
}

fn lines(records: &[Record]) -> serde_json::Result<String> {
    let mut lines = String::new();
    for Record { seq, at, event } in records {
        lines.push_str(&serde_json::to_string(&Line { v: VERSION, seq: *seq, at: at.to_string(), event })?);
        lines.push('\n');
    }
    Ok(lines)
}

fn write(path: &Path, lines: &str) -> io::Result<()> {
    OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?.write_all(lines.as_bytes())
}
