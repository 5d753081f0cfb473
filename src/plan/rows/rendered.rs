//! The lines of a few rows as they would be said.

use std::collections::HashMap;

use serde::Serialize;
use serde_json::Value;

use super::{Reading, RowScope, is_passed, loops, path_of};
use crate::clock::Timestamp;
use crate::data::rows::Rows;
use crate::outcome::Effect;
use crate::plan::model::{Exchanged, Exclusion, Loop, Node, Plan, RoomReference, Work};
use crate::plan::preview::Preview;
use crate::zone::Zone;

/// A row with what it would hear.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RenderedRow {
    /// The file, as written.
    pub file: String,
    /// The row, from 1.
    pub row: usize,
    /// Its line, from 1, where the format has lines.
    pub line: Option<u32>,
    /// Its key.
    pub key: Option<String>,
    /// What it would hear, in the order of the file.
    pub lines: Vec<RenderedLine>,
}

/// One line of a row.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RenderedLine {
    /// The step that says it.
    pub step: String,
    /// The room; what only a run knows stands in its braces.
    pub room: Option<String>,
    /// What the clock on the person's wall shows, as `14:05`.
    pub local: Option<String>,
    /// The variant that they hear; none where there are no variants or they are held out.
    pub variant: Option<String>,
    /// The text; none where nothing is said.
    pub text: Option<String>,
    /// What keeps it from going out, or cannot be rendered.
    pub warnings: Vec<String>,
}

/// Why an item is left out, if it is.
pub type WhyLeftOut<'a> = &'a dyn Fn(&[Exclusion], &Value) -> Option<String>;

/// So many rows of every loop over a file, spread evenly, the first and the last among them. Sensitive inputs are
/// masked in rooms and texts; keys and warnings may hold them.
pub fn rendered(
    plan: &Plan,
    rows: &HashMap<String, Rows>,
    most: usize,
    (left_out, now): (WhyLeftOut<'_>, Timestamp),
) -> Vec<RenderedRow> {
    let (exact, preview) = (Preview::exact(plan), Preview::masked(plan));
    let mut found = Vec::new();
    for (_, node, inner) in loops(plan) {
        let Some((path, rows)) = path_of(inner).and_then(|path| rows.get_key_value(path)) else { continue };
        let key = inner.key.as_deref().and_then(|key| Reading::expression(key, &exact, &inner.name));
        let is_passed = is_passed(node, &exact);
        for index in spread(rows.items.len(), most) {
            let Some(item) = rows.items.get(index) else { continue };
            let scope = |preview| RowScope { preview, name: &inner.name, item };
            let key = key.as_ref().and_then(|key| key.of(&scope(&exact)).ok());
            let left_out = left_out(&inner.exclude, item).filter(|_| !is_passed);
            let left_out = is_passed.then(|| "the condition of its loop is false".to_owned()).or(left_out);
            let (exact, scope) = (scope(&exact), scope(&preview));
            let row = Row { inner, exact, scope, key: key.as_deref(), left_out: left_out.as_deref(), now };
            let lines = inner.body.iter().filter(|node| node.effect() == Effect::Once);
            let lines = lines.filter_map(|node| row.line(node)).collect();
            found.push(RenderedRow { file: path.clone(), row: index + 1, line: rows.line(index), key, lines });
        }
    }
    found
}

/// So many of a list, spread evenly, from the first to the last.
fn spread(count: usize, most: usize) -> Vec<usize> {
    match most.min(count) {
        0 => Vec::new(),
        1 => vec![0],
        most => (0..most).map(|place| place * (count - 1) / (most - 1)).collect(),
    }
}

struct Row<'a> {
    inner: &'a Loop,
    /// What decides.
    exact: RowScope<'a>,
    /// What people see.
    scope: RowScope<'a>,
    key: Option<&'a str>,
    /// Why nothing of it is said.
    left_out: Option<&'a str>,
    now: Timestamp,
}

impl Row<'_> {
    fn line(&self, node: &Node) -> Option<RenderedLine> {
        let Work::Exchange(exchanged) = &node.work else { return None };
        let mut line = RenderedLine { step: node.id.clone(), ..RenderedLine::default() };
        if let Some(reason) = self.left_out {
            line.warnings.push(format!("{reason}: not said"));
            return Some(line);
        }
        let condition = node.condition.as_ref().filter(|condition| !condition.sees_failures);
        let condition =
            condition.and_then(|condition| Reading::expression(&condition.text, self.exact.preview, &self.inner.name));
        if condition.and_then(|condition| condition.holds(&self.exact)) == Some(false) {
            line.warnings.push("its condition is false: not said".to_owned());
            return Some(line);
        }
        if let Some(RoomReference::Named(room)) = &exchanged.room {
            line.room = Some(self.text(room, "room", &mut line.warnings));
        }
        if let Some(window) = &node.rules.window {
            let name = self.text_of(&self.exact, &window.timezone, "timezone", &mut line.warnings);
            match Zone::named(name.trim()) {
                Ok(zone) => line.local = Some(clock(&zone, self.now)),
                Err(_) if name.contains("{{") => {}
                Err(error) => line.warnings.push(format!("{error}: never said")),
            }
        }
        let mut written = spoken(exchanged);
        if let (Some(variants), Some(key)) = (&node.rules.variants, self.key) {
            let Some(arm) = variants.of(key) else {
                line.warnings.push("held out: not said".to_owned());
                return Some(line);
            };
            (line.variant, written) = (Some(arm.name.clone()), Some(arm.text.as_str()));
        }
        line.text = written.map(|text| self.text(text, "line", &mut line.warnings));
        Some(line)
    }

    /// A text for people; what only the run knows stays in its braces.
    fn text(&self, text: &str, what: &str, warnings: &mut Vec<String>) -> String {
        self.text_of(&self.scope, text, what, warnings)
    }

    fn text_of(&self, scope: &RowScope<'_>, text: &str, what: &str, warnings: &mut Vec<String>) -> String {
        match Reading::template(text, scope.preview, &self.inner.name).map(|reading| reading.of(scope)) {
            Some(Ok(text)) => {
                if text.trim().is_empty() {
                    warnings.push(format!("the {what} is blank"));
                }
                text
            }
            Some(Err(reason)) => {
                warnings.push(format!("the {what} cannot be rendered: {reason}"));
                text.to_owned()
            }
            None => {
                warnings.push(format!("the {what} reads what only the run knows"));
                scope.preview.with_item(&self.inner.name, scope.item).text(text).text
            }
        }
    }
}

/// What a step says, as it is written.
fn spoken(exchanged: &Exchanged) -> Option<&str> {
    let field = |name: &str| exchanged.fields.get(name).and_then(Value::as_str);
    ["message", "context", "url"].into_iter().find_map(field)
}

/// What the clock on a wall shows.
fn clock(zone: &Zone, now: Timestamp) -> String {
    zone.offset(now.to_jiff()).to_datetime(now.to_jiff()).strftime("%H:%M").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_spread_evenly_from_the_first_to_the_last() {
        assert_eq!(spread(3_000, 4), [0, 999, 1999, 2999]);
        assert_eq!(spread(3, 20), [0, 1, 2]);
        assert_eq!((spread(0, 20), spread(7, 1)), (vec![], vec![0]));
    }
}
