//! The items of loops: where they come from, what each has, and how each is known.

use std::collections::HashMap;

use super::file::File;
use super::outline::{Draft, Kind, Looping};
use super::reads::Reading;
use super::texts::Role;
use crate::workflow::node::{Node, NodeValue};

/// The forms of a data file.
pub const FORMATS: [&str; 4] = ["csv", "json", "jsonl", "yaml"];

/// The name of a loop's item when the loop gives none.
const DEFAULT_NAME: &str = "item";

/// What each item of a loop has, as far as the file tells.
pub enum Columns {
    /// Only a run knows.
    Open,
    /// Each is a single value.
    Plain,
    /// Each has these names.
    Known {
        /// The names.
        names: Vec<String>,
        /// Whether each is a single value.
        plain_cells: bool,
    },
}

/// The items of every loop, by the loop's index.
pub struct Items {
    loops: HashMap<usize, (String, Columns)>,
}

impl Items {
    /// Reads what each item has; `headers` are those of the data files that could be read, by the loop's index.
    pub fn of(file: &File<'_>, mut headers: HashMap<usize, Vec<String>>) -> Self {
        let loops = file.outline.loops().map(|(index, draft, looping)| {
            let columns = match headers.remove(&index) {
                Some(names) => Columns::Known { names, plain_cells: true },
                None => written_columns(looping),
            };
            (index, (name_of(draft), columns))
        });
        Self { loops: loops.collect() }
    }

    /// What each item of a loop has.
    pub fn columns(&self, looping: usize) -> &Columns {
        self.loops.get(&looping).map_or(&Columns::Open, |(_, columns)| columns)
    }

    /// Tells whether the items of any loop have this name.
    pub fn is_name(&self, name: &str) -> bool {
        name == DEFAULT_NAME || self.loops.values().any(|(item, _)| item == name)
    }

    /// The loop whose item a text sees, with the item's name.
    pub fn name_for(&self, file: &File<'_>, reading: &Reading) -> Option<(usize, &str)> {
        let reader = reading.reader?;
        let is_loop = matches!(file.outline.steps[reader].kind, Kind::Loop(_));
        let looping = match reading.role {
            Role::Key => reader,
            Role::Rule(_) | Role::Person if is_loop => reader,
            _ => file.outline.steps[reader].parent?,
        };
        self.loops.get(&looping).map(|(name, _)| (looping, name.as_str()))
    }
}

/// The name of a loop's item in texts.
pub fn name_of(draft: &Draft<'_>) -> String {
    draft.get("as").and_then(Node::text).map_or_else(|| DEFAULT_NAME.to_owned(), |name| name.value)
}

fn written_columns(looping: &Looping<'_>) -> Columns {
    let items = looping.items.as_list().unwrap_or_default();
    let is_plain = |item: &Node| item.as_scalar().is_some();
    if items.is_empty() {
        return Columns::Open;
    }
    if items.iter().all(is_plain) {
        return Columns::Plain;
    }
    if !items.iter().all(|item| item.as_map().is_some()) {
        return Columns::Open;
    }
    let cells = || items.iter().flat_map(|item| item.as_map().unwrap_or_default());
    let names: indexmap::IndexSet<String> = cells().map(|cell| cell.key.value.clone()).collect();
    Columns::Known { names: names.into_iter().collect(), plain_cells: cells().all(|cell| is_plain(&cell.value)) }
}

/// A file of rows as `foreach` names it: its form and the node of its path.
pub fn data_file<'a>(looping: &Looping<'a>) -> Option<(&'static str, &'a Node)> {
    let NodeValue::Map(_) = looping.items.value else { return None };
    FORMATS.into_iter().find_map(|format| Some((format, looping.items.get(format)?)))
}
