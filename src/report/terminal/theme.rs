//! Marks and colours. The marks differ in shape, so that a run reads the same without colours.

use anstyle::{AnsiColor, Effects, Style};

use crate::report::step::State;

/// The frames of the spinner, a tenth of a second each.
const SPINNER: [&str; 10] = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];

pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
pub(crate) const BAD: Style = AnsiColor::Red.on_default().effects(Effects::BOLD);
pub(crate) const CARE: Style = AnsiColor::Yellow.on_default().effects(Effects::BOLD);
pub(crate) const BUSY: Style = AnsiColor::Cyan.on_default();
pub(crate) const FAINT: Style = Style::new().effects(Effects::DIMMED);
pub(crate) const STRONG: Style = Style::new().effects(Effects::BOLD);
pub(crate) const PLAIN: Style = Style::new();

/// The mark of a step, and its style.
pub(crate) fn mark(state: &State) -> (&'static str, Style) {
    match state {
        State::Pending | State::Waiting { .. } => ("·", FAINT),
        State::Running | State::Holding { .. } => ("▶", BUSY),
        State::Retrying { .. } => ("↻", CARE),
        State::Open { .. } | State::Held => ("⏸", CARE),
        State::Blocked => ("!", BAD),
        State::Asking | State::Unknown => ("?", CARE),
        State::Succeeded => ("✔", GOOD),
        State::Failed => ("✖", BAD),
        State::Skipped { .. } => ("–", FAINT),
        State::Cancelled => ("■", CARE),
    }
}

/// The frame of the spinner at an instant, in milliseconds.
pub(crate) fn spinner(millis: i64) -> &'static str {
    SPINNER[(millis.rem_euclid(1000) / 100) as usize]
}
