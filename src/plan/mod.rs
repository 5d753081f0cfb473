//! A workflow's graph for given inputs: frozen, integers, without the network.
//!
//! `build` makes a [`model::Plan`] from a checked workflow; `estimate` says what it would cost and take; `draw`
//! shows it to people. The engine, the journal and the reports know the model only.

pub mod build;
pub mod choose;
pub mod draw;
pub mod estimate;
pub mod model;
pub mod preview;
pub mod rows;

#[cfg(test)]
pub(crate) mod sample;
