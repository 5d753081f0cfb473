//! A YAML document as it was written: every key and value with its place.
//!
//! The YAML crate is seen by the loader only; everything else reads this tree.

use crate::diagnostic::Span;

/// A value with its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// The bytes of the source that it was read from.
    pub span: Span,
    /// What it is.
    pub value: NodeValue,
}

/// What a value is.
#[derive(Clone, Debug, PartialEq)]
pub enum NodeValue {
    /// One word, number or text.
    Scalar(Scalar),
    /// A list.
    List(Vec<Node>),
    /// Keys and values, in the order written.
    Map(Vec<Entry>),
}

/// One word, number or text, as spelled.
#[derive(Clone, Debug, PartialEq)]
pub struct Scalar {
    /// The text without its quotes; a plain `1.10` stays `1.10`.
    pub text: String,
    /// What YAML 1.2 takes it for.
    pub kind: ScalarKind,
}

/// What YAML 1.2 takes a scalar for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScalarKind {
    /// Nothing, `~` or `null`, unquoted.
    Null,
    /// `true` or `false`, unquoted.
    Boolean,
    /// A whole number, unquoted.
    Integer,
    /// Another number, unquoted.
    Number,
    /// An unquoted text.
    Plain,
    /// A quoted or block text.
    Quoted,
}

/// One key of a map.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The key.
    pub key: Spanned<String>,
    /// Its value.
    pub value: Node,
}

/// Anything with its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Spanned<T> {
    /// The bytes of the source that it was read from.
    pub span: Span,
    /// The thing.
    pub value: T,
}

impl<T> Spanned<T> {
    /// A thing at a place.
    pub fn new(value: T, span: Span) -> Self {
        Self { span, value }
    }

    /// Another thing at the same place.
    pub fn with<U>(&self, value: U) -> Spanned<U> {
        Spanned { span: self.span.clone(), value }
    }
}

impl Node {
    /// The value of a key, when this is a map that has it.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// The entry of a key, when this is a map that has it.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.as_map()?.iter().find(|entry| entry.key.value == key)
    }

    /// The entries, when this is a map.
    pub fn as_map(&self) -> Option<&[Entry]> {
        match &self.value {
            NodeValue::Map(entries) => Some(entries),
            _ => None,
        }
    }

    /// The items, when this is a list.
    pub fn as_list(&self) -> Option<&[Node]> {
        match &self.value {
            NodeValue::List(items) => Some(items),
            _ => None,
        }
    }

    /// The scalar, when this is one.
    pub fn as_scalar(&self) -> Option<&Scalar> {
        match &self.value {
            NodeValue::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }

    /// The scalar's spelling with its place, unless it is nothing.
    pub fn text(&self) -> Option<Spanned<String>> {
        let scalar = self.as_scalar().filter(|scalar| scalar.kind != ScalarKind::Null)?;
        Some(Spanned::new(scalar.text.clone(), self.span.clone()))
    }

    /// Tells whether nothing was written.
    pub fn is_null(&self) -> bool {
        self.as_scalar().is_some_and(|scalar| scalar.kind == ScalarKind::Null)
    }

    /// The value as JSON, with YAML's own types.
    pub fn to_json(&self) -> serde_json::Value {
        match &self.value {
            NodeValue::Scalar(scalar) => scalar.to_json(),
            NodeValue::List(items) => items.iter().map(Node::to_json).collect(),
            NodeValue::Map(entries) => {
                entries.iter().map(|entry| (entry.key.value.clone(), entry.value.to_json())).collect()
            }
        }
    }
}

impl Scalar {
    /// The scalar as JSON, with YAML's own type.
    pub fn to_json(&self) -> serde_json::Value {
        let text = || serde_json::Value::String(self.text.clone());
        match self.kind {
            ScalarKind::Null => serde_json::Value::Null,
            ScalarKind::Boolean => serde_json::Value::Bool(self.text.eq_ignore_ascii_case("true")),
            ScalarKind::Integer => self.text.parse::<i64>().map_or_else(|_| text(), Into::into),
            ScalarKind::Number => self.text.parse::<f64>().map_or_else(|_| text(), Into::into),
            ScalarKind::Plain | ScalarKind::Quoted => text(),
        }
    }
}
