//! The tags of a text: where each `{{ … }}` is and what kind it is.

use std::ops::Range;

use super::error::TemplateError;
use super::tokens::{self, Token};

/// The most tags in one text.
const MOST: usize = 1000;

/// What a tag does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TagKind {
    /// `{{ x }}`
    Output,
    /// `{{#if x}}`
    Open,
    /// `{{else}}`, `{{else if x}}`
    Else,
    /// `{{/if}}`
    Close,
}

/// One tag.
#[derive(Clone, Debug)]
pub(super) struct Tag<'a> {
    pub kind: TagKind,
    /// All of it, braces included.
    pub span: Range<usize>,
    /// Its words, without the sign or `else` that made its kind.
    pub tokens: Vec<Token<'a>>,
}

/// Finds every tag of a text but comments.
pub(super) fn scan(text: &str) -> Result<Vec<Tag<'_>>, TemplateError> {
    let mut tags = Vec::new();
    let mut at = 0;
    while let Some(found) = text[at..].find("{{") {
        let start = at + found;
        let slashes = text[at..start].bytes().rev().take_while(|&b| b == b'\\').count();
        if slashes == 1 {
            at = start + if text[start..].starts_with("{{{{") { 4 } else { 2 };
            continue;
        }
        if text[at..start].ends_with('$') {
            let message = "`${{` prints a dollar sign before the value";
            return Err(TemplateError::new(start - 1..start + 2, message).hint("drop the `$`: `{{ inputs.x }}`"));
        }
        if let Some(end) = comment(text, start)? {
            at = end;
            continue;
        }
        let tag = tag(text, start)?;
        at = tag.span.end;
        tags.push(tag);
        if tags.len() > MOST {
            return Err(TemplateError::new(start..at, format!("a text holds {MOST} expressions at most")));
        }
    }
    Ok(tags)
}

/// The end of a comment that begins here.
fn comment(text: &str, start: usize) -> Result<Option<usize>, TemplateError> {
    let rest = &text[start..];
    let close = match () {
        () if rest.starts_with("{{!--") => "--}}",
        () if rest.starts_with("{{!") => "}}",
        () => return Ok(None),
    };
    match rest.find(close) {
        Some(length) => Ok(Some(start + length + close.len())),
        None => Err(TemplateError::unclosed(start)),
    }
}

/// Reads the tag that begins here.
fn tag(text: &str, start: usize) -> Result<Tag<'_>, TemplateError> {
    if text[start..].starts_with("{{{{") {
        return Err(
            TemplateError::new(start..start + 4, "`{{{{` has no meaning").hint("write `\\{{` for braces that are text")
        );
    }
    let mut inner = start + 2;
    let trims = text[inner..].starts_with('~');
    inner += usize::from(trims);
    let triple = text[inner..].starts_with('{');
    inner += usize::from(triple);
    let sign = text[inner..].trim_start();
    let sign_at = text.len() - sign.len();
    let (mut kind, begin) = match sign.as_bytes().first() {
        Some(b'#') if !triple => (TagKind::Open, sign_at + 1),
        Some(b'/') if !triple => (TagKind::Close, sign_at + 1),
        Some(b'^') => {
            return Err(TemplateError::new(sign_at..sign_at + 1, "`^` has no meaning here").hint("write `{{else}}`"));
        }
        _ => (TagKind::Output, sign_at),
    };
    refuse_includes(text, begin)?;
    let (mut tokens, end) = tokens::read(text, start, begin)?;
    let end = end + closing(&text[end..], triple).ok_or_else(|| TemplateError::unclosed(start))?;
    if kind == TagKind::Output && !triple && tokens.first().is_some_and(|token| token.text.starts_with("else")) {
        let word = tokens.remove(0);
        if word.text != "else" {
            return Err(TemplateError::new(word.span, "a name at the start of a tag cannot begin with `else`"));
        }
        kind = TagKind::Else;
    }
    Ok(Tag { kind, span: start..end, tokens })
}

/// The length of the braces that close a tag.
fn closing(rest: &str, triple: bool) -> Option<usize> {
    let forms: &[&str] = if triple { &["}}}", "}~}}"] } else { &["}}", "~}}"] };
    forms.iter().find(|form| rest.starts_with(**form)).map(|form| form.len())
}

/// Refuses what would bring in other templates or change the renderer.
fn refuse_includes(text: &str, begin: usize) -> Result<(), TemplateError> {
    let (message, hint) = match text[begin..].trim_start().as_bytes().first() {
        Some(b'>') => ("a text cannot include another", "keep what they share in `vars`"),
        Some(b'*') => ("decorators are not supported", "write a name or a helper: `{{ inputs.x }}`"),
        Some(b'&') => ("`&` has no meaning here", "values are never escaped: write `{{ inputs.x }}`"),
        _ => return Ok(()),
    };
    let at = text.len() - text[begin..].trim_start().len();
    Err(TemplateError::new(at..at + 1, message).hint(hint))
}
