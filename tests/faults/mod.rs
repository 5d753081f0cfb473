//! What goes wrong at the service: each kind on each endpoint, and seeded mixtures of all of it. Whatever it is, a
//! run ends in a stated outcome within its limits, and nothing is said or bought twice.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by a panic, also in what tests share"
)]

pub mod bench;
mod matrix;
mod mixture;
