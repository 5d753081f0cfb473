//! What was missed, and which of it is made up for.

use std::collections::VecDeque;

use super::candidate::Candidate;
use super::desk::Desk;
use super::{Decision, Due, Kind, Reason, Waiting};
use crate::clock::Timestamp;
use crate::schedule::{Catchup, Schedule};

/// At most so many missed times are made up for at once.
const MOST: usize = 1000;

/// What was due while nobody was there, the oldest first.
pub(super) struct Missed<'a> {
    schedule: &'a Schedule,
    now: Timestamp,
    /// What is lost. Many that follow one another for one reason are one decision: a year may hold millions.
    lost: Vec<Decision>,
    /// Whether the time that was added last is part of the last decision.
    is_row: bool,
    /// What may be made up for.
    recent: VecDeque<Candidate>,
}

impl<'a> Missed<'a> {
    /// Begins with what has waited since before nobody was there.
    pub(super) fn new(schedule: &'a Schedule, now: Timestamp, left: Vec<Waiting>) -> Self {
        let mut missed = Self { schedule, now, lost: Vec::new(), is_row: false, recent: VecDeque::new() };
        for waiting in left {
            let candidate = Candidate::left(waiting, now);
            match missed.lost_for(schedule.catchup.unwrap_or(Catchup::Latest), waiting.due) {
                Some(reason) => missed.lost.push(candidate.does_not(Kind::Missed, reason)),
                None => missed.recent.push_back(candidate),
            }
        }
        missed
    }

    /// Adds a time, later than those before.
    pub(super) fn add(&mut self, due: Due) {
        let entries = std::iter::once(&due.first).chain(&due.others).map(|occurrence| occurrence.entry);
        let catchup = entries.map(|entry| self.schedule.catchup_of(entry)).max().unwrap_or(Catchup::None);
        if let Some(reason) = self.lost_for(catchup, due.at) {
            self.lose(due, reason);
            return;
        }
        self.is_row = false;
        self.recent.push_back(Candidate::missed(due, self.now));
        if self.recent.len() > MOST
            && let Some(oldest) = self.recent.pop_front()
        {
            self.lost.push(oldest.does_not(Kind::Missed, Reason::TooMany));
        }
    }

    /// Why a time is not made up for, whatever else was missed.
    fn lost_for(&self, catchup: Catchup, due: Timestamp) -> Option<Reason> {
        let window = self.schedule.catchup_window;
        match catchup {
            Catchup::None => Some(Reason::NotMadeUp),
            _ if self.now.since(due) > window => Some(Reason::TooOld { window }),
            Catchup::Latest | Catchup::All => None,
        }
    }

    fn lose(&mut self, due: Due, reason: Reason) {
        match self.lost.last_mut().filter(|last| self.is_row && last.reason == reason) {
            Some(last) => {
                (last.due, last.what) = (due.at, None);
                last.times += 1;
            }
            None => self.lost.push(Candidate::missed(due, self.now).does_not(Kind::Missed, reason)),
        }
        self.is_row = true;
    }

    /// Tells the desk what is lost. Answers what is made up for, in order.
    pub(super) fn made_up(self, desk: &mut Desk) -> Vec<Candidate> {
        let Self { schedule, lost, mut recent, .. } = self;
        lost.into_iter().for_each(|decision| desk.note(decision));
        if schedule.catchup != Some(Catchup::All) {
            let latest = recent.pop_back();
            for candidate in recent.drain(..) {
                desk.note(candidate.does_not(Kind::Missed, Reason::LaterMadeUp));
            }
            recent.extend(latest);
        }
        recent.into()
    }
}
