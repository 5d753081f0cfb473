//! Conditions and values without braces: `inputs.vip and steps.poll.body.total >= 50`.
//!
//! `if`, `foreach` and `key` hold one. `check` asks which names it reads; a driver evaluates it when the
//! needs of its step have ended. Names are asked for one by one, when the evaluation comes to them, so that
//! the right side of an `and` may name what is there only when the left side is true. An expression is
//! bounded in length, depth and work, and can call nothing but `always()`, `failed()` and `range()`.

mod error;
mod evaluate;
mod syntax;
mod words;

use std::sync::{Arc, LazyLock};

use minijinja::{Environment, UndefinedBehavior};
use serde_json::Value;

use crate::scope::{Read, Scope};

pub use error::ExpressionError;

/// The work that one evaluation may do, in the engine's own unit: about one per operation or 64 bytes.
const FUEL: u64 = 1_000_000;

/// An expression, ready to be evaluated any number of times.
#[derive(Clone, Debug)]
pub struct Expression {
    text: String,
    compiled: Arc<minijinja::Expression<'static, 'static>>,
    reads: Vec<Read>,
    calls: Vec<String>,
}

/// How the needs of a step ended, which is what `failed()` asks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// Whether any of them failed, direct or indirect.
    pub failed: bool,
}

impl Expression {
    /// Reads an expression and finds out what it reads and calls.
    pub fn parse(text: &str) -> Result<Self, ExpressionError> {
        let outline = syntax::check(text)?;
        let compiled = environment()
            .compile_expression_owned(text.to_owned())
            .map_err(|error| ExpressionError::from_engine(0..text.len(), &error))?;
        Ok(Self { text: text.to_owned(), compiled: Arc::new(compiled), reads: outline.reads, calls: outline.calls })
    }

    /// The expression as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Every place where it reads a name of the scope, in the order of the text.
    pub fn reads(&self) -> &[Read] {
        &self.reads
    }

    /// Tells whether it calls `always()` or `failed()`: it is then read once every need has ended, however.
    pub fn sees_failures(&self) -> bool {
        self.calls.iter().any(|name| name == "always" || name == "failed")
    }

    /// Its value.
    pub fn evaluate(&self, scope: &dyn Scope, needs: &Needs) -> Result<Value, ExpressionError> {
        match self.reads.as_slice() {
            // A name alone is taken as it is, with its fields in their order.
            [read] if read.span == self.trimmed() => evaluate::value_of(scope, &read.path)
                .map_err(|(message, hint)| ExpressionError { span: read.span.clone(), message, hint }),
            reads => evaluate::Evaluation::new(&self.text, reads, scope).run(&self.compiled, needs),
        }
    }

    /// Whether it holds: true, a number but 0, a list or object with something in it. A text is an error,
    /// because `"false"` from a file would count as true.
    pub fn is_true(&self, scope: &dyn Scope, needs: &Needs) -> Result<bool, ExpressionError> {
        match self.evaluate(scope, needs)? {
            Value::Bool(truth) => Ok(truth),
            Value::Null => Ok(false),
            Value::Number(number) => Ok(number.as_f64() != Some(0.0)),
            Value::Array(items) => Ok(!items.is_empty()),
            Value::Object(fields) => Ok(!fields.is_empty()),
            Value::String(_) => {
                let text = self.text.trim();
                Err(ExpressionError::new(self.trimmed(), "a condition is true or false, and this is a text")
                    .hint(format!("compare it: `{text} == \"yes\"`, or `{text} != \"\"`")))
            }
        }
    }

    /// The bytes of the text without the space around it.
    fn trimmed(&self) -> std::ops::Range<usize> {
        let start = self.text.len() - self.text.trim_start().len();
        start..start + self.text.trim().len()
    }
}

/// The engine, set up once.
fn environment() -> &'static Environment<'static> {
    static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(|| {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_fuel(Some(FUEL));
        environment
    });
    &ENVIRONMENT
}

#[cfg(test)]
mod tests;
