//! `runsheet runs`: what was run here, newest first; and what is done with what is kept of it.

mod export;
mod prune;
mod times;

use std::path::PathBuf;

use clap::Subcommand;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::clock::{Clock as _, SystemClock, Timestamp};
use crate::commands::format::Format;
use crate::commands::opening::Refusal;
use crate::commands::{kept, output};
use crate::diagnostic::nearest;
use crate::journal::{Counts, RunFilter, RunRow, RunStatus};
use crate::text::{clean, grouped, pad, width};

/// List the runs that are kept, newest first
///
/// A run that is stopped or crashed can be taken up again with `runsheet resume`.
#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_long_help = "Examples:\n  runsheet runs --workflow welcome --limit 5\n  runsheet runs export 7Q4M --output 7Q4M.jsonl\n  \
                       runsheet runs prune --older-than 30d --dry-run"
)]
pub struct Arguments {
    #[command(subcommand)]
    action: Option<Action>,
    /// The form of the list
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// How many to list, at the most
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
    /// Only the runs of this workflow
    #[arg(long, value_name = "NAME")]
    workflow: Option<String>,
    /// Where runs are kept; else `.runsheet` in the project
    #[arg(long, value_name = "FOLDER")]
    state: Option<PathBuf>,
}

/// What is done with what is kept.
#[derive(Debug, Subcommand)]
enum Action {
    Export(export::Arguments),
    Prune(prune::Arguments),
}

/// Runs the command. Answers the exit code.
pub async fn run(mut arguments: Arguments) -> anyhow::Result<u8> {
    match arguments.action.take() {
        Some(Action::Export(arguments)) => return export::run(&arguments).await,
        Some(Action::Prune(arguments)) => return prune::run(&arguments).await,
        None => {}
    }
    let Listed { rows, more, times } = match list(&arguments).await {
        Ok(listed) => listed,
        Err(refusal) => return Ok(refusal.tell()),
    };
    match arguments.format {
        Format::Json => {
            let runs: Vec<Value> = rows.iter().map(object).collect();
            output::data(format_args!("{:#}\n", Value::from(runs)))?;
        }
        Format::Text if rows.is_empty() && times.is_empty() => {
            output::tell("nothing was run here yet; `runsheet run --sandbox` rehearses a workflow\n");
        }
        Format::Text if rows.is_empty() => output::tell(format_args!("no run is kept here\n{times}")),
        Format::Text => {
            output::data(table(&rows, SystemClock.now(), &TimeZone::system()))?;
            if let Some(open) = rows.iter().find(|row| row.crashed || row.summary.status == RunStatus::Stopped) {
                let word = if open.crashed { "crashed" } else { "stopped" };
                output::tell(format_args!("run {} {word}: {}\n", open.id, kept::goes_on(open)));
            }
            if more {
                output::tell(format_args!("older runs are not shown; `--limit {}` shows more\n", arguments.limit * 2));
            }
            output::tell(times);
        }
    }
    Ok(0)
}

/// What is listed.
#[derive(Default)]
struct Listed {
    rows: Vec<RunRow>,
    /// Whether there are more of them.
    more: bool,
    /// What became of the times of schedules, for people.
    times: String,
}

async fn list(arguments: &Arguments) -> Result<Listed, Refusal> {
    let Some(runs) = kept::open(arguments.state.as_deref())? else { return Ok(Listed::default()) };
    let limit = arguments.limit as usize;
    let filter = RunFilter {
        workflow: arguments.workflow.clone(),
        limit: Some(limit.saturating_add(1)),
        ..RunFilter::default()
    };
    let mut rows = runs.journal().runs(&filter).await?;
    let times = times::told(&runs, arguments.workflow.as_deref()).await;
    if let (Some(name), true) = (&arguments.workflow, rows.is_empty() && times.is_empty()) {
        let every = runs.journal().runs(&RunFilter::default()).await?;
        return Err(no_run_of(name, &every));
    }
    let more = rows.len() > limit;
    rows.truncate(limit);
    Ok(Listed { rows, more, times })
}

fn no_run_of(name: &str, every: &[RunRow]) -> Refusal {
    let refusal = Refusal::new(2, format!("no run of a workflow `{}` is kept here", clean(name)));
    match nearest(name, every.iter().map(|row| row.workflow.as_str())) {
        Some(near) => refusal.hint(format!("did you mean `{}`?", clean(near))),
        None => refusal.hint("`runsheet runs` lists those that are"),
    }
}

/// A run for programs.
fn object(row: &RunRow) -> Value {
    let Counts { succeeded, failed, skipped, unknown } = row.summary.counts;
    json!({
        "run": row.id,
        "workflow": row.workflow,
        "file": row.file,
        "status": row.summary.status.as_str(),
        "crashed": row.crashed,
        "service": row.service,
        "sandbox": row.sandbox,
        "started_at": row.started_at.to_string(),
        "ended_at": row.summary.ended_at.map(|at| at.to_string()),
        "credits": row.summary.credits,
        "counts": { "succeeded": succeeded, "failed": failed, "skipped": skipped, "unknown": unknown },
    })
}

const HEADER: [&str; 8] = ["RUN", "WORKFLOW", "STATUS", "STARTED", "TOOK", "CREDITS", "STEPS", ""];
/// The columns of numbers, which end where the others begin.
const NUMBERS: [usize; 2] = [4, 5];

