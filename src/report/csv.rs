//! `--report csv`: a row per *once* step and item, for people who work in spreadsheets.
//!
//! Keys stand as they are, for one written back changed would match nothing; every cell is quoted.

use std::io;
use std::path::PathBuf;

use csv::{QuoteStyle, WriterBuilder};

use crate::clock::Timestamp;
use crate::outcome::Effect;
use crate::plan::model::{StepKey, Work};
use crate::report::Report;
use crate::report::moment::Moment;
use crate::report::projection::RunView;
use crate::report::reports::replace_file;
use crate::report::step::StepView;

const HEADER: [&str; 12] = [
    "step",
    "key",
    "index",
    "outcome",
    "reason",
    "rooms",
    "attempts",
    "started_at",
    "ended_at",
    "seconds",
    "error_code",
    "error",
];

/// Writes the rows when the run is over.
pub(crate) struct Csv {
    view: RunView,
    file: PathBuf,
}

impl Csv {
    pub(crate) fn new(view: RunView, file: PathBuf) -> Self {
        Self { view, file }
    }
}

impl Report for Csv {
    fn event(&mut self, moment: &Moment) {
        self.view.apply(moment);
    }

    fn moves(&self) -> bool {
        false
    }

    fn finish(&mut self) -> io::Result<()> {
        replace_file(&self.file, &table(&self.view)?)
    }
}

/// The whole file.
pub(crate) fn table(view: &RunView) -> io::Result<Vec<u8>> {
    let mut writer = WriterBuilder::new().quote_style(QuoteStyle::Always).from_writer(Vec::new());
    writer.write_record(HEADER)?;
    for (key, step) in view.steps() {
        let Some(node) = view.node(key) else { continue };
        if node.effect() == Effect::Once && !matches!(node.work, Work::Loop(_)) {
            writer.write_record(row(view, key, step))?;
        }
    }
    writer.into_inner().map_err(|error| io::Error::other(error.to_string()))
}

fn row(view: &RunView, key: StepKey, step: &StepView) -> [String; 12] {
    let instant = |at: Option<Timestamp>| at.map(|at| at.to_string()).unwrap_or_default();
    let failure = step.failure.as_ref();
    let masked = |text: &str| view.mask.text(text).into_owned();
    // Whoever counts who was addressed counts nobody twice.
    let from = view.carried_from(key);
    let took = step.began.zip(step.ended).map(|(began, ended)| ended.since(began));
    [
        view.path(key),
        view.item_key(key).map(masked).unwrap_or_default(),
        key.item.map(|item| item.index.to_string()).unwrap_or_default(),
        from.map_or(step.state.as_str(), |_| "carried").to_owned(),
        from.map_or(step.state.reason().unwrap_or_default().to_owned(), |run| {
            format!("{} in run {run}", step.state.as_str())
        }),
        step.rooms().map(|rooms| rooms.to_string()).unwrap_or_default(),
        step.attempts.to_string(),
        instant(step.began),
        instant(step.ended),
        took.map(|length| format!("{:.3}", length.as_secs_f64())).unwrap_or_default(),
        failure.map(|failure| failure.code.clone()).unwrap_or_default(),
        failure.map(|failure| visible(&masked(&failure.message))).unwrap_or_default(),
    ]
}

/// What the service says, without what a terminal would obey when the file is printed on one.
pub(crate) fn visible(text: &str) -> String {
    let is_hidden = |character: char| character.is_control() && !matches!(character, '\n' | '\t');
    text.replace(is_hidden, "\u{fffd}")
}
