//! Who may start now: runs under way, times that wait, room in the group.

use std::collections::VecDeque;

use super::candidate::Candidate;
use super::{Action, Decision, Due, Kind, Reason, Standing, Waiting};
use crate::clock::Timestamp;
use crate::schedule::Overlap;

/// Where candidates come one after the other; what one is given the next one is not.
pub(super) struct Desk {
    overlap: Overlap,
    now: Timestamp,
    under_way: usize,
    waiting: VecDeque<Waiting>,
    room: Option<i64>,
    decisions: Vec<Decision>,
    /// The decision that has started a run here, by its place.
    started: Option<usize>,
}

impl Desk {
    pub(super) fn new(overlap: Overlap, standing: &Standing, waiting: Vec<Waiting>) -> Self {
        let Standing { now, under_way, room, .. } = *standing;
        Self { overlap, now, under_way, waiting: waiting.into(), room, decisions: Vec::new(), started: None }
    }

    pub(super) fn into_decisions(self) -> Vec<Decision> {
        self.decisions
    }

    /// Keeps what was decided elsewhere.
    pub(super) fn note(&mut self, decision: Decision) {
        self.decisions.push(decision);
    }

    /// A time that the clocks show again.
    pub(super) fn shown_twice(&mut self, due: Due) {
        let reason = Reason::ShownTwice { nominal: due.first.nominal };
        self.note(Candidate::on_time(due).does_not(Kind::Skip, reason));
    }

    /// Starts what waits, as far as it may start now.
    pub(super) fn start_waiting(&mut self) {
        while let Some(front) = self.waiting.front().copied() {
            let is_alone = matches!(self.overlap, Overlap::Skip | Overlap::Queue);
            if !self.has_room() || (is_alone && self.under_way > 0) {
                return;
            }
            self.waiting.pop_front();
            let reason = Reason::Waited { since: front.since, waited: self.now.since(front.since) };
            self.start(Candidate { due: front.due, what: None, kind: front.kind, reason }, false);
        }
    }

    /// Decides about a candidate.
    pub(super) fn take(&mut self, candidate: Candidate) {
        let (is_busy, is_waited) = (self.under_way > 0, !self.waiting.is_empty());
        match self.overlap {
            Overlap::Skip if is_busy => self.note(candidate.does_not(Kind::Skip, Reason::UnderWay)),
            Overlap::Queue if is_busy && is_waited => self.note(candidate.does_not(Kind::Skip, Reason::QueueFull)),
            Overlap::Queue if is_busy => self.wait(candidate, Reason::Queued),
            // Without a run of its own it can only wait for its group.
            Overlap::Skip | Overlap::Queue if is_waited => {
                self.note(candidate.does_not(Kind::Skip, Reason::AnotherWaits));
            }
            Overlap::Cancel => self.take_over(candidate),
            Overlap::Skip | Overlap::Queue | Overlap::Allow if self.has_room() => self.start(candidate, false),
            Overlap::Skip | Overlap::Queue | Overlap::Allow => self.wait(candidate, Reason::GroupFull),
        }
    }

    /// The candidate in the place of all that is under way, waits, or was to start at this very moment.
    fn take_over(&mut self, mut candidate: Candidate) {
        for waiting in std::mem::take(&mut self.waiting) {
            let kind = waiting.kind;
            // What was put to wait here is not to be left there.
            match self.decisions.iter_mut().find(|decision| decision.due == waiting.due) {
                Some(decision) => give_way(decision),
                None => {
                    let left = Candidate { due: waiting.due, what: None, kind, reason: Reason::Superseded };
                    self.note(left.does_not(Kind::Skip, Reason::Superseded));
                }
            }
        }
        let mut cancel = self.under_way > 0;
        self.room = self.room.map(|room| room.saturating_add_unsigned(self.under_way as u64));
        self.under_way = 0;
        if let Some(decision) = self.started.take().and_then(|place| self.decisions.get_mut(place)) {
            cancel = decision.action == Action::Start { cancel: true };
            give_way(decision);
        }
        if !self.has_room() {
            return self.wait(candidate, Reason::GroupFull);
        }
        if cancel && candidate.reason == Reason::Due {
            candidate.reason = Reason::Cancels;
        }
        self.start(candidate, cancel);
    }

    fn has_room(&self) -> bool {
        self.room.is_none_or(|room| room > 0)
    }

    fn start(&mut self, candidate: Candidate, cancel: bool) {
        self.under_way += 1;
        self.room = self.room.map(|room| room - 1);
        self.started = Some(self.decisions.len());
        self.note(candidate.becomes(Action::Start { cancel }));
    }

    fn wait(&mut self, candidate: Candidate, reason: Reason) {
        self.waiting.push_back(Waiting { due: candidate.due, kind: candidate.kind, since: self.now });
        self.note(Candidate { reason, ..candidate }.becomes(Action::Wait));
    }
}

fn give_way(decision: &mut Decision) {
    (decision.kind, decision.reason, decision.action) = (Kind::Skip, Reason::Superseded, Action::Nothing);
}
