//! The crash sweep: runs are killed at named places and at seeded instants, taken up until they end, and then what
//! the world heard, sold and was asked is held against the journal.
//!
//! The normal form kills 200 times; `RUNSHEET_LONG=1` kills 2,000 times. `RUNSHEET_SEED` repeats a sweep.

#![cfg(feature = "crash-points")]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by a panic, also in what tests share"
)]

mod script;
pub mod sweep;
pub mod theatre;
pub mod trial;
mod verdict;
