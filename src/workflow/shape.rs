//! Whether a file has the keys, types and values of the language: every mistake, each with its place.
//!
//! One checker walks the tree against the schema's core; no action is decoded by hand. What a name refers to and what
//! a template says is not asked here. A value that may be a template and holds `{{` is left for when it is rendered.

use crate::diagnostic::Diagnostic;
use crate::workflow::load::Loaded;
use crate::workflow::schema;

mod durations;
mod fields;
mod keys;
mod scalars;
mod steps;
mod walk;
mod words;

pub use fields::to_fields;

/// Tells every mistake in a file's shape, those found while it was read included.
pub fn check(loaded: &Loaded) -> Vec<Diagnostic> {
    let mut walk = walk::Walk::new(&loaded.source);
    walk.workflow(schema::core(), &loaded.root);
    all(loaded, walk)
}

/// The same for a file of `kind: agents`.
pub fn check_agents(loaded: &Loaded) -> Vec<Diagnostic> {
    let mut walk = walk::Walk::new(&loaded.source);
    walk.agents(schema::agents_core(), &loaded.root);
    all(loaded, walk)
}

fn all(loaded: &Loaded, mut walk: walk::Walk<'_>) -> Vec<Diagnostic> {
    let mut mistakes = loaded.mistakes.clone();
    mistakes.append(&mut walk.mistakes);
    mistakes
}
