//! What is known of the rows of a loop before a run: their keys, rooms and lines, and what is wrong with them.
//!
//! Everything here is pure, over rows that were read. What only a run can know is left out, never guessed: a mistake
//! that is told here is one that the run would make.

mod mistakes;
mod reading;
mod rendered;

pub use mistakes::{RowMistake, RowMistakes, mistakes};
pub use reading::{Reading, RowScope};
pub use rendered::{RenderedLine, RenderedRow, rendered};

use crate::plan::model::{ItemSource, Loop, Node, Plan, Work};

/// Every loop of a plan with the step that is it.
pub fn loops(plan: &Plan) -> impl Iterator<Item = (u32, &Node, &Loop)> {
    (0..).zip(&plan.nodes).filter_map(|(place, node)| match &node.work {
        Work::Loop(inner) => Some((place, node, inner.as_ref())),
        _ => None,
    })
}

/// The path of the file whose rows a loop goes through, as written.
pub fn path_of(inner: &Loop) -> Option<&str> {
    match &inner.items {
        ItemSource::File { path, .. } => Some(path),
        ItemSource::List(_) | ItemSource::Expression(_) => None,
    }
}
