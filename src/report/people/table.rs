//! The table of a run's people: as CSV for people, as JSON for programs, which also has a summary.
//!
//! Keys stand as they are, for one written back changed would match nothing; every cell is quoted. Other texts that a
//! spreadsheet would take for a formula begin with an apostrophe in the CSV.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;

use csv::{QuoteStyle, WriterBuilder};
use serde::ser::SerializeSeq;
use serde::{Serialize, Serializer};

use super::{People, Row};
use crate::clock::Timestamp;
use crate::plan::model::StepKey;
use crate::report::audience::Standing;
use crate::report::event::PublicAudience;

/// The first key of the JSON, by which a table is known again.
const MARK: &[u8] = b"{\n  \"runsheet_people\"";

const HEADER: [&str; 15] = [
    "step",
    "key",
    "outcome",
    "variant",
    "line",
    "room",
    "rooms",
    "attempts",
    "first_sent_at",
    "sent_at",
    "local_time",
    "run",
    "error_code",
    "error",
    "detail",
];

/// The form of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A header and a row a person.
    Csv,
    /// One object: the version of this form, a summary, the people.
    Json,
}

impl Form {
    /// The form that a file's ending asks for: JSON for `.json`, else CSV.
    pub fn of(file: &Path) -> Self {
        match file.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json")) {
            true => Self::Json,
            false => Self::Csv,
        }
    }
}

/// Tells whether a file's beginning is that of such a table: nothing else is written over.
pub fn is_table(bytes: &[u8]) -> bool {
    let header = format!("\"{}\"", HEADER.join("\",\""));
    bytes.starts_with(header.as_bytes()) || bytes.starts_with(MARK)
}

#[derive(Serialize)]
struct Whole<'a> {
    /// The version of this form.
    runsheet_people: u8,
    summary: Summary<'a>,
    people: Rows<'a>,
}

/// The people, a row at a time: all of them at once are many.
struct Rows<'a>(&'a People);

impl Serialize for Rows<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let run = self.0.view.start.run.to_string();
        let mut rows = serializer.serialize_seq(None)?;
        self.0.rows().try_for_each(|row| rows.serialize_element(&row.cells(&run)))?;
        rows.end()
    }
}

/// A row, in the order of the header. Instants are RFC 3339, UTC; empty where nothing was sent.
#[derive(Serialize)]
struct Cells<'a> {
    step: &'a str,
    key: &'a str,
    outcome: &'static str,
    variant: &'a str,
    line: &'a str,
    room: &'a str,
    rooms: Option<u32>,
    attempts: u32,
    first_sent_at: String,
    sent_at: String,
    local_time: &'a str,
    run: &'a str,
    error_code: &'a str,
    error: &'a str,
    detail: &'a str,
}

impl Row<'_> {
    fn cells<'a>(&'a self, run: &'a str) -> Cells<'a> {
        let person = &*self.person;
        let told = |at: Option<Timestamp>| at.map(|at| at.to_string()).unwrap_or_default();
        let (error_code, error) =
            person.wrong.as_ref().map_or(("", ""), |wrong| (wrong.code.as_str(), wrong.message.as_str()));
        Cells {
            step: &self.step,
            key: &self.key,
            outcome: person.outcome.word(),
            variant: &person.variant,
            line: &person.line,
            room: &person.room,
            rooms: person.rooms,
            attempts: person.attempts,
            first_sent_at: told(person.first_sent),
            sent_at: told(person.sent),
            local_time: &person.local_time,
            run,
            error_code,
            error,
            detail: &person.detail,
        }
    }
}

#[derive(Serialize)]
struct Summary<'a> {
    run: String,
    workflow: &'a str,
    file: &'a str,
    sandbox: bool,
    /// How it ended or stopped; null while it is under way.
    status: Option<&'static str>,
    began_at: String,
    ended_at: String,
    credits: u64,
    loops: Vec<OfLoop>,
}

#[derive(Serialize)]
struct OfLoop {
    step: String,
    #[serde(flatten)]
    counts: PublicAudience,
    /// How many people heard which text.
    variants: BTreeMap<String, u64>,
}

/// Writes the whole table.
pub(super) fn write(people: &People, form: Form, output: &mut dyn Write) -> io::Result<()> {
    match form {
        Form::Csv => csv(people, output),
        Form::Json => json(people, output),
    }
}

fn csv(people: &People, output: &mut dyn Write) -> io::Result<()> {
    let mut writer = WriterBuilder::new().quote_style(QuoteStyle::Always).from_writer(output);
    writer.write_record(HEADER)?;
    let run = people.view.start.run.to_string();
    for row in people.rows() {
        let cells = row.cells(&run);
        let Cells { step, key, outcome, variant, line, room, .. } = cells;
        let Cells { local_time, run, error_code, error, detail, .. } = cells;
        let rooms = cells.rooms.map(|rooms| rooms.to_string()).unwrap_or_default();
        let attempts = cells.attempts.to_string();
        // What people and the service wrote is text to a spreadsheet, whatever it begins with.
        let [line, room, error_code, error, detail] = [line, room, error_code, error, detail].map(inert);
        let begins = [step, key, outcome, variant, &line, &room, &rooms, &attempts];
        let ends = [&cells.first_sent_at, &cells.sent_at, local_time, run, &error_code, &error, &detail];
        writer.write_record(begins.into_iter().chain(ends))?;
    }
    writer.flush()
}

/// A text that no spreadsheet takes for a formula: one that begins like a formula gets an apostrophe in front.
fn inert(text: &str) -> Cow<'_, str> {
    match text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        true => Cow::Owned(format!("'{text}")),
        false => Cow::Borrowed(text),
    }
}

fn json(people: &People, output: &mut dyn Write) -> io::Result<()> {
    let view = &people.view;
    let start = &view.start;
    let summary = Summary {
        run: start.run.to_string(),
        workflow: &start.plan.workflow,
        file: &start.plan.file,
        sandbox: start.service.sandbox,
        status: view.ending.map(|ending| ending.as_str()),
        began_at: view.began.to_string(),
        ended_at: view.last.to_string(),
        credits: view.credits,
        loops: loops(people),
    };
    serde_json::to_writer_pretty(&mut *output, &Whole { runsheet_people: 1, summary, people: Rows(people) })?;
    output.write_all(b"\n")
}

fn loops(people: &People) -> Vec<OfLoop> {
    let audiences = people.view.loops().filter_map(|(node, items)| Some((node, items.audience.as_ref()?)));
    let of_loop = |(node, audience)| OfLoop {
        step: people.view.path(StepKey::node(node)),
        counts: PublicAudience::from(audience),
        variants: BTreeMap::new(),
    };
    let mut loops: Vec<OfLoop> = audiences.map(of_loop).collect();
    let heard = people.rows().filter(|row| row.person.outcome == Standing::Heard && !row.person.variant.is_empty());
    for row in heard {
        if let Some(of_loop) = loops.iter_mut().find(|of_loop| *of_loop.step == *row.step) {
            *of_loop.variants.entry(row.person.variant.to_string()).or_default() += 1;
        }
    }
    loops
}