/// The runs for people, a line each, every column as wide as it must be.
fn table(rows: &[RunRow], now: Timestamp, zone: &TimeZone) -> String {
    let lines: Vec<[String; 8]> =
        std::iter::once(HEADER.map(str::to_owned)).chain(rows.iter().map(|row| cells(row, now, zone))).collect();
    let widest: [usize; 8] =
        std::array::from_fn(|column| lines.iter().map(|cells| width(&cells[column])).max().unwrap_or(0));
    let line = |cells: &[String; 8]| {
        let padded = cells.iter().enumerate().map(|(column, cell)| match NUMBERS.contains(&column) {
            true => format!("{}{cell}", " ".repeat(widest[column].saturating_sub(width(cell)))),
            false => pad(cell, widest[column]),
        });
        format!("{}\n", padded.collect::<Vec<_>>().join("  ").trim_end())
    };
    lines.iter().map(line).collect()
}

fn cells(row: &RunRow, now: Timestamp, zone: &TimeZone) -> [String; 8] {
    let started = zone.to_datetime(row.started_at.to_jiff()).strftime("%Y-%m-%d %H:%M").to_string();
    let took = match (row.summary.ended_at, row.summary.status) {
        (Some(ended), _) => ended.since(row.started_at).to_string(),
        (None, RunStatus::Running) => now.since(row.started_at).to_string(),
        (None, _) => "–".to_owned(),
    };
    [
        row.id.to_string(),
        clean(&row.workflow),
        status(row).to_owned(),
        started,
        took,
        grouped(row.summary.credits),
        steps(&row.summary.counts),
        if row.sandbox { "SANDBOX".to_owned() } else { String::new() },
    ]
}

fn status(row: &RunRow) -> &'static str {
    match (row.crashed, row.summary.status) {
        (true, _) => "! crashed",
        (false, RunStatus::Running) => "▶ running",
        (false, RunStatus::Stopped) => "■ stopped",
        (false, RunStatus::Succeeded) => "✔ succeeded",
        (false, RunStatus::Failed) => "✖ failed",
        (false, RunStatus::Cancelled) => "■ cancelled",
    }
}

fn steps(counts: &Counts) -> String {
    let Counts { succeeded, failed, skipped, unknown } = *counts;
    let counted = [(succeeded, "succeeded"), (failed, "failed"), (skipped, "skipped"), (unknown, "unknown")];
    let told = counted.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}"));
    let told = told.collect::<Vec<_>>().join(", ");
    if told.is_empty() { "–".to_owned() } else { told }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::RunId;
    use crate::journal::RunSummary;

    fn row(id: &str, status: RunStatus, ended_at: Option<i64>) -> RunRow {
        let counts = Counts { succeeded: 4, skipped: 1, ..Counts::default() };
        RunRow {
            id: RunId::from_typed(id),
            workflow: "welcome".to_owned(),
            file: "workflows/welcome.yaml".to_owned(),
            service: "https://api.bithuman.ai · acme".to_owned(),
            sandbox: false,
            started_at: Timestamp(1_795_425_240_000),
            summary: RunSummary { status, ended_at: ended_at.map(Timestamp), credits: 1250, counts },
            crashed: false,
        }
    }

    #[test]
    fn the_table_lines_up_and_tells_a_crash_from_a_stop() {
        let mut crashed = row("8R5N", RunStatus::Stopped, None);
        crashed.crashed = true;
        crashed.summary.counts = Counts::default();
        crashed.summary.credits = 0;
        crashed.workflow = "a\u{1b}[31m".to_owned();
        let mut rehearsal = row("7Q4M", RunStatus::Succeeded, Some(1_795_425_252_300));
        rehearsal.sandbox = true;
        let rows = [row("9S6P", RunStatus::Running, None), crashed, rehearsal];
        insta::assert_snapshot!(table(&rows, Timestamp(1_795_425_300_000), &TimeZone::UTC), @"
        RUN   WORKFLOW  STATUS       STARTED            TOOK  CREDITS  STEPS
        9S6P  welcome   ▶ running    2026-11-23 09:14  1m00s    1,250  4 succeeded, 1 skipped
        8R5N  a␛[31m    ! crashed    2026-11-23 09:14      –        0  –
        7Q4M  welcome   ✔ succeeded  2026-11-23 09:14  12.3s    1,250  4 succeeded, 1 skipped  SANDBOX
        ");
    }

    #[test]
    fn programs_read_every_instant_and_count() {
        let told = object(&row("7Q4M", RunStatus::Failed, Some(1_795_425_252_300)));
        assert_eq!(told["started_at"], "2026-11-23T09:14:00.000Z");
        assert_eq!((&told["status"], &told["counts"]["skipped"]), (&json!("failed"), &json!(1)));
        assert_eq!(object(&row("7Q4M", RunStatus::Running, None))["ended_at"], Value::Null);
    }

    #[test]
    fn a_workflow_that_was_never_run_is_answered_with_the_nearest_one() {
        let refusal = no_run_of("welcom", &[row("7Q4M", RunStatus::Failed, None)]);
        assert!(refusal.message.contains("did you mean `welcome`?"), "{}", refusal.message);
    }
}
