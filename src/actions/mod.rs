//! What a step can do: one file per action, one line each in the catalogue.

pub mod action;
pub mod context;
pub mod fields;
