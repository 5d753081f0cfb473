//! When people may be addressed: days, hours, whose clock, and holidays; and what `expires` and `critical` make of it.

use super::file::File;
use super::files;
use super::outline::Draft;
use crate::diagnostic::{Diagnostic, Span};
use crate::plan::model::WindowRule;
use crate::window::{Days, Holidays, Hours, TimeOfDay, Window, Zone};
use crate::workflow::node::{Node, Spanned};

/// Checks every window, and the keys that mean something only where there is one.
pub fn check(file: &File<'_>, found: &mut Vec<Diagnostic>) {
    for window in written(file) {
        read(file, window, found);
    }
    for (_, draft, _) in file.outline.actions() {
        let has_window = node_of(file, draft).is_some();
        let ends = draft.entry("expires").filter(|entry| is_end_of_window(&entry.value));
        if let Some(entry) = ends.filter(|_| !has_window) {
            let message = format!("step `{}` expires with its window, and has none", draft.id);
            let hint = "add a `window` to the step, its loop or the file, or write a duration";
            found.push(file.error("no-window", &entry.value.span, message).hint(hint));
        }
        if let Some(entry) = ends.filter(|_| has_window && draft.flag("critical") == Some(true)) {
            let message = format!("step `{}` passes its window, and so does not end with it", draft.id);
            found.push(file.error("no-window", &entry.value.span, message).hint("write a duration, or take it out"));
        }
        if let Some(entry) = draft.entry("critical").filter(|_| !has_window) {
            let message = "`critical` has no effect where there is no `window`";
            found.push(file.warning("no-effect", &entry.key.span, message).hint("take it out"));
        }
    }
}

/// The window of a step: its own, else its loop's, else the file's.
pub fn node_of<'a>(file: &File<'a>, draft: &Draft<'a>) -> Option<&'a Node> {
    let around = draft.parent.and_then(|parent| file.outline.steps[parent].get("window"));
    draft.get("window").or(around).or_else(|| file.root.get("window"))
}

/// Tells whether `expires` names the end of the window.
pub fn is_end_of_window(node: &Node) -> bool {
    node.as_scalar().is_some_and(|scalar| scalar.text == "end_of_window")
}

/// The window of a step as its plan keeps it; none where the step passes it.
pub fn window_of(file: &File<'_>, draft: &Draft<'_>) -> Option<WindowRule> {
    let node = node_of(file, draft).filter(|_| draft.flag("critical") != Some(true))?;
    read(file, node, &mut Vec::new())
}

/// The files of holidays that are named anywhere, each with the node of its path.
pub fn holiday_files<'a>(file: &File<'a>) -> Vec<&'a Node> {
    let excluded = written(file).into_iter().filter_map(|window| window.get("calendar")?.get("exclude"));
    let named = excluded.flat_map(|node| node.as_list().unwrap_or(std::slice::from_ref(node)));
    named.filter(|node| node.text().is_some_and(|text| !is_date(&text.value))).collect()
}

fn written<'a>(file: &File<'a>) -> Vec<&'a Node> {
    let of_steps = file.outline.steps.iter().filter_map(|draft| draft.get("window"));
    file.root.get("window").into_iter().chain(of_steps).collect()
}

/// Reads a window; what its shape got wrong was told with the shape.
fn read(file: &File<'_>, node: &Node, found: &mut Vec<Diagnostic>) -> Option<WindowRule> {
    let text = |key: &str| node.get(key).and_then(Node::text);
    let mut told = |span: &Span, message: String, hint: String| {
        found.push(file.error("bad-window", span, message).hint(hint));
    };
    let days = match text("days") {
        None => Days::parse("daily").ok(),
        Some(days) => match Days::parse(&days.value) {
            Ok(days) => Some(days),
            Err(error) => {
                told(&days.span, error.message, error.hint);
                None
            }
        },
    };
    let mut time = |key: &str| {
        let written = text(key)?;
        match TimeOfDay::parse(&written.value) {
            Ok(time) => Some(time),
            Err(error) => {
                told(&written.span, error.message, error.hint);
                None
            }
        }
    };
    let (from, to) = (time("from"), time("to"));
    let timezone = text("timezone").and_then(|written| zone(file, written, found));
    let mut told = |span: &Span, message: String, hint: String| {
        found.push(file.error("bad-window", span, message).hint(hint));
    };
    let hours = match Hours::new(from?, to?) {
        Ok(hours) => Some(hours),
        Err(error) => {
            told(&text("to")?.span, error.message, error.hint);
            None
        }
    };
    let (mut holidays, mut dates) = (Vec::new(), Vec::new());
    if let Some(excluded) = node.get("calendar").and_then(|calendar| calendar.get("exclude")) {
        for named in excluded.as_list().unwrap_or(std::slice::from_ref(excluded)) {
            let named = named.text()?;
            match is_date(&named.value) {
                true => dates.extend(date(file, &named, found)),
                false => holidays.push(files::known_path(file, &named.value)),
            }
        }
    }
    Some(WindowRule { window: Window { days: days?, hours: hours? }, timezone: timezone?, holidays, dates })
}

/// A zone that is written out exists; one that is a template is looked for when it is known.
pub fn zone(file: &File<'_>, written: Spanned<String>, found: &mut Vec<Diagnostic>) -> Option<String> {
    if written.value.contains("{{") {
        return Some(written.value);
    }
    match Zone::named(&written.value) {
        Ok(_) => Some(written.value),
        Err(error) => {
            found.push(file.error("unknown-timezone", &written.span, error.to_string()).hint(error.hint()));
            None
        }
    }
}

/// Whether a text is meant as a day, not as a file.
fn is_date(text: &str) -> bool {
    text.len() <= 10 && text.chars().all(|c| c.is_ascii_digit() || c == '-')
}

fn date(file: &File<'_>, written: &Spanned<String>, found: &mut Vec<Diagnostic>) -> Option<String> {
    if Holidays::parse("dates", written.value.as_bytes()).is_ok() {
        return Some(written.value.clone());
    }
    let message = format!("`{}` is no day of the calendar", written.value);
    found.push(file.error("bad-window", &written.span, message).hint("write it as `2026-12-25`"));
    None
}
