//! Puts values into a resolved text.
//!
//! The renderer is given exactly the names that the text reads. A name that cannot be read is an error at
//! once where it is always needed; in a branch or before a `default` it is one only if it comes to that.

use std::collections::{HashMap, HashSet};
use std::io;
use std::ops::Range;

use handlebars::template::Parameter;
use handlebars::{Context, RenderContext, RenderErrorReason, Renderable};
use serde_json::{Map, Value};

use super::error::{Complaint, RenderError, offset_of};
use super::helpers;
use super::names::segments;
use crate::scope::{Read, Scope, unknown_name};

/// The longest text that may come out, in bytes: a list within lists must not fill the memory.
const LONGEST: usize = 8 * 1024 * 1024;

/// One text with the values that it reads.
pub(super) struct Rendering<'a> {
    text: &'a str,
    reads: &'a [Read],
    scope: &'a dyn Scope,
    context: Context,
    /// Why a name could not be read, where that is no mistake yet.
    reasons: HashMap<Vec<String>, String>,
}

impl<'a> Rendering<'a> {
    /// Asks the scope for every name that the text reads.
    pub(super) fn begin(text: &'a str, reads: &'a [Read], scope: &'a dyn Scope) -> Result<Self, RenderError> {
        let mut by_length: Vec<&Read> = reads.iter().collect();
        by_length.sort_by_key(|read| (read.path.len(), read.guarded || read.conditional));
        let mut values = Value::Object(Map::new());
        let mut rendering = Self { text, reads, scope, context: Context::null(), reasons: HashMap::new() };
        let mut found: HashSet<&[String]> = HashSet::new();
        for read in by_length {
            // A name below one that is there is looked for within it.
            if (1..=read.path.len()).any(|length| found.contains(&read.path[..length])) {
                continue;
            }
            let reason = match scope.value(&read.path) {
                Ok(Some(value)) => {
                    insert(&mut values, &read.path, value);
                    found.insert(&read.path);
                    continue;
                }
                Ok(None) => None,
                Err(reason) => Some(reason),
            };
            if !read.guarded && !read.conditional {
                return Err(rendering.missing(&read.path, reason, Some(read.span.clone())));
            }
            rendering.reasons.extend(reason.map(|reason| (read.path.clone(), reason)));
        }
        rendering.context = Context::from(values);
        Ok(rendering)
    }

    /// The whole text.
    pub(super) fn text(&self, template: &handlebars::Template) -> Result<String, RenderError> {
        let mut out = Limited(String::new());
        let mut state = RenderContext::new(None);
        template
            .render(helpers::registry(), &self.context, &mut state, &mut out)
            .map_err(|error| self.explain(&error))?;
        Ok(out.0)
    }

    /// The value of one expression.
    pub(super) fn value(&self, expression: &Parameter) -> Result<Value, RenderError> {
        let mut state = RenderContext::new(None);
        let found =
            expression.expand(helpers::registry(), &self.context, &mut state).map_err(|error| self.explain(&error))?;
        match found.relative_path() {
            Some(name) if found.is_value_missing() => Err(self.unknown(name, None)),
            _ => Ok(found.value().clone()),
        }
    }

    /// Says in our words why the renderer gave up.
    fn explain(&self, error: &handlebars::RenderError) -> RenderError {
        let place = error.line_no.zip(error.column_no).map(|(line, column)| self.tag_at(line, column));
        let plain = |message: String| RenderError { span: place.clone(), message, hint: None };
        match error.reason() {
            RenderErrorReason::MissingVariable(Some(name)) => self.unknown(name, place),
            RenderErrorReason::NestedError(inner) => match inner.downcast_ref::<Complaint>() {
                Some(Complaint::Missing(name)) => self.unknown(name, place),
                Some(Complaint::Unfit { message, hint }) => {
                    RenderError { span: place, message: message.clone(), hint: hint.clone() }
                }
                None => plain(inner.to_string()),
            },
            RenderErrorReason::InvalidJsonIndex(part) => {
                let mut error = plain(format!("a list has no part `{part}`"));
                error.hint = Some("the parts of a list are numbered from 0".to_owned());
                error
            }
            RenderErrorReason::IOError(inner) => plain(inner.to_string()),
            other => plain(other.to_string().to_lowercase()),
        }
    }

    /// The place of the tag that begins at a line and column.
    fn tag_at(&self, line: usize, column: usize) -> Range<usize> {
        let start = offset_of(self.text, line, column);
        let end = self.text[start..].find("}}").map_or(self.text.len(), |length| start + length + 2);
        start..end
    }

    /// A name that the renderer did not find.
    fn unknown(&self, raw: &str, place: Option<Range<usize>>) -> RenderError {
        let Some(name) = raw.strip_prefix("@root.") else {
            let message = format!("unknown name `{raw}`");
            let hint = Some(format!(
                "a name of the outside is `@root.{raw}` here; `default` supplies a value: `{{{{ default {raw} \"…\" }}}}`"
            ));
            return RenderError { span: place, message, hint };
        };
        let path = segments(name);
        let read = self.reads.iter().find(|read| read.path == path);
        let span = read.map(|read| read.span.clone()).or(place);
        self.missing(&path, self.reasons.get(&path).cloned(), span)
    }

    fn missing(&self, path: &[String], reason: Option<String>, span: Option<Range<usize>>) -> RenderError {
        match reason {
            Some(message) => {
                let hint = format!("`default` supplies a value: `{{{{ default {} \"…\" }}}}`", path.join("."));
                RenderError { span, message, hint: Some(hint) }
            }
            None => {
                let (message, hint) = unknown_name(self.scope, path);
                RenderError { span, message, hint }
            }
        }
    }
}

/// Puts a value in its place; what is above it has been made before or is made now.
fn insert(values: &mut Value, path: &[String], value: Value) {
    let mut place = values;
    for part in path {
        if !place.is_object() {
            *place = Value::Object(Map::new());
        }
        place = &mut place[part.as_str()];
    }
    *place = value;
}

/// A text that refuses to grow beyond [`LONGEST`].
struct Limited(String);

impl handlebars::Output for Limited {
    fn write(&mut self, segment: &str) -> Result<(), io::Error> {
        if self.0.len() + segment.len() > LONGEST {
            return Err(io::Error::other(format!("the text grows longer than {LONGEST} bytes")));
        }
        self.0.push_str(segment);
        Ok(())
    }
}
