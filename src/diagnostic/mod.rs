//! A mistake in a file: where it is, what is wrong, and the fix.
//!
//! Every mistake of every file becomes one of these; how it is printed is decided in one place: [`render`] for
//! people, [`json`] for programs, [`github`] for annotations of a pull request.

pub mod github;
pub mod json;
pub(crate) mod lines;
pub mod render;

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

/// A text and where it came from, shared by all that points into it.
#[derive(Debug, PartialEq, Eq)]
pub struct Source {
    /// The path as people should see it.
    pub path: PathBuf,
    /// The text, without a byte order mark.
    pub text: String,
}

/// A range of bytes of a source's text.
pub type Span = Range<usize>;

/// Whether a mistake prevents a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Nothing runs until it is mended.
    Error,
    /// Worth a look.
    Warning,
}

/// One mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The rule, as a word: `unknown-step`.
    pub code: &'static str,
    /// Whether it prevents a run.
    pub severity: Severity,
    /// What is wrong: lower case, present tense, no full stop.
    pub message: String,
    /// The exact fix.
    pub hint: Option<String>,
    /// The file it is in.
    pub source: Arc<Source>,
    /// The place in it.
    pub span: Span,
}

/// A place as people count it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

impl Source {
    /// Takes a text with the path that people should see.
    pub fn new(path: impl Into<PathBuf>, text: impl Into<String>) -> Arc<Self> {
        Arc::new(Self { path: path.into(), text: text.into() })
    }

    /// The line and column of a byte; the end of the text when it lies beyond.
    pub fn place(&self, offset: usize) -> Place {
        let mut offset = offset.min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let before = &self.text[..offset];
        let start = before.rfind('\n').map_or(0, |i| i + 1);
        let line = before.bytes().filter(|&b| b == b'\n').count() + 1;
        Place { line, column: before[start..].chars().count() + 1 }
    }
}

impl Diagnostic {
    /// An error at a place.
    pub fn error(code: &'static str, source: &Arc<Source>, span: Span, message: impl Into<String>) -> Self {
        Self { code, severity: Severity::Error, message: message.into(), hint: None, source: source.clone(), span }
    }

    /// A warning at a place.
    pub fn warning(code: &'static str, source: &Arc<Source>, span: Span, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, source, span, message) }
    }

    /// The same with a fix.
    pub fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// The same with a fix when there is one.
    pub fn maybe_hint(self, hint: Option<String>) -> Self {
        Self { hint: hint.or(self.hint), ..self }
    }

    /// Tells whether it prevents a run.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    /// Where it starts.
    pub fn start(&self) -> Place {
        self.source.place(self.span.start)
    }

    /// Where it ends.
    pub fn end(&self) -> Place {
        self.source.place(self.span.end)
    }
}

/// The mistakes as they are shown: by file, then by place, each once.
pub fn in_order(diagnostics: &[Diagnostic]) -> Vec<&Diagnostic> {
    let mut sorted: Vec<_> = diagnostics.iter().collect();
    sorted.sort_by(|a, b| {
        let key = |d: &Diagnostic| (d.span.start, d.severity, d.span.end);
        a.source.path.cmp(&b.source.path).then_with(|| key(a).cmp(&key(b)))
    });
    sorted.dedup();
    sorted
}

/// The known name nearest to a wrong one, if any is near enough to be meant.
pub fn nearest<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wrong = wrong.to_lowercase();
    let allowed = (wrong.chars().count() / 3).clamp(1, 3);
    known
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(&wrong, &name.to_lowercase()), name))
        .filter(|(distance, name)| {
            *distance <= allowed || name.replace(['-', '_'], "") == wrong.replace(['-', '_'], "")
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_counted_in_characters_from_one() {
        let source = Source::new("a.yaml", "é: 1\nb: ü!");
        assert_eq!(source.place(0), Place { line: 1, column: 1 });
        assert_eq!(source.place(source.text.find('!').unwrap_or(0)), Place { line: 2, column: 5 });
        assert_eq!(source.place(999), Place { line: 2, column: 6 });
    }

    #[test]
    fn the_nearest_name_is_near() {
        assert_eq!(nearest("speek", ["speak", "wait"]), Some("speak"));
        assert_eq!(nearest("waitready", ["wait_ready", "wait"]), Some("wait_ready"));
        assert_eq!(nearest("banana", ["speak", "wait"]), None);
    }
}
