//! Where boxes stand and lines run.

use std::ops::Range;

use crate::plan::draw::svg::blocks::Block;
use crate::plan::draw::svg::{lanes, layers};
use crate::plan::model::{Node, Why};

/// The space between layers.
const GAP: f64 = 46.0;
/// The space below the last layer.
const BELOW: f64 = 16.0;

/// A box, from its left upper corner.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Rect {
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
}

impl Rect {
    pub(super) fn middle(&self) -> f64 {
        self.x + self.width / 2.0
    }

    pub(super) fn right(&self) -> f64 {
        self.x + self.width
    }

    pub(super) fn bottom(&self) -> f64 {
        self.y + self.height
    }
}

/// That one box waits for another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Link {
    /// What is waited for.
    pub from: usize,
    /// What waits.
    pub to: usize,
    pub why: Why,
}

/// The line of a link.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Line {
    pub why: Why,
    /// The corners of the line; two of them are joined by a curve.
    pub points: Vec<(f64, f64)>,
}

/// Boxes and lines of one list.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Layout {
    /// The boxes, in the order of the list.
    pub boxes: Vec<Rect>,
    pub lines: Vec<Line>,
    pub width: f64,
    pub height: f64,
}

/// The links among a part of a list, counted from its beginning.
pub(super) fn links(nodes: &[Node], range: Range<usize>) -> Vec<Link> {
    let start = range.start;
    let of = |index: usize| {
        let within = nodes[index].needs.iter().filter(|edge| (edge.node as usize) >= start);
        within.map(move |edge| Link { from: edge.node as usize - start, to: index - start, why: edge.why })
    };
    let end = range.end;
    range.flat_map(of).filter(|link| link.from < end - start).collect()
}

/// Lays out the boxes of a list.
pub(super) fn of(blocks: &[Block<'_>], links: &[Link]) -> Layout {
    let sized = |block: &Block<'_>| Rect { width: block.width, height: block.height, ..Rect::default() };
    let mut boxes: Vec<Rect> = blocks.iter().map(sized).collect();
    let layers = layers::layered(boxes.len(), links);
    let near: Vec<Link> = neighbouring(&layers, links);
    layers::centre(&layers, &mut boxes, &near);
    let mut y = 0.0;
    for layer in &layers {
        let height = layer.iter().map(|&index| boxes[index].height).fold(0.0, f64::max);
        layer.iter().for_each(|&index| boxes[index].y = y);
        y += height + GAP;
    }
    let right = boxes.iter().map(Rect::right).fold(0.0, f64::max);
    let mut lines: Vec<Line> = near.iter().map(|link| direct(&boxes, link)).collect();
    let (long, width) = lanes::lines(&layers, &boxes, links, right);
    lines.extend(long);
    let height = boxes.iter().map(Rect::bottom).fold(0.0, f64::max) + BELOW;
    Layout { boxes, lines, width, height }
}

/// The links from one layer to the next.
fn neighbouring(layers: &[Vec<usize>], links: &[Link]) -> Vec<Link> {
    let layer_of = lanes::layer_of(layers);
    links.iter().filter(|link| layer_of[link.from] + 1 == layer_of[link.to]).copied().collect()
}

fn direct(boxes: &[Rect], link: &Link) -> Line {
    let (from, to) = (&boxes[link.from], &boxes[link.to]);
    Line { why: link.why, points: vec![(from.middle(), from.bottom()), (to.middle(), to.y)] }
}
