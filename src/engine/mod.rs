//! The engine: which step may do what, and when. Pure.
//!
//! A [`run::Run`] is changed by events only, live and on recovery alike; [`command::Command`]s are what it asks of
//! the driver in return. Asking twice gives the same answer, and what was not recorded was not done.
//!
//! It refuses: tokio, files, the network, the clock, randomness, secrets. Time enters inside events.

pub mod carry;
pub mod command;
pub mod error;
pub mod event;
pub mod run;
pub mod selection;
pub mod state;
pub mod summary;

mod advance;
mod attempt;
mod clock;
mod course;
mod decide;
mod frontier;
mod graph;
mod items;
mod legal;
mod read;
mod retry;
mod selected;
mod step;

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
