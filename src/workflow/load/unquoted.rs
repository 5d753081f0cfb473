//! A sentence without quotes that YAML cannot take for one.

use std::ops::Range;

use super::quote;
use super::repair::Repair;

/// Characters that mean something to YAML at the start of a text.
const SPECIAL: [char; 14] = ['@', '`', '%', '*', '&', '!', '|', '>', '{', '[', '?', ',', ']', '}'];

/// Guesses that the value of a line should be in quotes.
pub(super) fn guess(number: usize, line: &str) -> Option<Repair> {
    let value = value(line)?;
    let text = &line[value.clone()];
    let first = text.chars().next()?;
    let rest = &text[first.len_utf8()..];
    let (code, message, fixed) = match first {
        '"' | '\'' => in_quotes(line, &value, first)?,
        _ if text.starts_with("{{") => {
            let message = "a text that starts with `{{` must be in quotes".to_owned();
            ("unquoted-template", message, quote::quote_part(line, value.clone()))
        }
        '[' | '{' if is_collection(text, first) => return None,
        '|' | '>' if is_block_header(rest) => return None,
        _ if SPECIAL.contains(&first) || text.starts_with("- ") => {
            let first = if first == '`' { "a backtick".to_owned() } else { format!("`{first}`") };
            let message = format!("a text that starts with {first} must be in quotes");
            ("unquoted-text", message, quote::quote_part(line, value.clone()))
        }
        _ if text.contains(": ") || text.ends_with(':') => {
            let message = "a text that holds `: ` must be in quotes".to_owned();
            ("unquoted-text", message, quote::quote_part(line, value.clone()))
        }
        _ => return None,
    };
    let hint = match code {
        "yaml-syntax" if quote::is_short(&fixed) => format!("close it: `{}`", fixed.trim()),
        "yaml-syntax" => "close it at the end of the text".to_owned(),
        _ => quote::hint(&fixed),
    };
    Some(Repair { line: number, part: value, code, message, hint, fixed })
}

/// The bytes of the text of a line, behind its dashes and its key, before its comment.
fn value(line: &str) -> Option<Range<usize>> {
    let mut start = line.len() - line.trim_start().len();
    while line[start..].starts_with("- ") {
        start += 1;
        start += line[start..].len() - line[start..].trim_start().len();
    }
    let rest = &line[start..];
    let key = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '-')).unwrap_or(rest.len());
    if key > 0 && rest[key..].starts_with(": ") {
        start += key + 1;
        start += line[start..].len() - line[start..].trim_start().len();
    }
    let text = &line[start..];
    let text = text.find(" # ").map_or(text, |comment| &text[..comment]).trim_end();
    (!text.is_empty() && !text.starts_with('#')).then_some(start..start + text.len())
}

/// A text that goes on behind its closing quote, or has none.
fn in_quotes(line: &str, value: &Range<usize>, mark: char) -> Option<(&'static str, String, String)> {
    let text = &line[value.clone()];
    let inner = &text[1..];
    let fixed = |text: &str| format!("{}{}{}", &line[..value.start], quote::quoted(text), &line[value.end..]);
    match closing(inner, mark) {
        Some(end) if end + 1 == inner.len() => None,
        // `'It's here'`: the quotes around it were meant for the whole text.
        Some(_) if inner.len() > 1 && inner.ends_with(mark) => {
            let message = format!("the `{mark}` inside the text ends it");
            Some(("unquoted-text", message, fixed(&inner[..inner.len() - 1])))
        }
        Some(_) => Some(("unquoted-text", "the text goes on behind its closing quote".to_owned(), fixed(text))),
        None => {
            let whole = format!("{}{text}{mark}{}", &line[..value.start], &line[value.end..]);
            Some(("yaml-syntax", format!("the quote `{mark}` is never closed"), whole))
        }
    }
}

fn closing(inner: &str, mark: char) -> Option<usize> {
    let mut characters = inner.char_indices().peekable();
    while let Some((at, c)) = characters.next() {
        let doubled = mark == '\'' && c == mark && characters.peek().is_some_and(|(_, next)| *next == mark);
        if doubled || (mark == '"' && c == '\\') {
            characters.next();
        } else if c == mark {
            return Some(at);
        }
    }
    None
}

/// Tells whether a bracketed text is a list or a map, or begins one that goes on below.
fn is_collection(text: &str, open: char) -> bool {
    let close = if open == '[' { ']' } else { '}' };
    text.ends_with(close) || !text.contains(close)
}

fn is_block_header(rest: &str) -> bool {
    rest.trim_end().chars().all(|c| c.is_ascii_digit() || c == '+' || c == '-')
}
