//! The items of a loop: which have begun, which hold one of its places, and how they ended.
//!
//! An item holds a place from its beginning to its end, waits, holds and pauses included. Only when nothing in it
//! goes on by itself, for it is unknown or blocked, or when all of it waits for a rule or for somebody to be in its
//! room, does it lend its place to others; it then queues to have one again, before any new item begins, the one that
//! is too late soonest first. The steps of an item come to be when it begins.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value;

use crate::clock::Timestamp;
use crate::engine::run::{Followup, Run};
use crate::engine::state::SkipReason;
use crate::engine::step::{Block, End, Phase, Step};
use crate::outcome::Failure;
use crate::plan::model::StepKey;

/// A loop whose items are known.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct LoopRun {
    /// The key of each item.
    pub keys: Vec<String>,
    /// The items' values, when neither the plan nor a file has them.
    pub values: Vec<Value>,
    /// When the items were listed.
    pub begun: Timestamp,
    /// The items that have begun; they begin in order.
    pub items: Vec<Item>,
    /// How many hold a place.
    placed: u32,
    /// The items that want their place again, each with the instant after which it is too late and its turn.
    queue: BTreeSet<(Timestamp, u64, u32)>,
    /// How many have queued so far.
    turns: u64,
    ended: usize,
    failed: usize,
}

/// An item that has begun.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Item {
    /// The steps of the loop's body.
    pub steps: Box<[Step]>,
    /// Whether it may go on.
    pub placed: bool,
    /// How it ended.
    pub end: Option<End>,
    failed: bool,
    queued: bool,
    /// Steps that have not ended.
    left: u32,
    /// Steps that go on by themselves, or whose end has not been followed up.
    live: u32,
}

impl LoopRun {
    /// Items that have just been listed.
    pub fn of(keys: &[String], values: &[Value], begun: Timestamp) -> Self {
        let (keys, values) = (keys.to_vec(), values.to_vec());
        Self {
            keys,
            values,
            begun,
            items: Vec::new(),
            placed: 0,
            queue: BTreeSet::new(),
            turns: 0,
            ended: 0,
            failed: 0,
        }
    }
}

impl Run {
    pub(super) fn items_listed(&mut self, key: StepKey, listed: LoopRun, at: Timestamp) {
        self.loops.insert(key.node, listed);
        self.change(key, Phase::Looping);
        self.begin_items(key.node, at);
        self.end_loop_if_over(key.node, at);
    }

    /// Lets every loop begin what it may.
    pub(super) fn begin_all_items(&mut self, at: Timestamp) {
        let open: Vec<u32> = self.loops.keys().copied().filter(|node| self.is_looping(*node)).collect();
        for node in open {
            self.begin_items(node, at);
        }
    }

    /// Gives the loop's free places away: first to items that had begun, then to new ones.
    pub(super) fn begin_items(&mut self, node: u32, at: Timestamp) {
        let graph = Arc::clone(&self.graph);
        let Some(inner) = graph.loop_of(node) else { return };
        let new_ones = self.may_begin_items();
        while let Some(run) = self.loops.get_mut(&node) {
            if run.placed >= inner.max_parallel.max(1) {
                return;
            }
            if let Some((_, _, index)) = run.queue.pop_first() {
                self.give_place(node, index);
            } else if new_ones && run.items.len() < run.keys.len() && !(inner.fail_fast && run.failed > 0) {
                self.begin_item(node, at);
            } else {
                return;
            }
        }
    }

    /// Keeps an item's count of live steps; `phases` are the old and the new one of one of them.
    pub(super) fn count_live(&mut self, node: u32, index: u32, phases: (Phase, Phase)) {
        let Some(item) = self.item_mut(node, index) else { return };
        match (phases.0.is_live(), phases.1.is_live()) {
            (false, true) => item.live += 1,
            (true, false) => item.live -= 1,
            _ => return,
        }
        if phases.0 != Phase::Pending {
            self.agenda.push_back(Followup::Item { node, index });
        }
    }

    /// Follows up that a step of an item ended.
    pub(super) fn count_end_in_item(&mut self, node: u32, index: u32, failed: bool, at: Timestamp) {
        let Some(item) = self.item_mut(node, index) else { return };
        item.left -= 1;
        item.live -= 1;
        item.failed |= failed;
        if item.left > 0 {
            return self.review_item(node, index, at);
        }
        let end = item.verdict();
        item.end = Some(end);
        let held = std::mem::take(&mut item.placed);
        if let Some(run) = self.loops.get_mut(&node) {
            run.placed -= u32::from(held);
            run.ended += 1;
            run.failed += usize::from(end == End::Failed);
        }
        self.begin_items(node, at);
        self.end_loop_if_over(node, at);
    }

