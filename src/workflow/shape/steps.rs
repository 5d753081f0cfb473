//! The entries of a script: a step has exactly one action.

use serde_json::Value;

use super::keys::{self, Owner};
use super::walk::{Named, Walk, is_file};
use super::words;
use crate::diagnostic::{Span, nearest};
use crate::workflow::node::{Entry, Node, NodeValue};
use crate::workflow::schema;

impl Walk<'_> {
    /// Checks one entry of a script.
    pub(super) fn entry(&mut self, schema: &'static Value, node: &Node) {
        match &node.value {
            NodeValue::Map(entries) => self.step(schema::resolve(&schema["anyOf"][1]), entries, &node.span),
            NodeValue::List(_) => {
                let hint = "take one `- ` away; only an entry of `parallel` is a list of steps";
                let message = "a step is a map, not a list".to_owned();
                self.report("wrong-type", &node.span, message, Some(hint.to_owned()));
            }
            NodeValue::Scalar(_) if node.is_null() => {
                let hint = "write an action behind the dash, or take the dash away";
                self.report("no-action", &node.span, "this step is empty".to_owned(), Some(hint.to_owned()));
            }
            NodeValue::Scalar(scalar) => self.bare(&scalar.text, node),
        }
    }

    /// Checks an entry that is a single word.
    fn bare(&mut self, text: &str, node: &Node) {
        let Some(action) = schema::action(text) else { return self.no_word(text, node) };
        if let Some(name) = action["required"][0].as_str() {
            let hint = match short(text) {
                Some(field) => format!("write `- {text}: …`, with the {field} behind the colon"),
                None => format!("write `- {text}: {{ {name}: … }}`"),
            };
            self.report("missing-field", &node.span, format!("`{text}` has no `{name}`"), Some(hint));
        }
    }

    fn no_word(&mut self, text: &str, node: &Node) {
        let names = keys::names();
        let end = text.find([':', ' ']).unwrap_or(text.len());
        let (word, rest) = (&text[..end], text[end..].trim_start_matches([':', ' ']));
        let (word, rest) = (nearest(word, names.iter().copied()), words::cut(rest));
        let hint = match word {
            Some(word) if text[end..].starts_with(':') => {
                format!("a space is missing behind the colon: `- {word}: {rest}`")
            }
            Some(word) if !rest.is_empty() => format!("a colon is missing: `- {word}: {rest}`"),
            Some(word) => format!("did you mean `{word}`?"),
            None => format!("to say it, write `- speak: …`; the actions are {}", words::list(&names, "and")),
        };
        self.report("no-action", &node.span, format!("`{}` is no action", words::cut(text)), Some(hint));
    }

    fn step(&mut self, schema: &'static Value, entries: &[Entry], span: &Span) {
        let bodies: Vec<&Entry> = entries.iter().filter(|entry| is_body(&entry.key.value)).collect();
        let action = bodies.iter().map(|entry| entry.key.value.as_str()).find(|name| schema::action(name).is_some());
        if bodies.iter().any(|entry| entry.key.value == "parallel") {
            self.beside_parallel(entries);
        }
        let has_variants = entries.iter().any(|entry| entry.key.value == "variants");
        let outer = std::mem::replace(&mut self.has_variants, has_variants);
        self.object(schema, entries, Owner::Step(action), span);
        self.has_variants = outer;
        let first = entries.first().map_or(span, |entry| &entry.key.span);
        match bodies.as_slice() {
            [] => self.without_action(schema, entries, first),
            [_] => {}
            [one, two, ..] => {
                let (one, two) = (one.key.value.as_str(), &two.key);
                let message = format!("a step has one action, and this one has `{one}` and `{}`", two.value);
                let hint = match (one, two.value.as_str()) {
                    ("steps", action) | (action, "steps") => format!("write `- {action}: …` in the list under `steps`"),
                    (_, action) => format!("begin a step of its own: `- {action}: …`"),
                };
                self.report("several-actions", &two.span, message, Some(hint));
            }
        }
        self.loop_keys(entries);
    }

    fn without_action(&mut self, schema: &Value, entries: &[Entry], first: &Span) {
        // A key that is no key of a step may have been meant as the action, and has been told.
        if entries.iter().any(|entry| schema["properties"].get(&entry.key.value).is_none()) {
            return;
        }
        let hint = format!("add one of {}", words::list(&keys::names(), "or"));
        self.report("no-action", first, "this step has no action".to_owned(), Some(hint));
    }

    fn beside_parallel(&mut self, entries: &[Entry]) {
        for entry in entries.iter().filter(|entry| !is_body(&entry.key.value)) {
            let message = format!("`{}` cannot stand beside `parallel`", entry.key.value);
            let hint = "give it to the entries of `parallel`".to_owned();
            self.report("beside-parallel", &entry.key.span, message, Some(hint));
        }
    }

    fn loop_keys(&mut self, entries: &[Entry]) {
        if entries.iter().any(|entry| entry.key.value == "foreach") {
            return;
        }
        let is_of_loop = |key: &str| key == "steps" || schema::OF_LOOPS.contains(&key);
        for entry in entries.iter().filter(|entry| is_of_loop(&entry.key.value)) {
            let message = format!("`{}` belongs to a loop, and this step has no `foreach`", entry.key.value);
            let hint = "add `foreach: …`, or take it out".to_owned();
            self.report("no-foreach", &entry.key.span, message, Some(hint));
        }
    }

    /// Checks an action's value: its fields, its short form, or nothing.
    pub(super) fn action(&mut self, schema: &'static Value, node: &Node, at: Named<'_>) {
        let field = schema["x-short"].as_str();
        let shorthand = field.and_then(|field| schema["properties"].get(field));
        match &node.value {
            NodeValue::Map(entries) if is_braced_word(schema, entries) => match shorthand {
                Some(field) => self.wrong_type(field, node, at),
                None => self.object(schema, entries, Owner::Action(at.name), at.key),
            },
            NodeValue::Map(entries) if !is_short_file(schema, entries) => {
                self.object(schema, entries, Owner::Action(at.name), at.key);
            }
            _ if node.is_null() && schema.get("required").is_none() => {}
            _ if node.is_null() && field.is_some_and(|field| self.is_in_variants(Owner::Action(at.name), field)) => {}
            _ if node.is_null() => match shorthand {
                Some(field) => self.value(field, node, at),
                None => self.object(schema, &[], Owner::Action(at.name), at.key),
            },
            _ => match shorthand {
                Some(field) => self.value(field, node, at),
                None => self.no_short_form(schema, node, at),
            },
        }
    }

    fn no_short_form(&mut self, schema: &Value, node: &Node, at: Named<'_>) {
        let properties = schema["properties"].as_object();
        let fields: Vec<_> = properties.into_iter().flat_map(|map| map.keys()).map(String::as_str).collect();
        let hint = match fields.as_slice() {
            [] => format!("write `{}:` alone", at.name),
            fields => format!("`{}` has {}, each on a line of its own", at.name, words::list(fields, "and")),
        };
        let message = format!("{} a map of its fields, not {}", at.takes(), words::found(node));
        self.report("wrong-type", &node.span, message, Some(hint));
    }
}

/// The field that a text stands for.
pub(super) fn short(action: &str) -> Option<&'static str> {
    schema::action(action)?["x-short"].as_str()
}

/// Tells whether a map is the short form of a text in a file, and not fields.
pub(super) fn is_short_file(schema: &Value, entries: &[Entry]) -> bool {
    let takes_file = schema["x-short"].as_str().is_some_and(|f| schema["properties"][f]["x-runsheet"] == "text");
    takes_file && is_file(entries) && schema["properties"].get("file").is_none()
}

/// Tells whether a map is a word in braces, as in `speak: {laughs}`.
fn is_braced_word(schema: &Value, entries: &[Entry]) -> bool {
    let is_unknown = |key: &str| schema["properties"].get(key).is_none();
    matches!(entries, [only] if only.value.is_null() && only.value.span.is_empty() && is_unknown(&only.key.value))
}

fn is_body(key: &str) -> bool {
    key == "parallel" || key == "steps" || schema::action(key).is_some()
}
