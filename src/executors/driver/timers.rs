//! When something is due: the instants that a run waits for, soonest first.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::clock::Timestamp;

/// Instants with the tickets of the commands that wait for them.
#[derive(Default)]
pub struct Timers(BinaryHeap<Reverse<(Timestamp, u64)>>);

impl Timers {
    /// Remembers an instant.
    pub fn set(&mut self, until: Timestamp, ticket: u64) {
        self.0.push(Reverse((until, ticket)));
    }

    /// The soonest instant whose command still stands; what no longer stands is forgotten.
    pub fn next(&mut self, stands: impl Fn(u64) -> bool) -> Option<Timestamp> {
        while let Some(Reverse((until, ticket))) = self.0.peek() {
            if stands(*ticket) {
                return Some(*until);
            }
            self.0.pop();
        }
        None
    }

    /// Takes the soonest ticket that is due.
    pub fn take_due(&mut self, now: Timestamp) -> Option<u64> {
        match self.0.peek() {
            Some(Reverse((until, _))) if *until <= now => self.0.pop().map(|Reverse((_, ticket))| ticket),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_due_comes_in_order_and_what_fell_is_forgotten() {
        let mut timers = Timers::default();
        timers.set(Timestamp(30), 1);
        timers.set(Timestamp(10), 2);
        timers.set(Timestamp(20), 3);
        assert_eq!(timers.next(|ticket| ticket != 2), Some(Timestamp(20)));
        assert_eq!(timers.take_due(Timestamp(15)), None);
        assert_eq!(timers.take_due(Timestamp(25)), Some(3));
        assert_eq!(timers.take_due(Timestamp(99)), Some(1));
        assert_eq!(timers.next(|_| true), None);
    }
}
