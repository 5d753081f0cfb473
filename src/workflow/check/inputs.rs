//! Inputs as declared.

use indexmap::IndexMap;
use serde_json::Value;

use super::file::File;
use crate::data::inputs::{InputSpec, check_spec};
use crate::diagnostic::Diagnostic;
use crate::workflow::node::{Entry, Node};

/// Checks every declaration for what its types cannot say.
pub fn check(file: &File<'_>, found: &mut Vec<Diagnostic>) {
    for entry in file.entries("inputs") {
        match spec(entry) {
            Ok(spec) => found.extend(check_spec(&spec).into_iter().map(|mistake| {
                let span = entry.value.get(mistake.field).map_or(&entry.key.span, |field| &field.span);
                let message = format!("input `{}`: {}", entry.key.value, mistake.message);
                file.error("bad-input", span, message).maybe_hint(mistake.hint)
            })),
            Err(reason) if !is_told(entry, found) => {
                let message = format!("input `{}` cannot be read: {reason}", entry.key.value);
                let hint = "declare it as `{ type: string, default: Alex }`";
                found.push(file.error("bad-input", &entry.key.span, message).hint(hint));
            }
            Err(_) => {}
        }
    }
}

/// The inputs as the workflow keeps them.
pub fn specs(file: &File<'_>) -> IndexMap<String, InputSpec> {
    file.entries("inputs").iter().filter_map(|entry| Some((entry.key.value.clone(), spec(entry).ok()?))).collect()
}

/// Tells whether something in a declaration was reported already.
fn is_told(entry: &Entry, found: &[Diagnostic]) -> bool {
    let (start, end) = (entry.key.span.start, entry.value.span.end.max(entry.key.span.end));
    found.iter().any(|mistake| mistake.is_error() && (start..=end).contains(&mistake.span.start))
}

/// Reads a declaration. What is compared with a text is what is spelled.
fn spec(entry: &Entry) -> Result<InputSpec, String> {
    let mut declared = entry.value.to_json();
    let spelled = |node: &Node| node.text().map_or_else(|| node.to_json(), |text| Value::String(text.value));
    let is_text = matches!(declared["type"].as_str(), None | Some("string" | "enum"));
    if let (Some(values), Some(map)) = (entry.value.get("values").and_then(Node::as_list), declared.as_object_mut()) {
        map.insert("values".to_owned(), values.iter().map(spelled).collect());
    }
    if let (Some(default), Some(map), true) = (entry.value.get("default"), declared.as_object_mut(), is_text) {
        map.insert("default".to_owned(), spelled(default));
    }
    serde_json::from_value(declared).map_err(|error| error.to_string())
}
