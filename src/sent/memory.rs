//! What was said, for as long as the process lives: for tests and for runs that reach nobody.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::count::{Contact, standing_of};
use super::{Counted, Earlier, Fate, Line, LineId, Reply, Sent, Standing};
use crate::clock::Timestamp;
use crate::ids::RunId;
use crate::plan::model::StepKey;

/// What was said, in memory.
#[derive(Debug, Default)]
pub struct MemorySent(Mutex<BTreeMap<LineId, Kept>>);

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

type Lines = BTreeMap<LineId, Kept>;

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
        let is_heard = lines.get(&line.id).is_some_and(|kept| kept.state == State::Heard);
        if standing.is_free() && !is_heard {
            // What may have been heard once stays so, however often it is tried again.
            let is_unknown = lines.get(&line.id).is_some_and(|kept| kept.state == State::Unknown);
            let state = if is_unknown { State::Unknown } else { State::Out };
            lines.insert(line.id.clone(), Kept { line: line.clone(), at: now, state });
        }
        ready(standing)
    }

    fn wait<'a>(&'a self, line: &Line, now: Timestamp) -> Reply<'a, ()> {
        let waits = || Kept { line: line.clone(), at: now, state: State::Waiting };
        self.lines().entry(line.id.clone()).or_insert_with(waits);
        ready(())
    }

    fn settle<'a>(&'a self, id: &LineId, fate: Fate) -> Reply<'a, ()> {
        let mut lines = self.lines();
        if let Some(kept) = lines.get_mut(id).filter(|kept| kept.state != State::Heard) {
            match fate {
                Fate::Heard => kept.state = State::Heard,
                Fate::Unknown => kept.state = State::Unknown,
                Fate::Denied => kept.state = State::Waiting,
                Fate::Waits if kept.state == State::Out => kept.state = State::Waiting,
                Fate::Waits => {}
                Fate::Dropped if kept.state == State::Waiting => drop(lines.remove(id)),
                Fate::Dropped => {}
            }
        }
        ready(())
    }

    fn recover<'a>(&'a self, service: &str, run: &RunId, out: BTreeSet<StepKey>) -> Reply<'a, ()> {
        for (id, kept) in self.lines().iter_mut() {
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
        self.lines().retain(|id, kept| !is_left(id) || kept.state != State::Waiting);
        ready(())
    }
}

fn ready<'a, T: Send + 'a>(value: T) -> Reply<'a, T> {
    Box::pin(std::future::ready(Ok(value)))
}

fn standing(lines: &Lines, line: &Line, now: Timestamp) -> Standing {
    if line.once_per.is_some() {
        let same = |kept: &&Kept| {
            let other = &kept.line;
            other.id.service == line.id.service
                && other.workflow == line.workflow
                && other.once_per == line.once_per
                && other.id != line.id
        };
        let sent = lines.values().filter(same).filter(|kept| kept.state != State::Waiting);
        if let Some(first) = sent.min_by_key(|kept| kept.at) {
            if let Some(until) = first.settles_after(now) {
                return Standing::Underway { until };
            }
            let (run, at, is_heard) = (first.line.id.run.clone(), first.at, first.state == State::Heard);
            return Standing::AlreadySent(Earlier { run, at, is_heard });
        }
        let order = |line: &Line| (line.run_began, line.id.run.clone(), line.id.step);
        let waiting = lines.values().filter(same).filter(|kept| kept.state == State::Waiting);
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
            && kept.line.id.service == line.id.service
            && cap.is_some_and(|cap| (&cap.group, &cap.person) == (&counted.group, &counted.person))
            && contact(&kept.line) != contact(line)
    };
    let mut last = BTreeMap::new();
    for kept in lines.values().filter(is_counted) {
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
