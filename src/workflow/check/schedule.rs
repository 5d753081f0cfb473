//! When the workflow runs by itself: every entry is read, and must name a time that comes.
//!
//! Nothing here depends on the day of the check: an `at` that has gone by is no mistake, so that a file that was good
//! stays good.

use super::file::File;
use crate::diagnostic::{Diagnostic, Span};
use crate::duration::Millis;
use crate::schedule::entry::{Entry as Time, Interval, IntervalError};
use crate::schedule::pattern::Pattern;
use crate::schedule::{CATCHUP_WINDOW, Catchup, Overlap, Schedule, instant};
use crate::workflow::node::{Entry, Node, Spanned};
use crate::zone::Zone;

/// Checks the entries of `schedule`, and the keys that say what becomes of them.
pub fn check(file: &File<'_>, found: &mut Vec<Diagnostic>) {
    let Some(schedule) = file.root.entry("schedule") else {
        for key in ["overlap", "catchup", "catchup_window"] {
            if let Some(entry) = file.root.entry(key) {
                let message = format!("`{key}` has no effect without `schedule`");
                found
                    .push(file.warning("no-effect", &entry.key.span, message).hint("add a `schedule`, or take it out"));
            }
        }
        return;
    };
    for item in schedule.value.as_list().unwrap_or_default() {
        time(file, item, found);
    }
    inputs(file, schedule, found);
    policies(file, found);
}

/// The schedule as the workflow keeps it.
pub fn schedule(file: &File<'_>) -> Option<Schedule> {
    let items = file.root.get("schedule")?.as_list()?;
    let entries: Vec<Time> = items.iter().filter_map(|item| time(file, item, &mut Vec::new())).collect();
    let overlap = file.root.get("overlap").and_then(Node::text);
    let window = file.root.get("catchup_window").and_then(Node::text);
    Some(Schedule {
        entries,
        overlap: overlap.and_then(|word| Overlap::from_word(&word.value)).unwrap_or_default(),
        catchup: catchup(file),
        catchup_window: window.and_then(|text| Millis::parse(&text.value).ok()).unwrap_or(CATCHUP_WINDOW),
    })
}

fn catchup(file: &File<'_>) -> Option<Catchup> {
    Catchup::from_word(&file.root.get("catchup").and_then(Node::text)?.value)
}

/// Reads an entry; what its shape got wrong was told with the shape.
fn time(file: &File<'_>, item: &Node, found: &mut Vec<Diagnostic>) -> Option<Time> {
    let text = |key: &str| item.get(key).and_then(Node::text);
    let zone = item.entry("timezone");
    if let Some(pattern) = text("cron") {
        let pattern = cron(file, &pattern, found);
        let zone = timezone(file, item, zone, found);
        return Some(Time::Cron { pattern: pattern?, zone: zone? });
    }
    let key = ["every", "at"].into_iter().find(|key| item.get(key).is_some());
    if let (Some(key), Some(zone)) = (key, zone) {
        let message = format!("`timezone` means nothing beside `{key}`");
        let hint = match key {
            "every" => "take it out: `every` is counted from midnight UTC; local times are named by `cron`",
            _ => "take it out: the offset in `at` says whose time it is",
        };
        found.push(file.error("schedule-timezone", &zone.key.span, message).hint(hint));
    }
    match (text("every"), text("at")) {
        (Some(every), _) => interval(file, &every, found),
        (None, Some(at)) => match instant::at(&at.value) {
            Ok(time) => Some(time),
            Err(error) => {
                found.push(file.error("bad-instant", &at.span, error.message).hint(error.hint));
                None
            }
        },
        (None, None) => None,
    }
}

fn cron(file: &File<'_>, written: &Spanned<String>, found: &mut Vec<Diagnostic>) -> Option<Pattern> {
    match Pattern::parse(&written.value) {
        Ok(pattern) => Some(pattern),
        Err(error) => {
            let span = error.field.map_or_else(|| written.span.clone(), |field| part(file, written, field));
            found.push(file.error("bad-cron", &span, error.message).hint(error.hint));
            None
        }
    }
}

