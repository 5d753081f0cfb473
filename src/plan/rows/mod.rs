//! What is known of the rows of a loop before a run: their keys, rooms and lines, and what is wrong with them.
//!
//! Everything here is pure, over rows that were read. What only a run can know is left out, never guessed: a mistake
//! that is told here is one that the run would make.

mod mistakes;
mod reading;
mod rendered;

pub use mistakes::{Chosen, RowMistake, RowMistakes, mistakes, reads_rows};
pub use reading::{Reading, RowScope};
pub use rendered::{RenderedLine, RenderedRow, WhyLeftOut, rendered};

use crate::plan::model::{ItemSource, Loop, Node, Plan, Work};
use crate::plan::preview::Preview;

/// Every loop of a plan with the step that is it.
pub fn loops(plan: &Plan) -> impl Iterator<Item = (u32, &Node, &Loop)> {
    (0..).zip(&plan.nodes).filter_map(|(place, node)| match &node.work {
        Work::Loop(inner) => Some((place, node, inner.as_ref())),
        _ => None,
    })
}

/// Tells whether a step does not go out, by a condition that is known to be false.
pub fn is_passed(node: &Node, preview: &Preview<'_>) -> bool {
    node.condition.as_ref().and_then(|condition| preview.decides(condition)) == Some(false)
}

/// The path of the file whose rows a loop goes through, as written.
pub fn path_of(inner: &Loop) -> Option<&str> {
    match &inner.items {
        ItemSource::File { path, .. } => Some(path),
        ItemSource::List(_) | ItemSource::Expression(_) => None,
    }
}
