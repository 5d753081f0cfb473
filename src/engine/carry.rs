//! What a new run takes over from one that was: which steps go out again, and how the others ended.
//!
//! Asked of a run that ended, stopped or crashed, by whoever begins it anew. What may have been heard, and is not
//! to be repeated, is carried over as unknown: it never goes out again by itself.

use std::collections::BTreeSet;

use crate::engine::attempt::interrupted;
use crate::engine::run::Run;
use crate::engine::selection::{Carried, CarriedEnd, CarriedItem, Selection};
use crate::engine::state::{SkipReason, StepState};
use crate::outcome::Effect;
use crate::plan::model::{Section, StepKey, Work};

/// What of a run is to be repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// All of it.
    Everything,
    /// What did not end well, and what depends on it and did not succeed.
    Failed,
    /// A step of the script, everything that needs it, and the sections after its own.
    From(u32),
}

impl Run {
    /// The selection of a new run that repeats this much of this one.
    pub fn selection_of(&self, repeat: Repeat) -> Selection {
        let start = self.start();
        let left_out = start.selection.left_out.clone();
        // Who was not addressed then is not addressed now.
        let (limit, items) = (start.selection.limit, start.selection.items.clone());
        let again = match repeat {
            Repeat::Everything => return Selection { left_out, limit, items, ..Selection::default() },
            Repeat::Failed => self.unfinished(),
            Repeat::From(step) => self.below(step),
        };
        let mut selection = Selection { from: Some(start.run.clone()), limit, items, ..Selection::default() };
        for (node, planned) in (0..).zip(&start.plan.nodes) {
            let key = StepKey::node(node);
            let own = again.contains(&key);
            match self.end_of(key).filter(|_| !own) {
                Some(end) => selection.carried.push(Carried { node, item: None, end }),
                None if own || matches!(planned.work, Work::Join) => {}
                None => selection.left_out.push(node),
            }
            // Of a loop that is repeated, what its items came to may still stand.
            let is_kept = match repeat {
                Repeat::Failed => planned.section == Section::Main || planned.effect() == Effect::Once,
                Repeat::Everything | Repeat::From(_) => selection.carried.last().is_some_and(|last| last.node == node),
            };
            if is_kept {
                self.carry_items(node, repeat, &mut selection.carried);
            }
        }
        selection
    }

    fn carry_items(&self, node: u32, repeat: Repeat, carried: &mut Vec<Carried>) {
        let Some(inner) = self.graph.loop_of(node) else { return };
        for (index, key) in (0..).zip(self.keys(StepKey::node(node))) {
            let steps = || (0..inner.body.len() as u32).map(|inner| StepKey::item(node, index, inner));
            let again = match repeat {
                Repeat::Failed => self.again_among(steps()),
                Repeat::Everything | Repeat::From(_) => BTreeSet::new(),
            };
            for step in steps().filter(|step| !again.contains(step)) {
                let (Some(end), Some(item)) = (self.recorded(step), step.item) else { continue };
                let item = Some(CarriedItem { key: key.clone(), inner: item.inner });
                carried.push(Carried { node, item, end });
            }
        }
    }

    /// What `--failed` repeats: no line that was said, also none of the last scripts.
    fn unfinished(&self) -> BTreeSet<StepKey> {
        let nodes = || (0..).zip(&self.plan().nodes);
        let main = nodes().filter(|(_, node)| node.section == Section::Main);
        let mut again = self.again_among(main.map(|(place, _)| StepKey::node(place)));
        let rest = nodes().filter(|(_, node)| node.section != Section::Main);
        again.extend(rest.map(|(place, _)| StepKey::node(place)).filter(|key| {
            let is_once = self.graph.node(*key).effect() == Effect::Once;
            !is_once || matches!(self.graph.node(*key).work, Work::Loop(_)) || !self.may_have_been_done(*key)
        }));
        again
    }

