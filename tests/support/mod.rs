//! What tests of the binary are written with: a project, a sandbox beside it, and a run whose end is stated.
//!
//! ```ignore
//! let stage = Stage::new("- speak: Hello");
//! stage.run(&[]).exits(0).ended("speak_1", "succeeded");
//! assert_eq!(stage.heard(), ["Hello"]);
//! ```

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by a panic")]

mod chance;
mod ended;
mod in_memory;
mod journaled;
mod running;
mod stage;
mod web;

pub use chance::Chance;
pub use ended::Ended;
pub use in_memory::{Planned, journal_of, run_id, taken_up};
pub use journaled::{all_steps, text_of};
pub use running::Running;
pub use stage::{AGENT, SECRET, Stage, casting, scripted};
pub use web::{Answer, Gate, Received, Web};
