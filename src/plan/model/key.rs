//! Which step: a node of the plan, or a step of a loop's body for one item. Integers; ids are for people.

use serde::{Deserialize, Serialize};

/// A step of a run: a node of the plan, or a node of a loop's body for one item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct StepKey {
    /// The index in [`super::Plan::nodes`].
    pub node: u32,
    /// Which item of a loop, and which step of its body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<ItemStep>,
}

/// A step within an item of a loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ItemStep {
    /// The item's place in the list, from 0.
    pub index: u32,
    /// The index in [`super::Loop::body`].
    pub inner: u32,
}

impl StepKey {
    /// A node of the plan.
    pub const fn node(node: u32) -> Self {
        Self { node, item: None }
    }

    /// A node of a loop's body for one item.
    pub const fn item(node: u32, index: u32, inner: u32) -> Self {
        Self { node, item: Some(ItemStep { index, inner }) }
    }
}
