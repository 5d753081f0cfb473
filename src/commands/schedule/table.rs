//! The rows of an explanation for people, on 80 columns.

use std::collections::BTreeMap;

use jiff::tz::Offset;

use super::moments::{clock, clock_on};
use crate::schedule::decide::Kind;
use crate::schedule::entry::Entry;
use crate::schedule::explain::Row;
use crate::schedule::{Catchup, Reason, Schedule};
use crate::text::{clean, counted, pad, width};

/// The width of a line.
const COLUMNS: usize = 80;
/// So narrow a reason gets no narrower.
const NARROWEST: usize = 24;
/// At most so many rows are shown.
const MOST: usize = 400;

/// What the schedule says.
pub(super) fn head(name: &str, schedule: &Schedule) -> String {
    let window = schedule.catchup_window.to_text();
    let catchup = match schedule.catchup {
        Some(Catchup::None) => "nothing missed is made up for".to_owned(),
        Some(word) => format!("catchup {word} within {window}"),
        None if schedule.entries.iter().any(|entry| matches!(entry, Entry::At { .. })) => {
            format!("catchup {} within {window}, none for `at`", Catchup::Latest)
        }
        None => format!("catchup {} within {window}", Catchup::Latest),
    };
    let several = schedule.entries.len() > 1;
    let entries = schedule.entries.iter().zip(1..).map(|(entry, number)| match several {
        true => format!("  {number}  {entry}\n"),
        false => format!("  {entry}\n"),
    });
    format!("{} · overlap {} · {catchup}\n{}\n", clean(name), schedule.overlap, entries.collect::<String>())
}

/// The rows, below the day that each is named for.
pub(super) fn rows(schedule: &Schedule, rows: &[Row]) -> String {
    if rows.is_empty() {
        return "nothing is due in this span\n".to_owned();
    }
    let shown = &rows[..rows.len().min(MOST)];
    let cells: Vec<[String; 4]> = shown.iter().map(|row| cells(schedule, row)).collect();
    let widest: [usize; 4] = std::array::from_fn(|at| cells.iter().map(|cells| width(&cells[at])).max().unwrap_or(0));
    let mut text = String::new();
    let mut heading = None;
    for (row, cells) in shown.iter().zip(&cells) {
        let day = row.nominal.date();
        if heading.replace(day) != Some(day) {
            text.push_str(&format!("{}\n", day.strftime("%a %-d %b %Y")));
        }
        let mut line = String::from("  ");
        if schedule.entries.len() > 1 {
            line.push_str(&format!("{}  ", row.entry + 1));
        }
        for (cell, columns) in cells.iter().zip(widest) {
            line.push_str(&pad(cell, columns + 2));
        }
        text.push_str(&with_reason(&line, &row.reason));
    }
    if let Some(more @ 1..) = rows.len().checked_sub(MOST) {
        let more = counted(more as u64, "more row");
        text.push_str(&format!("… {more}; `--to` shortens the span, `--format json` has them all\n"));
    }
    text
}

/// `5 fire, 1 shift`.
pub(super) fn summary(rows: &[Row]) -> String {
    let mut counts: BTreeMap<usize, u64> = BTreeMap::new();
    for row in rows {
        *counts.entry(Kind::ALL.iter().position(|kind| *kind == row.kind).unwrap_or(0)).or_default() += 1;
    }
    let counted: Vec<String> =
        counts.iter().map(|(kind, count)| format!("{count} {}", Kind::ALL[*kind].as_str())).collect();
    if counted.is_empty() { String::new() } else { format!("\n{}\n", counted.join(", ")) }
}

/// When it was to be, when it is in local time and in UTC, and what becomes of it.
fn cells(schedule: &Schedule, row: &Row) -> [String; 4] {
    let (at, day) = (row.at.to_jiff(), row.nominal.date());
    let offset = schedule.entries[row.entry].offset(row.at);
    let local = clock_on(offset.to_datetime(at), day);
    let utc = format!("{}Z", clock_on(Offset::UTC.to_datetime(at), day));
    let sign = match row.kind {
        Kind::Fire => "▶",
        Kind::Skip => "·",
        Kind::Shift => "↷",
        Kind::Catchup => "↺",
        Kind::Missed => "✖",
    };
    [clock(row.nominal), format!("{local} {offset}"), utc, format!("{sign} {}", row.kind.as_str())]
}

/// A line with its reason, which goes on below itself where it is long.
fn with_reason(line: &str, reason: &Reason) -> String {
    if *reason == Reason::Due {
        return format!("{}\n", line.trim_end());
    }
    let (indent, reason) = (width(line), reason.to_string());
    let columns = COLUMNS.saturating_sub(indent).max(NARROWEST);
    let mut lines = vec![String::new()];
    for word in reason.split(' ') {
        let last = lines.len() - 1;
        if !lines[last].is_empty() && width(&lines[last]) + 1 + width(word) > columns {
            lines.push(word.to_owned());
        } else {
            if !lines[last].is_empty() {
                lines[last].push(' ');
            }
            lines[last].push_str(word);
        }
    }
    format!("{line}{}\n", lines.join(&format!("\n{}", " ".repeat(indent))))
}
