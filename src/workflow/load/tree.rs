//! The parser's events as a tree. No recursion over the text: depth, size and aliases are bounded as it is read.
//!
//! The events are read rather than serde's calls: they tell quotes, tags and anchors, keep every repeated key, and
//! cannot exhaust the stack.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde_saphyr::granit_parser::{self as yaml, Event, Parser, ScalarStyle, ScanError};

use super::{quote, scalar};
use crate::diagnostic::{Diagnostic, Source, Span};
use crate::workflow::node::{Entry, Node, NodeValue, Scalar, ScalarKind, Spanned};

/// The deepest nesting.
const DEEPEST: usize = 64;
/// The most values, those that aliases repeat included.
const MOST: usize = 2_000_000;
/// The most values that aliases repeat.
const MOST_REPEATED: usize = 100_000;
/// The most mistakes that are told while reading: each costs a look at its line.
const MOST_TOLD: usize = 100;

/// Why there is no tree.
pub(super) enum Stop {
    /// The text is not YAML.
    Syntax(ScanError),
    /// The text is YAML that is not read.
    Refused(Box<Diagnostic>),
}

/// Builds the tree of a text's first document, none if it is empty.
pub(super) fn build(source: &Arc<Source>) -> Result<(Option<Node>, Vec<Diagnostic>), Stop> {
    let mut builder = Builder::new(source);
    for next in parser(&source.text) {
        let (event, span) = next.map_err(Stop::Syntax)?;
        if !builder.take(event, span)? {
            break;
        }
    }
    builder.unused_anchors();
    Ok((builder.root, builder.mistakes))
}

/// Tells where a text stops being YAML.
pub(super) fn scan(text: &str) -> Result<(), ScanError> {
    parser(text).try_for_each(|next| next.map(drop))
}

fn parser(text: &str) -> Parser<'_, yaml::StrInput<'_>> {
    let options = yaml::options! { emit_anchor_events: true, emit_unresolved_aliases: true, emit_comments: false };
    Parser::new_from_str_with_options(text, options)
}

/// A collection under construction.
struct Open {
    start: usize,
    anchor: usize,
    content: Content,
}

enum Content {
    List(Vec<Node>),
    /// What is merged waits for the end: a key that is written wins, wherever it stands.
    Map {
        entries: Vec<Entry>,
        key: Option<Node>,
        seen: HashSet<String>,
        merged: Vec<Node>,
    },
}

struct Anchor {
    name: String,
    span: Span,
    /// The end of the unquoted text behind it, if that is what it names.
    text_end: Option<usize>,
    node: Option<Node>,
    used: bool,
}

struct Builder<'a> {
    source: &'a Arc<Source>,
    open: Vec<Open>,
    anchors: HashMap<usize, Anchor>,
    documents: usize,
    nodes: usize,
    repeated: usize,
    root: Option<Node>,
    mistakes: Vec<Diagnostic>,
}

impl<'a> Builder<'a> {
    fn new(source: &'a Arc<Source>) -> Self {
        Self {
            source,
            open: Vec::new(),
            anchors: HashMap::new(),
            documents: 0,
            nodes: 0,
            repeated: 0,
            root: None,
            mistakes: Vec::new(),
        }
    }

