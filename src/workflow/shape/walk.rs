//! The walk over the tree, beside the schema.

use std::sync::Arc;

use serde_json::Value;

use super::keys::Owner;
use super::words;
use crate::diagnostic::{Diagnostic, Source, Span};
use crate::workflow::node::{Entry, Node, NodeValue};
use crate::workflow::schema;

/// A longer comment was not meant as a text.
const LONGEST_COMMENT: usize = 100;

/// A walk with the mistakes so far.
pub(super) struct Walk<'a> {
    pub(super) source: &'a Arc<Source>,
    pub(super) mistakes: Vec<Diagnostic>,
    /// Whether the step under check has `variants`, whose texts stand for the action's own.
    pub(super) has_variants: bool,
}

/// How a value is called, and where its key stands.
#[derive(Clone, Copy)]
pub(super) struct Named<'a> {
    pub(super) name: &'a str,
    pub(super) key: &'a Span,
    /// Whether it is an item of the list of that name.
    pub(super) is_item: bool,
}

impl Named<'_> {
    /// The name in a message.
    pub(super) fn label(&self) -> String {
        if self.is_item { format!("an item of `{}`", self.name) } else { format!("`{}`", self.name) }
    }

    /// The name with the verb for what may stand there.
    pub(super) fn takes(&self) -> String {
        format!("{} {}", self.label(), if self.is_item { "is" } else { "takes" })
    }
}

impl<'a> Walk<'a> {
    pub(super) fn new(source: &'a Arc<Source>) -> Self {
        Self { source, mistakes: Vec::new(), has_variants: false }
    }

    /// Keeps a mistake.
    pub(super) fn report(&mut self, code: &'static str, span: &Span, message: String, hint: Option<String>) {
        self.mistakes.push(Diagnostic::error(code, self.source, span.clone(), message).maybe_hint(hint));
    }

    /// Checks the whole file.
    pub(super) fn workflow(&mut self, core: &'static Value, root: &Node) {
        let Some(entries) = root.as_map() else {
            let hint = match root.as_list() {
                Some(_) => "write `version: 1` and `steps:` above the list",
                None => "start with `version: 1`, then `steps:`",
            };
            let message = format!("a workflow is a map of keys, not {}", words::found(root));
            return self.report("wrong-type", &root.span, message, Some(hint.to_owned()));
        };
        let first = entries.first().map_or_else(|| root.span.clone(), |entry| entry.key.span.clone());
        self.object(core, entries, Owner::Workflow, &first);
    }

    /// Checks a whole file of `kind: agents`.
    pub(super) fn agents(&mut self, core: &'static Value, root: &Node) {
        let Some(entries) = root.as_map() else {
            let message = format!("a file of agents is a map of keys, not {}", words::found(root));
            let hint = "start with `version: 1`, then `kind: agents`, then `agents:`";
            return self.report("wrong-type", &root.span, message, Some(hint.to_owned()));
        };
        let first = entries.first().map_or_else(|| root.span.clone(), |entry| entry.key.span.clone());
        self.object(core, entries, Owner::Agents, &first);
    }

    /// Checks one value.
    pub(super) fn value(&mut self, schema: &'static Value, node: &Node, at: Named<'_>) {
        let schema = schema::resolve(schema);
        match schema["x-runsheet"].as_str() {
            Some("entry") => return self.entry(schema, node),
            Some("action") => return self.action(schema, node, at),
            _ => {}
        }
        if let Some(choices) = schema["anyOf"].as_array() {
            return self.choice((schema, choices), node, at);
        }
        match &node.value {
            _ if node.is_null() => self.nothing(schema, node, at),
            NodeValue::Scalar(scalar) => self.scalar(schema, scalar, node, at),
            NodeValue::List(items) if words::allows(schema, "array") => self.list(schema, items, at, &node.span),
            NodeValue::Map(entries) if words::allows(schema, "object") => {
                self.object(schema, entries, Owner::Map(at.name), at.key);
            }
            NodeValue::Map(entries) if schema["x-runsheet"] == "text" && is_file(entries) => {}
            _ => self.wrong_type(schema, node, at),
        }
    }

    /// Checks a map's keys against an object's properties.
    pub(super) fn object(&mut self, schema: &'static Value, entries: &[Entry], owner: Owner<'_>, place: &Span) {
        let properties = schema["properties"].as_object();
        for entry in entries {
            let at = Named { name: &entry.key.value, key: &entry.key.span, is_item: false };
            match properties.and_then(|known| known.get(&entry.key.value)) {
                Some(property) => self.value(property, &entry.value, at),
                None if schema["additionalProperties"].is_object() => {
                    self.value(&schema["additionalProperties"], &entry.value, at);
                }
                None if schema["additionalProperties"] == false => self.unknown_key(schema, entry, owner),
                None => {}
            }
        }
        self.missing(schema, entries, owner, place);
        self.exactly_one(schema, entries, owner, place);
    }

    fn missing(&mut self, schema: &'static Value, entries: &[Entry], owner: Owner<'_>, place: &Span) {
        let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
        for name in required.filter(|name| entries.iter().all(|entry| entry.key.value != *name)) {
            if self.is_in_variants(owner, name) {
                continue;
            }
            // A misspelt key has been told already.
            let is_misspelt = |entry: &Entry| crate::diagnostic::nearest(&entry.key.value, [name]).is_some();
            if entries.iter().any(|entry| schema["properties"].get(&entry.key.value).is_none() && is_misspelt(entry)) {
                continue;
            }
            let message = format!("{} has no `{name}`", owner.label());
            let hint = owner.how_to_add(name, &schema["properties"][name]);
            self.report("missing-field", place, message, Some(hint));
        }
    }

