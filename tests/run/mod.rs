//! The binary against a sandbox: what is said, bought, shown and kept, whatever goes wrong.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic, also in what tests share")]

mod buying;
mod conditions;
mod crashes;
mod http;
mod keys;
mod loops;
mod pauses;
mod rehearsal;
mod rerun;
mod resuming;
mod rooms;
mod script;
mod unknown;
mod wire;
mod wishes;

/// No line was heard twice in one place.
#[track_caller]
fn nothing_was_heard_twice(stage: &crate::support::Stage) {
    let mut heard = stage.heard_where();
    heard.sort();
    let twice: Vec<_> = heard.windows(2).filter(|pair| pair[0] == pair[1]).collect();
    assert!(twice.is_empty(), "heard twice: {twice:?}");
}
