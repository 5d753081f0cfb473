//! The `parallel` groups of a list, found again from its joints.
//!
//! A group's entries stand one after the other and its joint waits for the last step of each, so that the ends cut
//! the list into entries; the step that a second entry follows is the one above the group.

use crate::plan::model::{Node, Why, Work};

/// An entry of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    /// A step.
    Step(usize),
    /// Scripts that start together, and the joint that waits for all.
    Group {
        /// The joint.
        join: usize,
        /// The step above the group, if any.
        base: Option<usize>,
        /// The scripts.
        scripts: Vec<Vec<Entry>>,
    },
}

impl Entry {
    /// The last step of the entry.
    fn last(&self) -> usize {
        match self {
            Self::Step(index) => *index,
            Self::Group { join, .. } => *join,
        }
    }
}

/// The entries of a list of nodes.
pub(super) fn entries(nodes: &[Node], range: std::ops::Range<usize>) -> Vec<Entry> {
    let lowest = range.start;
    let mut entries: Vec<(usize, Entry)> = Vec::new();
    for index in range {
        match bounds(nodes, index, lowest) {
            Some((first, base, ends)) => {
                let cut = entries.partition_point(|(start, _)| *start < first);
                let members = entries.split_off(cut).into_iter().map(|(_, entry)| entry);
                let scripts = cut_at(members, &ends);
                entries.push((first, Entry::Group { join: index, base, scripts }));
            }
            None => entries.push((index, Entry::Step(index))),
        }
    }
    entries.into_iter().map(|(_, entry)| entry).collect()
}

/// Where the group of a joint begins, the step above it, and the last step of each of its scripts.
fn bounds(nodes: &[Node], join: usize, lowest: usize) -> Option<(usize, Option<usize>, Vec<usize>)> {
    let node = nodes.get(join).filter(|node| matches!(node.work, Work::Join))?;
    let mut ends: Vec<usize> = node.needs.iter().map(|edge| edge.node as usize).collect();
    ends.sort_unstable();
    let (&first_end, &last_end) = (ends.first()?, ends.last()?);
    if ends.len() < 2 || last_end + 1 != join || first_end < lowest {
        return None;
    }
    // The first step of any script but the first follows what is above the group.
    let heads = ends[..ends.len() - 1].iter().filter_map(|end| nodes.get(end + 1));
    let above = |head: &Node| head.needs.iter().find(|edge| edge.why == Why::Order).map(|edge| edge.node as usize);
    let above = heads.filter_map(above).find(|&above| above < first_end && above >= lowest);
    let begins_list = nodes.get(first_end + 1).is_some_and(|head| head.needs.is_empty());
    let first = match above {
        Some(above) => above + 1,
        None if begins_list => lowest,
        None => first_end,
    };
    Some((first, above, ends))
}

fn cut_at(members: impl Iterator<Item = Entry>, ends: &[usize]) -> Vec<Vec<Entry>> {
    let mut scripts = vec![Vec::new()];
    for member in members {
        let is_last = ends.binary_search(&member.last()).is_ok();
        if let Some(script) = scripts.last_mut() {
            script.push(member);
        }
        if is_last {
            scripts.push(Vec::new());
        }
    }
    scripts.retain(|script| !script.is_empty());
    scripts
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::plan::sample::{join, rich, step};

    fn wait(needs: &[u32]) -> Node {
        let needs: Vec<_> = needs.iter().map(|&need| (need, Why::Order)).collect();
        step("w", "wait", json!({ "for": "1s" })).needing(&needs)
    }

    #[test]
    fn a_group_is_what_its_joint_waits_for() {
        let entries = entries(&rich().nodes, 0..9);
        let scripts = vec![vec![Entry::Step(3)], vec![Entry::Step(4), Entry::Step(5)]];
        assert!(entries.contains(&Entry::Group { join: 6, base: Some(2), scripts }), "{entries:?}");
        assert_eq!(entries.len(), 6);
    }

    #[test]
    fn groups_hold_groups() {
        let order = |nodes: &[u32]| nodes.iter().map(|&node| (node, Why::Order)).collect::<Vec<_>>();
        let nodes = vec![
            wait(&[]),
            wait(&[0]),
            wait(&[1]),
            wait(&[1]),
            join("inner").needing(&order(&[2, 3])),
            wait(&[0]),
            join("outer").needing(&order(&[4, 5])),
        ];
        let inner = Entry::Group { join: 4, base: Some(1), scripts: vec![vec![Entry::Step(2)], vec![Entry::Step(3)]] };
        let scripts = vec![vec![Entry::Step(1), inner], vec![Entry::Step(5)]];
        assert_eq!(entries(&nodes, 0..7), [Entry::Step(0), Entry::Group { join: 6, base: Some(0), scripts }]);
    }

    #[test]
    fn a_group_may_begin_a_list() {
        let nodes = vec![wait(&[]), wait(&[0]), wait(&[]), join("all").needing(&[(1, Why::Order), (2, Why::Order)])];
        let scripts = vec![vec![Entry::Step(0), Entry::Step(1)], vec![Entry::Step(2)]];
        assert_eq!(entries(&nodes, 0..4), [Entry::Group { join: 3, base: None, scripts }]);
    }
}
