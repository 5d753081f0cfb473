//! An outline for people: a line a name, its fields and prompt below it, and what it comes to.

use std::fmt::Write as _;

use similar::{ChangeTag, TextDiff};

use crate::provision::difference::{Change, Difference, PromptChange};
use crate::provision::outline::Outline;
use crate::report::terminal::{BAD, CARE, FAINT, GOOD, STRONG};
use crate::text::clean;

/// Lines around a changed one that are shown.
const AROUND: usize = 2;
/// How much of a hash is shown.
const SHORT: usize = "sha256:".len() + 10;

/// The outline, with colours; a terminal that wants none gets none.
pub fn text(outline: &Outline) -> String {
    let mut text = String::new();
    let wide = outline.differences.iter().map(|difference| difference.name.chars().count()).max().unwrap_or(0);
    for difference in &outline.differences {
        line(&mut text, difference, wide);
        if let Some(before) = renamed(outline, difference) {
            // Writing into a text cannot fail.
            let (name, code) = (clean(&difference.name), before.code.as_deref().unwrap_or_default());
            _ = writeln!(
                text,
                "      as `{}` was: `runsheet agents import {name} {code}` keeps it",
                clean(&before.name)
            );
        }
    }
    for (name, code) in &outline.left_over {
        _ = writeln!(
            text,
            "{FAINT}  {code} was made for `{name}`, which has another: `runsheet agents destroy {code} --allow-destroy`{FAINT:#}"
        );
    }
    if outline.differences.is_empty() {
        text.push_str("no agent is declared\n");
    }
    _ = writeln!(text, "\n{}", summary(outline));
    text
}

/// What a name that is to be made had before, where only the name changed.
fn renamed<'a>(outline: &'a Outline, difference: &Difference) -> Option<&'a Difference> {
    let desired = outline.desired.get(&difference.name).filter(|_| difference.change == Change::Create)?;
    let is_same = |other: &&Difference| {
        let entry = outline.lock.entry(&other.name, &outline.account);
        other.change == Change::Delete && entry.is_some_and(|entry| entry.from == desired.from)
    };
    outline.differences.iter().find(is_same)
}

fn line(text: &mut String, difference: &Difference, wide: usize) {
    let (sign, word, style) = match difference.change {
        Change::Same => ("=", "nothing to do", FAINT),
        Change::Keep => ("=", "kept", CARE),
        Change::Record => ("·", "lock only", FAINT),
        Change::Adopt => ("+", "take in", GOOD),
        Change::Create => ("+", "create", GOOD),
        Change::Update => ("~", "update prompt", CARE),
        Change::Replace => ("±", "replace", BAD),
        Change::Delete => ("-", "delete", BAD),
    };
    let name = clean(&difference.name);
    let credits = match difference.credits {
        0 => String::new(),
        credits => format!(", {credits} credits"),
    };
    let code = difference.code.as_ref().map(|code| format!(" {}", clean(code))).unwrap_or_default();
    let why = clean(&difference.why);
    _ = writeln!(
        text,
        "{style}{sign}{style:#} {STRONG}{name:wide$}{STRONG:#}  {style}{word}{style:#}{code}{credits}  {FAINT}{why}{FAINT:#}"
    );
    for field in &difference.fields {
        let shown = |content: &Option<String>| content.as_deref().map_or("none".to_owned(), short);
        _ = writeln!(text, "      {}: {} → {}", field.field, shown(&field.from), shown(&field.to));
    }
    if let Some(prompt) = &difference.prompt {
        prompt_lines(text, prompt);
    }
}

fn prompt_lines(text: &mut String, prompt: &PromptChange) {
    let Some(before) = &prompt.before else {
        _ = writeln!(text, "      prompt: the service does not tell the one that it has");
        return;
    };
    let (before, after) = (lines(before), lines(&prompt.after));
    let diff = TextDiff::from_lines(&before, &after);
    for (index, group) in diff.grouped_ops(AROUND).iter().enumerate() {
        if index > 0 {
            _ = writeln!(text, "      {FAINT}…{FAINT:#}");
        }
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let (sign, style) = match change.tag() {
                ChangeTag::Delete => ('-', BAD),
                ChangeTag::Insert => ('+', GOOD),
                ChangeTag::Equal => (' ', FAINT),
            };
            _ = writeln!(text, "      {style}{sign} {}{style:#}", change.value().trim_end_matches('\n'));
        }
    }
}

/// A prompt line by line, without what a terminal would obey.
fn lines(prompt: &str) -> String {
    prompt.trim_end().lines().map(|line| format!("{}\n", clean(line))).collect()
}

/// What it comes to.
pub fn summary(outline: &Outline) -> String {
    let count = |wanted: &[Change]| outline.differences.iter().filter(|one| wanted.contains(&one.change)).count();
    let parts = [
        (count(&[Change::Create]), "to create"),
        (count(&[Change::Adopt]), "to take in"),
        (count(&[Change::Update]), "to update"),
        (count(&[Change::Replace]), "to replace"),
        (count(&[Change::Delete]), "to delete"),
        (count(&[Change::Record]), "to write into the lock"),
    ];
    let parts: Vec<String> =
        parts.iter().filter(|(count, _)| *count > 0).map(|(count, words)| format!("{count} {words}")).collect();
    if parts.is_empty() {
        let coming = outline.differences.iter().filter(|one| one.is_coming).count();
        return match (outline.differences.len(), coming) {
            (0, _) => "Nothing to do: nothing is declared.".to_owned(),
            (_, 0) => "Nothing to do: the account has what is declared.".to_owned(),
            (_, coming) => format!("Nothing to do but to wait: {coming} still being made."),
        };
    }
    let credits = outline.credits();
    let left = outline
        .balance
        .map(|balance| format!("; the account has {} and keeps {}", balance.floor(), balance.floor() - credits as f64));
    format!("{}: {credits} credits{}", parts.join(", "), left.unwrap_or_default())
}

fn short(content: &str) -> String {
    let content = clean(content);
    match content.strip_prefix("sha256:") {
        Some(_) if content.len() > SHORT => format!("{}…", &content[..SHORT]),
        _ => content,
    }
}
