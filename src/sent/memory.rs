//! What was said, for as long as the process lives: for tests and for runs that reach nobody.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::count::{Contact, standing_of};
use super::{Counted, Earlier, Fate, Line, LineId, Reply, Sent, Standing};
use crate::clock::Timestamp;
use crate::ids::RunId;
use crate::plan::model::StepKey;

/// What was said, in memory.
#[derive(Debug, Default)]
pub struct MemorySent(Mutex<Lines>);

#[derive(Debug)]
struct Kept {
    line: Line,
    at: Timestamp,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Waiting,
    Out,
    Unknown,
    Heard,
}

/// Lines, found by what counts them.
#[derive(Debug, Default)]
struct Lines {
    kept: BTreeMap<LineId, Kept>,
    /// The lines of a value, and of a person; some may be gone by now.
    counted: HashMap<[String; 3], BTreeSet<LineId>>,
}

impl Lines {
    fn insert(&mut self, kept: Kept) {
        let id = kept.line.id.clone();
        let keys = [value_of(&kept.line), kept.line.cap.as_ref().map(|cap| person_of(&id.service, cap))];
        for key in keys.into_iter().flatten() {
            self.counted.entry(key).or_default().insert(id.clone());
        }
        self.kept.insert(id, kept);
    }

    fn counted(&self, key: &[String; 3]) -> impl Iterator<Item = &Kept> {
        self.counted.get(key).into_iter().flatten().filter_map(|id| self.kept.get(id))
    }
}

/// What finds the lines of a line's value.
fn value_of(line: &Line) -> Option<[String; 3]> {
    Some([line.id.service.clone(), format!("value of {}", line.workflow), line.once_per.clone()?])
}

/// What finds the lines to a person.
fn person_of(service: &str, cap: &Counted) -> [String; 3] {
    [service.to_owned(), format!("person of {}", cap.group), cap.person.clone()]
}

impl MemorySent {
    fn lines(&self) -> MutexGuard<'_, Lines> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sent for MemorySent {
    fn look<'a>(&'a self, line: &Line, now: Timestamp) -> Reply<'a, Standing> {
        ready(standing(&self.lines(), line, now))
    }

    fn claim<'a>(&'a self, line: &Line, now: Timestamp) -> Reply<'a, Standing> {
        let mut lines = self.lines();
        let standing = standing(&lines, line, now);
        let is_heard = lines.kept.get(&line.id).is_some_and(|kept| kept.state == State::Heard);
        if standing.is_free() && !is_heard {
            // What may have been heard once stays so, however often it is tried again.
            let is_unknown = lines.kept.get(&line.id).is_some_and(|kept| kept.state == State::Unknown);
            let state = if is_unknown { State::Unknown } else { State::Out };
            lines.insert(Kept { line: line.clone(), at: now, state });
        }
        ready(standing)
    }

    fn wait<'a>(&'a self, line: &Line, now: Timestamp) -> Reply<'a, ()> {
        let mut lines = self.lines();
        if !lines.kept.contains_key(&line.id) {
            lines.insert(Kept { line: line.clone(), at: now, state: State::Waiting });
        }
        ready(())
    }

    fn settle<'a>(&'a self, id: &LineId, fate: Fate) -> Reply<'a, ()> {
        let mut lines = self.lines();
        if let Some(kept) = lines.kept.get_mut(id).filter(|kept| kept.state != State::Heard) {
            match fate {
                Fate::Heard => kept.state = State::Heard,
                Fate::Unknown => kept.state = State::Unknown,
                Fate::Denied => kept.state = State::Waiting,
                Fate::Waits if kept.state == State::Out => kept.state = State::Waiting,
                Fate::Waits => {}
                Fate::Dropped if kept.state == State::Waiting => drop(lines.kept.remove(id)),
                Fate::Dropped => {}
            }
        }
        ready(())
    }

    fn recover<'a>(&'a self, service: &str, run: &RunId, out: BTreeSet<StepKey>) -> Reply<'a, ()> {
        for (id, kept) in self.lines().kept.iter_mut() {
            let is_ours = id.service == service && id.run == *run;
            if is_ours && kept.state == State::Out {
                match out.contains(&id.step) {
                    true => kept.state = State::Unknown,
                    false => kept.state = State::Waiting,
                }
            }
        }
        ready(())
    }

    fn leave<'a>(&'a self, service: &str, run: &RunId) -> Reply<'a, ()> {
        let is_left = |id: &LineId| id.service == service && id.run == *run;
        self.lines().kept.retain(|id, kept| !is_left(id) || kept.state != State::Waiting);
        ready(())
    }
}

fn ready<'a, T: Send + 'a>(value: T) -> Reply<'a, T> {
    Box::pin(std::future::ready(Ok(value)))
}

fn standing(lines: &Lines, line: &Line, now: Timestamp) -> Standing {
    if let Some(value) = value_of(line) {
        let is_same = |kept: &Kept| kept.line.once_per == line.once_per;
        // Its own counts where it was heard: nothing is to be said a second time, whoever asks.
        let same = |kept: &&Kept| is_same(kept) && (kept.line.id != line.id || kept.state == State::Heard);
        let sent = lines.counted(&value).filter(same).filter(|kept| kept.state != State::Waiting);
        if let Some(first) = sent.min_by_key(|kept| kept.at) {
            if let Some(until) = first.settles_after(now) {
                return Standing::Underway { until };
            }
            let (run, at, is_heard) = (first.line.id.run.clone(), first.at, first.state == State::Heard);
            return Standing::AlreadySent(Earlier { run, at, is_heard });
        }
        let order = |line: &Line| (line.run_began, line.id.run.clone(), line.id.step);
        let waiting = lines.counted(&value).filter(same).filter(|kept| kept.state == State::Waiting);
        if let Some(newest) = waiting.map(|kept| order(&kept.line)).max().filter(|newest| *newest > order(line)) {
            return Standing::Superseded { run: newest.1 };
        }
    }
    let Some(counted) = &line.cap else { return Standing::Free };
    standing_of(counted, &contacts(lines, (line, counted), now), now)
}

fn contacts(lines: &Lines, (line, counted): (&Line, &Counted), now: Timestamp) -> Vec<Contact> {
    let contact = |line: &Line| (line.id.run.clone(), line.id.step.node, line.id.step.item.map(|item| item.index));
    let is_counted = |kept: &&Kept| {
        let cap = kept.line.cap.as_ref();
        kept.state != State::Waiting
            && cap.is_some_and(|cap| (&cap.group, &cap.person) == (&counted.group, &counted.person))
            && contact(&kept.line) != contact(line)
    };
    let mut last = BTreeMap::new();
    for kept in lines.counted(&person_of(&line.id.service, counted)).filter(is_counted) {
        let own = Contact { at: kept.at, settles: kept.settles_after(now) };
        let known = last.entry(contact(&kept.line)).or_insert(own);
        known.at = known.at.max(own.at);
        // Of a contact of which one line was heard nobody waits for another.
        known.settles = known.settles.and(own.settles);
    }
    last.into_values().collect()
}

impl Kept {
    /// When its fate is known, where that is still to come.
    fn settles_after(&self, now: Timestamp) -> Option<Timestamp> {
        let settles = self.at + self.line.settles;
        (self.state == State::Out && settles > now).then_some(settles)
    }
}
