//! Everything that a file reads: each name, where, by whom, and what it is taken for.

use std::collections::HashSet;
use std::sync::Arc;

use super::constants;
use super::texts::{Role, Text, locate};
use crate::diagnostic::{Diagnostic, Source, Span};
use crate::expression::Expression;
use crate::scope::{Position, Read};
use crate::template::Template;

/// One name that a text reads.
#[derive(Clone, Debug)]
pub struct Reading {
    /// The step that reads it; none for the file itself.
    pub reader: Option<usize>,
    /// What the text is for.
    pub role: Role,
    /// The file that the text stands in.
    pub source: Arc<Source>,
    /// The name: `steps`, `poll`, `body`.
    pub path: Vec<String>,
    /// Its place in the file.
    pub span: Span,
    /// What it is taken for.
    pub taken: Taken,
}

/// What a name is taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It stands in the text as it is.
    Text,
    /// It is the whole text, and keeps its kind.
    Whole,
    /// A block asks whether it is true.
    Asked,
    /// A helper, a block or an operator takes it, whatever it is.
    Value,
    /// Another value stands in when it is absent.
    Guarded,
}

/// What a file reads.
#[derive(Default)]
pub struct Readings {
    /// Every name.
    pub all: Vec<Reading>,
    /// The steps whose condition calls `always()` or `failed()`.
    pub sees_failures: HashSet<usize>,
}

impl Readings {
    /// Reads every text; what cannot be read is a mistake.
    pub fn of(texts: &[Text], found: &mut Vec<Diagnostic>) -> Self {
        let mut readings = Self::default();
        for text in texts {
            let result = if text.role.is_expression() {
                readings.expression(text)
            } else {
                template(text).map(|reads| readings.extend(text, &reads))
            };
            found.extend(result.err().map(|mistake| *mistake));
        }
        readings
    }

    fn expression(&mut self, text: &Text) -> Result<(), Box<Diagnostic>> {
        if text.text.value.contains("{{") {
            return Err(Box::new(braces(text)));
        }
        let parsed = Expression::parse(&text.text.value)
            .map_err(|error| mistake(text, "expression-syntax", (&error.span, error.message, error.hint)))?;
        if text.role == Role::Condition && parsed.sees_failures() {
            self.sees_failures.extend(text.reader);
        }
        constants::check_expression(text, &parsed)?;
        self.extend(text, parsed.reads());
        Ok(())
    }

    fn extend(&mut self, text: &Text, reads: &[Read]) {
        self.all.extend(reads.iter().map(|read| Reading {
            reader: text.reader,
            role: text.role.clone(),
            source: text.source.clone(),
            path: read.path.clone(),
            span: locate(&text.source, &text.text, &read.span),
            taken: match read.position {
                _ if read.guarded => Taken::Guarded,
                Position::Output if keeps_its_kind(text, read) => Taken::Whole,
                Position::Output => Taken::Text,
                Position::Condition => Taken::Asked,
                Position::Argument | Position::Iterated => Taken::Value,
            },
        }));
    }
}

/// Tells whether a text is one name and nothing else, where a list stays a list and an object an object.
fn keeps_its_kind(text: &Text, read: &Read) -> bool {
    let is_open = matches!(&text.role, Role::Var(_) | Role::Output(_)) || text.role == Role::Field("json".to_owned());
    let around = |range: &str| range.trim().trim_matches(['{', '}', ' ']).is_empty();
    let value = &text.text.value;
    is_open && around(&value[..read.span.start]) && around(&value[read.span.end..])
}

fn template(text: &Text) -> Result<Vec<Read>, Box<Diagnostic>> {
    let parsed = Template::parse(&text.text.value)
        .map_err(|error| mistake(text, "template-syntax", (&error.span, error.message, error.hint)))?;
    constants::check_template(text, &parsed)?;
    Ok(parsed.reads().to_vec())
}

fn mistake(text: &Text, code: &'static str, (span, message, hint): (&Span, String, Option<String>)) -> Box<Diagnostic> {
    let place = locate(&text.source, &text.text, span);
    let form = match text.role.is_expression() {
        true => "write it as `inputs.vip and steps.poll.body.total >= 50`",
        false => "write it as `Hello {{ inputs.customer }}`",
    };
    let hint = data_file(text).or(hint);
    Box::new(Diagnostic::error(code, &text.source, place, message).hint(form).maybe_hint(hint))
}

/// A data file given bare, as what a loop goes through.
fn data_file(text: &Text) -> Option<String> {
    let (path, is_looped) = (text.text.value.trim(), text.role == Role::Items);
    let kind = ["csv", "jsonl", "json", "yaml"].into_iter().find(|kind| path.ends_with(&format!(".{kind}")))?;
    is_looped.then(|| format!("write `foreach: {{ {kind}: {path} }}`"))
}

/// Braces where none belong: what is inside them is the right form.
fn braces(text: &Text) -> Diagnostic {
    let key = match text.role {
        Role::Items => "foreach",
        Role::Key => "key",
        Role::Person => "per",
        _ => "if",
    };
    let inner = text.text.value.replace("${{", "").replace("{{", "").replace("}}", "");
    let message = format!("`{key}` is an expression, and takes no braces");
    let hint = format!("write `{key}: {}`", inner.split_whitespace().collect::<Vec<_>>().join(" "));
    Diagnostic::error("if-template", &text.source, text.text.span.clone(), message).hint(hint)
}

impl Reading {
    /// An error at the whole name.
    pub fn error(&self, code: &'static str, message: impl Into<String>) -> Diagnostic {
        Diagnostic::error(code, &self.source, self.span.clone(), message)
    }

    /// A warning at the whole name.
    pub fn warning(&self, code: &'static str, message: impl Into<String>) -> Diagnostic {
        Diagnostic::warning(code, &self.source, self.span.clone(), message)
    }

    /// An error at one part of the name.
    pub fn error_at(&self, part: usize, code: &'static str, message: impl Into<String>) -> Diagnostic {
        Diagnostic::error(code, &self.source, self.part(part), message)
    }

    /// The place of one part of the name; of all of it, where it is spelled otherwise.
    fn part(&self, part: usize) -> Span {
        let spelled = self.source.text.get(self.span.clone());
        let Some(name) = self.path.get(part).filter(|_| spelled == Some(self.path.join(".").as_str())) else {
            return self.span.clone();
        };
        let start = self.span.start + self.path[..part].iter().map(|before| before.len() + 1).sum::<usize>();
        start..start + name.len()
    }
}
