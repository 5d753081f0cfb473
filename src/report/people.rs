//! A run's people, a row each: what they heard, or why they did not. For `report:` of a workflow and `--report people`.
//!
//! A person is an item of a loop that says something; several lines to one person stand in one row, for whoever works
//! in a spreadsheet joins it with their own list by the key and counts rows as people. Steps outside of such a loop
//! address nobody in particular and have no row.
//!
//! It keeps of a person whose turn is over the row alone, so that a run of many people stays small.

mod table;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::clock::Timestamp;
use crate::plan::model::{Node, StepKey, Work};
use crate::report::Report;
use crate::report::audience::{Standing, is_line};
use crate::report::csv::visible;
use crate::report::moment::Moment;
use crate::report::projection::RunView;
use crate::report::reports::replace_file_with;
use crate::report::step::{State, StepView};
use crate::zone::Zone;

pub use table::{Form, is_table};

/// What is kept of one person; their key is the loop's, and where they stand the audience's to say.
#[derive(Clone, Debug, PartialEq)]
struct Person {
    /// Where they stand.
    outcome: Standing,
    /// In how many rooms a line was heard; the most of several.
    rooms: Option<u32>,
    /// How many tries there were.
    attempts: u32,
    /// When the first try went out.
    first_sent: Option<Timestamp>,
    /// When the last one went out, the one that was heard if any was.
    sent: Option<Timestamp>,
    /// The same instant where the person lives: RFC 3339.
    local_time: Box<str>,
    /// Which of several texts.
    variant: Box<str>,
    /// What was said, or tried; a line of text a line, in order.
    line: Box<str>,
    /// Where; a room a line.
    room: Box<str>,
    /// What went wrong.
    wrong: Option<Box<Wrong>>,
    /// The rest of why nothing was said, or until when it waits.
    detail: Box<str>,
}

/// What went wrong with a person's lines.
#[derive(Clone, Debug, PartialEq)]
struct Wrong {
    /// The service's code, or a word of ours.
    code: String,
    message: String,
}

/// One person of a loop.
struct Row<'a> {
    /// The loop.
    step: Rc<str>,
    /// The item's key, as it stands in the data.
    key: Cow<'a, str>,
    person: Cow<'a, Person>,
}

/// The people of a run.
pub struct People {
    view: RunView,
    /// Those whose turn is over, by their loop and place.
    over: BTreeMap<(u32, u32), Box<Person>>,
}

impl People {
    /// The people of a run that has not begun.
    pub fn new(view: RunView) -> Self {
        Self { view, over: BTreeMap::new() }
    }

    /// Takes in what happened.
    pub fn take(&mut self, moment: &Moment) {
        self.view.apply(moment);
        let changed = moment.changes.iter().map(|change| change.step).chain(moment.record.event.step());
        let people: BTreeSet<_> = changed.filter_map(|step| Some((step.node, step.item?.index))).collect();
        for (node, index) in people {
            if is_over(&self.view, node, index)
                && let Some(person) = person(&self.view, node, index)
            {
                self.over.insert((node, index), Box::new(person));
                self.view.forget(node, index);
            }
        }
    }

    /// Replaces a file by the table as it stands, at once.
    pub fn write(&self, file: &Path, form: Form) -> io::Result<()> {
        replace_file_with(file, |output| table::write(self, form, output))
    }

    /// A row a person, loop by loop, made as they are asked for.
    fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        let loops = self.view.loops().filter(|(_, items)| items.audience.is_some());
        loops.flat_map(move |(node, items)| {
            let step: Rc<str> = self.view.path(StepKey::node(node)).into();
            (0..).zip(&items.keys).filter_map(move |(index, key)| {
                let person = match self.over.get(&(node, index)) {
                    Some(over) => Cow::Borrowed(&**over),
                    None => Cow::Owned(person(&self.view, node, index)?),
                };
                Some(Row { step: step.clone(), key: self.view.mask.text(key), person })
            })
        })
    }
}

/// `--report people=FILE`.
pub(crate) struct PeopleFile {
    people: People,
    file: PathBuf,
}

impl PeopleFile {
    pub(crate) fn new(view: RunView, file: PathBuf) -> Self {
        Self { people: People::new(view), file }
    }
}

impl Report for PeopleFile {
    fn event(&mut self, moment: &Moment) {
        self.people.take(moment);
    }

    fn finish(&mut self) -> io::Result<()> {
        self.people.write(&self.file, Form::of(&self.file))
    }
}

