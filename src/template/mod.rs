//! Text with names in it: `Hello {{ inputs.customer }}`.
//!
//! `check` asks which names a text reads; whoever performs a step renders it. A text is parsed once, never
//! needs more of the scope than it reads, and puts values in as they are: braces in data stay text.
//! Refused: partials, raw blocks, and names or values that would print as nothing or as `[object]`.

mod block;
mod error;
mod helpers;
mod names;
mod render;
mod tags;
mod tokens;

use serde_json::Value;

use crate::scope::{Read, Scope};

pub use error::{RenderError, TemplateError};
pub use helpers::{HELPERS, HelperDoc};

/// The longest text with names in it, in bytes.
const LONGEST: usize = 256 * 1024;

/// A text, ready to be rendered any number of times.
#[derive(Clone, Debug)]
pub struct Template {
    text: String,
    /// Nothing for a text without `{{`, which is never compiled.
    compiled: Option<handlebars::Template>,
    reads: Vec<Read>,
}

impl Template {
    /// Reads a text and finds out which names it reads.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        if !text.contains("{{") {
            return Ok(Self { text: text.to_owned(), compiled: None, reads: Vec::new() });
        }
        if text.len() > LONGEST {
            let message = format!("a text with `{{{{` in it has {LONGEST} bytes at most, this one has {}", text.len());
            return Err(TemplateError::new(0..0, message));
        }
        let words = block::check(&tags::scan(text)?)?;
        let mut compiled = handlebars::Template::compile(text).map_err(|e| TemplateError::from_compiler(text, &e))?;
        let reads = names::resolve(&mut compiled, words)?;
        Ok(Self { text: text.to_owned(), compiled: Some(compiled), reads })
    }

    /// The text as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Tells whether the text reads nothing and says what it says.
    pub fn is_plain(&self) -> bool {
        self.compiled.is_none()
    }

    /// Every place where the text reads a name of the scope, in the order of the text.
    pub fn reads(&self) -> &[Read] {
        &self.reads
    }

    /// The text with the values put in.
    pub fn render(&self, scope: &dyn Scope) -> Result<String, RenderError> {
        match &self.compiled {
            None => Ok(self.text.clone()),
            Some(compiled) => render::Rendering::begin(&self.text, &self.reads, scope)?.text(compiled),
        }
    }

    /// The value itself when the text is one expression and nothing else, so that a number stays a number
    /// and a list a list; else the text.
    pub fn render_value(&self, scope: &dyn Scope) -> Result<Value, RenderError> {
        let Some(compiled) = &self.compiled else { return Ok(Value::String(self.text.clone())) };
        let rendering = render::Rendering::begin(&self.text, &self.reads, scope)?;
        match names::only_expression(compiled) {
            Some(expression) => rendering.value(expression),
            None => rendering.text(compiled).map(Value::String),
        }
    }
}

#[cfg(test)]
mod tests;
