//! Checks what the tags of a text say together: blocks that open and close, helpers that exist.
//!
//! All that can be said with a place is said here, before the compiler, whose errors have none to speak of.

use std::collections::{HashMap, VecDeque};
use std::ops::Range;

use super::error::TemplateError;
use super::helpers::{self, HelperDoc};
use super::tags::{Tag, TagKind};
use super::tokens::{Kind, Token};
use crate::diagnostic::nearest;

/// The deepest nesting of blocks, and of parentheses.
const DEEPEST: usize = 64;

/// Every place where a word stands that may be a name, by the word.
pub(super) type Words = HashMap<String, VecDeque<Range<usize>>>;

/// A block that is open.
struct Open<'a> {
    name: &'a str,
    span: Range<usize>,
    /// How deep its body is nested in the compiled form: one, and one more for each `{{else if}}`.
    levels: usize,
    /// Whether its plain `{{else}}` has been seen.
    has_else: bool,
}

/// Checks the tags of a text and answers the places of its words.
pub(super) fn check(tags: &[Tag<'_>]) -> Result<Words, TemplateError> {
    let mut open: Vec<Open<'_>> = Vec::new();
    let mut words = Words::new();
    for tag in tags {
        match tag.kind {
            TagKind::Output => output(tag, &mut words)?,
            TagKind::Open => {
                let name = opening(tag, &mut words)?;
                open.push(Open { name, span: tag.span.clone(), levels: 1, has_else: false });
            }
            TagKind::Else => branch(tag, open.last_mut(), &mut words)?,
            TagKind::Close => close(tag, open.pop())?,
        }
        if open.iter().map(|block| block.levels).sum::<usize>() > DEEPEST {
            return Err(TemplateError::new(tag.span.clone(), format!("blocks are nested more than {DEEPEST} deep")));
        }
    }
    match open.pop() {
        None => Ok(words),
        Some(block) => Err(TemplateError::new(block.span, format!("`{{{{#{}}}}}` is never closed", block.name))
            .hint(format!("write `{{{{/{}}}}}` where it ends", block.name))),
    }
}

fn branch<'a>(tag: &Tag<'a>, block: Option<&mut Open<'a>>, words: &mut Words) -> Result<(), TemplateError> {
    let Some(block) = block else {
        return Err(TemplateError::new(tag.span.clone(), "`{{else}}` stands outside of any block"));
    };
    if block.has_else {
        return Err(TemplateError::new(tag.span.clone(), "nothing can follow the `{{else}}` of a block but its end"));
    }
    if tag.tokens.is_empty() {
        block.has_else = true;
        return Ok(());
    }
    block.levels += 1;
    opening(tag, words).map(|_| ())
}

fn close(tag: &Tag<'_>, block: Option<Open<'_>>) -> Result<(), TemplateError> {
    let written = tag.tokens.first().map_or("", |token| token.text);
    let error = |message: String| TemplateError::new(tag.span.clone(), message);
    match block {
        None => Err(error(format!("`{{{{/{written}}}}}` closes a block that was never opened"))),
        Some(block) if block.name != written || tag.tokens.len() != 1 => {
            Err(error(format!("`{{{{#{}}}}}` is open, and `{{{{/{written}}}}}` is closing", block.name))
                .hint(format!("write `{{{{/{}}}}}`", block.name)))
        }
        Some(_) => Ok(()),
    }
}

/// Checks `{{ x }}`, `{{ upper x }}`.
fn output(tag: &Tag<'_>, words: &mut Words) -> Result<(), TemplateError> {
    match tag.tokens.as_slice() {
        [] => Err(TemplateError::new(tag.span.clone(), "nothing stands between `{{` and `}}`")
            .hint("write a name: `{{ inputs.x }}`")),
        [only] if only.kind == Kind::Word => {
            words.entry(only.text.to_owned()).or_default().push_back(only.span.clone());
            Ok(())
        }
        [only] if only.kind == Kind::Literal => {
            Err(TemplateError::new(only.span.clone(), format!("`{}` is no name", only.text))
                .hint("text needs no braces: write it as it is"))
        }
        [first, ..] if first.kind == Kind::Open => call(&tag.tokens, None, words),
        tokens => call(tokens, Some(tag), words),
    }
}

