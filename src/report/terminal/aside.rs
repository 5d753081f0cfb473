//! Lines beside a run's report, such as those of the log: on a terminal that moves they go above what moves.
//!
//! Whoever prints them knows no report, and a report may come and go: so there is one place for both of them.

use std::io::Write as _;
use std::sync::{Mutex, MutexGuard, PoisonError};

static WAITING: Mutex<Waiting> = Mutex::new(Waiting { regions: 0, lines: Vec::new() });

struct Waiting {
    /// How many live regions there are to print them.
    regions: usize,
    lines: Vec<String>,
}

/// Held by a live region for as long as it prints what waits.
pub(super) struct Region(());

impl Region {
    /// From now on lines wait.
    pub(super) fn open() -> Self {
        waiting().regions += 1;
        Self(())
    }

    /// What waits, a line each.
    pub(super) fn take(&self) -> Vec<String> {
        std::mem::take(&mut waiting().lines)
    }
}

impl Drop for Region {
    fn drop(&mut self) {
        let mut waiting = waiting();
        waiting.regions -= 1;
        for line in std::mem::take(&mut waiting.lines) {
            print_now(&format!("{line}\n"));
        }
    }
}

/// Prints lines to stderr, above a live region where there is one.
pub fn print(text: &str) {
    let mut waiting = waiting();
    match waiting.regions {
        0 => print_now(text),
        _ => waiting.lines.extend(text.lines().map(str::to_owned)),
    }
}

/// Prints at once, whatever else is on the terminal.
pub fn print_now(text: &str) {
    // While keys are read, a terminal does not go back to the first column by itself.
    let is_raw = crossterm::terminal::is_raw_mode_enabled().unwrap_or(false);
    let text = if is_raw { text.replace('\n', "\r\n") } else { text.to_owned() };
    // A closed stderr ends nothing.
    drop(std::io::stderr().lock().write_all(text.as_bytes()));
}

fn waiting() -> MutexGuard<'static, Waiting> {
    WAITING.lock().unwrap_or_else(PoisonError::into_inner)
}
