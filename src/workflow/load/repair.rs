//! Guesses at what a line was meant to be, best first.

use std::ops::Range;

use super::{quote, unquoted};

/// How many lines above a mistake may be its cause, blank ones not counted.
const LINES_ABOVE: usize = 2;

/// One line as it may have been meant.
pub(super) struct Repair {
    /// The line, from 0.
    pub(super) line: usize,
    /// The bytes of the line that are wrong.
    pub(super) part: Range<usize>,
    pub(super) code: &'static str,
    pub(super) message: String,
    pub(super) hint: String,
    /// The whole line, mended.
    pub(super) fixed: String,
}

/// The guesses for a text that stops being YAML at a line.
pub(super) fn candidates(lines: &[String], at: usize) -> Vec<Repair> {
    let above = (0..at).rev().filter(|&line| !lines[line].trim().is_empty()).take(LINES_ABOVE);
    // The parser notices some mistakes at the end of the line before.
    let below = (at + 1..lines.len()).find(|&line| !lines[line].trim().is_empty());
    let near: Vec<usize> = std::iter::once(at).chain(below).chain(above).collect();
    let on_lines = |guess: fn(usize, &str) -> Option<Repair>| {
        near.iter().filter_map(move |&line| guess(line, lines[line].trim_end_matches('\r'))).collect::<Vec<_>>()
    };
    let mut all = on_lines(|number, line| tabs(number, line, "  "));
    all.extend(on_lines(|number, line| tabs(number, line, "    ")));
    all.extend(on_lines(unquoted::guess));
    all.extend(on_lines(dash));
    all.extend(on_lines(colon));
    all.extend(near.iter().take(2).flat_map(|&line| indents(lines, line)));
    all
}

/// Tabs before the first word, each as wide as some spaces.
fn tabs(number: usize, line: &str, spaces: &str) -> Option<Repair> {
    let indent = line.len() - line.trim_start().len();
    let part = line[..indent].find('\t')?..indent;
    let fixed = format!("{}{}", line[..indent].replace('\t', spaces), &line[indent..]);
    Some(Repair {
        line: number,
        part,
        code: "tab-indent",
        message: "a tab indents this line; YAML takes spaces only".to_owned(),
        hint: format!("indent with spaces: `{fixed}`"),
        fixed,
    })
}

/// `-speak: …` for `- speak: …`.
fn dash(number: usize, line: &str) -> Option<Repair> {
    let indent = line.len() - line.trim_start().len();
    let rest = line[indent..].strip_prefix('-')?;
    if !rest.starts_with(|c: char| c.is_ascii_lowercase()) {
        return None;
    }
    let fixed = format!("{}- {rest}", &line[..indent]);
    Some(Repair {
        line: number,
        part: indent..indent + 1,
        code: "yaml-syntax",
        message: "a space is missing after the dash of a list item".to_owned(),
        hint: format!("write `{}`", fixed.trim()),
        fixed,
    })
}

/// `speak "Hello"` for `speak: "Hello"`.
fn colon(number: usize, line: &str) -> Option<Repair> {
    let start = line.len() - line.trim_start_matches([' ', '-']).len();
    let rest = &line[start..];
    let end = rest.find(|c: char| !(c.is_ascii_lowercase() || c == '_'))?;
    if end == 0 || !rest[end..].starts_with(' ') || rest.contains(": ") || rest.ends_with(':') {
        return None;
    }
    let fixed = format!("{}:{}", &line[..start + end], &rest[end..]);
    Some(Repair {
        line: number,
        part: start..start + end,
        code: "yaml-syntax",
        message: format!("a `:` is missing after `{}`", &rest[..end]),
        hint: format!("write `{}`", fixed.trim()),
        fixed,
    })
}

/// The line in the column of a line near it.
fn indents(lines: &[String], number: usize) -> Vec<Repair> {
    let line = lines[number].trim_end_matches('\r');
    let text = line.trim_start();
    let own = line.len() - text.len();
    if !is_key_or_item(text) {
        return Vec::new();
    }
    let mut columns: Vec<(usize, usize)> = Vec::new();
    for above in (0..number).rev().filter(|&above| !lines[above].trim().is_empty()).take(20) {
        let start = lines[above].len() - lines[above].trim_start().len();
        let inner = lines[above].len() - lines[above].trim_start_matches([' ', '-']).len();
        for column in [inner, start] {
            if column != own && columns.iter().all(|(known, _)| *known != column) {
                columns.push((column, above + 1));
            }
        }
    }
    columns.sort_by_key(|(column, _)| column.abs_diff(own));
    columns.into_iter().take(4).map(|(column, like)| indented(number, text, own, (column, like))).collect()
}

/// Tells a line of the language from one of a long text.
fn is_key_or_item(text: &str) -> bool {
    let key = text.find(':').map(|end| &text[..end]);
    let is_key = key.is_some_and(|key| key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-'));
    is_key || text.starts_with("- ")
}

fn indented(number: usize, text: &str, own: usize, (column, like): (usize, usize)) -> Repair {
    let fixed = format!("{}{text}", " ".repeat(column));
    let spaces = if column == 1 { "space" } else { "spaces" };
    let shown = if quote::is_short(&fixed) { format!(": `{fixed}`") } else { String::new() };
    Repair {
        line: number,
        part: own..own + text.split(' ').next().unwrap_or_default().len(),
        code: "wrong-indent",
        message: "this line stands in a column that fits no line above it".to_owned(),
        hint: format!("indent it by {column} {spaces}, as on line {like}{shown}"),
        fixed,
    }
}
