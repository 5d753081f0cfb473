//! Conditions and values: `if`, `foreach`, `key`, written without braces.
//!
//! minijinja's expressions over the same names as texts. A name is looked up when the evaluation reaches it, so
//! `steps.poll.ok and steps.poll.body.total > 50` never asks for what is not there. Undefined values are errors, and
//! length, nesting and work are bounded.

mod lookups;
mod syntax;

use std::ops::Range;
use std::sync::LazyLock;

use minijinja::{Environment, UndefinedBehavior};
use serde_json::Value;

use crate::scope::{Read, Scope};
use lookups::Lookups;

/// How much work one evaluation may be.
const FUEL: u64 = 100_000;

/// A parsed expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expression {
    text: String,
    reads: Vec<Read>,
    calls_always: bool,
    calls_failed: bool,
}

/// Why an expression cannot be parsed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpressionError {
    /// The bytes that are wrong.
    pub span: Range<usize>,
    /// What is wrong.
    pub message: String,
    /// The fix.
    pub hint: Option<String>,
}

/// Why an expression cannot be evaluated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct EvaluationError(pub String);

/// How the needs of the step ended, for `failed()`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// Whether a direct or indirect need failed.
    pub failed: bool,
}

static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL));
    environment
});

impl Expression {
    /// Parses an expression; names are for the checker.
    pub fn parse(text: &str) -> Result<Self, ExpressionError> {
        syntax::check(text)?;
        let compiled = ENVIRONMENT.compile_expression_owned(text.to_owned());
        let compiled = compiled.map_err(|error| syntax::explain(text, &error))?;
        let mut names: Vec<String> = compiled.undeclared_variables(true).into_iter().collect();
        names.sort_unstable();
        let calls = |function: &str| names.iter().any(|name| name == function);
        let (calls_always, calls_failed) = (calls("always"), calls("failed"));
        let functions = ["always", "failed", "range", "dict", "namespace"];
        let mut reads: Vec<Read> = names
            .iter()
            .filter(|name| !functions.contains(&name.as_str()))
            .map(|name| syntax::locate(text, name))
            .collect();
        reads.sort_by_key(|read| read.span.start);
        Ok(Self { text: text.to_owned(), reads, calls_always, calls_failed })
    }

    /// The names that it may read, in order.
    pub fn reads(&self) -> &[Read] {
        &self.reads
    }

    /// Tells whether it is to be read however its needs ended.
    pub fn sees_failures(&self) -> bool {
        self.calls_always || self.calls_failed
    }

    /// Evaluates the expression.
    pub fn evaluate(&self, scope: &dyn Scope, needs: &Needs) -> Result<Value, EvaluationError> {
        let compiled = ENVIRONMENT.compile_expression_owned(self.text.clone());
        let compiled = compiled.map_err(|error| EvaluationError(error.to_string()))?;
        let paths: Vec<&[String]> = self.reads.iter().map(|read| read.path.as_slice()).collect();
        let mut lookups = Lookups::new(&paths, needs.failed);
        // Each round looks up one name more, so there are at most as many rounds as names, and one.
        loop {
            let outcome = compiled.eval(lookups.root());
            if let Some(path) = lookups.wanted() {
                lookups.answer(&path, scope.value(&path));
                continue;
            }
            return match outcome {
                Ok(value) if value.is_undefined() => Err(EvaluationError(lookups.reason("it has no value"))),
                Ok(value) => serde_json::to_value(&value).map_err(|error| EvaluationError(error.to_string())),
                Err(error) => Err(EvaluationError(lookups.reason(&syntax::reason(&error)))),
            };
        }
    }

    /// Evaluates a condition: nothing, false, zero and what is empty do not hold.
    pub fn is_true(&self, scope: &dyn Scope, needs: &Needs) -> Result<bool, EvaluationError> {
        Ok(match self.evaluate(scope, needs)? {
            Value::Null => false,
            Value::Bool(truth) => truth,
            Value::Number(number) => number.as_f64() != Some(0.0),
            Value::String(text) => !text.is_empty(),
            Value::Array(items) => !items.is_empty(),
            Value::Object(fields) => !fields.is_empty(),
        })
    }
}

#[cfg(test)]
mod tests;
