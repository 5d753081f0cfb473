//! A plan as people and programs see it: a tree for the terminal, JSON, Mermaid, a drawing.
//!
//! All are pure: they read a [`View`] and answer text. What is sensitive is masked in every one of them.

mod groups;
mod json;
mod mermaid;
mod step;
mod svg;
mod tree;

use indexmap::IndexSet;

use crate::plan::estimate::{CampaignEstimate, Estimate, Known};
use crate::plan::model::{Edge, Node, Plan, RoomReference, Section, Work};

pub use json::json;
pub use mermaid::mermaid;
pub use svg::svg;
pub use tree::{Paper, tree};

/// What is drawn.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// What it would cost and take.
    pub estimate: &'a Estimate,
    /// What is known beside it.
    pub known: &'a Known<'a>,
    /// Whether the file names a room anywhere.
    pub names_rooms: bool,
    /// Required inputs that have no value.
    pub missing: &'a [String],
    /// What its campaign comes to, where it is one.
    pub campaign: Option<&'a CampaignEstimate>,
}

/// The title of a section, as the file's key.
fn title(section: Section) -> &'static str {
    match section {
        Section::Main => "steps",
        Section::OnFailure => "on_failure",
        Section::Finally => "finally",
    }
}

/// The sections that have steps, each with the range of its nodes.
fn sections(nodes: &[Node]) -> Vec<(Section, std::ops::Range<usize>)> {
    let mut found = Vec::new();
    let mut start = 0;
    for chunk in nodes.chunk_by(|a, b| a.section == b.section) {
        found.push((chunk[0].section, start..start + chunk.len()));
        start += chunk.len();
    }
    found
}

/// What an edge leads to, in the list that it is in.
fn target<'a>(nodes: &'a [Node], edge: &Edge) -> Option<&'a Node> {
    nodes.get(edge.node as usize)
}

/// Every room in which something is heard, as written, in order; `None` stands for every room.
fn rooms(nodes: &[Node]) -> Vec<Option<&str>> {
    let steps = nodes.iter().flat_map(|node| match &node.work {
        Work::Loop(inner) => inner.body.as_slice(),
        _ => std::slice::from_ref(node),
    });
    let found: IndexSet<Option<&str>> = steps.filter_map(heard_in).collect();
    found.into_iter().collect()
}

/// The room of a step that is heard: none within it is every room.
fn heard_in(node: &Node) -> Option<Option<&str>> {
    let Work::Exchange(exchanged) = &node.work else { return None };
    match exchanged.room.as_ref()? {
        RoomReference::Every => Some(None),
        RoomReference::Named(name) => Some(Some(name)),
    }
}
