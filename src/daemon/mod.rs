//! Runs from the outside: one door to begin, take up, steer and follow them, for every command, watcher and page.
//!
//! In reading order: [`opened`] makes a script of a file, [`service`] says where it goes, [`start`] prepares a run of
//! it and begins it, [`standing`] takes one up again, [`active`] steers those that this process drives,
//! [`subscribe`] follows any. [`watcher`] tells when files changed. Nothing here talks to a terminal, and the sandbox
//! beside a run is somebody else's, see [`service::Rehearse`].

pub mod active;
pub mod offer;
pub mod opened;
pub mod prune;
pub mod refused;
pub mod runs;
pub mod secrets;
pub mod service;
pub mod standing;
pub mod start;
pub mod subscribe;
pub mod watcher;
