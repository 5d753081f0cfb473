//! The binary watching a folder, beside a sandbox in this process: what is saved is run once, and nothing else is.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

mod busy;
mod desk;
mod editors;
mod folders;
mod limits;
mod places;
mod speed;

use desk::Desk;

/// A workflow whose only line is this.
fn line(text: &str) -> String {
    crate::support::scripted(&format!("- speak: {text}"))
}
