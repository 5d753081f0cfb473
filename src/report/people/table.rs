//! The table of a run's people: as CSV for people, as JSON for programs, which also has a summary.
//!
//! Keys stand as they are, for one written back changed would match nothing; every cell is quoted.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;

use csv::{QuoteStyle, WriterBuilder};
use serde::{Serialize, Serializer};

use super::{People, Person};
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
        serializer.collect_seq(self.0.rows())
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
    for person in people.rows() {
        let rooms = person.rooms.map(|rooms| rooms.to_string()).unwrap_or_default();
        let attempts = person.attempts.to_string();
        // Written out in the order of the header.
        let Person { step, key, outcome, variant, line, room, .. } = &*person;
        let Person { first_sent_at, sent_at, local_time, run, error_code, error, detail, .. } = &*person;
        let begins = [step, key, *outcome, variant, line, room, &rooms, &attempts];
        let ends = [first_sent_at, sent_at, local_time, run, error_code, error, detail];
        writer.write_record(begins.into_iter().chain(ends.map(String::as_str)))?;
    }
    writer.flush()
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
    let heard = people.rows().filter(|person| person.outcome == Standing::Heard.word() && !person.variant.is_empty());
    for person in heard {
        if let Some(of_loop) = loops.iter_mut().find(|of_loop| of_loop.step == person.step) {
            *of_loop.variants.entry(person.variant.clone()).or_default() += 1;
        }
    }
    loops
}
