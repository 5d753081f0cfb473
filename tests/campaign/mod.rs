//! Campaigns: the right line, to the right room, at a decent hour, once.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by a panic, also in what tests share")]

mod after;
mod before;
mod claims;
mod killed;
mod rules;
mod week;
