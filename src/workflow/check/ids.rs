//! Names: how they are spelled, that none is used twice, and that none hides another.

use std::sync::Arc;

use super::file::File;
use crate::diagnostic::{Diagnostic, Source, Span};
use crate::workflow::node::{Node, Spanned};

/// The names that every text sees.
pub use crate::scope::ROOTS as SCOPE;

/// Names that mean something else in a text or a condition.
const TAKEN: [&str; 36] = [
    "this", "if", "unless", "each", "with", "else", "lookup", "default", "upper", "lower", "title", "trim", "truncate",
    "join", "plural", "json", "date", "number", "pick", "eq", "ne", "gt", "lt", "and", "or", "not", "in", "is", "true",
    "false", "none", "null", "always", "failed", "loop", "self",
];

/// Checks every name that the file gives.
pub fn check(file: &File<'_>, found: &mut Vec<Diagnostic>) {
    for (section, what) in
        [("inputs", "input name"), ("vars", "var name"), ("secrets", "secret name"), ("outputs", "output name")]
    {
        for entry in file.entries(section) {
            found.extend(spelled(file.source, what, &entry.key));
        }
    }
    if let Some(name) = file.root.get("name").and_then(Node::text) {
        workflow_name(file, &name, found);
    }
    found.extend(file.entries("agents").iter().filter_map(|entry| agent_name(file.source, &entry.key)));
    for draft in &file.outline.steps {
        let written = draft.written_id.as_ref().filter(|_| !draft.is_beside_loop());
        if let Some(id) = written {
            found.extend(spelled(file.source, "step id", id));
        }
        if let Some(name) = draft.get("as").and_then(Node::text) {
            item_name(file, &name, found);
        }
    }
    unique(file, found);
}

/// What is wrong with the name of a declared agent. The names that every text sees stand for themselves only at the
/// front of a name, where an agent's never is.
pub fn agent_name(source: &Arc<Source>, name: &Spanned<String>) -> Option<Diagnostic> {
    if TAKEN.contains(&name.value.as_str()) {
        let message = format!("an agent cannot be called `{}`, which has another meaning in texts", name.value);
        let hint = format!("choose another name, as `agent_{}`", name.value);
        return Some(Diagnostic::error("hidden-name", source, name.span.clone(), message).hint(hint));
    }
    spelled(source, "agent name", name)
}

fn spelled(source: &Arc<Source>, what: &str, name: &Spanned<String>) -> Option<Diagnostic> {
    if is_name(&name.value) {
        return None;
    }
    let message = format!("{what} `{}` is not spelled with lower-case letters, digits and `_`", name.value);
    let hint = match as_name(&name.value) {
        Some(better) => format!("write `{better}`"),
        None => "begin with a letter, as `greeting_2`".to_owned(),
    };
    Some(Diagnostic::error("name-form", source, name.span.clone(), message).hint(hint))
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

/// The name that was meant: `welcome-host` becomes `welcome_host`, `pollResult` `poll_result`.
fn as_name(text: &str) -> Option<String> {
    let mut name = String::new();
    for c in text.trim().chars() {
        if c.is_ascii_uppercase() && name.ends_with(|c: char| c.is_ascii_lowercase()) {
            name.push('_');
        }
        name.push(if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' });
    }
    let name = name.trim_matches('_').to_owned();
    is_name(&name).then_some(name)
}

fn workflow_name(file: &File<'_>, name: &Spanned<String>, found: &mut Vec<Diagnostic>) {
    let is_good = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if name.value.is_empty() || !name.value.chars().all(is_good) {
        let words = name.value.split(|c| !is_good(c)).filter(|word| !word.is_empty());
        let better = words.collect::<Vec<_>>().join("-");
        let message = format!("workflow name `{}` has more than letters, digits, `-` and `_`", name.value);
        let hint = if better.is_empty() {
            "write a short name, as `launch-demo`".to_owned()
        } else {
            format!("write `{better}`")
        };
        found.push(file.error("name-form", &name.span, message).hint(hint));
    }
}

fn item_name(file: &File<'_>, name: &Spanned<String>, found: &mut Vec<Diagnostic>) {
    if SCOPE.contains(&name.value.as_str()) || TAKEN.contains(&name.value.as_str()) {
        let message = format!("the item cannot be called `{}`, which has another meaning in texts", name.value);
        let hint = format!("choose another name, as `as: one_{}`", name.value);
        found.push(file.error("hidden-name", &name.span, message).hint(hint));
    } else {
        found.extend(spelled(file.source, "item name", name));
    }
}

fn unique(file: &File<'_>, found: &mut Vec<Diagnostic>) {
    for (index, draft) in file.outline.steps.iter().enumerate().filter(|(_, draft)| !draft.is_beside_loop()) {
        let Some(first) = file.outline.find(&draft.id).filter(|&first| first != index) else { continue };
        let other = &file.outline.steps[first];
        let (span, elsewhere, message) = match (&draft.written_id, &other.written_id) {
            (Some(id), Some(other)) => (&id.span, &other.span, format!("two steps are called `{}`", draft.id)),
            (Some(id), None) => (&id.span, &other.place, taken_by_count(&draft.id)),
            (None, Some(other)) => (&other.span, &draft.place, taken_by_count(&draft.id)),
            (None, None) => continue,
        };
        let line = line_of(file, elsewhere);
        found.push(file.error("duplicate-id", span, message).hint(format!("the other is on line {line}: rename one")));
    }
}

fn taken_by_count(id: &str) -> String {
    format!("`{id}` is also the name that a step without `id` gets by its count")
}

/// The line of a place, from 1.
pub fn line_of(file: &File<'_>, span: &Span) -> usize {
    file.source.place(span.start).line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_agent_is_called_can_be_read() {
        let told = |name: &str| {
            let name = Spanned::new(name.to_owned(), 0..0);
            agent_name(&Source::new("a.yaml", ""), &name).map(|mistake| mistake.code)
        };
        for name in TAKEN {
            assert_eq!(told(name), Some("hidden-name"), "{name}");
        }
        for name in SCOPE {
            let text = crate::template::Template::parse(&format!("{{{{ steps.{name}.agent_id }}}}")).unwrap();
            let read = text.render(&serde_json::json!({ "steps": { name: { "agent_id": "A91XMB7113" } } }));
            assert_eq!((told(name), read.as_deref()), (None, Ok("A91XMB7113")), "{name}");
        }
    }

    #[test]
    fn a_wrong_name_is_mended() {
        let cases =
            [("welcome-host", "welcome_host"), ("pollResult", "poll_result"), ("Überall", "berall"), ("a b", "a_b")];
        for (wrong, right) in cases {
            assert_eq!(as_name(wrong).as_deref(), Some(right), "{wrong}");
        }
        assert_eq!(as_name("2nd"), None);
    }
}
