//! What an expression reads and calls, and the mistakes that can be explained better than the engine would.
//!
//! It also bounds what the engine is given: its parser recurses on parentheses and on runs of operators.

use super::error::ExpressionError;
use super::words::{Kind, Word, split};
use crate::diagnostic::nearest;
use crate::scope::{Position, Read};

/// The longest expression, in bytes.
const LONGEST: usize = 16 * 1024;
/// The deepest nesting of parentheses, brackets and braces.
const DEEPEST: usize = 64;
/// The most operators, each of which may nest what the engine builds by one.
const MOST_OPERATORS: usize = 256;
/// The most names that are read.
const MOST_READS: usize = 256;

/// What can be called.
const FUNCTIONS: [&str; 3] = ["always", "failed", "range"];
const KEYWORDS: [&str; 13] =
    ["and", "or", "not", "in", "is", "if", "else", "true", "false", "none", "True", "False", "None"];
/// What can follow a `|`.
pub(super) const FILTERS: [&str; 37] = [
    "abs",
    "attr",
    "batch",
    "bool",
    "chain",
    "count",
    "d",
    "default",
    "dictsort",
    "first",
    "float",
    "format",
    "groupby",
    "int",
    "items",
    "join",
    "last",
    "length",
    "lines",
    "list",
    "lower",
    "map",
    "max",
    "min",
    "reject",
    "rejectattr",
    "replace",
    "reverse",
    "round",
    "select",
    "selectattr",
    "sort",
    "split",
    "string",
    "sum",
    "trim",
    "upper",
];
/// What can follow an `is`.
pub(super) const TESTS: [&str; 22] = [
    "boolean",
    "defined",
    "divisibleby",
    "endingwith",
    "eq",
    "even",
    "false",
    "float",
    "ge",
    "gt",
    "in",
    "integer",
    "iterable",
    "le",
    "lt",
    "mapping",
    "ne",
    "none",
    "number",
    "odd",
    "sequence",
    "string",
];
const MORE_TESTS: [&str; 4] = ["startingwith", "containing", "true", "undefined"];

/// What an expression reads and calls.
pub(super) struct Outline {
    pub reads: Vec<Read>,
    pub calls: Vec<String>,
}

/// Checks an expression before it is compiled.
pub(super) fn check(text: &str) -> Result<Outline, ExpressionError> {
    let all = 0..text.len();
    if text.len() > LONGEST {
        let message = format!("an expression has {LONGEST} bytes at most, this one has {}", text.len());
        return Err(ExpressionError::new(0..0, message));
    }
    let words = split(text)?;
    if words.is_empty() {
        return Err(ExpressionError::new(all, "the expression is empty"));
    }
    bound(&words)?;
    let mut outline = Outline { reads: Vec::new(), calls: Vec::new() };
    let mut at = 0;
    while at < words.len() {
        at += match words[at].kind {
            Kind::Name => name(&words, at, &mut outline)?,
            _ => 1,
        };
    }
    if outline.reads.len() > MOST_READS {
        return Err(ExpressionError::new(all, format!("an expression reads {MOST_READS} names at most")));
    }
    Ok(outline)
}

