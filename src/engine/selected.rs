//! What the selection makes of a step: it ends as it did in an earlier run, is left out, or waits for a person's go.
//!
//! Called when a step's needs have ended, and whenever its command is brought in accord with its phase. A step that
//! is carried over or left out never asks for an exchange.

use crate::engine::graph::Graph;
use crate::engine::run::Run;
use crate::engine::selection::CarriedEnd;
use crate::engine::state::SkipReason;
use crate::engine::step::{End, Left, Phase};
use crate::plan::model::{StepKey, Work};

impl Run {
    /// How a step ended in the run that it is carried over from; none where it is this run's own.
    pub fn carried(&self, step: StepKey) -> Option<&CarriedEnd> {
        self.carried_in(&self.graph, step)
    }

    /// The first step, in the plan's order, that only a person's go keeps from going out.
    pub fn held(&self) -> Option<StepKey> {
        match self.graph.start.selection.stepwise {
            true => self.active.iter().copied().find(|step| self.is_held(*step)),
            false => None,
        }
    }

    /// Tells whether only a person's go keeps a step from going out. Who ends a run does not stand at its side.
    pub fn is_held(&self, step: StepKey) -> bool {
        self.graph.start.selection.stepwise
            && !self.course.cancelled
            && !self.course.let_through.contains(&step)
            && matches!(self.graph.node(step).work, Work::Exchange(_))
            && self.find(step).is_some_and(|held| {
                held.phase == Phase::Ready && held.trial.as_ref().is_none_or(|trial| trial.since.is_none())
            })
            && self.has_place(step)
    }

    /// As [`Self::carried`], from a graph that outlives a change of the run.
    pub(super) fn carried_in<'g>(&self, graph: &'g Graph, step: StepKey) -> Option<&'g CarriedEnd> {
        let place = match step.item {
            None => graph.selected.node(step.node),
            Some(item) => {
                let key = self.loops.get(&step.node)?.keys.get(item.index as usize)?;
                graph.selected.item(step.node, key, item.inner)
            }
        }?;
        graph.start.selection.carried.get(place).map(|carried| &carried.end)
    }

    /// Tells whether a step is left out: an item too that a loop carried over did not have then.
    pub(super) fn is_left_out(&self, step: StepKey) -> bool {
        match step.item {
            None => self.graph.selected.leaves_out(step.node),
            Some(_) => self.carried(StepKey::node(step.node)).is_some() && self.carried(step).is_none(),
        }
    }

    /// Ends a step as it ended in an earlier run, without a hold; a loop lists its items first.
    pub(super) fn end_as_carried(&mut self, key: StepKey, end: &CarriedEnd) {
        let (left, ended) = match end {
            CarriedEnd::Items if key.item.is_none() && self.graph.loop_of(key.node).is_some() => {
                return self.change(key, Phase::Ready);
            }
            CarriedEnd::Items => (Left::Nothing, End::Skipped(SkipReason::LeftOut)),
            CarriedEnd::Succeeded { result } => {
                (result.clone().map_or(Left::Nothing, |value| Left::Result(Box::new(value))), End::Succeeded)
            }
            CarriedEnd::Failed { failure } => return self.fail(key, failure.clone()),
            CarriedEnd::Skipped { reason } => (Left::Nothing, End::Skipped(*reason)),
            CarriedEnd::Unknown { failure } => {
                (failure.clone().map_or(Left::Nothing, |failure| Left::Failure(Box::new(failure))), End::Unknown)
            }
        };
        if let Some(step) = self.find_mut(key) {
            step.left = left;
        }
        self.end(key, ended);
    }
}
