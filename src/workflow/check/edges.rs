//! What each step waits for, and why.
//!
//! An edge joins two steps of one list and of one script. A step in a loop that reads a step outside makes the loop
//! wait; scripts wait for each other as a whole, so nothing across them is an edge.

use std::collections::BTreeMap;

use super::outline::{Draft, Outline};
use crate::diagnostic::Span;
use crate::plan::model::Why;

/// The edges of every step, by what it waits for.
pub struct Edges {
    of: Vec<BTreeMap<usize, Edge>>,
}

/// One thing that a step waits for.
#[derive(Clone, Debug, PartialEq)]
pub struct Edge {
    /// The first reason that applies: `needs`, a reference, an agent, the order.
    pub why: Why,
    /// What in the file says so.
    pub span: Span,
}

impl Edges {
    /// The edges that the order of the file makes: of every step without `needs`, and of every joint.
    pub fn from_order(outline: &Outline<'_>) -> Self {
        let order = |draft: &Draft<'_>| {
            let above = draft.above.iter().filter(|_| draft.entry("needs").is_none());
            above.map(|&step| (step, Edge { why: Why::Order, span: draft.place.clone() })).collect()
        };
        Self { of: outline.steps.iter().map(order).collect() }
    }

    /// Adds what a step waits for, where that is an edge.
    pub fn add(&mut self, outline: &Outline<'_>, (from, to): (usize, usize), edge: Edge) {
        let (reader, read) = (&outline.steps[from], &outline.steps[to]);
        if reader.section != read.section {
            return;
        }
        let from = match (reader.parent, read.parent) {
            (reader, read) if reader == read => from,
            (Some(around), None) => around,
            _ => return,
        };
        if from == to {
            return;
        }
        let known = self.of[from].entry(to).or_insert_with(|| edge.clone());
        if gravity(edge.why) < gravity(known.why) {
            *known = edge;
        }
    }

    /// What a step waits for, in the order of the file.
    pub fn of(&self, step: usize) -> impl Iterator<Item = (usize, &Edge)> {
        self.of[step].iter().map(|(&to, edge)| (to, edge))
    }

    /// The number of steps.
    pub fn len(&self) -> usize {
        self.of.len()
    }
}

/// Which of several reasons is told.
fn gravity(why: Why) -> u8 {
    match why {
        Why::Needs => 0,
        Why::Reference => 1,
        Why::Agent => 2,
        Why::Order => 3,
    }
}
