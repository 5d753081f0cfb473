//! The emulator of the service: every endpoint with its exact answers, on this machine only.
//!
//! `runsheet sandbox` and `run --sandbox` start it, and so do tests. Answers are written out literally
//! and no type is shared with the client, so that client and sandbox cannot share a mistake.
//!
//! In reading order: [`settings`] says what is emulated; `server` owns sockets, delays and cut connections;
//! `service` takes a request and an instant and gives an answer, without waiting for anything; `routes` is the
//! table of endpoints, and each resource has a file of the name it has in the client. Everything that changes
//! is a `Change` of `state`, written down before the answer that tells of it goes out.

mod account;
mod agents;
mod answers;
mod connection;
mod context;
mod control;
mod creation;
mod deliveries;
mod embed_tokens;
pub mod faults;
mod fields;
mod random;
mod rate;
mod routes;
mod server;
mod service;
pub mod settings;
mod speak;
mod state;
pub mod still;
mod validate;
mod webhooks;

pub use faults::Fault;
pub use server::{RunningSandbox, Sandbox};
pub use settings::{AccountTier, Attendance, ErrorForms, Settings};
pub use state::{Heard, HeardKind};
pub use still::{StillAnswer, StillSandbox};
