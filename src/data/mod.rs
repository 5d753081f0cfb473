//! What a workflow is given: typed inputs, files of its project, rows of data files.
//!
//! Everything here reads and refuses; nothing is written, and nothing outside the project is opened but the one
//! file of inputs that a person names on the command line.

pub mod inputs;
mod json;
pub mod project;
pub mod rows;
mod yaml;
