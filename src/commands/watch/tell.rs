//! What a watch says: what it watches, what was saved, what changed in it, what keeps it from being run.

use std::io::IsTerminal as _;

use super::arguments::OnChange;
use crate::commands::output;
use crate::daemon::watcher::definitions::{Affected, Definition, Definitions, Outcome};
use crate::daemon::watcher::outline::{Difference, Kind};
use crate::diagnostic::render;
use crate::text::{counted, cut, pad, width};

/// The most changes of one file that are listed; the rest is counted.
const SHOWN: usize = 20;
/// How many of those that are counted are named.
const NAMED: usize = 3;
/// The widest that the column of steps gets.
const WIDEST: usize = 20;

/// How wide lines may be: as the terminal, and as they come elsewhere.
pub fn columns() -> usize {
    match std::io::stderr().is_terminal() {
        true => crossterm::terminal::size().map_or(80, |(columns, _)| usize::from(columns).max(40)),
        false => usize::MAX,
    }
}

/// What is watched, and every mistake in it.
pub fn beginning(definitions: &Definitions, folder: &str, on_change: OnChange, polls: Option<&str>) {
    let all = definitions.all();
    let broken: Vec<&Definition> = all.values().filter(|definition| !definition.is_good()).collect();
    all.values().for_each(mistakes);
    let leads_to = match on_change {
        OnChange::Run => "a saved file is run",
        OnChange::Plan => "a saved file's plan is shown",
        OnChange::Check => "a saved file is checked",
    };
    let steps = all.values().filter_map(|definition| definition.good.as_ref()).map(|good| good.outline.steps());
    let files = counted(all.len() as u64, "workflow");
    let steps = counted(steps.sum::<usize>() as u64, "step");
    output::tell(format_args!("watching {folder} · {files}, {steps} · {leads_to}\n"));
    if !broken.is_empty() {
        output::tell(format_args!("{} with mistakes\n", counted(broken.len() as u64, "file")));
    }
    if let Some(why) = polls {
        output::tell(format_args!("looking at the files from time to time: {why}\n"));
    }
}

/// What was saved, and what changed in a workflow by it.
pub fn affected(affected: &Affected, definition: Option<&Definition>) {
    output::tell(heading(affected));
    match &affected.outcome {
        Outcome::Good(differences) => {
            definition.into_iter().for_each(mistakes);
            output::tell(list(differences.as_deref().unwrap_or_default(), columns()));
        }
        Outcome::Broken => {
            definition.into_iter().for_each(mistakes);
            let summary = definition.and_then(|definition| render::summary(&definition.diagnostics));
            let stays = definition.is_some_and(|definition| definition.good.is_some());
            let stays = if stays { "; the last good version stays" } else { "" };
            output::tell(format_args!("{}{stays}\n", summary.unwrap_or_default()));
        }
        Outcome::Gone => {}
    }
}

/// What came and went in a crowd, of which no more can be said.
pub fn crowd(affected: &[&Affected]) {
    let (gone, new): (Vec<_>, Vec<_>) =
        affected.iter().copied().partition(|affected| matches!(affected.outcome, Outcome::Gone));
    output::tell(format!("{}{}", crowded(&gone, "gone"), crowded(&new, "new")));
}

fn crowded(affected: &[&Affected], what: &str) -> String {
    let named: Vec<_> = affected.iter().take(NAMED).map(|one| one.shown.display().to_string()).collect();
    let more = match affected.len().saturating_sub(NAMED) {
        0 if affected.is_empty() => return String::new(),
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let is = if affected.len() == 1 { "is" } else { "are" };
    let workflows = counted(affected.len() as u64, "workflow");
    format!("\n{workflows} {is} {what}: {}{more}\n", named.join(", "))
}

fn heading(affected: &Affected) -> String {
    let shown = affected.shown.display();
    let what = match (&affected.outcome, affected.files.as_slice()) {
        (Outcome::Gone, _) => format!("{shown} is gone"),
        (_, []) if affected.is_new => format!("{shown} is new"),
        (Outcome::Good(None), []) => format!("{shown} is good now"),
        (_, []) => format!("{shown} was saved"),
        (_, [file]) => format!("{} was saved, which {shown} reads", file.display()),
        (_, files) => format!("{} were saved that {shown} reads", counted(files.len() as u64, "file")),
    };
    format!("\n{what}\n")
}

fn mistakes(definition: &Definition) {
    if !definition.diagnostics.is_empty() {
        output::tell(format_args!("{}\n", render::human(&definition.diagnostics).trim_end()));
    }
}

fn list(differences: &[Difference], columns: usize) -> String {
    let names = differences.iter().take(SHOWN).map(|difference| width(&difference.what)).max().unwrap_or(0).min(WIDEST);
    let line = |difference: &Difference| {
        let mark = match difference.kind {
            Kind::Added => '+',
            Kind::Removed => '-',
            Kind::Edited => '~',
        };
        let text = cut(&difference.text, columns.saturating_sub(names + 6).max(8));
        format!(" {mark} {}", pad(&cut(&difference.what, names), names)).trim_end().to_owned()
            + &if text.is_empty() { "\n".to_owned() } else { format!("  {text}\n") }
    };
    let mut text: String = differences.iter().take(SHOWN).map(line).collect();
    if let Some(more) = differences.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        text.push_str(&format!("   and {more} more\n"));
    }
    text
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    #[test]
    fn of_a_crowd_a_few_are_named() {
        let affected = |n: usize| Affected {
            path: PathBuf::new(),
            shown: format!("w/{n}.yaml").into(),
            files: Vec::new(),
            is_new: false,
            outcome: Outcome::Gone,
        };
        let all: Vec<Affected> = (0..200).map(affected).collect();
        let told = |count: usize| crowded(&all.iter().take(count).collect::<Vec<_>>(), "gone");
        assert_eq!(told(0), "");
        assert_eq!(told(1), "\n1 workflow is gone: w/0.yaml\n");
        assert_eq!(told(3), "\n3 workflows are gone: w/0.yaml, w/1.yaml, w/2.yaml\n");
        assert_eq!(told(200), "\n200 workflows are gone: w/0.yaml, w/1.yaml, w/2.yaml and 197 more\n");
    }

    #[test]
    fn changes_line_up_and_fit() {
        let difference = |kind, what: &str, text: &str| Difference { kind, what: what.into(), text: text.into() };
        let found = [
            difference(Kind::Edited, "inputs", ""),
            difference(Kind::Added, "speak_2", "“And this is a line that is longer than it should be.”"),
            difference(Kind::Removed, "pause_1", "pause"),
        ];
        insta::assert_snapshot!(list(&found, 40), @"
         ~ inputs
         + speak_2  “And this is a line that i…
         - pause_1  pause
        ");
    }
}
