//! How a run is shown: on a terminal, as JSON Lines, JUnit, CSV. Live and replayed runs pass the same way.
//!
//! Whoever drives or replays a run hands every [`Moment`] to [`Reports`] after it is in the journal. A report
//! keeps a [`projection::RunView`] of its own and decides nothing. Data goes to stdout, what people read of
//! a run to stderr. A report that cannot write never stops a run: it says so when the run is over.
//!
//! It refuses: the journal, the executors, the clock (`tick` brings the time), colours for those who want none.

pub mod audience;
pub mod cue_sheet;
pub mod event;
pub mod mask;
pub mod moment;
pub mod people;
pub mod projection;
pub mod terminal;

mod csv;
mod items;
mod json_lines;
mod junit;
mod pace;
mod reports;
#[cfg(test)]
mod sample;
mod step;
mod target;
#[cfg(test)]
mod tests;
mod translate;

use std::io;

use crate::clock::Timestamp;

pub use items::{Counts, LoopView};
pub use moment::{Change, ChangedTo, Moment};
pub use projection::{Ending, RunView};
pub use reports::Reports;
pub use step::{State, StepView};
pub use target::{Format, ReportTarget, TargetError};
pub use translate::Translator;

/// One way to show a run.
pub trait Report: Send {
    /// Takes in what happened.
    fn event(&mut self, moment: &Moment);

    /// Tells whether it shows anything that moves by itself; where nothing does, nobody tells it the time.
    fn moves(&self) -> bool {
        true
    }

    /// Says what time it is, about ten times a second; shows what moves.
    fn tick(&mut self, _now: Timestamp) {}

    /// Takes in a word for the person in front, of no matter to the run.
    fn notice(&mut self, _words: &str) {}

    /// Ends the report: nothing more will happen. Fails with the first error that writing met.
    fn finish(&mut self) -> io::Result<()>;
}
