//! The critical path: when each step ends at the earliest.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use serde_json::Value;

use crate::duration::Millis;
use crate::plan::estimate::{Counting, items};
use crate::plan::model::{Loop, Node, Plan, Section, Work};
use crate::plan::preview::Preview;

/// The length of the script and what is done finally.
pub(super) fn script(plan: &Plan, counting: &mut Counting<'_>) -> Millis {
    let preview = Preview::exact(plan);
    let mut ends = vec![Millis::ZERO; plan.nodes.len()];
    let order = in_order(&plan.nodes);
    let mut begun = Millis::ZERO;
    for section in [Section::Main, Section::Finally] {
        for &index in order.iter().filter(|&&index| plan.nodes[index].section == section) {
            let start = needs_met(&plan.nodes[index], &ends, begun);
            ends[index] = end(&plan.nodes[index], start, &preview, counting);
        }
        begun = ends.iter().copied().max().unwrap_or_default();
    }
    begun
}

/// When a step ends whose needs end at `start`.
fn end(node: &Node, start: Millis, preview: &Preview<'_>, counting: &mut Counting<'_>) -> Millis {
    if node.condition.as_ref().is_some_and(|condition| preview.decides(condition) == Some(false)) {
        return start;
    }
    let start = (start + node.timing.delay).max(node.timing.at.unwrap_or_default());
    match &node.work {
        Work::Loop(inner) => looped(inner, start, preview, counting) + counting.step(node, preview),
        _ => start + counting.step(node, preview),
    }
}

/// When a loop ends: each item takes the slot that is free first.
fn looped(inner: &Loop, start: Millis, preview: &Preview<'_>, counting: &mut Counting<'_>) -> Millis {
    let order = in_order(&inner.body);
    let Some(items) = items(inner, preview, counting.known) else {
        counting.estimate.at_least = true;
        return body(inner, &order, start, preview, counting);
    };
    let slots = (inner.max_parallel.max(1) as usize).min(items.len());
    let mut free: BinaryHeap<Reverse<Millis>> = std::iter::repeat_n(Reverse(start), slots).collect();
    let mut last = start;
    for item in items.iter() {
        let Some(Reverse(begun)) = free.pop() else { break };
        let ended = one(inner, &order, (begun, item), preview, counting);
        last = last.max(ended);
        free.push(Reverse(ended));
    }
    last
}

fn one(
    inner: &Loop,
    order: &[usize],
    (begun, item): (Millis, &Value),
    preview: &Preview<'_>,
    counting: &mut Counting<'_>,
) -> Millis {
    body(inner, order, begun, &preview.with_item(&inner.name, item), counting)
}

/// When the body of a loop ends that begins at `start`.
fn body(inner: &Loop, order: &[usize], start: Millis, preview: &Preview<'_>, counting: &mut Counting<'_>) -> Millis {
    let mut ends = vec![start; inner.body.len()];
    for &index in order {
        let begun = needs_met(&inner.body[index], &ends, start);
        ends[index] = end(&inner.body[index], begun, preview, counting);
    }
    ends.into_iter().max().unwrap_or(start)
}

fn needs_met(node: &Node, ends: &[Millis], begun: Millis) -> Millis {
    node.needs.iter().filter_map(|edge| ends.get(edge.node as usize)).copied().max().unwrap_or_default().max(begun)
}

/// The steps of a list so that each comes after its needs.
pub(super) fn in_order(nodes: &[Node]) -> Vec<usize> {
    let mut open: Vec<usize> = nodes.iter().map(|node| node.needs.len()).collect();
    let mut followers = vec![Vec::new(); nodes.len()];
    for (index, node) in nodes.iter().enumerate() {
        for edge in &node.needs {
            if let Some(list) = followers.get_mut(edge.node as usize) {
                list.push(index);
            }
        }
    }
    let mut ready: VecDeque<usize> = (0..nodes.len()).filter(|&index| open[index] == 0).collect();
    let mut order = Vec::with_capacity(nodes.len());
    while let Some(index) = ready.pop_front() {
        order.push(index);
        for &follower in &followers[index] {
            open[follower] -= 1;
            if open[follower] == 0 {
                ready.push_back(follower);
            }
        }
    }
    order
}