/// The place of a part of a text, where the text stands in the file as it is.
fn part(file: &File<'_>, written: &Spanned<String>, part: Span) -> Span {
    let source = file.source.text.get(written.span.clone()).and_then(|source| source.find(&written.value));
    match source {
        Some(start) => written.span.start + start + part.start..written.span.start + start + part.end,
        None => written.span.clone(),
    }
}

fn timezone(file: &File<'_>, item: &Node, zone: Option<&Entry>, found: &mut Vec<Diagnostic>) -> Option<Zone> {
    let Some(entry) = zone else {
        let span = item.entry("cron").map_or(&item.span, |cron| &cron.key.span);
        let message = "`cron` has no `timezone`, so nobody can tell whose time it is";
        let hint = "add `timezone: Europe/Paris`, or `timezone: UTC`";
        found.push(file.error("schedule-timezone", span, message).hint(hint));
        return None;
    };
    let name = entry.value.text()?;
    let zone = Zone::find(&name.value);
    if zone.is_none() {
        let meant = file.outline.may_search().then(|| Zone::meant_by(&name.value)).flatten();
        let hint = match meant {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => "write an IANA name: a continent and a city, such as `America/New_York`".to_owned(),
        };
        let message = format!("there is no timezone `{}`", crate::text::cut(&name.value, 40));
        found.push(file.error("unknown-timezone", &name.span, message).hint(hint));
    }
    zone
}

fn interval(file: &File<'_>, every: &Spanned<String>, found: &mut Vec<Diagnostic>) -> Option<Time> {
    let length = Millis::parse(&every.value).ok()?;
    let (message, hint) = match Interval::new(length) {
        Ok(interval) => {
            if !interval.divides_a_day() {
                let message = format!(
                    "`{}` does not divide a day: the last interval before midnight UTC is shorter",
                    every.value
                );
                let hint = "take a length that divides 24 hours, such as `15m`, `1h` or `6h`";
                found.push(file.warning("uneven-interval", &every.span, message).hint(hint));
            }
            return Some(Time::Every(interval));
        }
        Err(IntervalError::TooShort) => ("is less than a second", "write `1s` or more"),
        Err(IntervalError::TooLong) => {
            ("is more than a day", "name the days by `cron`: `0 9 * * 1` with a `timezone` is every Monday at 9:00")
        }
        Err(IntervalError::Fraction) => ("is not a whole number of seconds", "write whole seconds, such as `2s`"),
    };
    found.push(file.error("bad-interval", &every.span, format!("`{}` {message}", every.value)).hint(hint));
    None
}

/// Nobody is there to give what a run needs.
fn inputs(file: &File<'_>, schedule: &Entry, found: &mut Vec<Diagnostic>) {
    let inputs = super::inputs::specs(file);
    for (name, _) in inputs.iter().filter(|(_, spec)| spec.required && spec.default.is_none()) {
        let message = format!("input `{name}` must be given, and nobody is there to give it to a scheduled run");
        let hint = format!("give `{name}` a `default` in place of `required`");
        found.push(file.error("schedule-input", &schedule.key.span, message).hint(hint));
    }
}

/// Warns of words that cannot do what they say.
fn policies(file: &File<'_>, found: &mut Vec<Diagnostic>) {
    let overlap = file.root.get("overlap").and_then(Node::text).and_then(|word| Overlap::from_word(&word.value));
    let Some(word) = file.root.entry("catchup") else { return };
    match (catchup(file), overlap.unwrap_or_default()) {
        (Some(Catchup::All), overlap @ (Overlap::Skip | Overlap::Cancel)) => {
            let message =
                format!("only one of several missed runs is made up for: they overlap, and `overlap` is `{overlap}`");
            let hint = "write `overlap: allow` to start them side by side, or `catchup: latest`";
            found.push(file.warning("overlapping-catchup", &word.value.span, message).hint(hint));
        }
        (Some(Catchup::None), _) => {
            if let Some(window) = file.root.entry("catchup_window") {
                let message = "`catchup_window` has no effect with `catchup: none`";
                found.push(file.warning("no-effect", &window.key.span, message).hint("take one of them out"));
            }
        }
        _ => {}
    }
}
