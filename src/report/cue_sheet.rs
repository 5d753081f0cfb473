//! A run as a timed script: what goes out when, from whom, to which room. For rehearsals and for paper.
//!
//! Read from the records of a run, mostly of a dry one, whose clock is virtual. It shows what went out, as it was
//! rendered, and every wait for a person; what is sensitive is masked.

mod markdown;
mod text;

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use crate::clock::Timestamp;
use crate::duration::Millis;
use crate::engine::event::{Event, Prepared, Record, Rendering, Start};
use crate::plan::model::{Exchanged, Plan, RoomReference, StepKey, Work};
use crate::report::mask::Mask;
use crate::text::{clean, grouped};

pub use markdown::markdown;
pub use text::text;

/// One moment of the script.
#[derive(Clone, Debug, PartialEq)]
pub struct Cue {
    /// When, since the run began.
    pub at: Millis,
    /// The step: its id, within a loop also the item's key.
    pub step: String,
    /// The action's key in the file.
    pub action: String,
    /// Whom it addresses, by the name in the file.
    pub agent: Option<String>,
    /// Where it is heard.
    pub room: Option<String>,
    /// What is said, asked for or waited for.
    pub line: String,
    /// Whether the line is heard or read by somebody.
    pub is_quoted: bool,
    /// What else to know: `holds ≈3.0s`.
    pub note: String,
}

/// A run as cues.
#[derive(Clone, Debug, PartialEq)]
pub struct CueSheet {
    /// The workflow's name.
    pub workflow: String,
    /// Its file.
    pub file: String,
    /// The cues in order.
    pub cues: Vec<Cue>,
    /// When the last thing happened.
    pub length: Millis,
}

impl CueSheet {
    /// Reads the records of a run, from the first on. None when the first is not its start.
    pub fn of(records: &[Record]) -> Option<Self> {
        let first = records.first()?;
        let Event::Started(start) = &first.event else { return None };
        let mut reading = Reading::new(start, first.at);
        records.iter().for_each(|record| reading.take(record));
        Some(Self {
            workflow: clean(&start.plan.workflow),
            file: clean(&start.plan.file),
            cues: reading.cues,
            length: records.last()?.at.since(first.at),
        })
    }
}

impl Cue {
    /// Whether a person says go here.
    pub fn is_go(&self) -> bool {
        self.action == "pause"
    }
}

struct Reading<'a> {
    plan: &'a Plan,
    mask: Mask,
    began: Timestamp,
    /// The keys of each loop's items.
    keys: HashMap<u32, &'a [String]>,
    /// What was told already: looking again, as `wait_ready` does, is no new cue.
    told: HashSet<StepKey>,
    cues: Vec<Cue>,
}

impl<'a> Reading<'a> {
    fn new(start: &'a Start, began: Timestamp) -> Self {
        let mask = Mask::new(&start.plan);
        Self { plan: &start.plan, mask, began, keys: HashMap::new(), told: HashSet::new(), cues: Vec::new() }
    }

    fn take(&mut self, record: &'a Record) {
        match &record.event {
            Event::ItemsListed { step, keys, .. } => drop(self.keys.insert(step.node, keys)),
            Event::AttemptStarted { step, rendering, .. } => {
                let Some(node) = self.plan.get(*step) else { return };
                if let Work::Exchange(exchanged) = &node.work {
                    let cue = self.sent(exchanged, rendering);
                    self.push(*step, record.at, cue);
                }
            }
            Event::Prepared { step, wait } => {
                let cue = waited(wait);
                self.push(*step, record.at, cue);
            }
            // What a rehearsal cannot know, such as another service's answer, fails what reads it.
            Event::StepFailed { step, failure } => {
                let cue = Cue { line: failure.message.clone(), note: "fails".to_owned(), ..Cue::empty() };
                self.push(*step, record.at, cue);
            }
            _ => {}
        }
    }

