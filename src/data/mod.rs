//! data

pub mod inputs;
