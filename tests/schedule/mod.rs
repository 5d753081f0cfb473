//! Schedules against a slow and obvious reference, and the commands that show them.
//!
//! The reference walks minute by minute and looks at the clock on the wall; it shares neither the cron crate nor the
//! walk from change to change with the product. `RUNSHEET_LONG=1` compares every zone that there is.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic, also in what tests share")]

mod clock_changes;
mod commands;
mod cron;
mod policies;
mod policy_reference;
mod wall_clock;
mod zones;
