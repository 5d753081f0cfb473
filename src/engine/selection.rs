//! Which steps of a plan go out in a run: all of them, unless record 0 says otherwise.
//!
//! A step may be left out, as for a rehearsal; it may be carried over from an earlier run, and then counts as ended
//! just as it was recorded there; and each may wait for a person to let it go out. All of it is known when the run
//! begins, so that what becomes of a step follows from record 0, live and on recovery alike.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::engine::state::SkipReason;
use crate::ids::RunId;
use crate::outcome::Failure;

/// What a run was told about its steps.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Selection {
    /// The steps of the script that are left out, by their index: skipped, and what follows runs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<u32>,
    /// The run whose steps are carried over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<RunId>,
    /// How the steps ended there that do not go out here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub carried: Vec<Carried>,
    /// A person lets every step go out that reaches for the service, one at a time.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub stepwise: bool,
    /// Of every loop only the first items: a pilot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Of every loop whose items have keys only those with one of these; all of them when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<String>,
}

/// A step that ended in an earlier run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Carried {
    /// The index of the step of the script.
    pub node: u32,
    /// Which step of which item, where it is one of a loop's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<CarriedItem>,
    /// How it ended.
    #[serde(flatten)]
    pub end: CarriedEnd,
}

/// A step of an item, named by what the item keeps from run to run.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CarriedItem {
    /// The item's key.
    pub key: String,
    /// The index of the step in the loop's body.
    pub inner: u32,
}

/// How a step ended in an earlier run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "as")]
pub enum CarriedEnd {
    /// It succeeded.
    Succeeded {
        /// Its result, if it left one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        result: Option<Value>,
    },
    /// It failed.
    Failed {
        /// How.
        failure: Failure,
    },
    /// It was skipped.
    Skipped {
        /// Why.
        reason: SkipReason,
    },
    /// Nobody knows whether it took effect.
    Unknown {
        /// How its last exchange ended.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        failure: Option<Failure>,
    },
    /// A loop: its items are listed at once, and their steps are carried one by one.
    Items,
}

impl Selection {
    /// Tells whether every step goes out as the file says.
    pub fn is_whole(&self) -> bool {
        *self == Self::default()
    }

    /// The selection, to be asked step by step.
    pub fn index(&self) -> SelectionIndex {
        let mut index = SelectionIndex { left_out: self.left_out.iter().copied().collect(), ..Default::default() };
        for (place, carried) in self.carried.iter().enumerate() {
            match &carried.item {
                None => drop(index.nodes.insert(carried.node, place)),
                Some(item) => {
                    let inner = index.items.entry(carried.node).or_default().entry(item.key.clone()).or_default();
                    inner.insert(item.inner, place);
                }
            }
        }
        index
    }
}

/// Where in a [`Selection`] a step stands. A loop may have hundreds of thousands of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SelectionIndex {
    left_out: HashSet<u32>,
    nodes: HashMap<u32, usize>,
    items: HashMap<u32, HashMap<String, HashMap<u32, usize>>>,
}

impl SelectionIndex {
    /// Tells whether a step of the script is left out.
    pub fn leaves_out(&self, node: u32) -> bool {
        self.left_out.contains(&node)
    }

    /// The place of a step of the script among those carried over.
    pub fn node(&self, node: u32) -> Option<usize> {
        self.nodes.get(&node).copied()
    }

    /// The place of a step of an item among those carried over.
    pub fn item(&self, node: u32, key: &str, inner: u32) -> Option<usize> {
        self.items.get(&node)?.get(key)?.get(&inner).copied()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn said(node: u32, key: Option<&str>) -> Carried {
        let item = key.map(|key| CarriedItem { key: key.to_owned(), inner: 1 });
        Carried { node, item, end: CarriedEnd::Succeeded { result: Some(json!({ "agent_id": "A" })) } }
    }

    #[test]
    fn a_step_is_found_by_its_place_and_one_of_an_item_by_the_items_key() {
        let carried = vec![said(0, None), said(3, Some("b")), said(3, None)];
        let index = Selection { carried, left_out: vec![7], ..Selection::default() }.index();
        assert_eq!((index.node(0), index.node(1), index.node(3)), (Some(0), None, Some(2)));
        assert_eq!((index.item(3, "b", 1), index.item(3, "b", 0), index.item(3, "a", 1)), (Some(1), None, None));
        assert!(index.leaves_out(7) && !index.leaves_out(0));
    }

    #[test]
    fn it_reads_back_as_it_was_written() {
        let ends = [
            CarriedEnd::Succeeded { result: None },
            CarriedEnd::Failed { failure: Failure::rejected("no", "no") },
            CarriedEnd::Skipped { reason: SkipReason::Condition },
            CarriedEnd::Unknown { failure: None },
            CarriedEnd::Items,
        ];
        let carried = (0..).zip(ends).map(|(node, end)| Carried { node, item: None, end }).collect();
        let selection = Selection {
            carried,
            left_out: vec![9],
            from: Some(RunId::from_typed("7Q4M")),
            stepwise: true,
            limit: Some(50),
            items: vec!["c17".to_owned()],
        };
        let text = serde_json::to_string(&selection).unwrap();
        assert_eq!(serde_json::from_str::<Selection>(&text).unwrap(), selection);
        assert_eq!(serde_json::from_str::<Selection>("{}").unwrap(), Selection::default());
    }
}
