//! `runsheet runs prune`: removes runs that nobody will look at again.

use std::path::PathBuf;

use jiff::{Span, SpanRelativeTo};

use crate::clock::{Clock as _, SystemClock};
use crate::commands::opening::Refusal;
use crate::commands::{kept, output};
use crate::daemon::prune::{Prune, Pruned};
use crate::duration::{DurationError, Millis};
use crate::text::{clean, counted};

/// More runs than these are counted, not named.
const NAMED: usize = 20;

/// Remove runs that ended long ago, and what only they needed
///
/// Removes the records of runs that succeeded, failed or were cancelled, the states of their sandboxes, and the files
/// in `.runsheet/files` that no other run reads; what became of scheduled times as old is forgotten, and its counts stay.
/// Runs that stopped or crashed can still be resumed: they are kept,
/// unless `--stopped` is given. A run that is under way is always kept. Purchases are never removed: what was bought
/// stays known, and is not bought again.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Example:\n  runsheet runs prune --older-than 30d --dry-run")]
pub struct Arguments {
    /// Only runs whose end, or last record, is longer ago: `30d`, `2w`, `12h`
    #[arg(long, value_name = "AGE", value_parser = age)]
    older_than: Millis,
    /// Also runs that stopped or crashed: they cannot be resumed afterwards
    #[arg(long)]
    stopped: bool,
    /// Only say what would be removed
    #[arg(long)]
    dry_run: bool,
    /// Where runs are kept; else `.runsheet` in the project
    #[arg(long, value_name = "FOLDER")]
    state: Option<PathBuf>,
}

/// Runs the command. Answers the exit code.
pub async fn run(arguments: &Arguments) -> anyhow::Result<u8> {
    match prune(arguments).await {
        Ok(told) => {
            output::data(told)?;
            Ok(0)
        }
        Err(refusal) => Ok(refusal.tell()),
    }
}

async fn prune(arguments: &Arguments) -> Result<String, Refusal> {
    let Arguments { older_than, stopped, dry_run, ref state } = *arguments;
    let Some(runs) = kept::open(state.as_deref())? else { return Ok("nothing was run here yet\n".to_owned()) };
    let pruned = runs.prune(&Prune { older_than, stopped, dry_run }, SystemClock.now()).await?;
    Ok(told(&pruned, dry_run))
}

/// What was removed, for people.
fn told(pruned: &Pruned, dry_run: bool) -> String {
    let (verb, freed) = if dry_run { ("would remove", "would free") } else { ("removed", "freed") };
    let mut told = String::new();
    for row in pruned.runs.iter().take(NAMED) {
        let status = row.summary.status.as_str();
        told.push_str(&format!("{verb} {}  {}  {status}, begun {}\n", row.id, clean(&row.workflow), row.started_at));
    }
    if let Some(more) = pruned.runs.len().checked_sub(NAMED).filter(|more| *more > 0) {
        told.push_str(&format!("{verb} {more} more\n"));
    }
    let (runs, records) = (counted(pruned.runs.len() as u64, "run"), counted(pruned.records, "record"));
    let files = counted(pruned.files, "file");
    told.push_str(&format!("{verb} {runs}, {records}, {files}; {freed} about {}\n", size(pruned.bytes)));
    if pruned.is_unshrunk && !dry_run && !pruned.runs.is_empty() {
        told.push_str("a run is under way: the database keeps its size, and uses the room again\n");
    }
    told
}

/// A number of bytes for people.
fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => counted(bytes, "byte"),
        1_000..1_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}

/// Reads an age: a duration of workflows, or days and weeks, which are no length for a script.
fn age(text: &str) -> Result<Millis, String> {
    let unreadable = |what: &str| format!("{what}; write `30d`, `2w` or `12h`");
    match Millis::parse(text) {
        Ok(age) => Ok(age),
        Err(DurationError::Unreadable) => {
            let span: Span = text.trim().parse().map_err(|_| unreadable("not an age"))?;
            let length = span
                .to_duration(SpanRelativeTo::days_are_24_hours())
                .map_err(|_| unreadable("months and years have no fixed length"))?;
            let millis = u64::try_from(length.as_millis()).map_err(|_| unreadable("an age cannot be negative"))?;
            Ok(Millis(millis))
        }
        Err(DurationError::NoUnit) => Err(unreadable("an age needs a unit")),
        Err(error) => Err(unreadable(&error.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_has_a_unit() {
        const DAY: u64 = 24 * 3_600_000;
        for (text, millis) in
            [("30d", 30 * DAY), ("2w", 14 * DAY), ("12h", DAY / 2), ("1d 12h", DAY * 3 / 2), ("0s", 0)]
        {
            assert_eq!(age(text), Ok(Millis(millis)), "{text}");
        }
        for (text, told) in [
            ("30", "needs a unit"),
            ("1mo", "no fixed length"),
            ("-3d", "negative"),
            ("soon", "not an age"),
            ("", "not an age"),
        ] {
            let refused = age(text).unwrap_err();
            assert!(refused.contains(told) && refused.contains("`30d`"), "{text}: {refused}");
        }
    }

    #[test]
    fn what_was_removed_is_told_with_its_size() {
        let pruned = Pruned { records: 1200, files: 1, bytes: 2_340_000, is_unshrunk: true, ..Pruned::default() };
        assert_eq!(told(&pruned, true), "would remove 0 runs, 1,200 records, 1 file; would free about 2.3 MB\n");
        assert_eq!((size(1), size(999), size(1_500)), ("1 byte".into(), "999 bytes".into(), "1.5 kB".into()));
    }
}
