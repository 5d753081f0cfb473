//! The items of a loop, counted as they end: one step of one item changes one count.

use crate::clock::Timestamp;
use crate::duration::Millis;
use crate::plan::model::{Loop, Node, Work};
use crate::report::audience::Audience;
use crate::report::pace::Pace;
use crate::report::step::State;

/// A loop under way.
#[derive(Clone, Debug, Default)]
pub struct LoopView {
    /// The key of each item.
    pub keys: Vec<String>,
    /// How many ended, and how.
    pub counts: Counts,
    /// The people whom it addresses; none where it says nothing to anybody.
    pub audience: Option<Audience>,
    body: usize,
    items: Vec<Tally>,
    pace: Pace,
}

/// How many items ended in which way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Every step succeeded, or was skipped beside ones that succeeded.
    pub succeeded: usize,
    /// A step failed.
    pub failed: usize,
    /// Every step was skipped.
    pub skipped: usize,
    /// Nobody knows whether a step took effect.
    pub unknown: usize,
    /// A step was given up.
    pub cancelled: usize,
}

/// The ended steps of one item.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    ended: usize,
    failed: usize,
    skipped: usize,
    unknown: usize,
    cancelled: usize,
}

impl LoopView {
    /// A loop over the items of these keys, with a body of so many steps.
    pub fn new(keys: Vec<String>, body: usize) -> Self {
        let items = vec![Tally::default(); keys.len()];
        Self { keys, counts: Counts::default(), audience: None, body, items, pace: Pace::default() }
    }

    /// The items of these keys of a step of the plan.
    pub fn of(node: Option<&Node>, keys: Vec<String>) -> Self {
        let inner: Option<&Loop> =
            node.and_then(|node| if let Work::Loop(inner) = &node.work { Some(&**inner) } else { None });
        let audience = inner.and_then(|inner| Audience::of(inner, keys.len()));
        Self { audience, ..Self::new(keys, inner.map_or(0, |inner| inner.body.len())) }
    }

    /// Moves a step of an item from one state to another, now. `counts_as_failed` is false where a failure is let pass.
    pub fn change(&mut self, index: u32, states: (&State, &State), counts_as_failed: bool, now: Timestamp) {
        self.count(index, states, counts_as_failed);
        self.pace.mark(self.counts.total(), now);
    }

    /// Goes on after nothing went on for a while.
    pub fn resume(&mut self, now: Timestamp) {
        self.pace.restart(self.counts.total(), now);
    }

    fn count(&mut self, index: u32, (from, to): (&State, &State), counts_as_failed: bool) {
        let Some(item) = self.items.get_mut(index as usize) else { return };
        let before = item.class(self.body);
        item.add(from, -1, counts_as_failed);
        item.add(to, 1, counts_as_failed);
        let after = item.class(self.body);
        if let Some(count) = before.and_then(|class| self.counts.of(class)) {
            *count -= 1;
        }
        if let Some(count) = after.and_then(|class| self.counts.of(class)) {
            *count += 1;
        }
    }

    /// How many items there are.
    pub fn total(&self) -> usize {
        self.keys.len()
    }

    /// How many steps the body has.
    pub fn body(&self) -> usize {
        self.body
    }

    /// How long the rest takes at the pace so far; none until there is a pace.
    pub fn remaining(&self, began: Timestamp, now: Timestamp) -> Option<Millis> {
        let done = self.counts.total();
        self.pace.remaining((done, self.total().saturating_sub(done)), began, now)
    }
}

impl Counts {
    /// How many ended in all.
    pub fn total(&self) -> usize {
        self.succeeded + self.failed + self.skipped + self.unknown + self.cancelled
    }

    fn of(&mut self, class: State) -> Option<&mut usize> {
        match class {
            State::Succeeded => Some(&mut self.succeeded),
            State::Failed => Some(&mut self.failed),
            State::Skipped { .. } => Some(&mut self.skipped),
            State::Unknown => Some(&mut self.unknown),
            State::Cancelled => Some(&mut self.cancelled),
            _ => None,
        }
    }
}

impl Tally {
    fn add(&mut self, state: &State, by: isize, counts_as_failed: bool) {
        let count = match state {
            State::Succeeded => None,
            State::Failed => counts_as_failed.then_some(&mut self.failed),
            State::Skipped { .. } => Some(&mut self.skipped),
            State::Asking | State::Unknown => Some(&mut self.unknown),
            State::Cancelled => Some(&mut self.cancelled),
            _ => return,
        };
        if let Some(count) = count {
            *count = count.saturating_add_signed(by);
        }
        self.ended = self.ended.saturating_add_signed(by);
    }

    fn class(&self, body: usize) -> Option<State> {
        if self.unknown > 0 {
            return Some(State::Unknown);
        }
        (self.ended >= body && body > 0).then(|| match self {
            Self { failed: 1.., .. } => State::Failed,
            Self { cancelled: 1.., .. } => State::Cancelled,
            Self { skipped, .. } if *skipped == body => State::Skipped { reason: String::new() },
            _ => State::Succeeded,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn skipped() -> State {
        State::Skipped { reason: "upstream".into() }
    }

    #[test]
    fn an_item_ends_with_its_last_step_and_fails_with_any() {
        let mut items = LoopView::new(vec!["a".into(), "b".into()], 2);
        items.change(0, (&State::Running, &State::Succeeded), true, Timestamp(0));
        assert_eq!(items.counts.total(), 0);
        items.change(0, (&State::Running, &State::Succeeded), true, Timestamp(0));
        items.change(1, (&State::Running, &State::Failed), true, Timestamp(0));
        items.change(1, (&State::Pending, &skipped()), true, Timestamp(0));
        assert_eq!(items.counts, Counts { succeeded: 1, failed: 1, ..Counts::default() });
    }

    #[test]
    fn an_unknown_item_is_counted_at_once_and_again_when_it_is_settled() {
        let mut items = LoopView::new(vec!["a".into()], 1);
        items.change(0, (&State::Running, &State::Asking), true, Timestamp(0));
        assert_eq!(items.counts, Counts { unknown: 1, ..Counts::default() });
        items.change(0, (&State::Asking, &State::Succeeded), true, Timestamp(0));
        assert_eq!(items.counts, Counts { succeeded: 1, ..Counts::default() });
    }

    #[test]
    fn the_rest_is_estimated_once_there_is_a_pace() {
        let mut items = LoopView::new((0..10).map(|n| n.to_string()).collect(), 1);
        assert_eq!(items.remaining(Timestamp(0), Timestamp(60_000)), None);
        for index in 0..4 {
            items.change(index, (&State::Running, &State::Succeeded), true, Timestamp(0));
        }
        assert_eq!(items.remaining(Timestamp(0), Timestamp(60_000)), Some(Millis::from_secs(90)));
    }
}
