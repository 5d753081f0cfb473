//! Agents from git: what the repository declares, what the lock says was made of it, and what the service has.
//!
//! ```text
//!  workflows, agents/*.yaml ──> declared ──> desired ─┐
//!                       agents.lock.yaml ──> lock ────┼─> difference ──> outline (shown, saved) ──> script ──> a run
//!                                  the service: seen ─┘                                                  │
//!                                         agents.lock.yaml <── keeper: each creation at once <───────────┘
//! ```
//!
//! To apply is a run like any other: journaled, resumable, its purchases made once. What is here decides what it
//! does, and keeps the lock. It never asks a person, and it knows neither terminal nor page.

pub mod account;
pub mod desired;
pub mod difference;
pub mod hold;
pub mod keeper;
pub mod lock;
pub mod outline;
pub mod prompt;
pub mod replace;
pub mod saved;
pub mod script;
pub mod seen;
