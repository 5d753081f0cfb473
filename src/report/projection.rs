//! A run as reports see it, built from record 0, the later records, and the changes told with them.
//!
//! Every report keeps one; a record costs the same however large the run is. It decides nothing: what
//! follows from a record is the engine's to say, and arrives as changes.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use indexmap::IndexMap;
use serde_json::Value;

use crate::clock::Timestamp;
use crate::duration::Millis;
use crate::engine::command::WaitReason;
use crate::engine::event::{Event, Prepared, RunOutcome, Start, StopReason};
use crate::engine::selection::SelectionIndex;
use crate::ids::RunId;
use crate::outcome::Failure;
use crate::plan::model::{Node, OnUnknown, StepKey, Work};
use crate::report::audience::Audience;
use crate::report::items::LoopView;
use crate::report::mask::Mask;
use crate::report::moment::{Change, ChangedTo, Moment};
use crate::report::step::{State, StepView};

/// A run.
#[derive(Clone)]
pub struct RunView {
    /// What it was started with.
    pub start: Arc<Start>,
    /// What hides its sensitive inputs.
    pub mask: Mask,
    /// When it began.
    pub began: Timestamp,
    /// The instant of the last record.
    pub last: Timestamp,
    /// How it ended or stopped; none while it is under way.
    pub ending: Option<Ending>,
    /// Whether a person asked that nothing new goes out.
    pub suspended: bool,
    /// The rendered outputs.
    pub outputs: IndexMap<String, Value>,
    /// What made the run fail where no step did: its time ran out, or an output could not be rendered.
    pub failure: Option<Failure>,
    /// What was paid for.
    pub credits: u64,
    /// The steps begun and not ended.
    pub active: BTreeSet<StepKey>,
    /// What is counted of the steps of which what they said is put away.
    pub away: Away,
    selected: Arc<SelectionIndex>,
    nodes: Vec<StepView>,
    /// Boxed, so that room for more of them is no larger than what names them.
    items: HashMap<StepKey, Box<StepView>>,
    loops: BTreeMap<u32, LoopView>,
    /// Every node before this one has ended.
    frontier: usize,
    untouched: StepView,
}

/// What is counted of steps of which nothing more is kept.
#[derive(Clone, Debug, Default)]
pub struct Away {
    /// How many spoke.
    pub spoken: u64,
    /// How many of a loop's steps went out with which variant.
    pub variants: BTreeMap<u32, BTreeMap<String, usize>>,
}

/// How a run is no longer under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It can go on later.
    Stopped(StopReason),
    /// It ended for good.
    Finished(RunOutcome),
}

impl Ending {
    /// The word people read.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stopped(_) => "stopped",
            Self::Finished(RunOutcome::Succeeded) => "succeeded",
            Self::Finished(RunOutcome::Failed) => "failed",
            Self::Finished(RunOutcome::Cancelled) => "cancelled",
        }
    }
}

impl RunView {
    /// A run that has not begun.
    pub fn new(start: Arc<Start>) -> Self {
        Self {
            mask: Mask::new(&start.plan),
            selected: Arc::new(start.selection.index()),
            nodes: vec![StepView::default(); start.plan.nodes.len()],
            start,
            began: Timestamp::default(),
            last: Timestamp::default(),
            ending: None,
            suspended: false,
            outputs: IndexMap::new(),
            failure: None,
            credits: 0,
            active: BTreeSet::new(),
            away: Away::default(),
            items: HashMap::new(),
            loops: BTreeMap::new(),
            frontier: 0,
            untouched: StepView::default(),
        }
    }

    /// Takes in a record and its consequences.
    pub fn apply(&mut self, moment: &Moment) {
        self.last = moment.record.at;
        self.apply_event(&moment.record.event, moment.record.at);
        for change in moment.changes {
            self.apply_change(change, moment.record.at);
        }
        while self.nodes.get(self.frontier).is_some_and(|step| step.state.is_ended()) {
            self.frontier += 1;
        }
    }

    /// What is known of a step.
    pub fn step(&self, key: StepKey) -> Option<&StepView> {
        match key.item {
            None => self.nodes.get(key.node as usize),
            Some(_) => self.items.get(&key).map(|step| &**step),
        }
    }

    /// The node of a step.
    pub fn node(&self, key: StepKey) -> Option<&Node> {
        self.start.plan.get(key)
    }

    /// A loop whose items are known.
    pub fn items_of(&self, node: u32) -> Option<&LoopView> {
        self.loops.get(&node)
    }

    /// The people of every loop whose lines may be kept from going out, loop by loop.
    pub fn audiences(&self) -> impl Iterator<Item = (StepKey, &Audience)> {
        let audiences = self.loops().filter_map(|(node, items)| Some((StepKey::node(node), items.audience.as_ref()?)));
        audiences.filter(|(_, audience)| audience.is_ruled)
    }

    /// The loops whose items are known, in the plan's order.
    pub fn loops(&self) -> impl Iterator<Item = (u32, &LoopView)> {
        self.loops.iter().map(|(node, items)| (*node, items))
    }

