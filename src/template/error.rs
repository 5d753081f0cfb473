//! What can be wrong with a text, before and while it is rendered.

use std::ops::Range;

/// A text that cannot be read as a template.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct TemplateError {
    /// The bytes of the text that are wrong.
    pub span: Range<usize>,
    /// What is wrong.
    pub message: String,
    /// The fix, when it is known.
    pub hint: Option<String>,
}

/// A text that could not be rendered with the values at hand.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct RenderError {
    /// The bytes of the text that could not be rendered, when they are known.
    pub span: Option<Range<usize>>,
    /// What is wrong.
    pub message: String,
    /// The fix, when it is known.
    pub hint: Option<String>,
}

/// What a helper has to complain about.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Complaint {
    /// A name has no value.
    #[error("unknown name `{0}`")]
    Missing(String),
    /// A value is there and does not fit.
    #[error("{message}")]
    Unfit {
        /// What is wrong.
        message: String,
        /// The fix.
        hint: Option<String>,
    },
}

impl TemplateError {
    /// A mistake at a place of the text.
    pub(super) fn new(span: Range<usize>, message: impl Into<String>) -> Self {
        Self { span, message: message.into(), hint: None }
    }

    /// The same with a fix.
    pub(super) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// Braces that open at `start` and never close.
    pub(super) fn unclosed(start: usize) -> Self {
        Self::new(start..start + 2, "`{{` is never closed")
            .hint("write `}}` after it, or `\\{{` for braces that are text")
    }

    /// Where the mistake begins, in bytes of the text.
    pub fn offset(&self) -> usize {
        self.span.start
    }

    /// What our own reading let through and the compiler refused.
    pub(super) fn from_compiler(text: &str, error: &handlebars::TemplateError) -> Self {
        let start = error.pos().map_or(0, |(line, column)| offset_of(text, line, column));
        let end = text[start..].find("}}").map_or(text.len(), |length| start + length + 2);
        Self::new(start..end, "this expression cannot be read")
            .hint("write a name, `{{ inputs.x }}`, or a helper and its values, `{{ upper inputs.x }}`")
    }
}

impl Complaint {
    /// A value that does not fit.
    pub(super) fn unfit(message: impl Into<String>) -> Self {
        Self::Unfit { message: message.into(), hint: None }
    }

    /// A value that does not fit, with the fix.
    pub(super) fn with_hint(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Unfit { message: message.into(), hint: Some(hint.into()) }
    }
}

impl From<Complaint> for handlebars::RenderError {
    fn from(complaint: Complaint) -> Self {
        handlebars::RenderErrorReason::NestedError(Box::new(complaint)).into()
    }
}

/// The byte at a line and column, both counted from 1, columns in characters.
pub(super) fn offset_of(text: &str, line: usize, column: usize) -> usize {
    let start = match line {
        0 | 1 => 0,
        _ => text.match_indices('\n').nth(line - 2).map_or(text.len(), |(at, _)| at + 1),
    };
    text[start..].char_indices().nth(column.saturating_sub(1)).map_or(text.len(), |(at, _)| start + at)
}