/// Checks `{{#if x}}` and `{{else if x}}`; answers the block's name.
fn opening<'a>(tag: &Tag<'a>, words: &mut Words) -> Result<&'a str, TemplateError> {
    let Some(first) = tag.tokens.first() else {
        return Err(TemplateError::new(tag.span.clone(), "a block needs a name").hint("write `{{#if inputs.x}}`"));
    };
    let known = HELPERS_THAT_OPEN.contains(&first.text);
    if !known {
        let error = TemplateError::new(first.span.clone(), format!("`{}` is no block", first.text));
        return Err(match helpers::find(first.text) {
            Some(helper) => error.hint(format!("write `{}`", helper.example)),
            None => match nearest(first.text, HELPERS_THAT_OPEN) {
                Some(name) => error.hint(format!("did you mean `{{{{#{name}}}}}`?")),
                None => error.hint("the blocks are `#if`, `#unless`, `#each` and `#with`"),
            },
        });
    }
    let (arguments, params) = match tag.tokens.iter().position(|token| token.kind == Kind::Bar) {
        None => (&tag.tokens[..], None),
        Some(at) => (&tag.tokens[..at.saturating_sub(1)], Some(&tag.tokens[at..])),
    };
    if let Some(params) = params {
        let most = match first.text {
            "each" => 2,
            "with" => 1,
            _ => 0,
        };
        let names = params.iter().filter(|token| token.kind == Kind::Word).count();
        if names == 0 || names > most {
            let span = params[0].span.start..tag.span.end;
            return Err(TemplateError::new(span, format!("`{}` cannot name this", first.text))
                .hint("only `#each` and `#with` name what they hold: `{{#each inputs.names as |name|}}`"));
        }
    }
    call(arguments, None, words)?;
    Ok(first.text)
}

const HELPERS_THAT_OPEN: [&str; 4] = ["if", "unless", "each", "with"];

/// A helper whose values are being read.
struct Call<'a> {
    helper: &'static HelperDoc,
    span: Range<usize>,
    values: usize,
    names: Vec<&'a str>,
}

/// Checks a helper and its values, and the helpers in parentheses among them.
fn call(tokens: &[Token<'_>], output: Option<&Tag<'_>>, words: &mut Words) -> Result<(), TemplateError> {
    let mut calls: Vec<Call<'_>> = Vec::new();
    let mut expects_helper = true;
    for (at, token) in tokens.iter().enumerate() {
        let next = tokens.get(at + 1).map(|token| token.kind);
        match token.kind {
            Kind::Open => {
                if calls.len() >= DEEPEST {
                    let message = format!("parentheses are nested more than {DEEPEST} deep");
                    return Err(TemplateError::new(token.span.clone(), message));
                }
                if let Some(call) = calls.last_mut() {
                    call.values += usize::from(at == 0 || tokens[at - 1].kind != Kind::Equals);
                }
                expects_helper = true;
            }
            Kind::Close => match calls.pop() {
                Some(call) if !calls.is_empty() || tokens[0].kind == Kind::Open => finish(&call)?,
                _ => return Err(TemplateError::new(token.span.clone(), "`)` closes nothing")),
            },
            Kind::Word if expects_helper => {
                let outermost = calls.is_empty() && tokens[0].kind != Kind::Open;
                if !outermost && next == Some(Kind::Close) {
                    return Err(TemplateError::new(token.span.clone(), format!("`({})` calls nothing", token.text))
                        .hint(format!("drop the parentheses: `{}`", token.text)));
                }
                let helper = named_helper(token, tokens, output.filter(|_| outermost), outermost)?;
                calls.push(Call { helper, span: token.span.clone(), values: 0, names: Vec::new() });
                expects_helper = false;
            }
            _ => value(tokens, at, &mut calls, words)?,
        }
    }
    match calls.pop() {
        Some(call) if calls.is_empty() && tokens[0].kind != Kind::Open => finish(&call),
        None => Ok(()),
        Some(call) => Err(TemplateError::new(call.span, "`(` is never closed")),
    }
}

/// Takes a value, or the name of a named one.
fn value<'a>(tokens: &[Token<'a>], at: usize, calls: &mut [Call<'a>], words: &mut Words) -> Result<(), TemplateError> {
    let token = &tokens[at];
    let is_before = |kind: Kind| tokens.get(at + 1).is_some_and(|next| next.kind == kind);
    let is_named = at > 0 && tokens[at - 1].kind == Kind::Equals;
    let wrong = |message: &str| Err(TemplateError::new(token.span.clone(), message));
    let Some(call) = calls.last_mut() else { return wrong("a helper's name is expected here") };
    match token.kind {
        Kind::Word if is_before(Kind::Equals) => {
            if !call.helper.named.contains(&token.text) {
                return Err(unknown_option(token, call.helper));
            }
            if call.names.contains(&token.text) {
                return wrong("this value is given twice");
            }
            call.names.push(token.text);
        }
        Kind::Word | Kind::Literal => {
            call.values += usize::from(!is_named);
            if token.kind == Kind::Word {
                words.entry(token.text.to_owned()).or_default().push_back(token.span.clone());
            }
        }
        Kind::Equals if !is_named && at + 1 < tokens.len() => {}
        Kind::Bar => {
            return Err(TemplateError::new(token.span.clone(), "`|` has no meaning here")
                .hint("the helper comes first: `{{ upper inputs.x }}`"));
        }
        _ => return wrong("a value is expected here"),
    }
    Ok(())
}

