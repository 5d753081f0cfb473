//! The items of a run's loops: listed once, kept for its texts.

use std::collections::HashMap;

use serde_json::Value;

use crate::data::rows;
use crate::engine::event::Event;
use crate::engine::selection::Selection;
use crate::executors::store::RunStore;
use crate::executors::table::Table;
use crate::expression::{Expression, Needs};
use crate::outcome::Failure;
use crate::plan::model::{ItemSource, Loop, StepKey};
use crate::scope::Scope;

/// The items of each loop, by the loop's index.
#[derive(Default)]
pub struct Items(HashMap<u32, Table>);

impl Items {
    /// An item of a loop.
    pub fn get(&self, node: u32, index: u32) -> Option<Value> {
        self.0.get(&node)?.get(index as usize)
    }

    /// A part of an item of a loop.
    pub fn part(&self, node: u32, index: u32, path: &[String]) -> Option<Value> {
        self.0.get(&node)?.part(index as usize, path)
    }

    /// Keeps the items of a loop.
    pub fn keep(&mut self, node: u32, items: Vec<Value>) {
        self.0.insert(node, Table::of(items));
    }
}

/// What listing a loop gave: the event that records it, and the items.
pub struct Listed {
    /// To be recorded.
    pub event: Event,
    /// To be kept.
    pub items: Vec<Value>,
}

/// Lists the items of a loop that are selected, and names each by its key; two equal keys are a failure that names
/// both.
pub fn list(
    (step, inner): (StepKey, &Loop),
    scope: &dyn Scope,
    store: &RunStore,
    selection: &Selection,
) -> Result<Listed, Failure> {
    let mut items = read(inner, scope, store)?;
    let mut keys = keys(inner, &items, scope)?;
    shorten(&mut items, selection);
    shorten(&mut keys, selection);
    if is_picked(inner, selection) {
        let picked = |(key, _): &(String, Value)| selection.items.contains(key);
        (keys, items) = keys.into_iter().zip(items).filter(picked).unzip();
    }
    let is_recorded = matches!(inner.items, ItemSource::Expression(_)) || is_picked(inner, selection);
    let values = if is_recorded { items.clone() } else { Vec::new() };
    Ok(Listed { event: Event::ItemsListed { step, keys, values }, items })
}

/// Reads the items again after a restart: those that an event does not hold.
pub fn read_again(
    inner: &Loop,
    recorded: &[Value],
    store: &RunStore,
    selection: &Selection,
) -> Result<Vec<Value>, Failure> {
    if is_picked(inner, selection) {
        return Ok(recorded.to_vec());
    }
    let mut items = match &inner.items {
        ItemSource::List(values) => values.clone(),
        ItemSource::Expression(_) => recorded.to_vec(),
        ItemSource::File { format, path } => read_file(format, path, store)?,
    };
    shorten(&mut items, selection);
    Ok(items)
}

/// Leaves the first ones, where only those are selected.
fn shorten<T>(list: &mut Vec<T>, selection: &Selection) {
    if let Some(limit) = selection.limit {
        list.truncate(limit as usize);
        list.shrink_to_fit();
    }
}

/// Tells whether only some items of a loop are selected by their keys.
fn is_picked(inner: &Loop, selection: &Selection) -> bool {
    !selection.items.is_empty() && inner.key.is_some()
}

fn read(inner: &Loop, scope: &dyn Scope, store: &RunStore) -> Result<Vec<Value>, Failure> {
    match &inner.items {
        ItemSource::List(values) => Ok(values.clone()),
        ItemSource::File { format, path } => read_file(format, path, store),
        ItemSource::Expression(text) => match evaluate(text, scope)? {
            Value::Array(items) => Ok(items),
            other => {
                let message = format!("`foreach: {text}` gives {}, not a list", kind(&other));
                Err(Failure::rejected("not_a_list", message))
            }
        },
    }
}

fn read_file(format: &str, path: &str, store: &RunStore) -> Result<Vec<Value>, Failure> {
    let bytes = store.file_of(path).map_err(|reason| Failure::rejected("missing_file", reason))?;
    let read = rows::parse(format, path, &bytes);
    read.map(|rows| rows.items).map_err(|error| Failure::rejected("unreadable_rows", error.to_string()))
}

fn evaluate(text: &str, scope: &dyn Scope) -> Result<Value, Failure> {
    let unreadable = |message: String| Failure::rejected("expression", message);
    let expression = Expression::parse(text).map_err(|error| unreadable(error.message))?;
    expression.evaluate(scope, &Needs::default()).map_err(|error| unreadable(error.to_string()))
}

/// The key of each item; its place in the list when the loop names none.
fn keys(inner: &Loop, items: &[Value], scope: &dyn Scope) -> Result<Vec<String>, Failure> {
    let Some(text) = &inner.key else {
        return Ok((0..items.len()).map(|index| index.to_string()).collect());
    };
    let expression = Expression::parse(text).map_err(|error| Failure::rejected("expression", error.message))?;
    let mut seen: HashMap<String, usize> = HashMap::with_capacity(items.len());
    let mut keys = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        let scope = ItemScope { outer: scope, name: &inner.name, item };
        let value = expression.evaluate(&scope, &Needs::default());
        let value = value.map_err(|error| bad_key(index, &format!("cannot be read: {error}")))?;
        let key = match value {
            Value::String(text) if !text.trim().is_empty() => text,
            Value::Number(number) => number.to_string(),
            Value::String(_) | Value::Null => return Err(bad_key(index, "is empty")),
            other => return Err(bad_key(index, &format!("is {}, not a text or a number", kind(&other)))),
        };
        // Who is named twice is one person, however the space around the name is.
        if let Some(earlier) = seen.insert(key.trim().to_owned(), index) {
            let message = format!("items {} and {} have the same key `{key}`", earlier + 1, index + 1);
            return Err(Failure::rejected("duplicate_key", message));
        }
        keys.push(key);
    }
    Ok(keys)
}

fn bad_key(index: usize, what: &str) -> Failure {
    Failure::rejected("item_key", format!("the key of item {} {what}", index + 1))
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "a truth value",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// The names of a loop's outside, and one item.
struct ItemScope<'a> {
    outer: &'a dyn Scope,
    name: &'a str,
    item: &'a Value,
}

impl Scope for ItemScope<'_> {
    fn value(&self, path: &[String]) -> Result<Option<Value>, String> {
        match path.split_first() {
            Some((first, rest)) if first == self.name => Ok(crate::scope::part(self.item, rest).cloned()),
            _ => self.outer.value(path),
        }
    }
}
