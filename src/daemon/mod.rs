//! Runs from the outside: one door to begin, take up and steer them, for every command and, later, every page.

pub mod prune;
pub mod runs;