    /// Of some steps those that did not end well, and those that depend on one and did not succeed.
    fn again_among(&self, steps: impl Iterator<Item = StepKey>) -> BTreeSet<StepKey> {
        let mut again: BTreeSet<StepKey> = steps.filter(|step| !self.ended_well(*step)).collect();
        let mut reached = again.clone();
        let mut open: Vec<StepKey> = again.iter().copied().collect();
        while let Some(step) = open.pop() {
            for dependent in self.graph.dependents(step).filter(|dependent| reached.insert(*dependent)) {
                open.push(dependent);
                if !self.keeps_its_end(dependent) {
                    again.insert(dependent);
                }
            }
        }
        again
    }

    /// A step, everything of its section that needs it, and the sections that come after.
    fn below(&self, step: u32) -> BTreeSet<StepKey> {
        let first = StepKey::node(step);
        let section = self.graph.node(first).section;
        let later = (0..).zip(&self.plan().nodes).filter(|(_, node)| node.section > section);
        let mut again: BTreeSet<StepKey> = later.map(|(place, _)| StepKey::node(place)).chain([first]).collect();
        let mut open = vec![first];
        while let Some(step) = open.pop() {
            open.extend(self.graph.dependents(step).filter(|dependent| again.insert(*dependent)));
        }
        again
    }

    /// Tells whether a step ended well, all the steps of a loop's items included.
    fn ended_well(&self, step: StepKey) -> bool {
        if matches!(self.graph.node(step).work, Work::Join) {
            return true;
        }
        if self.may_have_been_done(step) {
            return self.items_ended_well(step);
        }
        let passes = |reason| !matches!(reason, SkipReason::Upstream | SkipReason::FailFast | SkipReason::NotNeeded);
        matches!(self.state(step), StepState::Skipped(reason) if passes(reason))
    }

    fn items_ended_well(&self, step: StepKey) -> bool {
        let Some(inner) = self.graph.loop_of(step.node).filter(|_| step.item.is_none()) else { return true };
        let steps = |index| (0..inner.body.len() as u32).map(move |inner| StepKey::item(step.node, index, inner));
        (0..self.keys(step).len() as u32).flat_map(steps).all(|step| self.ended_well(step))
    }

    /// Tells whether a step keeps its end though something that it needs is repeated.
    fn keeps_its_end(&self, step: StepKey) -> bool {
        let kept = matches!(self.state(step), StepState::Skipped(SkipReason::Person | SkipReason::LeftOut));
        kept || matches!(self.graph.node(step).work, Work::Join)
            || (self.may_have_been_done(step) && self.ended_well(step))
    }

    fn may_have_been_done(&self, step: StepKey) -> bool {
        let state = self.state(step);
        matches!(state, StepState::Succeeded | StepState::LeftUnknown | StepState::Unknown) || self.is_in_flight(step)
    }

    /// How a step of the script counts as ended; none where its end lets nothing follow.
    fn end_of(&self, step: StepKey) -> Option<CarriedEnd> {
        let node = self.graph.node(step);
        let may_fail = self.state(step) == StepState::Failed && node.policy.continue_on_error;
        match &node.work {
            Work::Join => None,
            Work::Loop(_) if self.listed(step).is_some() => {
                (may_fail || self.state(step) == StepState::Succeeded).then_some(CarriedEnd::Items)
            }
            _ if self.ended_well(step) || may_fail => self.recorded(step),
            _ => None,
        }
    }

    /// How a step ended, as it was recorded; none where it did not.
    fn recorded(&self, step: StepKey) -> Option<CarriedEnd> {
        Some(match self.state(step) {
            StepState::Succeeded => {
                CarriedEnd::Succeeded { result: self.result(step).filter(|result| !result.is_null()).cloned() }
            }
            StepState::Failed => CarriedEnd::Failed { failure: self.failure(step)?.clone() },
            StepState::Skipped(reason) => CarriedEnd::Skipped { reason },
            StepState::Unknown | StepState::LeftUnknown => CarriedEnd::Unknown { failure: self.failure(step).cloned() },
            StepState::Running if self.is_in_flight(step) => CarriedEnd::Unknown { failure: Some(interrupted()) },
            _ => return None,
        })
    }
}
