//! What is written in the box of each step, and how large the box is.

use std::ops::Range;

use crate::outcome::Effect;
use crate::plan::draw::View;
use crate::plan::draw::step::{said, timing};
use crate::plan::draw::svg::layout::{self, Layout};
use crate::plan::model::{Node, Work};
use crate::plan::preview::Preview;
use crate::text::{clean, cut, width};

/// The width of a step's box.
const WIDTH: f64 = 300.0;
/// The most columns of a row in it.
const COLUMNS: usize = 43;
/// The height of its first row, and of each further one.
pub(super) const FIRST: f64 = 30.0;
pub(super) const ROW: f64 = 17.0;
/// The space below the last row.
const FOOT: f64 = 6.0;
/// The space around the body of a loop.
pub(super) const PADDING: f64 = 18.0;
/// The width of a column of the text in a joint.
const COLUMN: f64 = 7.4;

/// The box of one step.
pub(super) struct Block<'a> {
    /// The step.
    pub node: &'a Node,
    /// The rows below the id, each with its class.
    pub rows: Vec<(&'static str, String)>,
    /// The body of a loop.
    pub body: Option<(Vec<Block<'a>>, Layout)>,
    /// The width of the box.
    pub width: f64,
    /// Its height.
    pub height: f64,
}

/// The boxes of a part of a list.
pub(super) fn of<'a>(nodes: &'a [Node], range: Range<usize>, view: &View<'_>, preview: &Preview<'_>) -> Vec<Block<'a>> {
    nodes[range].iter().map(|node| block(node, view, preview)).collect()
}

fn block<'a>(node: &'a Node, view: &View<'_>, preview: &Preview<'_>) -> Block<'a> {
    if let Work::Join = node.work {
        let width = width(&clean(node.title())) as f64 * COLUMN + 28.0;
        return Block { node, rows: Vec::new(), body: None, width, height: 26.0 };
    }
    let rows = rows(node, preview);
    let height = FIRST + ROW * rows.len() as f64 + FOOT;
    let Work::Loop(inner) = &node.work else {
        return Block { node, rows, body: None, width: WIDTH, height };
    };
    let range = 0..inner.body.len();
    let blocks = of(&inner.body, range.clone(), view, preview);
    let layout = layout::of(&blocks, &layout::links(&inner.body, range));
    let (width, inner_height) = ((layout.width + 2.0 * PADDING).max(WIDTH), layout.height + PADDING);
    Block { node, rows, body: Some((blocks, layout)), width, height: height + inner_height }
}

fn rows(node: &Node, preview: &Preview<'_>) -> Vec<(&'static str, String)> {
    let said = said(node, preview);
    let is_told = node.title().starts_with(node.action()) || matches!(node.work, Work::Loop(_));
    let action = if is_told { String::new() } else { format!("{} ", node.action().replace('_', " ")) };
    let agent = match &node.work {
        Work::Exchange(exchanged) if said.text.is_empty() => exchanged.agent.as_ref().map(|agent| clean(&agent.name)),
        _ => None,
    };
    let text = agent.unwrap_or(said.text);
    let text = match said.is_quoted {
        true => format!("{action}“{}”", cut(&text, COLUMNS.saturating_sub(action.len() + 2))),
        false => format!("{action}{text}"),
    };
    let mut notes: Vec<String> = said.place.map(|place| format!("→ {place}")).into_iter().collect();
    notes.extend(timing(node, preview));
    let rows = [("said", text.trim().to_owned()), ("note", notes.join(" · "))];
    rows.into_iter().filter(|(_, row)| !row.is_empty()).map(|(class, row)| (class, cut(&row, COLUMNS + 3))).collect()
}

/// A sign and a word for an effect, so that it is told without colour.
pub(super) fn sign(effect: Effect) -> &'static str {
    match effect {
        Effect::None => "",
        Effect::Read => "○ read",
        Effect::Repeatable => "↻ repeatable",
        Effect::Once => "● once",
    }
}
