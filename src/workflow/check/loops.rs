//! Loops: not inside each other, and every item known by a key where that matters.

use std::collections::HashMap;

use serde_json::Value;

use super::file::File;
use super::items::{self, Columns, Items};
use super::outline::{Draft, Looping};
use crate::diagnostic::Diagnostic;
use crate::outcome::Effect;
use crate::workflow::node::Node;

/// Columns that are likely to name a row.
const LIKELY_KEYS: [&str; 5] = ["id", "key", "email", "name", "code"];

/// Checks every loop.
pub fn check(file: &File<'_>, items: &Items, found: &mut Vec<Diagnostic>) {
    for (index, draft, looping) in file.outline.loops() {
        if draft.parent.is_some() {
            let message = "a loop inside a loop is not possible";
            let hint = "write one list of all the pairs, or put the inner loop into a workflow of its own";
            found.push(file.error("nested-loop", &draft.place, message).hint(hint));
        }
        match draft.get("key").and_then(Node::text) {
            None => found.extend(missing_key(file, items, (index, draft, looping))),
            Some(key) => duplicate_keys(file, looping, (&items::name_of(draft), &key.value), found),
        }
        templates_in_items(file, looping, found);
    }
}

fn missing_key(
    file: &File<'_>,
    items: &Items,
    (index, draft, looping): (usize, &Draft<'_>, &Looping<'_>),
) -> Option<Diagnostic> {
    let is_once = |step: &usize| {
        let doing = file.outline.steps[*step].doing();
        doing.is_some_and(|doing| (doing.descriptor.effect)(&doing.fields) == Effect::Once)
    };
    let once = looping.body.iter().find(|step| is_once(step))?;
    let action = file.outline.steps[*once].doing().map_or("", |doing| doing.descriptor.name);
    let name = items::name_of(draft);
    let key = match items.columns(index) {
        Columns::Plain => name,
        Columns::Known { names, .. } => {
            let likely = LIKELY_KEYS.iter().find(|key| names.iter().any(|name| name == *key)).copied();
            let column = likely.or(names.first().map(String::as_str)).unwrap_or("id");
            format!("{name}.{column}")
        }
        Columns::Open => format!("{name}.id"),
    };
    let message = format!("this loop has no `key`, so a run that goes on could do `{action}` twice for one item");
    Some(
        file.error("missing-key", &draft.place, message)
            .hint(format!("write what names the item for good, as `key: {key}`")),
    )
}

/// Compares the keys of items that are written in the file, where the key is the item or one of its fields.
fn duplicate_keys(file: &File<'_>, looping: &Looping<'_>, (name, key): (&str, &str), found: &mut Vec<Diagnostic>) {
    let path: Vec<&str> = key.trim().split('.').collect();
    let Some((_, rest)) = path.split_first().filter(|(root, _)| **root == name) else { return };
    let mut seen: HashMap<String, usize> = HashMap::new();
    for (row, item) in looping.items.as_list().unwrap_or_default().iter().enumerate() {
        let Some(node) = rest.iter().try_fold(item, |node, part| node.get(part)) else { continue };
        let Some(text) = shown(&node.to_json()) else { continue };
        match seen.get(&text) {
            Some(first) => {
                let message = format!("items {} and {} have the same key `{text}`", first + 1, row + 1);
                let hint = "a key names one item: change one, or choose another `key`";
                found.push(file.error("duplicate-item-key", &node.span, message).hint(hint));
            }
            None => {
                seen.insert(text, row);
            }
        }
    }
}

fn shown(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    }
}

/// Items are never templates: one that looks like one is read as it stands.
fn templates_in_items(file: &File<'_>, looping: &Looping<'_>, found: &mut Vec<Diagnostic>) {
    let mut open: Vec<&Node> = looping.items.as_list().unwrap_or_default().iter().rev().collect();
    while let Some(node) = open.pop() {
        if node.as_scalar().is_some_and(|scalar| scalar.text.contains("{{")) {
            let message = "items are never templates: the braces stay as they are";
            let hint = "read the value in the body, or loop over an expression, as `foreach: inputs.guests`";
            found.push(file.warning("braces-in-item", &node.span, message).hint(hint));
        }
        open.extend(node.as_list().unwrap_or_default().iter().rev());
        open.extend(node.as_map().unwrap_or_default().iter().rev().map(|entry| &entry.value));
    }
}
