//! `runsheet schedule explain`: what a schedule does in a span of time, and why.

use std::path::PathBuf;

use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::moments::{Moment, Span};
use super::table;
use crate::clock::{Clock as _, SystemClock, Timestamp};
use crate::commands::format::Format;
use crate::commands::opening::{self, Refusal};
use crate::commands::output;
use crate::duration::Millis;
use crate::schedule::Schedule;
use crate::schedule::entry::Entry;
use crate::schedule::explain::{Question, Row, explain};

/// How far is looked ahead where nobody says it.
const WEEK: Millis = Millis::from_secs(7 * 24 * 3600);

/// Show what a workflow's schedule does in a span of time: every fire, skip, shift, catch-up and miss, and why
///
/// Nothing is started. Times without an offset are read in the timezone of the schedule's first `cron`, else in UTC.
/// What is shown is decided by the same rules that `runsheet serve` follows.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Examples:
  runsheet schedule explain workflows/morning.yaml
  runsheet schedule explain workflows/morning.yaml --from 2026-03-28 --to 2026-03-31
  runsheet schedule explain morning.yaml --down 2026-03-29T08:55..2026-03-29T09:05 --format json")]
pub struct Arguments {
    /// The workflow; else the only one of the folder
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// From when on; else from now
    #[arg(long, value_name = "TIME", value_parser = Moment::parse)]
    from: Option<Moment>,
    /// Up to when; else for a week
    #[arg(long, value_name = "TIME", value_parser = Moment::parse)]
    to: Option<Moment>,
    /// A time without anybody there to start runs; may be repeated
    #[arg(long, value_name = "A..B", value_parser = Span::parse)]
    down: Vec<Span>,
    /// How long each run takes, to see what overlaps
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    takes: Option<Millis>,
    /// How it is printed
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Runs the command. Answers the exit code.
pub fn run(arguments: &Arguments) -> anyhow::Result<u8> {
    let (name, schedule) = match open(arguments) {
        Ok(opened) => opened,
        Err(refusal) => return Ok(refusal.tell()),
    };
    let question = match question(arguments, &schedule, SystemClock.now()) {
        Ok(question) => question,
        Err(refusal) => return Ok(refusal.tell()),
    };
    let rows = explain(&schedule, &question);
    match arguments.format {
        Format::Json => {
            let rows: Vec<Value> = rows.iter().map(|row| object(&schedule, row)).collect();
            output::data(format_args!("{:#}\n", Value::from(rows)))?;
        }
        Format::Text => {
            output::data(table::head(&name, &schedule))?;
            output::data(table::rows(&schedule, &rows))?;
            output::data(table::summary(&rows))?;
        }
    }
    Ok(0)
}

fn open(arguments: &Arguments) -> Result<(String, Schedule), Refusal> {
    let workflow = opening::workflow(arguments.file.as_deref())?.workflow;
    match workflow.schedule {
        Some(schedule) => Ok((workflow.name, schedule)),
        None => Err(Refusal::new(2, format!("workflow `{}` has no `schedule`", workflow.name))
            .hint("add `schedule: [{ every: 15m }]`, or name another file; `runsheet schedule list` knows them")),
    }
}

fn question(arguments: &Arguments, schedule: &Schedule, now: Timestamp) -> Result<Question, Refusal> {
    let zone = zone_of(schedule);
    let from = arguments.from.map_or(now, |moment| moment.in_zone(&zone));
    let to = arguments.to.map_or(from + WEEK, |moment| moment.in_zone(&zone));
    if to <= from {
        return Err(
            Refusal::new(2, "`--to` is not after `--from`").hint("exchange them, or leave `--to` out for a week")
        );
    }
    let down: Option<Vec<_>> = arguments.down.iter().map(|span| span.in_zone(&zone)).collect();
    let down =
        down.ok_or_else(|| Refusal::new(2, "a `--down` ends before it begins").hint("write `A..B` with A first"))?;
    Ok(Question { from, to, down, takes: arguments.takes.unwrap_or(Millis::ZERO) })
}

/// The zone that times without an offset are read in.
fn zone_of(schedule: &Schedule) -> TimeZone {
    let name = schedule.entries.iter().find_map(|entry| match entry {
        Entry::Cron { zone, .. } => Some(zone.name()),
        _ => None,
    });
    name.and_then(|name| TimeZone::get(name).ok()).unwrap_or(TimeZone::UTC)
}

fn duration(text: &str) -> Result<Millis, String> {
    Millis::parse(text).map_err(|error| format!("{error}; write it as `90s`, `5m` or `2h`"))
}

/// A row for programs.
fn object(schedule: &Schedule, row: &Row) -> Value {
    let at = row.at.to_jiff();
    let offset = schedule.entries[row.entry].offset(row.at);
    json!({
        "nominal": row.nominal.to_string(),
        "local": at.display_with_offset(offset).to_string(),
        "utc": at.to_string(),
        "decision": row.kind.as_str(),
        "reason": row.reason.to_string(),
    })
}
