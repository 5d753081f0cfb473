//! The lines of a few rows as they would be said.

use std::collections::HashMap;

use serde::Serialize;

use super::{Reading, RowScope, loops, path_of};
use crate::clock::Timestamp;
use crate::data::rows::Rows;
use crate::outcome::Effect;
use crate::plan::model::{Exchanged, Loop, Node, Plan, RoomReference, Work};
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

/// So many rows of every loop over a file, spread evenly, the first and the last among them. Sensitive inputs are
/// masked.
pub fn rendered(plan: &Plan, rows: &HashMap<String, Rows>, most: usize, now: Timestamp) -> Vec<RenderedRow> {
    let preview = Preview::masked(plan);
    let mut found = Vec::new();
    for (_, _, inner) in loops(plan) {
        let Some((path, rows)) = path_of(inner).and_then(|path| rows.get_key_value(path)) else { continue };
        let key = inner.key.as_deref().and_then(|key| Reading::expression(key, &preview, &inner.name));
        for index in spread(rows.items.len(), most) {
            let Some(item) = rows.items.get(index) else { continue };
            let scope = RowScope { preview: &preview, name: &inner.name, item };
            let key = key.as_ref().and_then(|key| key.of(&scope).ok());
            let row = Row { inner, scope, key: key.as_deref(), now };
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
    scope: RowScope<'a>,
    key: Option<&'a str>,
    now: Timestamp,
}

impl Row<'_> {
    fn line(&self, node: &Node) -> Option<RenderedLine> {
        let Work::Exchange(exchanged) = &node.work else { return None };
        let mut line = RenderedLine { step: node.id.clone(), ..RenderedLine::default() };
        let condition = node.condition.as_ref().filter(|condition| !condition.sees_failures);
        let condition = condition.and_then(|condition| self.expression(&condition.text));
        if condition.and_then(|condition| condition.holds(&self.scope)) == Some(false) {
            line.warnings.push("its condition is false: not said".to_owned());
            return Some(line);
        }
        if let Some(RoomReference::Named(room)) = &exchanged.room {
            line.room = Some(self.text(room, "room", &mut line.warnings));
        }
        if let Some(window) = &node.rules.window {
            let name = self.text(&window.timezone, "timezone", &mut line.warnings);
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
        match Reading::template(text, self.scope.preview, &self.inner.name).map(|reading| reading.of(&self.scope)) {
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
                self.scope.preview.with_item(&self.inner.name, self.scope.item).text(text).text
            }
        }
    }

    fn expression(&self, text: &str) -> Option<Reading> {
        Reading::expression(text, self.scope.preview, &self.inner.name)
    }
}

/// What a step says, as it is written.
fn spoken(exchanged: &Exchanged) -> Option<&str> {
    let field = |name: &str| exchanged.fields.get(name).and_then(serde_json::Value::as_str);
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
