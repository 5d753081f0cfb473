//! The words between `{{` and `}}`.

use std::ops::Range;

use super::error::TemplateError;

/// What a word is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name: `inputs.x`, `upper`, `@index`, `../name`.
    Word,
    /// A text in quotes, a number, `true`, `false`, `null`.
    Literal,
    /// `(`
    Open,
    /// `)`
    Close,
    /// `=`
    Equals,
    /// `|`
    Bar,
}

/// One word and where it is.
#[derive(Clone, Debug)]
pub(super) struct Token<'a> {
    pub kind: Kind,
    pub text: &'a str,
    pub span: Range<usize>,
}

/// The signs of other languages, and the helper that stands for each.
const OPERATORS: [(&str, &str); 12] = [
    ("===", "eq"),
    ("!==", "ne"),
    ("==", "eq"),
    ("!=", "ne"),
    (">=", "lt"),
    ("<=", "gt"),
    ("&&", "and"),
    ("||", "or"),
    (">", "gt"),
    ("<", "lt"),
    ("??", "default"),
    ("!", "not"),
];

/// Reads the words of the tag that begins at `tag`, from `start` until its closing braces; answers them and
/// where they end.
pub(super) fn read(text: &str, tag: usize, start: usize) -> Result<(Vec<Token<'_>>, usize), TemplateError> {
    let mut tokens: Vec<Token<'_>> = Vec::new();
    let mut at = start;
    loop {
        let rest = &text[at..];
        let Some(first) = rest.chars().next() else {
            return Err(TemplateError::unclosed(tag));
        };
        if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        }
        if first == '}' || rest.starts_with("~}") {
            return Ok((tokens, at));
        }
        if let Some((sign, helper)) = OPERATORS.into_iter().find(|(sign, _)| rest.starts_with(sign)) {
            return Err(operator(text, tokens.last(), at, (sign, helper)));
        }
        let (kind, length) = match first {
            '(' => (Kind::Open, 1),
            ')' => (Kind::Close, 1),
            '=' => (Kind::Equals, 1),
            '|' => (Kind::Bar, 1),
            '"' | '\'' => (Kind::Literal, quoted(rest, first).ok_or_else(|| open_quote(at, first))?),
            _ => word(rest),
        };
        if length == 0 {
            return Err(unexpected(at, first));
        }
        tokens.push(Token { kind, text: &text[at..at + length], span: at..at + length });
        at += length;
    }
}

fn open_quote(at: usize, quote: char) -> TemplateError {
    TemplateError::new(at..at + 1, format!("a text that begins with `{quote}` is never closed"))
}

fn unexpected(at: usize, found: char) -> TemplateError {
    let error =
        TemplateError::new(at..at + found.len_utf8(), format!("`{found}` has no meaning between `{{{{` and `}}}}`"));
    match found {
        '{' => error.hint("names need no braces of their own: `{{ inputs.x }}`"),
        '+' | '*' | '%' => error.hint("texts hold no arithmetic; work it out in `vars` or in the data"),
        ',' => error.hint("values stand beside each other: `{{ join inputs.names \" and \" }}`"),
        _ => error,
    }
}

/// The length of a text in quotes, both included.
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

/// What the next word is, and its length; zero when there is none.
fn word(rest: &str) -> (Kind, usize) {
    let mut length = 0;
    let mut characters = rest.char_indices();
    while let Some((at, c)) = characters.next() {
        if c == '[' && (at == 0 || rest[..at].ends_with(['.', '/'])) {
            let Some(close) = rest[at..].find(']') else { return (Kind::Word, 0) };
            length = at + close + 1;
            while characters.clone().next().is_some_and(|(next, _)| next < length) {
                characters.next();
            }
            continue;
        }
        if !(c.is_ascii_alphanumeric() || "_-$:@./".contains(c) || !c.is_ascii()) {
            break;
        }
        length = at + c.len_utf8();
    }
    let text = &rest[..length];
    let literal = matches!(text, "true" | "false" | "null") || is_number(text);
    (if literal { Kind::Literal } else { Kind::Word }, length)
}

fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    digits.starts_with(|c: char| c.is_ascii_digit()) && text.parse::<f64>().is_ok()
}

/// An operator of another language, with the helper to write in its place.
fn operator(text: &str, left: Option<&Token<'_>>, at: usize, (sign, helper): (&str, &str)) -> TemplateError {
    let error = TemplateError::new(at..at + sign.len(), format!("`{sign}` has no meaning between `{{{{` and `}}}}`"));
    let rest = text[at + sign.len()..].trim_start();
    let right = match rest.chars().next() {
        Some(quote @ ('"' | '\'')) => &rest[..quoted(rest, quote).unwrap_or(0)],
        _ => &rest[..word(rest).1],
    };
    if right.is_empty() {
        return error;
    }
    let call = match (left, sign) {
        (_, "!") => format!("not {right}"),
        (None, _) => return error,
        (Some(left), ">=" | "<=") => format!("not ({helper} {} {right})", left.text),
        (Some(left), _) => format!("{helper} {} {right}", left.text),
    };
    let opened = text[..at].rfind("{{").map_or("", |open| text[open + 2..at].trim_start());
    match opened.strip_prefix('#').and_then(|block| block.split_whitespace().next()) {
        Some(block) => error.hint(format!("write `{{{{#{block} ({call})}}}}`")),
        None => error.hint(format!("write `{{{{ {call} }}}}`")),
    }
}