    /// Takes one event; tells whether to go on.
    fn take(&mut self, event: Event<'_>, at: yaml::Span) -> Result<bool, Stop> {
        let span = at.byte_range().unwrap_or(0..0);
        match event {
            Event::DocumentStart(..) => {
                self.documents += 1;
                if self.documents > 1 {
                    self.second_document(span);
                    return Ok(false);
                }
            }
            Event::Scalar(text, style, anchor, tag) => {
                let tagged = tag.is_some_and(|tag| self.tag(&tag, at.tag_span(), &span));
                let node = self.scalar(&text, style, tagged, span);
                self.complete(node, anchor)?;
            }
            Event::SequenceStart(_, anchor, _) => self.push(span.start, anchor, Content::List(Vec::new()))?,
            Event::MappingStart(_, anchor, _) => {
                let (entries, merged) = (Vec::new(), Vec::new());
                let content = Content::Map { entries, key: None, seen: HashSet::new(), merged };
                self.push(span.start, anchor, content)?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(span.end)?,
            Event::Anchor(id, name) => self.name_anchor(id, name.into_owned(), span),
            Event::Alias(id) => self.alias(id, span)?,
            Event::UnresolvedAlias(_) => self.unknown_alias(span)?,
            _ => {}
        }
        Ok(true)
    }

    fn scalar(&self, text: &str, style: ScalarStyle, is_text: bool, span: Span) -> Node {
        let kind = if style == ScalarStyle::Plain && !is_text { scalar::kind(text) } else { ScalarKind::Quoted };
        Node { span, value: NodeValue::Scalar(Scalar { text: text.to_owned(), kind }) }
    }

    /// Looks at a scalar's tag; tells whether it makes the scalar a text.
    fn tag(&mut self, tag: &yaml::Tag, tag_span: Option<yaml::Span>, value: &Span) -> bool {
        if tag.is_yaml_core_schema() {
            return tag.is_yaml_core_schema_tag("str");
        }
        if let Some(tag_span) = tag_span.and_then(|span| span.byte_range()).filter(|_| self.may_tell()) {
            let written = &self.source.text[tag_span.clone()];
            let message = format!("`{written}` is read as a YAML tag, not as text");
            let hint = quote::hint_in(&self.source.text, tag_span.start..value.end.max(tag_span.end));
            self.mistakes.push(Diagnostic::error("unquoted-text", self.source, tag_span, message).hint(hint));
        }
        true
    }

    fn push(&mut self, start: usize, anchor: usize, content: Content) -> Result<(), Stop> {
        if self.open.len() == DEEPEST {
            return Err(self.refuse("too-deep", start..start + 1, "lists and maps are nested more than 64 deep"));
        }
        self.open.push(Open { start, anchor, content });
        Ok(())
    }

    fn close(&mut self, event_end: usize) -> Result<(), Stop> {
        let Some(open) = self.open.pop() else { return Ok(()) };
        let bracketed = matches!(self.source.text.as_bytes().get(open.start), Some(b'[' | b'{'));
        let (value, last) = match open.content {
            Content::List(items) => {
                let last = items.last().map(|item| item.span.end);
                (NodeValue::List(items), last)
            }
            Content::Map { mut entries, mut seen, merged, .. } => {
                if let Some(text) = self.bare_template(&entries, open.start, event_end) {
                    return self.complete(text, open.anchor);
                }
                let last = entries.last().map(|entry| entry.key.span.end.max(entry.value.span.end));
                merged.into_iter().for_each(|node| merge(&mut entries, &mut seen, node));
                (NodeValue::Map(entries), last)
            }
        };
        let end = if bracketed { event_end } else { last.unwrap_or(open.start) };
        self.complete(Node { span: open.start..end.max(open.start), value }, open.anchor)
    }

    /// Takes `{{ name }}` without quotes, which is a map in a map to YAML, for the text that was meant.
    fn bare_template(&mut self, entries: &[Entry], start: usize, end: usize) -> Option<Node> {
        let written = self.source.text.get(start..end)?;
        let is_bare = entries.len() == 1 && written.starts_with("{{") && written.ends_with("}}");
        if !is_bare || !entries[0].key.value.starts_with('{') {
            return None;
        }
        if self.may_tell() {
            let hint = quote::hint_in(&self.source.text, start..end);
            let message = format!("`{written}` without quotes is a map to YAML, not a template");
            self.mistakes.push(Diagnostic::error("unquoted-template", self.source, start..end, message).hint(hint));
        }
        let scalar = Scalar { text: written.to_owned(), kind: ScalarKind::Quoted };
        Some(Node { span: start..end, value: NodeValue::Scalar(scalar) })
    }

    /// Puts a complete value where it belongs.
    fn complete(&mut self, node: Node, anchor: usize) -> Result<(), Stop> {
        self.nodes += 1;
        if self.nodes > MOST {
            return Err(self.refuse("too-large", node.span, "the file holds more than 2,000,000 values"));
        }
        if anchor != 0 {
            let entry = self.anchors.entry(anchor).or_insert_with(Anchor::unnamed);
            let is_plain = node.as_scalar().is_some_and(|scalar| scalar.kind != ScalarKind::Quoted);
            entry.text_end = (is_plain && !node.is_null()).then_some(node.span.end);
            entry.node = Some(node.clone());
        }
        match self.open.last_mut().map(|open| &mut open.content) {
            None => self.root = self.root.take().or(Some(node).filter(|node| !node.is_null())),
            Some(Content::List(items)) => items.push(node),
            Some(Content::Map { key: key @ None, .. }) => *key = Some(node),
            Some(Content::Map { key, entries, seen, merged }) => {
                if let Some(key) = key.take() {
                    let key = key_text(self.source, key);
                    if key.value == "<<" {
                        merged.push(node);
                    } else if seen.insert(key.value.clone()) {
                        entries.push(Entry { key, value: node });
                    } else if self.mistakes.len() < MOST_TOLD {
                        self.mistakes.push(duplicate(self.source, entries, key));
                    }
                }
            }
        }
        Ok(())
    }

    fn name_anchor(&mut self, id: usize, name: String, span: Span) {
        let entry = self.anchors.entry(id).or_insert_with(Anchor::unnamed);
        (entry.name, entry.span) = (name, span);
    }

    fn alias(&mut self, id: usize, span: Span) -> Result<(), Stop> {
        let Some(anchor) = self.anchors.get_mut(&id) else { return self.unknown_alias(span) };
        anchor.used = true;
        let Some(node) = &anchor.node else {
            return Err(self.refuse("yaml-syntax", span, "the alias stands inside what it repeats"));
        };
        let (size, depth) = extent(node);
        let node = Node { span: span.clone(), value: node.value.clone() };
        self.repeated += size;
        self.nodes += size;
        if self.repeated > MOST_REPEATED {
            return Err(self.refuse("too-large", span, "aliases repeat more than 100,000 values"));
        }
        if self.open.len() + depth > DEEPEST {
            return Err(self.refuse("too-deep", span, "lists and maps are nested more than 64 deep"));
        }
        self.complete(node, 0)
    }

    fn unknown_alias(&mut self, span: Span) -> Result<(), Stop> {
        let text = self.source.text[span.clone()].to_owned();
        let message = format!("`{text}` is read as an alias of YAML, and nothing has that name");
        if self.may_tell() {
            let end = line_end(&self.source.text, &span);
            let hint = quote::hint_in(&self.source.text, span.start..end);
            self.mistakes.push(Diagnostic::error("unquoted-text", self.source, span.clone(), message).hint(hint));
        }
        let scalar = Scalar { text, kind: ScalarKind::Quoted };
        self.complete(Node { span, value: NodeValue::Scalar(scalar) }, 0)
    }

    /// A name before a sentence that nothing refers to was meant as a part of it.
    fn unused_anchors(&mut self) {
        let mut unused: Vec<_> =
            self.anchors.values().filter(|anchor| !anchor.used && !anchor.name.is_empty()).collect();
        unused.sort_by_key(|anchor| anchor.span.start);
        for anchor in unused {
            let Some(end) = anchor.text_end.filter(|_| self.mistakes.len() < MOST_TOLD) else { continue };
            let message = format!("`&{}` is read as the name of an anchor of YAML, not as text", anchor.name);
            let hint = quote::hint_in(&self.source.text, anchor.span.start..end);
            let mistake = Diagnostic::error("unquoted-text", self.source, anchor.span.clone(), message);
            self.mistakes.push(mistake.hint(hint));
        }
    }

    fn may_tell(&self) -> bool {
        self.mistakes.len() < MOST_TOLD
    }

    fn second_document(&mut self, span: Span) {
        let span = span.start..span.start + 3;
        let mistake = Diagnostic::error("several-documents", self.source, span, "a second document begins here");
        self.mistakes.push(mistake.hint("give the second workflow a file of its own"));
    }

    fn refuse(&self, code: &'static str, span: Span, message: &str) -> Stop {
        let hint = match code {
            "too-deep" => "64 levels are the most that is read; is a bracket never closed?",
            "too-large" => "keep rows in a CSV file and go through them with `foreach`",
            _ => "write out what is meant",
        };
        Stop::Refused(Box::new(Diagnostic::error(code, self.source, span, message).hint(hint)))
    }
}

impl Anchor {
    fn unnamed() -> Self {
        Self { name: String::new(), span: 0..0, text_end: None, node: None, used: false }
    }
}

/// A key as text; one that is no scalar as it is written.
fn key_text(source: &Source, key: Node) -> Spanned<String> {
    let text = match key.value {
        NodeValue::Scalar(scalar) => scalar.text,
        _ => source.text.get(key.span.clone()).unwrap_or_default().to_owned(),
    };
    Spanned::new(text, key.span)
}

/// Takes the entries of a map, or of a list of maps, that are not given yet.
fn merge(entries: &mut Vec<Entry>, seen: &mut HashSet<String>, node: Node) {
    let maps = match node.value {
        NodeValue::Map(merged) => vec![merged],
        NodeValue::List(items) => items.into_iter().filter_map(|item| item.as_map().map(<[_]>::to_vec)).collect(),
        NodeValue::Scalar(_) => Vec::new(),
    };
    for entry in maps.into_iter().flatten() {
        if seen.insert(entry.key.value.clone()) {
            entries.push(entry);
        }
    }
}

fn duplicate(source: &Arc<Source>, entries: &[Entry], key: Spanned<String>) -> Diagnostic {
    let first = entries.iter().find(|entry| entry.key.value == key.value);
    let line = first.map_or(0, |entry| source.place(entry.key.span.start).line);
    let message = format!("`{}` is given twice, first on line {line}", key.value);
    Diagnostic::error("duplicate-key", source, key.span, message).hint("keep one of them")
}

/// How many values a tree holds, and how deep it is; the recursion is bounded by the depth of what is read.
fn extent(node: &Node) -> (usize, usize) {
    let children: Vec<_> = match &node.value {
        NodeValue::Scalar(_) => return (1, 0),
        NodeValue::List(items) => items.iter().map(extent).collect(),
        NodeValue::Map(entries) => entries.iter().map(|entry| extent(&entry.value)).collect(),
    };
    let size = children.iter().map(|(size, _)| size).sum::<usize>();
    (size + 1, children.iter().map(|(_, depth)| depth).max().copied().unwrap_or(0) + 1)
}

fn line_end(text: &str, span: &Span) -> usize {
    let rest = text[span.end..].split(['\n', '\r', ',', ']', '}']).next().unwrap_or_default();
    span.end + rest.trim_end().len()
}
