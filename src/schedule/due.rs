//! What is due, over all entries of a schedule: instants in order, each with the nominal times that fall on it.

use std::iter::Peekable;

use super::Schedule;
use super::entry::{Change, Occurrence};
use crate::clock::Timestamp;

/// An instant at which something is due. It is one run at the most, however many nominal times fall on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// The instant, and what the run is known by.
    pub at: Timestamp,
    /// The time that the run is for: one that no change of the clocks has moved, if there is one.
    pub first: Occurrence,
    /// The other times that fall on the instant.
    pub others: Vec<Occurrence>,
}

impl Due {
    /// Tells whether a run is due: a time that the clocks only repeat starts none.
    pub fn starts(&self) -> bool {
        self.first.change != Change::Repeated
    }

    fn of(mut occurrences: Vec<Occurrence>) -> Option<Self> {
        // A stable order: of equals the first in the file goes first, and the earliest of skipped times.
        occurrences.sort_by_key(|occurrence| (occurrence.change, occurrence.entry));
        let mut occurrences = occurrences.into_iter();
        let first = occurrences.next()?;
        Some(Self { at: first.due, first, others: occurrences.collect() })
    }
}

/// The entries' times, merged.
struct Merged<I: Iterator<Item = Occurrence>>(Vec<Peekable<I>>);

/// What is due after an instant.
pub(super) fn merged(schedule: &Schedule, after: Timestamp) -> impl Iterator<Item = Due> + '_ {
    let entries = schedule.entries.iter().enumerate();
    Merged(entries.map(|(place, entry)| entry.after(place, after).peekable()).collect())
}

impl<I: Iterator<Item = Occurrence>> Iterator for Merged<I> {
    type Item = Due;

    fn next(&mut self) -> Option<Due> {
        let Self(entries) = self;
        let at = entries.iter_mut().filter_map(|times| Some(times.peek()?.due)).min()?;
        let mut occurrences = Vec::new();
        for times in entries {
            while let Some(occurrence) = times.next_if(|next| next.due == at) {
                occurrences.push(occurrence);
            }
        }
        Due::of(occurrences)
    }
}