    /// Lets go of all that is known of the steps of an item, which has ended; its counts stay.
    pub(crate) fn forget(&mut self, node: u32, index: u32) {
        let body = self.items_of(node).map_or(0, LoopView::body) as u32;
        for inner in 0..body {
            self.items.remove(&StepKey::item(node, index, inner));
        }
    }

    /// Puts away what a step of an item said and was answered, where all went well and nobody asks for it any more; that
    /// it spoke is counted.
    pub(crate) fn put_away(&mut self, key: StepKey) {
        let Some(step) = self.items.get_mut(&key).filter(|step| step.state == State::Succeeded) else { return };
        let is_half_heard =
            step.result("rooms_skipped_no_worker").and_then(Value::as_u64).is_some_and(|rooms| rooms > 0);
        if !is_half_heard {
            self.away.spoken += u64::from(step.speech().is_some());
            step.result = None;
            if let Some(variant) = step.rendering.take().and_then(|sent| sent.variant) {
                *self.away.variants.entry(key.node).or_default().entry(variant).or_default() += 1;
            }
        }
    }

    /// The key of the item that a step belongs to.
    pub fn item_key(&self, key: StepKey) -> Option<&str> {
        let index = key.item?.index as usize;
        self.loops.get(&key.node)?.keys.get(index).map(String::as_str)
    }

    /// The run that a step was carried over from, once it has ended so: nothing of it went out in this one.
    pub fn carried_from(&self, key: StepKey) -> Option<&RunId> {
        let is_carried = match key.item {
            None => self.selected.node(key.node).is_some(),
            Some(item) => self.selected.item(key.node, self.item_key(key)?, item.inner).is_some(),
        };
        let step = self.step(key).filter(|step| step.state.is_ended() && step.state != State::Cancelled)?;
        self.start.selection.from.as_ref().filter(|_| is_carried && step.attempts == 0)
    }

    /// Every step in the plan's order, a loop before the steps of its items as far as those are known.
    pub fn steps(&self) -> impl Iterator<Item = (StepKey, &StepView)> {
        let nodes = (0..).zip(&self.nodes);
        nodes.flat_map(|(node, step)| {
            let (items, body) =
                self.loops.get(&node).map_or((0, 0), |items| (items.total() as u32, items.body() as u32));
            let keys = (0..items).flat_map(move |index| (0..body).map(move |inner| StepKey::item(node, index, inner)));
            let items = keys.map(|key| (key, self.items.get(&key).map_or(&self.untouched, |step| step)));
            std::iter::once((StepKey::node(node), step)).chain(items)
        })
    }

    /// The first step whose turn has not come.
    pub fn next(&self) -> Option<StepKey> {
        let later = self.nodes.iter().enumerate().skip(self.frontier);
        let pending = later.filter(|(_, step)| step.state == State::Pending);
        let mut keys = pending.map(|(node, _)| StepKey::node(node as u32));
        keys.find(|key| self.node(*key).is_some_and(|node| !matches!(node.work, Work::Join)))
    }

    /// The path that names a step: its id, or `loop.step` for a step of a loop's body.
    pub fn path(&self, key: StepKey) -> String {
        let outer = self.start.plan.nodes.get(key.node as usize);
        let id = outer.map_or("", |node| node.id.as_str());
        match (key.item, outer.map(|node| &node.work), self.node(key)) {
            (Some(_), Some(Work::Loop(inner)), Some(node)) if !inner.single => format!("{id}.{}", node.id),
            _ => id.to_owned(),
        }
    }

    fn apply_event(&mut self, event: &Event, at: Timestamp) {
        match event {
            Event::Started(_) => self.began = at,
            Event::ItemsListed { step, keys, .. } => {
                self.loops.insert(step.node, LoopView::of(self.node(*step), keys.clone()));
                self.begin(*step, at);
            }
            Event::Prepared { step, wait } => {
                self.begin(*step, at);
                if let Prepared::Until(until) = wait {
                    self.set(*step, State::Waiting { until: *until, reason: WaitReason::Wait });
                }
            }
            Event::AttemptStarted { step, attempt, rendering } => {
                self.begin(*step, at);
                let view = self.step_mut(*step);
                view.attempts = *attempt;
                view.sent = Some(at);
                view.resolution = None;
                view.rendering = Some(rendering.clone());
            }
            Event::AttemptEnded { step, exchange } => self.step_mut(*step).take_in(exchange),
            Event::Due { step } => match self.step(*step).map(|view| &view.state) {
                Some(State::Holding { .. }) => self.set(*step, State::Succeeded),
                // Its rule lets it go: it waits for its turn only.
                Some(State::Waiting { reason: WaitReason::Window | WaitReason::Cap, .. }) => {
                    self.set(*step, State::Running);
                }
                _ => {}
            },
            Event::Gone { step, by } => self.step_mut(*step).by = Some(by.as_str().into()),
            Event::Resolved { step, resolution } => self.step_mut(*step).resolution = Some(*resolution),
            Event::Stopped { reason } => self.ending = Some(Ending::Stopped(*reason)),
            Event::Resumed => {
                self.ending = None;
                self.loops.values_mut().for_each(|items| items.resume(at));
            }
            Event::TimedOut => self.failure = self.start.plan.timeout.map(out_of_time),
            Event::Suspended => self.suspended = true,
            Event::Released => self.suspended = false,
            Event::Finished { outcome, outputs, failure } => {
                self.ending = Some(Ending::Finished(*outcome));
                self.failure = failure.clone().or(self.failure.take());
                self.outputs = outputs.clone();
            }
            _ => {}
        }
    }

