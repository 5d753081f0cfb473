//! What is wrong with an expression, and where a name of it stands.

use std::ops::Range;

use super::ExpressionError;
use crate::scope::{Position, Read};

/// The longest expression, in bytes.
const LONGEST: usize = 16 * 1024;
/// The deepest nesting of brackets, and the most operators that can stand in a row.
const DEEPEST: usize = 64;
/// The most operators: each may nest the parsed form by one, and the compiler follows it down.
const MOST_OPERATORS: usize = 256;

/// Refuses what the parser should not see, and the forms of other languages.
pub fn check(text: &str) -> Result<(), ExpressionError> {
    if text.trim().is_empty() {
        return Err(error(0, "the expression is empty", Some("write a condition, as `inputs.vip`".to_owned())));
    }
    if text.len() > LONGEST {
        return Err(error(0, format!("an expression is longer than {} KiB", LONGEST / 1024), None));
    }
    if let Some(offset) = text.find("{{") {
        let bare = text.replace("{{", "").replace("}}", "");
        let hint = format!("write it without braces: `{}`", bare.split_whitespace().collect::<Vec<_>>().join(" "));
        let message = "an expression stands without braces".to_owned();
        let end = text.rfind("}}").map_or(text.len(), |at| at + 2);
        return Err(ExpressionError { span: offset..end.max(offset + 2), message, hint: Some(hint) });
    }
    if depth(text) > DEEPEST {
        return Err(error(0, format!("an expression is nested deeper than {DEEPEST} levels"), None));
    }
    let bare = without_quoted(text);
    if operators(&bare) > MOST_OPERATORS {
        return Err(error(0, format!("an expression has more than {MOST_OPERATORS} operators"), None));
    }
    for (operator, word) in [("&&", "and"), ("||", "or"), ("===", "==")] {
        if let Some(offset) = bare.find(operator) {
            let fixed = format!("{} {word} {}", text[..offset].trim(), text[offset + operator.len()..].trim());
            return Err(error(offset, format!("`{operator}` is no operator"), Some(format!("write `{fixed}`"))));
        }
    }
    if let Some(offset) = bare.find('!').filter(|at| !bare[at + 1..].starts_with('=')) {
        let fixed = format!("{}not {}", &text[..offset], text[offset + 1..].trim_start());
        return Err(error(offset, "`!` is no operator", Some(format!("write `{fixed}`"))));
    }
    let assigns = |at: &usize| {
        let before = bare[..*at].chars().next_back();
        !matches!(before, Some('=' | '!' | '<' | '>')) && !bare[at + 1..].starts_with('=')
    };
    if let Some(offset) = bare.find('=').filter(assigns).filter(|_| !bare.contains('(')) {
        let fixed = format!("{} == {}", text[..offset].trim(), text[offset + 1..].trim());
        return Err(error(offset, "`=` compares nothing", Some(format!("write `{fixed}`"))));
    }
    Ok(())
}

/// The deepest nesting: brackets, and operators that the parser follows down.
fn depth(text: &str) -> usize {
    let (mut now, mut deepest) = (0usize, 0usize);
    for c in text.chars() {
        match c {
            '(' | '[' | '{' => now += 1,
            ')' | ']' | '}' => now = now.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(now);
    }
    let words = text.split_whitespace().filter(|word| matches!(*word, "not" | "if" | "else")).count();
    let signs = text.matches("**").count() + text.matches("--").count() + text.matches("- -").count();
    deepest.max(words).max(signs)
}

/// How many operators an expression without its quoted texts has; parts and calls of a value are such too.
fn operators(bare: &str) -> usize {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let words = bare.split(|c| !is_word(c));
    let words = words.filter(|word| matches!(*word, "and" | "or" | "not" | "in" | "is" | "if" | "else")).count();
    let (mut before, mut in_path, mut signs) = (' ', false, 0);
    for c in bare.chars() {
        signs += usize::from(match c {
            '+' | '-' | '*' | '/' | '%' | '~' | '|' | '<' | '>' | '=' => true,
            // The first point behind a digit is the number's own: `1.5`.
            '.' => in_path || !before.is_ascii_digit(),
            '[' | '(' => is_word(before) || matches!(before, ']' | ')'),
            _ => false,
        });
        in_path = c == '.' || in_path && is_word(c);
        if !c.is_whitespace() {
            before = c;
        }
    }
    words + signs
}

fn without_quoted(text: &str) -> String {
    let mut quote = None;
    let mut blank = |c: char| match quote {
        None if matches!(c, '"' | '\'') => {
            quote = Some(c);
            "\u{1}".repeat(c.len_utf8())
        }
        None => c.to_string(),
        Some(open) => {
            if c == open {
                quote = None;
            }
            "\u{1}".repeat(c.len_utf8())
        }
    };
    text.chars().map(&mut blank).collect()
}

/// Says in our words why the parser refused an expression.
pub fn explain(text: &str, cause: &minijinja::Error) -> ExpressionError {
    let range = cause.range().unwrap_or_default();
    let span: Range<usize> = range.start.min(text.len())..range.end.min(text.len());
    let message = format!("the expression cannot be read: {}", reason(cause));
    ExpressionError { span, message, hint: None }
}

/// The cause of an error, without the name of a template.
pub fn reason(cause: &minijinja::Error) -> String {
    cause.detail().map_or_else(|| cause.kind().to_string(), str::to_owned)
}

/// Where a dotted name stands: its first place that is not part of a longer name.
pub fn locate(text: &str, name: &str) -> Read {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let found = text.match_indices(name).find(|(at, _)| {
        let before = text[..*at].chars().next_back();
        let after = text[at + name.len()..].chars().next();
        !before.is_some_and(|c| is_part(c) || c == '.') && !after.is_some_and(is_part)
    });
    let first = name.split('.').next().unwrap_or_default();
    let span = match found {
        Some((at, _)) => at..at + name.len(),
        None => text.find(first).map_or(0..text.len(), |at| at..at + first.len()),
    };
    let path = name.split('.').map(str::to_owned).collect();
    let (before, after) = (&text[..span.start], text[span.end..].trim_start());
    let guarded = after.starts_with("is defined")
        || after.starts_with("is not defined")
        || after.strip_prefix('|').is_some_and(|filter| filter.trim_start().starts_with("default"));
    let conditional = [" and ", " or ", " if ", " else "].iter().any(|word| before.contains(word));
    Read { path, span, guarded, conditional, position: Position::Argument }
}

fn error(offset: usize, message: impl Into<String>, hint: Option<String>) -> ExpressionError {
    ExpressionError { span: offset..offset, message: message.into(), hint }
}
