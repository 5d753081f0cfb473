//! The inputs of a workflow: what the file declares, what a person gave, and the values that follow.
//!
//! `check` asks [`check_spec`] about what is declared; `run` and `plan` ask [`Inputs`] before the first step.
//! All mistakes are told at once, and the value of a `sensitive` input is in none of them.

mod given;
mod read;
mod spec;
mod value;

use std::fmt;

pub use given::GivenInputs;
pub use read::Inputs;
pub use spec::{InputSpec, InputType, SpecMistake, check_spec};

/// One mistake in what was given.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct InputError {
    /// What is wrong.
    pub message: String,
    /// The exact fix.
    pub hint: Option<String>,
}

impl InputError {
    fn new(message: impl Into<String>, hint: impl Into<Option<String>>) -> Self {
        Self { message: message.into(), hint: hint.into() }
    }
}

/// The message and its fix, for tests and `{:?}`.
impl fmt::Debug for InputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.hint {
            Some(hint) => write!(f, "{} (hint: {hint})", self.message),
            None => f.write_str(&self.message),
        }
    }
}

#[cfg(test)]
mod tests;
