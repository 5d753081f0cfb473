//! Who is left out of a loop: files that are read again before each item goes out, compared by a column.

use super::file::File;
use super::files;
use super::items::{self, Columns, Items};
use super::outline::Looping;
use crate::diagnostic::{Diagnostic, nearest};
use crate::plan::model::Exclusion;
use crate::workflow::node::Node;

/// A file that names who is left out: its form, the node of its path, its column.
pub struct Excluding<'a> {
    /// `csv`, `json`, `jsonl` or `yaml`.
    pub format: &'static str,
    /// The path.
    pub path: &'a Node,
    /// The column as written.
    pub column: Option<&'a Node>,
    /// The whole entry.
    pub node: &'a Node,
}

/// The files that name who is left out of a loop.
pub fn of<'a>(looping: &Looping<'a>) -> Vec<Excluding<'a>> {
    let Some(node) = items::data_file(looping).and_then(|_| looping.items.get("exclude")) else { return Vec::new() };
    let entries = node.as_list().unwrap_or(std::slice::from_ref(node));
    let read = |node: &'a Node| {
        let (format, path) = items::FORMATS.into_iter().find_map(|format| Some((format, node.get(format)?)))?;
        Some(Excluding { format, path, column: node.get("column"), node })
    };
    entries.iter().filter_map(read).collect()
}

/// The same as the plan keeps it.
pub fn exclusions(file: &File<'_>, looping: &Looping<'_>) -> Vec<Exclusion> {
    let plain = |excluding: Excluding<'_>| {
        let column = excluding.column.and_then(Node::text).map(|column| column.value).unwrap_or_default();
        let path = files::known_path(file, &excluding.path.text()?.value);
        Some(Exclusion { format: excluding.format.to_owned(), path, column })
    };
    of(looping).into_iter().filter_map(plain).collect()
}

/// Checks that both sides have the column.
pub fn check(file: &File<'_>, items: &Items, headers: &[(usize, Vec<String>)], found: &mut Vec<Diagnostic>) {
    for (index, _, looping) in file.outline.loops() {
        for excluding in of(looping) {
            let Some(column) = excluding.column.and_then(Node::text) else {
                let message = "nobody can tell by which column people are left out";
                found.push(file.error("bad-exclude", &excluding.node.span, message).hint("add `column: id`"));
                continue;
            };
            let mut missing = |whose: &str, names: &[String]| {
                if !names.contains(&column.value) {
                    let near = nearest(&column.value, names.iter().map(String::as_str));
                    let hint = near.map_or_else(
                        || format!("it has {}", names.join(", ")),
                        |near| format!("did you mean `{near}`?"),
                    );
                    let message = format!("{whose} have no column `{}`", column.value);
                    found.push(file.error("bad-exclude", &column.span, message).hint(hint));
                }
            };
            if let Columns::Known { names, .. } = items.columns(index) {
                missing("the rows of the loop", names);
            }
            let path = excluding.path.span.start;
            if let Some((_, names)) = headers.iter().find(|(place, _)| *place == path) {
                missing("the rows to leave out", names);
            }
        }
    }
}