/// Refuses what would nest too deep, closes what is not open, or sets something.
fn bound(words: &[Word<'_>]) -> Result<(), ExpressionError> {
    let mut open: Vec<&Word<'_>> = Vec::new();
    let mut operators = 0;
    for (at, word) in words.iter().enumerate() {
        let wrong = |message: String| ExpressionError::new(word.span.clone(), message);
        match (word.kind, word.text) {
            (Kind::Sign, "(" | "[" | "{") => {
                open.push(word);
                // Behind a value they take a part of it or call it, which nests like an operator.
                let before = at.checked_sub(1).map(|index| &words[index]);
                operators +=
                    usize::from(before.is_some_and(|word| word.kind == Kind::Name || word.is("]") || word.is(")")));
            }
            (Kind::Sign, ")" | "]" | "}") => {
                let wanted = open.pop().map(|word| word.text);
                if !matches!((wanted, word.text), (Some("("), ")") | (Some("["), "]") | (Some("{"), "}")) {
                    return Err(wrong(format!("`{}` closes nothing", word.text)));
                }
            }
            (Kind::Sign, "=") if !open.iter().any(|word| word.is("(")) => {
                return Err(wrong("`=` sets nothing here".to_owned()).hint("write `==` to compare"));
            }
            (Kind::Sign, "," | ":") | (Kind::Number | Kind::Text, _) => {}
            (Kind::Sign, _) => operators += 1,
            (Kind::Name, name) => operators += usize::from(KEYWORDS[..7].contains(&name)),
        }
        if open.len() > DEEPEST {
            return Err(wrong(format!("parentheses are nested more than {DEEPEST} deep")));
        }
        if operators > MOST_OPERATORS {
            return Err(wrong(format!("an expression has {MOST_OPERATORS} operators at most")));
        }
    }
    match open.pop() {
        None => Ok(()),
        Some(word) => Err(ExpressionError::new(word.span.clone(), format!("`{}` is never closed", word.text))),
    }
}

/// Looks at the name that stands at a position; answers how many words it takes.
fn name(words: &[Word<'_>], at: usize, outline: &mut Outline) -> Result<usize, ExpressionError> {
    let word = &words[at];
    let before = at.checked_sub(1).map(|index| &words[index]);
    let next = words.get(at + 1);
    if before.is_some_and(|before| before.is("|")) {
        return known(word, "filter", &FILTERS).map(|()| 1);
    }
    let is_test = match before {
        Some(before) if before.says("is") => !word.says("not"),
        Some(before) => before.says("not") && at >= 2 && words[at - 2].says("is"),
        None => false,
    };
    if is_test {
        let tests: Vec<&str> = TESTS.into_iter().chain(MORE_TESTS).collect();
        return known(word, "test", &tests).map(|()| 1);
    }
    if KEYWORDS.contains(&word.text) {
        return Ok(1);
    }
    if word.text == "null" {
        return Err(ExpressionError::new(word.span.clone(), "unknown name `null`").hint("write `none`"));
    }
    if next.is_some_and(|next| next.is("=")) {
        return Ok(1);
    }
    if next.is_some_and(|next| next.is("(")) {
        known(word, "function", &FUNCTIONS)?;
        outline.calls.push(word.text.to_owned());
        return Ok(1);
    }
    let (path, length) = path(words, at);
    refuse_dash(words, at + length)?;
    let last = &words[at + length - 1];
    if let Some(open) = words.get(at + length).filter(|word| word.is("(")) {
        let span = word.span.start..open.span.start;
        let error = ExpressionError::new(span, format!("unknown function `{}`", path.join(".")));
        return Err(match nearest(last.text, FILTERS) {
            Some(filter) => error.hint(format!("write a filter: `{} | {filter}`", path[..path.len() - 1].join("."))),
            None => error
                .hint("only `always()`, `failed()` and `range()` can be called; the rest are filters: `x | length`"),
        });
    }
    outline.reads.push(Read {
        span: word.span.start..last.span.end,
        guarded: is_guarded(&words[at + length..]),
        conditional: words.iter().any(|word| word.says("if"))
            || words[..at].iter().any(|word| word.says("and") || word.says("or")),
        position: Position::Argument,
        path,
    });
    Ok(length)
}

fn known(word: &Word<'_>, what: &str, names: &[&str]) -> Result<(), ExpressionError> {
    if names.contains(&word.text) {
        return Ok(());
    }
    let error = ExpressionError::new(word.span.clone(), format!("unknown {what} `{}`", word.text));
    Err(match nearest(word.text, names.iter().copied()) {
        Some(name) => error.hint(format!("did you mean `{name}`?")),
        None if what == "function" => error.hint("only `always()`, `failed()` and `range()` can be called"),
        None => error,
    })
}

/// The dotted name that begins at a position, and how many words it takes.
fn path(words: &[Word<'_>], at: usize) -> (Vec<String>, usize) {
    let mut path = vec![words[at].text.to_owned()];
    let mut length = 1;
    loop {
        match &words[at + length..] {
            [dot, part, ..] if dot.is(".") && matches!(part.kind, Kind::Name | Kind::Number) => {
                path.push(part.text.to_owned());
                length += 2;
            }
            [open, part, close, ..] if open.is("[") && close.is("]") && is_fixed(part) => {
                path.push(part.text.trim_matches(['"', '\'']).to_owned());
                length += 3;
            }
            _ => return (path, length),
        }
    }
}

/// Tells whether what stands between brackets is the same at every evaluation.
fn is_fixed(word: &Word<'_>) -> bool {
    match word.kind {
        Kind::Text => !word.text.contains('\\'),
        Kind::Number => word.text.bytes().all(|b| b.is_ascii_digit()),
        _ => false,
    }
}

/// Tells whether what follows a name makes do without its value.
fn is_guarded(after: &[Word<'_>]) -> bool {
    match after {
        [bar, filter, ..] if bar.is("|") => filter.says("default") || filter.says("d"),
        [is, not, test, ..] if is.says("is") && not.says("not") => test.says("defined") || test.says("undefined"),
        [is, test, ..] if is.says("is") => test.says("defined") || test.says("undefined"),
        _ => false,
    }
}

/// Refuses `inputs.first-name`, which would subtract `name`.
fn refuse_dash(words: &[Word<'_>], at: usize) -> Result<(), ExpressionError> {
    let [left, dash, right, rest @ ..] = &words[at - 1..] else { return Ok(()) };
    let is_tight = dash.is("-") && left.span.end == dash.span.start && dash.span.end == right.span.start;
    let goes_on = rest.first().is_some_and(|word| word.is(".") || word.is("[") || word.is("("));
    if !is_tight || right.kind != Kind::Name || goes_on {
        return Ok(());
    }
    let joined = format!("{}-{}", left.text, right.text);
    Err(ExpressionError::new(left.span.start..right.span.end, format!("`{joined}` is a subtraction, not a name"))
        .hint(format!("write `{}`, or put space around `-` to subtract", joined.replace('-', "_"))))
}
