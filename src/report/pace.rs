//! How fast something goes: what was done in the last minute, so that a burst at the beginning is soon forgotten.

use std::collections::VecDeque;

use crate::clock::Timestamp;
use crate::duration::Millis;

/// What counts for the pace.
const WINDOW: Millis = Millis::from_secs(60);
/// How far apart its marks are.
const APART: Millis = Millis::from_secs(5);
/// There is no pace before so much is done, in so long.
const FEWEST: (usize, Millis) = (3, Millis::from_secs(2));

/// How much was done when.
#[derive(Clone, Debug, Default)]
pub(super) struct Pace {
    /// When it was last begun or taken up, and what was done then; none while that is the very beginning.
    since: Option<(Timestamp, usize)>,
    marks: VecDeque<(Timestamp, usize)>,
}

impl Pace {
    /// Notes that so much is done now.
    pub(super) fn mark(&mut self, done: usize, now: Timestamp) {
        if self.marks.back().is_none_or(|(last, _)| now.since(*last) >= APART) {
            self.marks.push_back((now, done));
        }
        while self.marks.get(1).is_some_and(|(second, _)| now.since(*second) >= WINDOW) {
            self.marks.pop_front();
        }
    }

    /// Forgets the pace so far: nothing went on for a while.
    pub(super) fn restart(&mut self, done: usize, now: Timestamp) {
        *self = Self { since: Some((now, done)), marks: VecDeque::new() };
    }

    /// How long the rest takes at this pace; none until there is one. `began` is the very beginning.
    pub(super) fn remaining(&self, (done, left): (usize, usize), began: Timestamp, now: Timestamp) -> Option<Millis> {
        let begun = self.since.unwrap_or((began, 0));
        let (from, before) = match self.marks.front() {
            Some(mark) if now.since(begun.0) > WINDOW => *mark,
            _ => begun,
        };
        let (gained, elapsed) = (done.saturating_sub(before), now.since(from));
        let has_pace = gained >= FEWEST.0 && elapsed >= FEWEST.1 && left > 0;
        has_pace.then(|| Millis(elapsed.0.saturating_mul(left as u64) / gained as u64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Timestamp {
        Timestamp(0) + Millis::from_secs(seconds)
    }

    #[test]
    fn a_burst_is_forgotten_after_a_minute() {
        let mut pace = Pace::default();
        let done = |second: u64| 30 + second as usize / 2;
        (1..300).for_each(|second| pace.mark(done(second), at(second)));
        let left = 5_000 - done(300);
        let told = pace.remaining((done(300), left), at(0), at(300)).unwrap();
        let truth = Millis::from_secs(2 * left as u64);
        assert!(told.0.abs_diff(truth.0) < truth.0 / 20, "{told} and not {truth}");
    }

    #[test]
    fn a_gap_does_not_count() {
        let mut pace = Pace::default();
        (1..20).for_each(|second| pace.mark(second as usize, at(second)));
        pace.restart(19, at(1_000));
        assert_eq!(pace.remaining((19, 81), at(0), at(1_000)), None);
        pace.mark(29, at(1_010));
        assert_eq!(pace.remaining((29, 71), at(0), at(1_010)), Some(Millis::from_secs(71)));
    }
}