    /// Tells whether a field is the text of an action whose step has `variants`.
    pub(super) fn is_in_variants(&self, owner: Owner<'_>, field: &str) -> bool {
        matches!(owner, Owner::Action(action) if self.has_variants && super::steps::short(action) == Some(field))
    }

    /// Checks a map that must have one of several keys.
    fn exactly_one(&mut self, schema: &'static Value, entries: &[Entry], owner: Owner<'_>, place: &Span) {
        let choices = schema["oneOf"].as_array().into_iter().flatten();
        let names: Vec<_> = choices.filter_map(|choice| choice["required"][0].as_str()).collect();
        if names.is_empty() {
            return;
        }
        let given: Vec<_> = entries.iter().filter(|entry| names.contains(&entry.key.value.as_str())).collect();
        match given.as_slice() {
            [] => {
                let message = format!("{} has none of {}", owner.label(), words::list(&names, "and"));
                self.report("missing-field", place, message, Some("give one of them".to_owned()));
            }
            [_] => {}
            [first, second, ..] => {
                let (one, two) = (&first.key.value, &second.key.value);
                let message = format!("{} has both `{one}` and `{two}`", owner.label());
                self.report("several-keys", &second.key.span, message, Some("keep one of them".to_owned()));
            }
        }
    }

    fn list(&mut self, schema: &'static Value, items: &[Node], at: Named<'_>, span: &Span) {
        let least = schema["minItems"].as_u64().unwrap_or(0);
        if (items.len() as u64) < least {
            let message = format!("{} is empty", at.label());
            let hint = match schema["items"]["$ref"].as_str() {
                Some(_) => "write one step at least, such as `- speak: Hello`",
                None => "give one item at least, or take the key out",
            };
            self.report("too-few", span, message, Some(hint.to_owned()));
        }
        if let Some(of_items) = schema.get("items") {
            for item in items {
                self.value(of_items, item, Named { is_item: true, ..at });
            }
        }
    }

    /// Checks a value that has one of several forms, by the one that its kind fits.
    fn choice(&mut self, forms: (&'static Value, &'static [Value]), node: &Node, at: Named<'_>) {
        let (schema, choices) = forms;
        let is_file = node.as_map().is_some_and(is_file);
        let mut choices = choices.iter().map(schema::resolve);
        let text = choices.clone().find(|choice| is_file && choice["x-runsheet"] == "text");
        match text.or_else(|| choices.find(|choice| words::fits(choice, node))) {
            Some(choice) => self.value(choice, node, at),
            None if node.is_null() => self.nothing(schema, node, at),
            None => self.wrong_type(schema, node, at),
        }
    }

    fn nothing(&mut self, schema: &'static Value, node: &Node, at: Named<'_>) {
        if words::is_any(schema) {
            return;
        }
        let span = if node.span.is_empty() { at.key } else { &node.span };
        let hint = match self.comment_after(at.key) {
            Some(text) => format!("`#` starts a comment: put the text in quotes: `{}: \"{text}\"`", at.name),
            None => words::example(schema, at).unwrap_or_else(|| format!("give it {}", words::phrase(schema))),
        };
        self.report("wrong-type", span, format!("{} has no value", at.label()), Some(hint));
    }

    /// The text behind a key's colon that YAML takes for a comment.
    fn comment_after(&self, key: &Span) -> Option<&'a str> {
        let rest = self.source.text.get(key.end..)?;
        let end = rest.char_indices().take(LONGEST_COMMENT).find(|(_, c)| *c == '\n').map(|(at, _)| at)?;
        let rest = &rest[..end];
        let text = rest.trim_start_matches(['"', '\'']).strip_prefix(':')?.trim();
        (text.starts_with('#') && !text.starts_with("# ") && !text.contains('"')).then_some(text)
    }

    pub(super) fn wrong_type(&mut self, schema: &'static Value, node: &Node, at: Named<'_>) {
        let message = format!("{} {}, not {}", at.takes(), words::phrase(schema), words::found(node));
        let hint = no_space(schema, node).or_else(|| self.in_quotes(schema, node, at));
        let hint = hint.or_else(|| words::example(schema, at)).unwrap_or_else(|| words::write(schema));
        self.report("wrong-type", &node.span, message, Some(hint));
    }

    /// The hint for `speak: [laughs]`, where brackets were meant as text.
    fn in_quotes(&self, schema: &Value, node: &Node, at: Named<'_>) -> Option<String> {
        let written = self.source.text.get(node.span.clone())?;
        let is_flow = written.starts_with(['[', '{']) && !written.contains(['\n', '"']);
        let is_short = written.chars().count() <= 80 && !at.is_item;
        (schema["anyOf"].is_null() && words::takes_text(schema) && is_flow && is_short)
            .then(|| format!("put the text in quotes: `{}: \"{written}\"`", at.name))
    }
}

/// The hint for `-speak: …` where a list item was meant.
fn no_space(schema: &Value, node: &Node) -> Option<String> {
    let key = &node.as_map()?.first()?.key.value;
    let word = key.strip_prefix('-').filter(|_| words::allows(schema, "array"))?;
    Some(format!("a space is missing behind the dash: `- {word}: …`"))
}

/// Tells whether a map is `{ file: PATH }`.
pub(super) fn is_file(entries: &[Entry]) -> bool {
    matches!(entries, [only] if only.key.value == "file" && only.value.text().is_some())
}
