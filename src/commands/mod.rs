//! One file per command: its arguments, its help, its body.

pub mod check;
pub mod schema;