/// The steps of an item's body, with what is known of them.
fn body(view: &RunView, node: u32, index: u32) -> impl Iterator<Item = (&Node, Option<&StepView>)> {
    let inner = match view.start.plan.nodes.get(node as usize).map(|node| &node.work) {
        Some(Work::Loop(inner)) => inner.body.as_slice(),
        _ => &[],
    };
    (0..).zip(inner).map(move |(place, step)| (step, view.step(StepKey::item(node, index, place))))
}

fn is_over(view: &RunView, node: u32, index: u32) -> bool {
    body(view, node, index)
        .all(|(step, known)| matches!(step.work, Work::Join) || known.is_some_and(|known| known.state.is_ended()))
}

fn person(view: &RunView, node: u32, index: u32) -> Option<Person> {
    let items = view.items_of(node)?;
    let standing = items.audience.as_ref()?.standing(index)?;
    let lines: Vec<&StepView> =
        body(view, node, index).filter(|(step, _)| is_line(step)).filter_map(|(_, known)| known).collect();
    let masked = |text: &str| visible(&view.mask.text(text));
    let sent: Vec<_> = lines.iter().filter_map(|line| Some((line, line.rendering.as_deref()?))).collect();
    let said = sent.iter().filter_map(|(line, _)| line.speech().or(line.field("message")).or(line.field("context")));
    let last = sent.iter().max_by_key(|(line, _)| (is_heard(line), line.sent));
    let failure = body(view, node, index).find_map(|(_, known)| known.filter(is_wrong)?.failure.as_ref());
    Some(Person {
        outcome: standing,
        rooms: lines.iter().filter_map(|line| line.rooms()).max().map(|rooms| rooms as u32),
        attempts: lines.iter().map(|line| line.attempts).sum(),
        first_sent: sent.iter().filter_map(|(line, _)| line.began).min(),
        sent: last.and_then(|(line, _)| line.sent),
        local_time: last
            .and_then(|(line, sent)| local(line.sent?, sent.timezone.as_deref()?))
            .unwrap_or_default()
            .into(),
        variant: distinct(sent.iter().filter_map(|(_, rendering)| rendering.variant.clone())),
        line: said.map(masked).collect::<Vec<_>>().join("\n").into(),
        room: distinct(sent.iter().filter_map(|(_, rendering)| rendering.room.as_deref().map(masked))),
        wrong: failure
            .map(|failure| Box::new(Wrong { code: masked(&failure.code), message: masked(&failure.message) })),
        detail: detail(view, (node, index), standing).map(|detail| masked(&detail)).unwrap_or_default().into(),
    })
}

fn is_heard(line: &StepView) -> bool {
    matches!(line.state, State::Succeeded | State::Holding { .. })
}

fn is_wrong(step: &&StepView) -> bool {
    matches!(step.state, State::Failed | State::Blocked | State::Asking | State::Unknown)
}

/// The rest of why they stand where they stand, from the line that says so.
fn detail(view: &RunView, (node, index): (u32, u32), standing: Standing) -> Option<String> {
    let told = |(place, _): (u32, &Node)| {
        let key = StepKey::item(node, index, place);
        let line = view.step(key)?;
        match &line.state {
            State::Skipped { reason } if reason == standing.word() => line.detail.as_deref().map(str::to_owned),
            State::Skipped { reason } if standing == Standing::Skipped => Some(reason.clone()),
            State::Waiting { until, .. } if standing != Standing::Heard => Some(format!("until {until}")),
            _ => view.carried_from(key).filter(|_| standing == Standing::Carried).map(|run| format!("in run {run}")),
        }
    };
    let Some(Work::Loop(inner)) = view.start.plan.nodes.get(node as usize).map(|node| &node.work) else { return None };
    (0..).zip(&inner.body).filter(|(_, step)| is_line(step)).filter_map(told).last()
}

/// An instant as the clock of a zone shows it.
fn local(at: Timestamp, zone: &str) -> Option<String> {
    let (at, zone) = (at.to_jiff(), Zone::find(zone)?);
    let offset = zone.offset(at);
    // To the second: people read it, and `sent_at` has the rest.
    let at = jiff::Timestamp::from_second(at.as_second()).ok()?;
    Some(at.display_with_offset(offset).to_string())
}

fn distinct(texts: impl Iterator<Item = String>) -> Box<str> {
    let mut seen: Vec<String> = Vec::new();
    for text in texts {
        if !seen.contains(&text) {
            seen.push(text);
        }
    }
    seen.join("\n").into()
}

#[cfg(test)]
mod tests;
