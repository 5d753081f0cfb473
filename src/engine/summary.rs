//! A run in numbers, and a loop as its readers see it.

use serde_json::{Map, Value, json};

use crate::engine::items::Item;
use crate::engine::run::Run;
use crate::engine::state::{SkipReason, StepState};
use crate::engine::step::{Phase, Step};
use crate::plan::model::{Loop, Node, StepKey, Work};

/// How many steps, or items, are in each public state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Not gone out yet.
    pub pending: usize,
    /// Gone out, or waiting for a person's go.
    pub running: usize,
    /// Succeeded.
    pub succeeded: usize,
    /// Failed.
    pub failed: usize,
    /// Skipped, for whatever reason.
    pub skipped: usize,
    /// Nobody knows whether it took effect.
    pub unknown: usize,
    /// Cancelled.
    pub cancelled: usize,
}

/// One item of a loop.
#[derive(Clone, Debug, PartialEq)]
pub struct ItemView<'a> {
    /// Its place in the list, from 0.
    pub index: u32,
    /// The name it keeps across resumes.
    pub key: &'a str,
    /// Where it stands.
    pub state: StepState,
    /// What it resulted in: of a body that is one action, that action's result; of `steps`, a map of theirs by id.
    pub result: Value,
}

impl Counts {
    /// Counts states.
    pub fn of(states: impl IntoIterator<Item = StepState>) -> Self {
        let mut counts = Self::default();
        for state in states {
            *match state {
                StepState::Pending | StepState::Waiting | StepState::Blocked => &mut counts.pending,
                StepState::Running | StepState::Paused => &mut counts.running,
                StepState::Succeeded => &mut counts.succeeded,
                StepState::Failed => &mut counts.failed,
                StepState::Skipped(_) => &mut counts.skipped,
                StepState::Unknown | StepState::LeftUnknown => &mut counts.unknown,
                StepState::Cancelled => &mut counts.cancelled,
            } += 1;
        }
        counts
    }
}

impl Run {
    /// The steps of the script in order, joints aside, each with its state.
    pub fn steps(&self) -> impl Iterator<Item = (StepKey, &Node, StepState)> {
        let nodes = (0..).zip(&self.plan().nodes).zip(&self.steps);
        nodes
            .filter(|((_, node), _)| !matches!(node.work, Work::Join))
            .map(|((place, node), step)| (StepKey::node(place), node, step.state()))
    }

    /// How many steps of the script are in each state, joints aside.
    pub fn counts(&self) -> Counts {
        Counts::of(self.steps().map(|(_, _, state)| state))
    }

    /// How many items of a loop are in each state.
    pub fn item_counts(&self, step: StepKey) -> Counts {
        Counts::of((0..self.keys(step).len() as u32).map(|index| self.item_state(step, index)))
    }

    /// The items of a loop, in order; none before they are known.
    pub fn items(&self, step: StepKey) -> impl Iterator<Item = ItemView<'_>> {
        (0..).zip(self.keys(step)).map(move |(index, key)| ItemView {
            index,
            key,
            state: self.item_state(step, index),
            result: self.item_result(step, index),
        })
    }

    /// Where an item of a loop stands.
    pub fn item_state(&self, step: StepKey, index: u32) -> StepState {
        match self.item(step, index) {
            Some(item) => item.state(),
            None if self.state(step) == StepState::Cancelled => StepState::Cancelled,
            None if self.state(step).has_ended() => StepState::Skipped(SkipReason::FailFast),
            None => StepState::Pending,
        }
    }

    /// What a loop resulted in, as conditions and texts read it.
    pub fn loop_result(&self, step: StepKey) -> Value {
        let counts = self.item_counts(step);
        let items: Vec<Value> = self
            .items(step)
            .map(|item| {
                json!({ "key": item.key, "index": item.index, "state": item.state.word(), "result": item.result })
            })
            .collect();
        json!({
            "count": items.len(),
            "items": items,
            "succeeded": counts.succeeded,
            "failed": counts.failed,
            "skipped": counts.skipped,
            "unknown": counts.unknown,
        })
    }

    fn item(&self, step: StepKey, index: u32) -> Option<&Item> {
        self.loops.get(&step.node)?.items.get(index as usize)
    }

    fn item_result(&self, step: StepKey, index: u32) -> Value {
        let Some(inner) = self.graph.loop_of(step.node) else { return Value::Null };
        let result_of = |place: u32| self.result(StepKey::item(step.node, index, place)).cloned();
        if inner.single { result_of(0).unwrap_or(Value::Null) } else { by_id(inner, result_of) }
    }
}

impl Item {
    /// Where the item stands: one that does not go on by itself is what keeps it.
    fn state(&self) -> StepState {
        if let Some(end) = self.end {
            return end.state();
        }
        let any = |wanted: fn(&Step) -> bool| self.steps.iter().any(wanted);
        if any(|step| step.phase == Phase::Unknown) {
            StepState::Unknown
        } else if any(|step| matches!(step.phase, Phase::Blocked(_))) {
            StepState::Blocked
        } else {
            StepState::Running
        }
    }
}

fn by_id(inner: &Loop, result_of: impl Fn(u32) -> Option<Value>) -> Value {
    let results = (0..).zip(&inner.body).filter_map(|(place, node)| Some((node.id.clone(), result_of(place)?)));
    Value::Object(results.collect::<Map<_, _>>())
}
