//! A run on a terminal: a live line a step where there is one, plain lines elsewhere.
//!
//! All of it goes to stderr. What comes from data is cleaned before it is shown; nothing here reads a key.

pub mod aside;
pub mod prompts;

mod live;
mod people;
mod phrase;
mod plain;
mod scene;
mod summary;
#[cfg(test)]
mod tests;
mod theme;

use std::io::{IsTerminal as _, Write};

use jiff::tz::TimeZone;

use crate::report::Report;
use crate::report::projection::RunView;
pub use scene::left_out;
pub(crate) use theme::{BAD, CARE, FAINT, GOOD, STRONG};

/// How a run is to look.
#[derive(Clone, Debug)]
pub struct Look {
    /// The columns there are.
    pub columns: u16,
    /// The rows there are.
    pub rows: u16,
    /// Tells columns and rows anew, where they may change.
    pub size: Option<fn() -> (u16, u16)>,
    /// Whether lines may move: a terminal that takes escapes.
    pub moves: bool,
    /// Whether to use colours.
    pub colour: bool,
    /// Whether lines end where the columns do; else only the layout goes by them.
    pub cuts: bool,
    /// Whether what is shown has long happened: nobody is asked for anything.
    pub replays: bool,
    /// The zone in which people read times.
    pub zone: TimeZone,
    /// The credits of the account, when they are known.
    pub balance: Option<f64>,
}

impl Default for Look {
    /// Plain lines, laid out for 80 columns: for files and pipes.
    fn default() -> Self {
        Self {
            columns: 80,
            rows: 24,
            size: None,
            moves: false,
            colour: false,
            cuts: false,
            replays: false,
            zone: TimeZone::UTC,
            balance: None,
        }
    }
}

impl Look {
    /// What stderr can show: `NO_COLOR` takes the colours, `TERM=dumb` all that moves, and a file or a pipe both.
    pub fn of_stderr() -> Self {
        Self::of(std::io::stderr().is_terminal())
    }

    /// The same for stdout, where a run is shown that has ended.
    pub fn of_stdout() -> Self {
        Self::of(std::io::stdout().is_terminal())
    }

    fn of(is_terminal: bool) -> Self {
        let choice = anstream::ColorChoice::global();
        let is_wanted = matches!(choice, anstream::ColorChoice::Always | anstream::ColorChoice::AlwaysAnsi);
        let plain = Self { zone: TimeZone::system(), colour: is_wanted, ..Self::default() };
        if !is_terminal {
            return plain;
        }
        let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let moves = std::env::var_os("TERM").is_none_or(|term| term != "dumb");
        let is_plain = is_set("NO_COLOR") || choice == anstream::ColorChoice::Never;
        let (columns, rows) = size();
        let colour = is_wanted || (moves && !is_plain);
        Self { columns, rows, size: Some(size), moves, colour, cuts: true, ..plain }
    }
}

fn size() -> (u16, u16) {
    let (columns, rows) = crossterm::terminal::size().unwrap_or((80, 24));
    (columns.max(20), rows.max(4))
}

/// The report of a run for people. `output` is stderr.
pub fn open(view: RunView, look: Look, output: Box<dyn Write + Send>) -> Box<dyn Report> {
    let scene = scene::Scene::new(view, look);
    match scene.look.moves {
        true => Box::new(live::Live::new(scene, output)),
        false => Box::new(plain::Plain::new(scene, output)),
    }
}
