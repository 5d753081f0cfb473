//! Runs from the outside: one door to begin, take up, steer and follow them, for every command, watcher and page.
//!
//! In reading order: [`opened`] makes a script of a file, [`service`] says where it goes, [`start`] prepares a run of
//! it and begins it, [`standing`] takes one up again, [`active`] steers those that this process drives,
//! [`tail`] follows any. [`definitions`] keeps the files as they stand, [`watcher`] tells when they
//! changed, [`overview`] lists what is kept, [`calendar`] tells what is due, [`busy`] what is in its way, and
//! [`scheduler`] starts it; [`subscription`] lets the service tell when an agent is ready. Nothing here
//! talks to a terminal, and the sandbox beside a run is somebody else's, see [`service::Rehearse`].

pub mod active;
pub mod again;
pub mod agents;
mod asked_reports;
pub mod busy;
pub mod calendar;
pub mod campaign;
mod chosen;
pub mod declarations;
pub mod definitions;
mod drawing;
pub mod files;
pub mod offer;
pub mod opened;
pub mod outlook;
pub mod overview;
pub mod planned;
pub mod provisioning;
pub mod prune;
pub mod pulse;
pub mod refused;
pub mod runs;
pub mod scheduler;
pub mod secrets;
pub mod service;
mod shared_purchases;
pub mod standing;
pub mod start;
pub mod steer;
pub mod subscription;
pub mod tail;
pub mod watcher;
