//! What can be wrong with an expression, before and while it is evaluated.

use std::ops::Range;

use minijinja::ErrorKind;

/// An expression that cannot be read, or has no value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ExpressionError {
    /// The bytes of the expression that are wrong.
    pub span: Range<usize>,
    /// What is wrong.
    pub message: String,
    /// The fix, when it is known.
    pub hint: Option<String>,
}

impl ExpressionError {
    /// A mistake at a place of the expression.
    pub(super) fn new(span: Range<usize>, message: impl Into<String>) -> Self {
        Self { span, message: message.into(), hint: None }
    }

    /// The same with a fix.
    pub(super) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// Where the mistake begins, in bytes of the expression.
    pub fn offset(&self) -> usize {
        self.span.start
    }

    /// What the engine has to complain about, in our style.
    pub(super) fn from_engine(span: Range<usize>, error: &minijinja::Error) -> Self {
        let detail = error.detail().unwrap_or_default();
        let message = match error.kind() {
            ErrorKind::OutOfFuel => return Self::new(span, "the expression takes too long"),
            ErrorKind::SyntaxError if detail.is_empty() => "the expression cannot be read".to_owned(),
            ErrorKind::SyntaxError => format!("the expression cannot be read: {detail}"),
            kind if detail.is_empty() => kind.to_string(),
            _ => in_our_words(detail),
        };
        let known = error.range().filter(|range| !range.is_empty() && range.end <= span.end);
        Self::new(known.unwrap_or(span), message)
    }
}

/// What the engine tells of operators and their operands, as people would say it.
fn in_our_words(detail: &str) -> String {
    let misfit = || {
        let (operator, kinds) = detail.strip_prefix("tried to use ")?.split_once(" operator on unsupported types ")?;
        let (left, right) = kinds.split_once(" and ")?;
        Some(format!("`{operator}` cannot be used on {} and {}", kind(left), kind(right)))
    };
    let beyond = || Some(format!("`{}` has no value", detail.strip_prefix("unable to calculate ")?));
    misfit().or_else(beyond).unwrap_or_else(|| detail.to_owned())
}

/// The kind of a value, in the words of this language.
fn kind(word: &str) -> &str {
    match word {
        "string" => "text",
        "bool" => "boolean",
        "sequence" => "list",
        other => other,
    }
}
