//! The plan with its edges turned round: who waits for whom.
//!
//! Made once when a run starts, in one pass; it refuses plans that could never end.

use std::collections::BTreeMap;

use crate::engine::error::EngineError;
use crate::engine::event::Start;
use crate::engine::selection::SelectionIndex;
use crate::plan::model::{Loop, Node, StepKey, Work};

/// What a run was started with, and the edges of its lists.
#[derive(Debug, PartialEq)]
pub(super) struct Graph {
    /// Record 0.
    pub start: Start,
    /// Where its steps stand in the selection.
    pub selected: SelectionIndex,
    top: Edges,
    bodies: BTreeMap<u32, Edges>,
}

/// The edges of one list of nodes.
#[derive(Debug, PartialEq)]
struct Edges {
    /// How many needs each node has.
    needs: Vec<u32>,
    /// Where each node's dependents begin in `dependents`; one more than there are nodes.
    offsets: Vec<u32>,
    dependents: Vec<u32>,
}

impl Graph {
    /// Takes what record 0 holds.
    pub fn of(start: Start) -> Result<Self, EngineError> {
        let top = Edges::of(&start.plan.nodes)?;
        let mut bodies = BTreeMap::new();
        for (index, node) in (0..).zip(&start.plan.nodes) {
            let Work::Loop(inner) = &node.work else { continue };
            let nested = inner.body.iter().any(|step| matches!(step.work, Work::Loop(_)));
            if nested || inner.body.is_empty() {
                let what = if nested { "holds another loop" } else { "has no body" };
                return Err(EngineError::Plan { why: format!("loop `{}` {what}", node.id) });
            }
            bodies.insert(index, Edges::of(&inner.body)?);
        }
        Ok(Self { selected: start.selection.index(), start, top, bodies })
    }

    /// The node of a step. The key was checked at the door, see [`super::legal`].
    pub fn node(&self, step: StepKey) -> &Node {
        let node = &self.start.plan.nodes[step.node as usize];
        match (step.item, &node.work) {
            (Some(item), Work::Loop(inner)) => &inner.body[item.inner as usize],
            _ => node,
        }
    }

    /// The loop that a node is, if it is one.
    pub fn loop_of(&self, node: u32) -> Option<&Loop> {
        match &self.start.plan.nodes.get(node as usize)?.work {
            Work::Loop(inner) => Some(inner),
            _ => None,
        }
    }

    /// How many needs each step of the script has.
    pub fn needs(&self) -> &[u32] {
        &self.top.needs
    }

    /// How many needs each step of a loop's body has; none for what is no loop.
    pub fn body_needs(&self, node: u32) -> &[u32] {
        self.bodies.get(&node).map_or(&[], |edges| &edges.needs)
    }

    /// The steps that need this one.
    pub fn dependents(&self, step: StepKey) -> impl Iterator<Item = StepKey> + '_ {
        let (edges, place) = match step.item {
            Some(item) => (self.bodies.get(&step.node), item.inner),
            None => (Some(&self.top), step.node),
        };
        let found = edges.map_or(&[][..], |edges| edges.dependents_of(place));
        found.iter().map(move |&target| match step.item {
            Some(item) => StepKey::item(step.node, item.index, target),
            None => StepKey::node(target),
        })
    }
}

impl Edges {
    fn of(nodes: &[Node]) -> Result<Self, EngineError> {
        let mut needs = vec![0; nodes.len()];
        let mut offsets = vec![0u32; nodes.len() + 1];
        for (place, node) in nodes.iter().enumerate() {
            for need in needs_within_section(nodes, node) {
                if need >= nodes.len() {
                    return Err(EngineError::Plan {
                        why: format!("step `{}` needs a step that is not there", node.id),
                    });
                }
                needs[place] += 1;
                offsets[need + 1] += 1;
            }
        }
        for place in 0..nodes.len() {
            offsets[place + 1] += offsets[place];
        }
        let mut next = offsets.clone();
        let mut dependents = vec![0; offsets[nodes.len()] as usize];
        for (place, node) in (0..).zip(nodes) {
            for need in needs_within_section(nodes, node) {
                dependents[next[need] as usize] = place;
                next[need] += 1;
            }
        }
        let edges = Self { needs, offsets, dependents };
        edges.refuse_cycles(nodes)?;
        Ok(edges)
    }

    fn dependents_of(&self, place: u32) -> &[u32] {
        let place = place as usize;
        &self.dependents[self.offsets[place] as usize..self.offsets[place + 1] as usize]
    }

    /// Takes away what needs nothing until nothing is left; what cannot be taken away waits for itself.
    fn refuse_cycles(&self, nodes: &[Node]) -> Result<(), EngineError> {
        let mut open = self.needs.clone();
        let mut free: Vec<u32> = (0..).zip(&open).filter(|(_, needs)| **needs == 0).map(|(place, _)| place).collect();
        let mut taken = 0;
        while let Some(place) = free.pop() {
            taken += 1;
            for &dependent in self.dependents_of(place) {
                open[dependent as usize] -= 1;
                if open[dependent as usize] == 0 {
                    free.push(dependent);
                }
            }
        }
        match nodes.iter().zip(&open).find(|(_, needs)| **needs > 0) {
            Some((node, _)) if taken < nodes.len() => {
                Err(EngineError::Plan { why: format!("step `{}` waits for itself", node.id) })
            }
            _ => Ok(()),
        }
    }
}

/// The needs of a node, those in another section aside: the order of sections already answers them.
fn needs_within_section<'a>(nodes: &'a [Node], node: &'a Node) -> impl Iterator<Item = usize> + 'a {
    let elsewhere = |need: &usize| nodes.get(*need).is_some_and(|other| other.section != node.section);
    node.needs.iter().map(|edge| edge.node as usize).filter(move |need| !elsewhere(need))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::testing::{join, start_of};

    #[test]
    fn a_plan_that_could_never_end_is_refused() {
        let circle = vec![join("a").after(&[1]), join("b").after(&[0])];
        let error = Graph::of(start_of(circle)).unwrap_err();
        assert_eq!(error.to_string(), "the plan of this run is unusable: step `a` waits for itself");
        assert!(Graph::of(start_of(vec![join("a").after(&[7])])).is_err());
    }

    #[test]
    fn edges_are_turned_round() {
        let graph = Graph::of(start_of(vec![join("a"), join("b").after(&[0]), join("c").after(&[0, 1])])).unwrap();
        let of_a: Vec<_> = graph.dependents(StepKey::node(0)).collect();
        assert_eq!(of_a, [StepKey::node(1), StepKey::node(2)]);
        assert_eq!(graph.needs(), [0, 1, 2]);
    }
}
