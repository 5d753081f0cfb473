//! A workflow file: read with its places, checked against every rule, and only then a workflow.
//!
//! `load` turns text into a tree of [`node::Node`]s; `shape` checks that tree against the schema of the types;
//! `check` reads it into a [`model::Workflow`], collecting every mistake. Knows nothing of how or when anything runs.

pub mod agents;
pub mod check;
pub mod codes;
pub mod file;
pub mod folder;
pub mod load;
pub mod model;
pub mod node;
pub mod schema;
pub mod shape;
