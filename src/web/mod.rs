//! The HTTP API and the page: what is shown of workflows and runs, and what is steered, over the network.
//!
//! `serve` starts a [`Server`]. Every request passes the `guard` before its handler; a handler reads the journal
//! through [`crate::daemon`], or goes through its one door to begin and steer runs; what it answers is a type of
//! `answers`, from which the document of the API is made. Streams follow the journal, so a run that another process
//! drives is live as well.
//!
//! It refuses: a host that is not its own, changes that another page asks for, whoever has no token where one is
//! needed, bodies that are no JSON or too large. It answers no 5xx but 503, and never a value of a sensitive input.

mod agents;
mod answers;
mod errors;
mod extract;
mod figures;
mod followed;
mod guard;
mod health;
mod hooks;
mod keys;
mod login;
mod news;
mod nodes;
mod openapi;
mod pages;
mod plan;
mod routes;
mod runs;
mod schedule;
mod server;
mod setting_out;
mod show;
mod signed;
mod site;
mod stage;
mod start;
mod steer;
mod stream;
mod timeline;
mod told;
mod workflows;

pub use server::{Parts, Server};
pub use site::{Balance, Place};
