//! Power cuts and cut journals, in memory: whatever is left of a journal, the run ends as if nothing had happened.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by a panic, also in what tests share"
)]

mod cuts;
mod prefixes;
mod world;
