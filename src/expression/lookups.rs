//! Names looked up one by one, in the order an evaluation reaches them.
//!
//! minijinja's objects outlive their borrow of a scope, so they hold no scope: an object that is asked for a name
//! that is not known yet notes it and gives nothing; the evaluation is then begun anew with the answer.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use minijinja::Value;
use minijinja::value::{Object, Serde};

type Path = Vec<String>;

/// What is known so far.
pub struct Lookups(Arc<Shared>);

struct Shared {
    reads: Vec<Path>,
    failed: bool,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    answers: BTreeMap<Path, Option<Value>>,
    reasons: Vec<String>,
    wanted: Option<Path>,
}

/// A name that others begin with.
struct Prefix {
    shared: Arc<Shared>,
    path: Path,
}

impl Lookups {
    /// Nothing is known yet of these paths.
    pub fn new(reads: &[&[String]], failed: bool) -> Self {
        let reads = reads.iter().map(|path| path.to_vec()).collect();
        Self(Arc::new(Shared { reads, failed, known: Mutex::default() }))
    }

    /// The object that holds every name.
    pub fn root(&self) -> Value {
        Value::from_object(Prefix { shared: self.0.clone(), path: Vec::new() })
    }

    /// The first name that the last evaluation missed.
    pub fn wanted(&mut self) -> Option<Path> {
        self.0.known().wanted.take()
    }

    /// Makes a name known.
    pub fn answer(&mut self, path: &[String], answer: Result<Option<serde_json::Value>, String>) {
        let mut known = self.0.known();
        let value = match answer {
            Ok(Some(value)) => Some(Value::from(Serde(value))),
            Ok(None) => {
                known.reasons.push(format!("`{}` has no value", path.join(".")));
                None
            }
            Err(reason) => {
                known.reasons.push(reason);
                None
            }
        };
        known.answers.insert(path.to_vec(), value);
    }

    /// Why the evaluation failed: the last name without a value says more than what followed from it.
    pub fn reason(&self, other: &str) -> String {
        self.0.known().reasons.last().cloned().unwrap_or_else(|| other.to_owned())
    }
}

impl Shared {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Object for Prefix {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let mut path = self.path.clone();
        path.push(key.as_str().map_or_else(|| key.to_string(), str::to_owned));
        if let [function] = path.as_slice() {
            let failed = self.shared.failed;
            match function.as_str() {
                "always" => return Some(Value::from_function(|| true)),
                "failed" => return Some(Value::from_function(move || failed)),
                _ => {}
            }
        }
        let is_read = self.shared.reads.contains(&path);
        if !is_read && self.shared.reads.iter().any(|read| read.starts_with(&path)) {
            return Some(Value::from_object(Prefix { shared: self.shared.clone(), path }));
        }
        let mut known = self.shared.known();
        match known.answers.get(&path) {
            Some(answer) => answer.clone(),
            None => {
                known.wanted.get_or_insert(path);
                None
            }
        }
    }
}

impl fmt::Debug for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path.join("."))
    }
}