fn unknown_option(token: &Token<'_>, helper: &HelperDoc) -> TemplateError {
    let error = TemplateError::new(token.span.clone(), format!("`{}` takes no `{}=`", helper.name, token.text));
    match nearest(token.text, helper.named.iter().copied()) {
        Some(name) => error.hint(format!("did you mean `{name}=`?")),
        None => error.hint(format!("write `{}`", helper.signature)),
    }
}

/// Finds the helper that a word names where one is expected.
fn named_helper(
    token: &Token<'_>,
    tokens: &[Token<'_>],
    output: Option<&Tag<'_>>,
    outermost: bool,
) -> Result<&'static HelperDoc, TemplateError> {
    let opens = HELPERS_THAT_OPEN.contains(&token.text);
    let error = |message: String| TemplateError::new(token.span.clone(), message);
    if opens && (output.is_some() || !outermost) {
        return Err(error(format!("`{}` is a block", token.text))
            .hint(format!("write `{{{{#{0} …}}}} … {{{{/{0}}}}}`", token.text)));
    }
    if let Some(helper) = helpers::find(token.text) {
        return Ok(helper);
    }
    // `{{ x | upper }}`, as other template languages have it.
    if let [_, bar, filter, ..] = tokens
        && bar.kind == Kind::Bar
        && output.is_some()
    {
        return Err(TemplateError::new(bar.span.clone(), "`|` has no meaning here")
            .hint(format!("the helper comes first: `{{{{ {} {} }}}}`", filter.text, token.text)));
    }
    let unknown = error(format!("unknown helper `{}`", token.text));
    Err(match (token.text, nearest(token.text, helpers::HELPERS.iter().map(|helper| helper.name))) {
        ("gte" | "ge", _) => unknown.hint("write `not (lt a b)`"),
        ("lte" | "le", _) => unknown.hint("write `not (gt a b)`"),
        (_, Some(name)) => unknown.hint(format!("did you mean `{name}`?")),
        (name, None) if name.contains('.') => {
            unknown.hint("a name stands alone between `{{` and `}}`, or after a helper")
        }
        _ => unknown,
    })
}

/// Checks that a helper was given as many values as it takes.
fn finish(call: &Call<'_>) -> Result<(), TemplateError> {
    if call.helper.takes.contains(&call.values) {
        return Ok(());
    }
    let (least, most) = (*call.helper.takes.start(), *call.helper.takes.end());
    let wanted = match (least, most) {
        (a, b) if a == b => format!("{a}"),
        (a, usize::MAX) => format!("{a} or more"),
        (a, b) => format!("{a} to {b}"),
    };
    let message = format!(
        "`{}` takes {wanted} {}, not {}",
        call.helper.name,
        if most == 1 { "value" } else { "values" },
        call.values
    );
    Err(TemplateError::new(call.span.clone(), message).hint(format!("write `{}`", call.helper.signature)))
}
