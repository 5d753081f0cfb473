//! The words and signs of an expression.

use std::ops::Range;

use super::error::ExpressionError;

/// What a word is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// `inputs`, `and`
    Name,
    /// `50`, `1.5`
    Number,
    /// `"a text"`
    Text,
    /// `==`, `(`, `.`
    Sign,
}

/// One word and where it is.
#[derive(Clone, Debug)]
pub(super) struct Word<'a> {
    pub kind: Kind,
    pub text: &'a str,
    pub span: Range<usize>,
}

impl Word<'_> {
    /// Tells whether it is this sign.
    pub(super) fn is(&self, sign: &str) -> bool {
        self.kind == Kind::Sign && self.text == sign
    }

    /// Tells whether it is this name.
    pub(super) fn says(&self, name: &str) -> bool {
        self.kind == Kind::Name && self.text == name
    }
}

/// The signs of the language, longer ones first.
const SIGNS: [&str; 24] = [
    "**", "//", "==", "!=", "<=", ">=", "(", ")", "[", "]", "{", "}", ",", ":", ".", "|", "~", "+", "-", "*", "/", "%",
    "<", ">",
];

/// Splits an expression into its words.
pub(super) fn split(text: &str) -> Result<Vec<Word<'_>>, ExpressionError> {
    let mut words: Vec<Word<'_>> = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        }
        let rest = &text[at..];
        let after_dot = words.last().is_some_and(|word| word.is(".") && word.span.end == at);
        let (kind, length) = match first {
            'a'..='z' | 'A'..='Z' | '_' => (Kind::Name, span_of(rest, |c| c.is_ascii_alphanumeric() || c == '_')),
            '0'..='9' if after_dot => (Kind::Number, span_of(rest, |c| c.is_ascii_digit())),
            '0'..='9' => (Kind::Number, span_of(rest, |c| c.is_ascii_alphanumeric() || "._".contains(c))),
            '"' | '\'' => (Kind::Text, quoted(rest, first).ok_or_else(|| open_quote(at, first))?),
            _ => (Kind::Sign, sign(text, at)?),
        };
        words.push(Word { kind, text: &rest[..length], span: at..at + length });
        at += length;
    }
    Ok(words)
}

fn span_of(rest: &str, belongs: impl Fn(char) -> bool) -> usize {
    rest.find(|c| !belongs(c)).unwrap_or(rest.len())
}

fn open_quote(at: usize, quote: char) -> ExpressionError {
    ExpressionError::new(at..at + 1, format!("a text that begins with `{quote}` is never closed"))
}

fn quoted(rest: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return Some(at + 1),
            _ => {}
        }
    }
    None
}

/// The length of the sign that stands here, or what to write in its place.
fn sign(text: &str, at: usize) -> Result<usize, ExpressionError> {
    let rest = &text[at..];
    let wrong = |length: usize, message: &str| Err(ExpressionError::new(at..at + length, message));
    let refused = |length: usize, message: &str, hint: &str| wrong(length, message).map_err(|error| error.hint(hint));
    if rest.starts_with("{{") || rest.starts_with("${") {
        let bare = text.replace("${{", "").replace("{{", "").replace("}}", "");
        return refused(2, "an expression takes no braces", &format!("write `{}`", bare.trim()));
    }
    for (foreign, ours) in [("&&", "and"), ("||", "or"), ("===", "=="), ("!==", "!="), ("<>", "!=")] {
        if rest.starts_with(foreign) {
            return refused(foreign.len(), &format!("`{foreign}` has no meaning here"), &format!("write `{ours}`"));
        }
    }
    if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
        return Ok(sign.len());
    }
    let first = rest.chars().next().unwrap_or_default();
    match first {
        '!' => refused(1, "`!` has no meaning here", "write `not`"),
        '=' => Ok(1),
        '?' => refused(1, "`?` has no meaning here", "write `a if condition else b`"),
        '&' => refused(1, "`&` has no meaning here", "write `and`"),
        '$' | '@' => refused(1, &format!("`{first}` has no meaning here"), "names are written as they are: `inputs.x`"),
        _ => wrong(first.len_utf8(), &format!("`{first}` has no meaning here")),
    }
}