    /// Takes the place of an item that does not go on by itself, or lets it queue for one when it does again.
    pub(super) fn review_item(&mut self, node: u32, index: u32, at: Timestamp) {
        let Some(item) = self.item_mut(node, index) else { return };
        if item.end.is_some() || item.placed == (item.live > 0) {
            return;
        }
        let wants = item.live > 0 && !item.queued;
        item.queued |= wants;
        let held = item.live == 0 && std::mem::take(&mut item.placed);
        let soonest = if wants { self.too_late_for_item(node, index) } else { Timestamp(i64::MAX) };
        if let Some(run) = self.loops.get_mut(&node) {
            run.placed -= u32::from(held);
            if wants {
                run.turns += 1;
                run.queue.insert((soonest, run.turns, index));
            }
        }
        self.begin_items(node, at);
    }

    /// Ends a loop of which no item is left.
    pub(super) fn end_loop_if_over(&mut self, node: u32, at: Timestamp) {
        let graph = Arc::clone(&self.graph);
        let (Some(inner), Some(run)) = (graph.loop_of(node), self.loops.get(&node)) else { return };
        let all_begun = run.items.len() == run.keys.len();
        let no_more = all_begun || self.course.draining || (inner.fail_fast && run.failed > 0);
        if !self.is_looping(node) || run.ended < run.items.len() || !no_more {
            return;
        }
        let key = StepKey::node(node);
        if run.failed > 0 {
            let message = format!("{} of {} items fail", run.failed, run.keys.len());
            self.fail(key, Failure::rejected("items_failed", message));
        } else if !all_begun || run.items.iter().any(|item| item.end == Some(End::Cancelled)) {
            self.end(key, End::Cancelled);
        } else {
            self.succeed(key, None, at);
        }
    }

    /// Cancels what has not gone out of a loop's items.
    pub(super) fn sweep_items(&mut self, node: u32, at: Timestamp) {
        let items = self.loops.get(&node).map_or(0, |run| run.items.len());
        let steps = self.graph.body_needs(node).len();
        for index in 0..items as u32 {
            for inner in 0..steps as u32 {
                self.sweep_step(StepKey::item(node, index, inner), at);
            }
        }
        self.end_loop_if_over(node, at);
    }

    /// A blocked step means that the service is gone: what is new would only be blocked as well.
    fn may_begin_items(&self) -> bool {
        let blocks = [Block::Unauthorized, Block::OutOfCredits, Block::Unreachable];
        self.course.is_open() && !self.course.draining && blocks.iter().all(|b| self.count(Phase::Blocked(*b)) == 0)
    }

    fn begin_item(&mut self, node: u32, at: Timestamp) {
        let graph = Arc::clone(&self.graph);
        let needs = graph.body_needs(node);
        let failed_above = self.steps[node as usize].failed_above;
        let Some(run) = self.loops.get_mut(&node) else { return };
        let index = run.items.len() as u32;
        run.placed += 1;
        run.items.push(Item {
            steps: needs.iter().map(|needs| Step::new(*needs, failed_above)).collect(),
            placed: true,
            end: None,
            failed: false,
            queued: false,
            left: needs.len() as u32,
            live: 0,
        });
        self.tally[Phase::Pending.tally_index()] += needs.len();
        for (inner, _) in (0..).zip(needs).filter(|(_, needs)| **needs == 0) {
            self.meet_needs(StepKey::item(node, index, inner), at);
        }
    }

    /// Lets an item that queued go on, unless it has come to rest again meanwhile.
    fn give_place(&mut self, node: u32, index: u32) {
        let Some(item) = self.item_mut(node, index) else { return };
        item.queued = false;
        if item.end.is_some() || item.live == 0 {
            return;
        }
        item.placed = true;
        let steps = item.steps.len() as u32;
        if let Some(run) = self.loops.get_mut(&node) {
            run.placed += 1;
        }
        for inner in 0..steps {
            self.refresh(StepKey::item(node, index, inner));
        }
    }

    /// The instant after which something of an item is too late.
    fn too_late_for_item(&self, node: u32, index: u32) -> Timestamp {
        let steps = self.graph.body_needs(node).len() as u32;
        let expires = (0..steps).filter_map(|inner| self.expires(StepKey::item(node, index, inner)));
        expires.min().unwrap_or(Timestamp(i64::MAX))
    }

    fn is_looping(&self, node: u32) -> bool {
        self.steps.get(node as usize).is_some_and(|step| step.phase == Phase::Looping)
    }

    fn item_mut(&mut self, node: u32, index: u32) -> Option<&mut Item> {
        self.loops.get_mut(&node)?.items.get_mut(index as usize)
    }
}

impl Item {
    /// How an item ended whose steps have all ended.
    fn verdict(&self) -> End {
        let ends = || self.steps.iter().map(|step| step.phase);
        if self.failed {
            End::Failed
        } else if ends().any(|phase| phase == Phase::Ended(End::Cancelled)) {
            End::Cancelled
        } else if ends().any(|phase| phase == Phase::Ended(End::Unknown)) {
            End::Unknown
        } else {
            let skipped = |phase| if let Phase::Ended(End::Skipped(reason)) = phase { Some(reason) } else { None };
            let reasons: Option<Vec<SkipReason>> = ends().map(skipped).collect();
            reasons.and_then(|all| all.first().copied()).map_or(End::Succeeded, End::Skipped)
        }
    }
}
