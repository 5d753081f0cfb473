//! Runsheet: scripts for talking-avatar agents in YAML, checked, then run once.
//!
//! # What flows where
//!
//! ```text
//!  file.yaml --load--> tree --check--> Workflow --build--> Plan --begin--> Run                    (pure)
//!     text, places        |  as written  |  only valid   |  frozen, integers  |  decide(&self) -> commands
//!                         [Diagnostic]                     estimate, drawing  |  apply(&mut self, &Record)
//!                                                                             v
//!  command line, watcher, scheduler, web
//!             |
//!             +--------> daemon::Runs --> driver: command -> wait | render, journal, exchange -> event -> journal
//!                                 |              |                                |
//!                              followers      reports (live or replayed)     local | scripted
//! ```
//!
//! Types are the flow: only `check` makes a [`workflow::model::Workflow`], only `build` makes a
//! [`plan::model::Plan`], and only events change an [`engine::run::Run`].
//!
//! # What holds everywhere
//!
//! - What was not recorded was not done: the intent of every line and every purchase is on the disk before its first
//!   byte leaves, see [`executors::driver`].
//! - What the wire says decides whether something may be repeated, see [`outcome::ErrorClass`].
//! - A secret has no printed form, see [`secret`]; what comes back from outside is cleaned before it is an event.
//! - A mistake has a place, see [`diagnostic`].
//!
//! The modules follow in reading order; each says what it is for and what it refuses, and `tests/architecture.rs`
//! holds what each may import.

// The base: small files, one noun each.
pub mod clock;
pub mod crash;
pub mod database;
pub mod diagnostic;
pub mod duration;
pub mod held;
pub mod ids;
pub mod outcome;
pub mod scope;
pub mod secret;
pub mod settings;
pub mod sha256;
pub mod share;
pub mod text;
pub mod window;
pub mod zone;

// Text, conditions, and what a workflow is given.
pub mod data;
pub mod expression;
pub mod template;

// When something is due. Pure.
pub mod schedule;

// The service.
pub mod bithuman;

// What a step can do.
pub mod actions;

// From a file to a graph.
pub mod plan;
pub mod workflow;

// What may happen next. Pure.
pub mod engine;

// What happened, what was bought, what was due, who may see it, and how it is shown.
pub mod access;
pub mod fires;
pub mod journal;
pub mod purchases;
pub mod report;
pub mod sent;

// Who performs a run, and the door to it.
pub mod daemon;
pub mod executors;
pub mod provision;

// The service on this machine.
pub mod sandbox;

// The API and the page.
pub mod web;

// The command line.
pub mod commands;

// What every reader of bytes must bear.
pub mod fuzzing;
