//! Evaluates an expression against a scope.
//!
//! The engine wants its names in an object that it may keep, and a scope is only lent. So the engine is
//! asked again for each name that it comes upon: it stops at a name that is not known yet, the scope is
//! asked for that one, and the evaluation begins anew with one more name known. Expressions have no effects
//! and few names, so beginning anew costs little, and a name that is not come upon is never asked for.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use minijinja::value::{Object, Value as EngineValue};
use minijinja::{Error, ErrorKind};
use serde_json::Value;

use super::Needs;
use super::error::ExpressionError;
use crate::scope::{Read, Scope, unknown_name};

/// Why a name has no value: what is wrong, and the fix.
type Reason = (String, Option<String>);

/// The value of a name, or why it has none.
pub(super) fn value_of(scope: &dyn Scope, path: &[String]) -> Result<Value, Reason> {
    match scope.value(path) {
        Ok(Some(value)) => Ok(value),
        Ok(None) => Err(unknown_name(scope, path)),
        Err(reason) => {
            Err((reason, Some(format!("`default` supplies a value: `{} | default(\"…\")`", path.join(".")))))
        }
    }
}

/// One evaluation of an expression.
pub(super) struct Evaluation<'a> {
    text: &'a str,
    reads: &'a [Read],
    scope: &'a dyn Scope,
    known: Arc<Mutex<Known>>,
    reasons: HashMap<Vec<String>, Reason>,
}

/// What the engine has been told, and what it asked for in vain.
#[derive(Debug, Default)]
struct Known {
    values: HashMap<Vec<String>, EngineValue>,
    wanted: Option<Vec<String>>,
}

impl<'a> Evaluation<'a> {
    /// Prepares to evaluate.
    pub(super) fn new(text: &'a str, reads: &'a [Read], scope: &'a dyn Scope) -> Self {
        Self { text, reads, scope, known: Arc::default(), reasons: HashMap::new() }
    }

    /// The value of the expression.
    pub(super) fn run(
        mut self,
        expression: &minijinja::Expression<'_, '_>,
        needs: &Needs,
    ) -> Result<Value, ExpressionError> {
        let names = Names {
            at: Vec::new(),
            paths: self.reads.iter().map(|read| read.path.clone()).collect(),
            known: self.known.clone(),
            failed: needs.failed,
        };
        let root = EngineValue::from_object(names);
        loop {
            let result = expression.eval(root.clone());
            let wanted = self.known.lock().unwrap_or_else(PoisonError::into_inner).wanted.take();
            match wanted {
                Some(path) => self.learn(path),
                None => return self.finish(result),
            }
        }
    }

    /// Asks the scope for a name that the engine came upon.
    fn learn(&mut self, path: Vec<String>) {
        let value = match value_of(self.scope, &path) {
            Ok(value) => EngineValue::from(minijinja::value::Serde(&value)),
            Err(reason) => {
                self.reasons.insert(path.clone(), reason);
                EngineValue::UNDEFINED
            }
        };
        self.known.lock().unwrap_or_else(PoisonError::into_inner).values.insert(path, value);
    }

    fn finish(self, result: Result<EngineValue, Error>) -> Result<Value, ExpressionError> {
        let all = 0..self.text.len();
        let value = match result {
            Ok(value) if value.is_undefined() => return Err(self.undefined()),
            Ok(value) => value,
            // An operator complains about its operand's type where a name has no value.
            Err(error) if error.kind() == ErrorKind::UndefinedError || self.needed().is_some() => {
                return Err(self.undefined());
            }
            Err(error) => return Err(ExpressionError::from_engine(all, &error)),
        };
        if f64::try_from(value.clone()).is_ok_and(|number| !number.is_finite()) {
            return Err(ExpressionError::new(all, "the value is no finite number"));
        }
        serde_json::to_value(&value).map_err(|_| ExpressionError::new(all, format!("a {} is no value", value.kind())))
    }

    /// The first name that needed a value and had none.
    fn needed(&self) -> Option<(&Read, &Reason)> {
        let mut needing = self.reads.iter().filter(|read| !read.guarded);
        needing.find_map(|read| self.reasons.get(&read.path).map(|reason| (read, reason)))
    }

    /// Says what had no value.
    fn undefined(&self) -> ExpressionError {
        match self.needed() {
            Some((read, (message, hint))) => {
                ExpressionError { span: read.span.clone(), message: message.clone(), hint: hint.clone() }
            }
            None => ExpressionError::new(0..self.text.len(), "a part of a value does not exist")
                .hint("ask first: `x.y is defined and x.y > 1`, or write `x.y | default(0)`"),
        }
    }
}

/// The names below a path, as the engine sees them.
#[derive(Debug)]
struct Names {
    at: Vec<String>,
    /// Every path that the expression reads.
    paths: Arc<[Vec<String>]>,
    known: Arc<Mutex<Known>>,
    failed: bool,
}

impl Object for Names {
    fn get_value(self: &Arc<Self>, key: &EngineValue) -> Option<EngineValue> {
        let mut path = self.at.clone();
        path.push(key.as_str().map_or_else(|| key.to_string(), str::to_owned));
        if let [name] = path.as_slice() {
            match name.as_str() {
                "always" => return Some(EngineValue::from_function(|| true)),
                "failed" => {
                    let failed = self.failed;
                    return Some(EngineValue::from_function(move || failed));
                }
                _ => {}
            }
        }
        if self.paths.contains(&path) {
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(value) = known.values.get(&path) {
                return Some(value.clone());
            }
            known.wanted = Some(path);
            return Some(Error::new(ErrorKind::InvalidOperation, "a name that is not known yet").into());
        }
        let leads_on = self.paths.iter().any(|read| read.starts_with(&path));
        leads_on.then(|| {
            let below = Self { at: path, paths: self.paths.clone(), known: self.known.clone(), failed: self.failed };
            EngineValue::from_object(below)
        })
    }
}
