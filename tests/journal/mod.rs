//! The journal: what it keeps when the disk, the power or a hand is taken away, and how it is looked after.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic, also in what tests share")]

mod disk;
mod syncs;
mod upkeep;
