//! Who performs a run's effects.
//!
//! One task owns a run: the [`driver`]. It asks the engine what to do, writes what is about to happen, lets an
//! [`executor::Executor`] make the exchange, and writes what came of it. The local executor reaches for the service;
//! the scripted one answers by itself on a virtual clock.

pub mod coming;
pub mod driver;
pub mod executor;
mod items;
pub mod local;
mod names;
pub mod people;
pub mod purchasing;
pub mod render;
pub mod rules;
mod scope;
pub mod scripted;
pub mod store;
pub mod table;
pub mod turnstile;
