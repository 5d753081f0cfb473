//! How runs are started from outside, and in which group they count.

use indexmap::IndexMap;

use super::file::File;
use super::secrets;
use crate::diagnostic::{Diagnostic, nearest};
use crate::workflow::model::{Concurrency, Webhook};
use crate::workflow::node::{Entry, Node, Spanned};

/// Checks `webhook` and `concurrency`.
pub fn check(file: &File<'_>, found: &mut Vec<Diagnostic>) {
    if let Some(secret) = file.root.get("webhook").and_then(|webhook| webhook.get("secret")).and_then(Node::text) {
        found.extend(secrets::source(file, &secret));
    }
    if let Some(webhook) = file.root.entry("webhook") {
        inputs(file, webhook, found);
    }
    if let Some(group) = group(file).filter(|group| !is_name(&group.value)) {
        let message = format!("`{}` is no name of a group", crate::text::cut(&group.value, 40));
        let hint = "write letters, digits, `-` and `_` only, such as `group: outbound`";
        found.push(file.error("bad-group", &group.span, message).hint(hint));
    }
}

/// The webhook as the workflow keeps it.
pub fn webhook(file: &File<'_>) -> Option<Webhook> {
    let webhook = file.root.get("webhook")?;
    let path = |entry: &Entry| Some((entry.key.value.clone(), path(&entry.value.text()?.value)?));
    let inputs: IndexMap<_, _> = entries(webhook).iter().filter_map(path).collect();
    Some(Webhook { secret: webhook.get("secret").and_then(Node::text)?.value, inputs })
}

/// The group as the workflow keeps it.
pub fn concurrency(file: &File<'_>) -> Option<Concurrency> {
    let limit = file.root.get("concurrency")?.get("limit").and_then(Node::text);
    let limit = limit.and_then(|limit| limit.value.parse().ok()).unwrap_or(1);
    Some(Concurrency { group: group(file)?.value, limit })
}

fn group(file: &File<'_>) -> Option<Spanned<String>> {
    file.root.get("concurrency")?.get("group").and_then(Node::text)
}

/// Tells whether a text can name a group.
pub fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
}

fn entries(webhook: &Node) -> &[Entry] {
    webhook.get("inputs").and_then(Node::as_map).unwrap_or_default()
}

/// The keys below the body: `body.customer.name`. The whole body is no value of an input.
fn path(text: &str) -> Option<Vec<String>> {
    let mut keys = text.trim().split('.');
    let is_body = keys.next() == Some("body");
    let keys: Vec<String> = keys.map(str::to_owned).collect();
    (is_body && !keys.is_empty() && keys.iter().all(|key| !key.is_empty())).then_some(keys)
}

fn inputs(file: &File<'_>, webhook: &Entry, found: &mut Vec<Diagnostic>) {
    let specs = super::inputs::specs(file);
    let given = entries(&webhook.value);
    for Entry { key, value } in given {
        if file.declared("inputs", &key.value).is_none() {
            let hint = match nearest(&key.value, specs.keys().map(String::as_str)) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("declare it: `inputs: {{ {}: {{ type: string }} }}`", key.value),
            };
            let message = format!("the workflow has no input `{}`", key.value);
            found.push(file.error("unknown-name", &key.span, message).hint(hint));
        }
        let Some(text) = value.text().filter(|text| path(&text.value).is_none()) else { continue };
        let message = format!("`{}` names no part of a request", crate::text::cut(&text.value, 40));
        let hint = format!("write the keys that lead to it in the body: `body.{}`", key.value);
        found.push(file.error("webhook-input", &text.span, message).hint(hint));
    }
    let is_given = |name: &String| given.iter().any(|entry| entry.key.value == *name);
    for (name, _) in specs.iter().filter(|(name, spec)| spec.required && spec.default.is_none() && !is_given(name)) {
        let message = format!("input `{name}` must be given, and a request gives it nothing");
        let hint = format!("add `inputs: {{ {name}: body.{name} }}` to `webhook`, or give `{name}` a `default`");
        found.push(file.error("webhook-input", &webhook.key.span, message).hint(hint));
    }
}