    fn apply_change(&mut self, change: &Change, at: Timestamp) {
        let step = change.step;
        let state = match &change.to {
            ChangedTo::Waiting { until, reason } => return self.wait(step, *until, *reason),
            ChangedTo::Retrying { attempt, until, failure } => {
                self.step_mut(step).failure = Some(Box::new(failure.clone()));
                State::Retrying { attempt: *attempt, until: *until }
            }
            ChangedTo::Succeeded { result, hold } => {
                self.succeed(step, result);
                match hold {
                    Some(length) if length.0 > 0 => State::Holding { until: at + *length },
                    _ => State::Succeeded,
                }
            }
            ChangedTo::Failed { failure } => {
                self.step_mut(step).failure = Some(Box::new(failure.clone()));
                State::Failed
            }
            ChangedTo::Skipped { reason, detail } => {
                self.step_mut(step).detail = detail.as_deref().map(Into::into);
                State::Skipped { reason: reason.clone() }
            }
            ChangedTo::Unknown => self.unknown(step),
            ChangedTo::Blocked { failure } => {
                self.step_mut(step).failure = Some(Box::new(failure.clone()));
                State::Blocked
            }
            ChangedTo::Cancelled => State::Cancelled,
            ChangedTo::Held => State::Held,
            ChangedTo::PauseOpen { message } => State::Open { message: message.clone(), until: None },
        };
        if state.is_ended() || matches!(state, State::Holding { .. }) {
            self.step_mut(step).ended = Some(at);
        }
        self.set(step, state);
    }

    fn wait(&mut self, step: StepKey, until: Timestamp, reason: WaitReason) {
        let state = match (&self.step_mut(step).state, reason) {
            (State::Open { message, .. }, WaitReason::PauseTimeout) => {
                State::Open { message: message.clone(), until: Some(until) }
            }
            (State::Retrying { attempt, .. }, WaitReason::Backoff) => State::Retrying { attempt: *attempt, until },
            (_, WaitReason::Hold) => State::Holding { until },
            _ => State::Waiting { until, reason },
        };
        self.set(step, state);
    }

    fn unknown(&self, step: StepKey) -> State {
        let asks = self.node(step).is_some_and(|node| node.policy.on_unknown == OnUnknown::Ask);
        let is_settled = self.step(step).is_some_and(|view| view.resolution.is_some());
        let has_gone_out = self.step(step).is_some_and(|view| view.attempts > 0);
        if asks && has_gone_out && !is_settled { State::Asking } else { State::Unknown }
    }

    fn succeed(&mut self, step: StepKey, result: &Value) {
        let is_billable = matches!(self.node(step), Some(Node { work: Work::Exchange(work), .. }) if work.billable);
        let view = self.step_mut(step);
        view.result = Some(Box::new(result.clone()));
        view.failure = None;
        if is_billable && view.credits.is_none() {
            let bought = view.rendering.as_ref().filter(|sent| sent.reuse.is_none());
            let credits = bought.map_or(0, |sent| sent.credits);
            view.credits = Some(credits);
            self.credits += credits;
        }
    }

    fn begin(&mut self, step: StepKey, at: Timestamp) {
        self.step_mut(step).began.get_or_insert(at);
        self.set(step, State::Running);
    }

    fn set(&mut self, step: StepKey, state: State) {
        let counts_as_failed = self.node(step).is_none_or(|node| !node.policy.continue_on_error);
        if state.is_active() {
            self.active.insert(step);
        } else {
            self.active.remove(&step);
        }
        let from = std::mem::replace(&mut self.step_mut(step).state, state.clone());
        let is_carried = step.item.is_some() && self.carried_from(step).is_some();
        if let (Some(item), Some(items)) = (step.item, self.loops.get_mut(&step.node)) {
            items.change(item.index, (&from, &state), counts_as_failed, self.last);
            if let Some(audience) = &mut items.audience {
                audience.take(item, &state, counts_as_failed, is_carried);
            }
        }
    }

    fn step_mut(&mut self, key: StepKey) -> &mut StepView {
        match self.nodes.get_mut(key.node as usize) {
            Some(step) if key.item.is_none() => step,
            _ => self.items.entry(key).or_default(),
        }
    }
}

fn out_of_time(timeout: Millis) -> Failure {
    Failure::rejected("timeout", format!("the run takes longer than its `timeout: {}`", timeout.to_text()))
}

#[cfg(test)]
mod tests;
