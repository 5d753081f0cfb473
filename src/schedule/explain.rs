//! What a schedule would do in a span of time: [`decide`] asked about a time that is imagined.

use std::collections::BTreeMap;
use std::iter::Peekable;

use jiff::civil::DateTime;

use super::decide::{Action, Decision, Kind, Standing, Waiting, decide};
use super::entry::{Change, Occurrence};
use super::{Due, Reason, Schedule};
use crate::clock::Timestamp;
use crate::duration::Millis;

/// A span of time, and what is imagined to happen in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// From this instant on.
    pub from: Timestamp,
    /// Up to this instant, which is left out.
    pub to: Timestamp,
    /// When nobody is there to start runs.
    pub down: Vec<Down>,
    /// How long each run takes.
    pub takes: Millis,
}

/// A time without anybody there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Down {
    /// From this instant on.
    pub from: Timestamp,
    /// Up to this instant, at which somebody is there again.
    pub until: Timestamp,
}

/// What becomes of a nominal time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The entry, by its place in the schedule.
    pub entry: usize,
    /// The local time as the entry names it.
    pub nominal: DateTime,
    /// When it starts a run; when it was due, if it starts none.
    pub at: Timestamp,
    /// What becomes of it.
    pub kind: Kind,
    /// Why.
    pub reason: Reason,
}

/// Tells what becomes of every nominal time that is due in a span, in order of when it is due.
pub fn explain(schedule: &Schedule, question: &Question) -> Vec<Row> {
    let mut imagined = Imagined::new(schedule, question);
    let begin = imagined.down.iter().filter(|down| down.until > question.from).map(|down| down.from);
    let begin = begin.chain([question.from]).min().unwrap_or(question.from);
    let just_before = Timestamp(begin.0.saturating_sub(1));
    imagined.decided_until = just_before;
    let mut times = schedule.after(just_before).take_while(|due| due.at < question.to).peekable();
    while let Some(now) = imagined.next(&mut times) {
        imagined.decide(now);
        while times.next_if(|due| due.at <= now).is_some() {}
    }
    let rows = imagined.rows.into_iter().filter(|(due, _)| (question.from..question.to).contains(due));
    rows.flat_map(|(_, rows)| rows).collect()
}

/// The imagined scheduler.
struct Imagined<'a> {
    schedule: &'a Schedule,
    /// In order, apart from each other.
    down: Vec<Down>,
    takes: Millis,
    /// What is due from here on is not asked about.
    to: Timestamp,
    decided_until: Timestamp,
    /// When the runs under way end.
    ends: Vec<Timestamp>,
    waiting: Vec<Waiting>,
    /// What became of each time so far, by when it was due.
    rows: BTreeMap<Timestamp, Vec<Row>>,
}

impl<'a> Imagined<'a> {
    fn new(schedule: &'a Schedule, question: &Question) -> Self {
        let mut spans = question.down.clone();
        spans.sort_unstable();
        let mut down: Vec<Down> = Vec::new();
        for span in spans.into_iter().filter(|span| span.from < span.until) {
            match down.last_mut().filter(|last| span.from <= last.until) {
                Some(last) => last.until = last.until.max(span.until),
                None => down.push(span),
            }
        }
        let decided_until = question.from;
        let (ends, waiting, rows) = (Vec::new(), Vec::new(), BTreeMap::new());
        Self { schedule, down, takes: question.takes, to: question.to, decided_until, ends, waiting, rows }
    }

    /// The next instant at which there is something to decide.
    fn next(&self, times: &mut Peekable<impl Iterator<Item = Due>>) -> Option<Timestamp> {
        let due = times.peek().map(|due| due.at);
        let waits = self.waiting.iter().any(|waiting| waiting.due < self.to);
        let end = self.ends.iter().copied().min().filter(|_| waits);
        // What stopped with the scheduler ends nothing: what waits is looked at when somebody is there again.
        due.into_iter().chain(end).map(|at| self.awake(at)).min()
    }

    /// The first instant from one on at which somebody is there.
    fn awake(&self, at: Timestamp) -> Timestamp {
        self.down.iter().find(|down| (down.from..down.until).contains(&at)).map_or(at, |down| down.until)
    }

    fn decide(&mut self, now: Timestamp) {
        let up_since = self.down.iter().rev().map(|down| down.until).find(|until| *until <= now);
        // Runs stop when their scheduler does, and a stopped run is in nobody's way.
        if up_since.is_some_and(|since| since > self.decided_until) {
            self.ends.clear();
        }
        self.ends.retain(|end| *end > now);
        let standing = Standing {
            now,
            decided_until: self.decided_until,
            up_since: up_since.unwrap_or(Timestamp(i64::MIN)),
            under_way: self.ends.len(),
            waiting: std::mem::take(&mut self.waiting),
            room: None,
        };
        let decisions = decide(self.schedule, &standing);
        self.decided_until = decisions.decided_until;
        self.waiting = standing.waiting;
        decisions.all.into_iter().for_each(|decision| self.apply(decision, now));
    }

    fn apply(&mut self, decision: Decision, now: Timestamp) {
        self.waiting.retain(|waiting| waiting.due != decision.due);
        match decision.action {
            Action::Start { cancel } => {
                if cancel {
                    self.ends.clear();
                }
                self.ends.push(now + self.takes);
            }
            Action::Wait => self.waiting.push(Waiting { due: decision.due, kind: decision.kind, since: now }),
            Action::Nothing => {}
        }
        let starts = decision.action != Action::Nothing;
        let at = if starts { now } else { decision.due };
        match &decision.what {
            Some(due) => drop(self.rows.insert(decision.due, rows(due, at, decision.kind, &decision.reason))),
            None if decision.times > 1 => self.expand(&decision),
            None => {
                if let Some(row) = self.rows.get_mut(&decision.due).and_then(|rows| rows.first_mut()) {
                    (row.at, row.kind, row.reason) = (at, decision.kind, decision.reason);
                }
            }
        }
    }

    /// Every time of a decision that stands for many.
    fn expand(&mut self, decision: &Decision) {
        let before = Timestamp(decision.since.0.saturating_sub(1));
        for due in self.schedule.after(before).take_while(|due| due.at <= decision.due).filter(Due::starts) {
            self.rows.entry(due.at).or_insert_with(|| rows(&due, due.at, decision.kind, &decision.reason));
        }
    }
}

/// The rows of what is due at one instant.
fn rows(due: &Due, at: Timestamp, kind: Kind, reason: &Reason) -> Vec<Row> {
    let row = |occurrence: &Occurrence, at: Timestamp, kind: Kind, reason: Reason| Row {
        entry: occurrence.entry,
        nominal: occurrence.nominal,
        at,
        kind,
        reason,
    };
    let first = row(&due.first, at, kind, reason.clone());
    let others = due.others.iter().map(|other| {
        let reason = match other.change {
            Change::Repeated => Reason::ShownTwice { nominal: other.nominal },
            Change::None | Change::Skipped => Reason::Together,
        };
        row(other, due.at, Kind::Skip, reason)
    });
    std::iter::once(first).chain(others).collect()
}