    fn push(&mut self, step: StepKey, at: Timestamp, cue: Cue) {
        let Some(node) = self.plan.get(step).filter(|_| self.told.insert(step)) else { return };
        let masked = |text: &str| clean(&self.mask.text(text));
        self.cues.push(Cue {
            at: at.since(self.began),
            step: masked(&self.path(step)),
            action: node.action().to_owned(),
            room: cue.room.as_deref().map(masked),
            line: masked(&cue.line),
            ..cue
        });
    }

    /// `greetings[Ada]`, `greetings[Ada].greet`, or the plain id.
    fn path(&self, step: StepKey) -> String {
        let Some(node) = self.plan.nodes.get(step.node as usize) else { return String::new() };
        let (Some(item), Work::Loop(inner)) = (step.item, &node.work) else { return node.id.clone() };
        let key = self.keys.get(&step.node).and_then(|keys| keys.get(item.index as usize));
        let key = key.cloned().unwrap_or_else(|| (item.index + 1).to_string());
        match inner.body.get(item.inner as usize) {
            Some(body) if !inner.single => format!("{}[{key}].{}", node.id, body.id),
            _ => format!("{}[{key}]", node.id),
        }
    }

    fn sent(&self, exchanged: &Exchanged, rendering: &Rendering) -> Cue {
        let field = |name: &str| rendering.fields.get(name).and_then(Value::as_str);
        let heard = rendering.speech.as_ref().map(|speech| speech.text.as_str());
        let quoted = heard.or_else(|| ["message", "context", "prompt"].iter().find_map(|name| field(name)));
        let line = match (quoted, field("url")) {
            (Some(text), _) => text.to_owned(),
            (None, Some(url)) => format!("{} {url}", field("method").unwrap_or("GET")),
            (None, None) => String::new(),
        };
        let every = matches!(exchanged.room, Some(RoomReference::Every)).then(|| "every room".to_owned());
        Cue {
            agent: exchanged.agent.as_ref().map(|agent| clean(&agent.name)),
            room: rendering.room.clone().or(every),
            line,
            is_quoted: quoted.is_some(),
            note: note(rendering),
            ..Cue::empty()
        }
    }
}

impl Cue {
    fn empty() -> Self {
        Self {
            at: Millis::ZERO,
            step: String::new(),
            action: String::new(),
            agent: None,
            room: None,
            line: String::new(),
            is_quoted: false,
            note: String::new(),
        }
    }
}

fn note(rendering: &Rendering) -> String {
    match (&rendering.speech, &rendering.reuse) {
        (Some(speech), _) => format!("≈{}", speech.length),
        (None, Some(reuse)) => format!("uses {} again", clean(&reuse.agent)),
        (None, None) if rendering.credits > 0 => format!("{} credits", grouped(rendering.credits)),
        (None, None) => String::new(),
    }
}

fn waited(wait: &Prepared) -> Cue {
    match wait {
        Prepared::For(length) => Cue { line: length.to_text(), ..Cue::empty() },
        Prepared::Until(instant) => Cue { line: format!("until {instant}"), ..Cue::empty() },
        Prepared::Pause { message, timeout, fail } => {
            let otherwise = if *fail { "fails" } else { "goes on" };
            let note = timeout.map(|timeout| format!("{otherwise} after {timeout}"));
            let (line, note) = (message.clone(), note.unwrap_or_default());
            Cue { is_quoted: !line.is_empty(), line, note, ..Cue::empty() }
        }
    }
}

/// `00:05.2`, `1:02:05.2`: a stopwatch.
fn stopwatch(length: Millis) -> String {
    let tenths = length.0 / 100;
    let (hours, minutes) = (tenths / 36_000, tenths / 600 % 60);
    let (seconds, tenth) = (tenths / 10 % 60, tenths % 10);
    match hours {
        0 => format!("{minutes:02}:{seconds:02}.{tenth}"),
        _ => format!("{hours}:{minutes:02}:{seconds:02}.{tenth}"),
    }
}

#[cfg(test)]
mod tests;
