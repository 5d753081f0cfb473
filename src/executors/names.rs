//! Ids of steps as texts read them, resolved to keys.

use std::collections::HashMap;

use crate::plan::model::{Plan, StepKey, Work};

/// The ids of a plan.
pub struct Names {
    outer: HashMap<String, u32>,
    inner: HashMap<u32, HashMap<String, u32>>,
}

impl Names {
    /// Collects the ids of a plan.
    pub fn of(plan: &Plan) -> Self {
        let index = |nodes: &[crate::plan::model::Node]| {
            nodes.iter().enumerate().map(|(i, node)| (node.id.clone(), i as u32)).collect::<HashMap<_, _>>()
        };
        let loops = plan.nodes.iter().enumerate().filter_map(|(i, node)| match &node.work {
            Work::Loop(inner) => Some((i as u32, index(&inner.body))),
            _ => None,
        });
        Self { outer: index(&plan.nodes), inner: loops.collect() }
    }

    /// The step that an id means to a reader: a step of its own item first, then one of the script.
    pub fn find(&self, id: &str, reader: StepKey) -> Option<StepKey> {
        let of_item = reader.item.and_then(|item| {
            let inner = *self.inner.get(&reader.node)?.get(id)?;
            Some(StepKey::item(reader.node, item.index, inner))
        });
        of_item.or_else(|| self.outer.get(id).map(|&node| StepKey::node(node)))
    }
}
