//! Every text of a file that reads names: templates and expressions, with who reads them and what for.

use std::sync::Arc;

use super::file::File;
use super::outline::{Draft, Kind};
use super::variants;
use crate::diagnostic::{Source, Span};
use crate::workflow::node::{Node, NodeValue, Spanned};

/// The control fields of a step that may be templates.
const CONTROLS: [&str; 7] = ["delay", "at", "hold", "expires", "timeout", "retry", "max_parallel"];

/// The control fields of the file that may be templates.
const FILE_CONTROLS: [&str; 3] = ["timeout", "max_parallel", "defaults"];

/// A text that may read names.
pub struct Text {
    /// The step that reads it; none for the file itself.
    pub reader: Option<usize>,
    /// What it is for.
    pub role: Role,
    /// The file it stands in.
    pub source: Arc<Source>,
    /// The text with its place.
    pub text: Spanned<String>,
}

/// What a text is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Role {
    /// A field of an action, by its name.
    Field(String),
    /// `agent`.
    Agent,
    /// `room`.
    Room,
    /// `if`.
    Condition,
    /// `foreach`.
    Items,
    /// `key`.
    Key,
    /// A field that only `inputs` and `vars` may set, by its name.
    Control(String),
    /// A constant, by its name.
    Var(String),
    /// An output, by its name.
    Output(String),
    /// A rule of when and to whom a line goes out, by its key; beside a loop's `steps` it sees the item too.
    Rule(&'static str),
    /// `per` of a cap: an expression over the same.
    Person,
}

impl Role {
    /// Tells whether the text is an expression, not a template.
    pub fn is_expression(&self) -> bool {
        matches!(self, Self::Condition | Self::Items | Self::Key | Self::Person)
    }
}

/// Collects every text of a file that is no plain text.
pub fn collect(file: &File<'_>) -> Vec<Text> {
    let mut collector = Collector { file, texts: Vec::new() };
    let zone = file.root.get("window").and_then(|window| window.get("timezone"));
    collector.scalars(None, Role::Control("window".to_owned()), zone);
    for name in FILE_CONTROLS {
        collector.scalars(None, Role::Control(name.to_owned()), file.root.get(name));
    }
    for entry in file.entries("vars") {
        collector.scalars(None, Role::Var(entry.key.value.clone()), Some(&entry.value));
    }
    for (index, draft) in file.outline.steps.iter().enumerate() {
        collector.step(index, draft);
    }
    for entry in file.entries("outputs") {
        collector.scalars(None, Role::Output(entry.key.value.clone()), Some(&entry.value));
    }
    collector.texts
}

struct Collector<'f, 'a> {
    file: &'f File<'a>,
    texts: Vec<Text>,
}

impl Collector<'_, '_> {
    fn step(&mut self, index: usize, draft: &Draft<'_>) {
        for name in CONTROLS {
            self.scalars(Some(index), Role::Control(name.to_owned()), draft.get(name));
        }
        self.scalars(Some(index), Role::Condition, draft.get("if"));
        self.rules(index, draft);
        match &draft.kind {
            Kind::Action(doing) => {
                self.fields(index, doing);
                self.address(index, draft, doing.descriptor.address);
            }
            Kind::Loop(looping) => {
                self.scalars(Some(index), Role::Items, Some(looping.items).filter(|items| items.as_scalar().is_some()));
                self.scalars(Some(index), Role::Key, draft.get("key"));
            }
            Kind::Join | Kind::Misshapen => {}
        }
    }

    fn rules(&mut self, index: usize, draft: &Draft<'_>) {
        let reader = Some(index);
        self.scalars(reader, Role::Rule("once_per"), draft.get("once_per"));
        self.scalars(reader, Role::Rule("window"), draft.get("window").and_then(|window| window.get("timezone")));
        let cap = |key: &str| draft.get("cap").and_then(|cap| cap.get(key));
        self.scalars(reader, Role::Rule("cap"), cap("timezone"));
        self.scalars(reader, Role::Person, cap("per"));
        let field = draft.doing().and_then(|doing| doing.descriptor.short).unwrap_or_default();
        for text in variants::texts(draft) {
            self.scalars(reader, Role::Field(field.to_owned()), Some(text));
        }
    }

    fn fields(&mut self, index: usize, doing: &super::outline::Doing<'_>) {
        let Some(value) = doing.value else { return };
        match (value.as_map(), doing.descriptor.short) {
            (Some(entries), _) => {
                for entry in entries {
                    self.scalars(Some(index), Role::Field(entry.key.value.clone()), Some(&entry.value));
                }
            }
            (None, Some(short)) => self.scalars(Some(index), Role::Field(short.to_owned()), Some(value)),
            (None, None) => {}
        }
    }

    /// Whom and where: the step's own, else the file's.
    fn address(&mut self, index: usize, draft: &Draft<'_>, address: crate::actions::action::Address) {
        use crate::actions::action::Address;
        let written = |key: &str| draft.get(key).or_else(|| self.file.root.get(key));
        let agent = written("agent").filter(|_| address != Address::Nobody);
        let room = written("room").filter(|_| address == Address::Room);
        self.scalars(Some(index), Role::Agent, agent);
        self.scalars(Some(index), Role::Room, room);
    }

    /// Takes every scalar of a value that is an expression or holds `{{`.
    fn scalars(&mut self, reader: Option<usize>, role: Role, node: Option<&Node>) {
        let Some(node) = node else { return };
        match &node.value {
            NodeValue::Scalar(scalar) if role.is_expression() || scalar.text.contains("{{") => {
                let source = self.file.source.clone();
                self.texts.extend(node.text().map(|text| Text { reader, role, source, text }));
            }
            NodeValue::Scalar(_) => {}
            NodeValue::List(items) => items.iter().for_each(|item| self.scalars(reader, role.clone(), Some(item))),
            NodeValue::Map(entries) => {
                entries.iter().for_each(|entry| self.scalars(reader, role.clone(), Some(&entry.value)));
            }
        }
    }
}

/// The place in the file of a part of a text.
///
/// A block or an escaped text is spelled differently there; then the same words are looked for, the same time over.
pub fn locate(source: &Source, text: &Spanned<String>, part: &Span) -> Span {
    let whole = || text.span.clone();
    let (Some(raw), Some(words)) = (source.text.get(text.span.clone()), text.value.get(part.clone())) else {
        return whole();
    };
    if let Some(start) = raw.find(text.value.as_str()) {
        let base = text.span.start + start;
        return base + part.start..base + part.end;
    }
    if words.is_empty() {
        return whole();
    }
    let before = text.value[..part.start].matches(words).count();
    match raw.match_indices(words).nth(before) {
        Some((start, _)) => text.span.start + start..text.span.start + start + words.len(),
        None => whole(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_text_is_found_where_it_is_spelled() {
        let source = Source::new("a.yaml", "say: \"a\\n{{ b }} {{ b }}\"\n");
        let text = Spanned::new("a\n{{ b }} {{ b }}".to_owned(), 5..source.text.len() - 1);
        let second = text.value.rfind('b').unwrap();
        let found = locate(&source, &text, &(second..second + 1));
        assert_eq!(found.start, source.text.rfind('b').unwrap());
    }
}
