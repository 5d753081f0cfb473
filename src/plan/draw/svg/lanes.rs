//! Lines that pass layers: they run down in lanes on the right of all boxes.
//!
//! All long lines from one box share its lane, so that a script in which every step addresses one agent has one
//! line with branches; two boxes share a lane when their lines are not beside each other.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::plan::draw::svg::layout::{Line, Link, Rect};

/// The space between the boxes and the first lane: wide enough for the word on a branch.
const FIRST: f64 = 64.0;
/// The space between lanes.
const BETWEEN: f64 = 14.0;
/// How far above a box, or below it, a line runs to its lane.
const CLEAR: f64 = 14.0;

/// The layer of each box.
pub(super) fn layer_of(layers: &[Vec<usize>]) -> Vec<usize> {
    let mut found = vec![0; layers.iter().map(Vec::len).sum()];
    for (layer, members) in layers.iter().enumerate() {
        members.iter().for_each(|&index| found[index] = layer);
    }
    found
}

/// The lines of the links that pass a layer, and how wide all is with them.
pub(super) fn lines(layers: &[Vec<usize>], boxes: &[Rect], links: &[Link], right: f64) -> (Vec<Line>, f64) {
    let layer_of = layer_of(layers);
    let mut from = vec![Vec::new(); boxes.len()];
    for link in links.iter().filter(|link| layer_of[link.from] + 1 < layer_of[link.to]) {
        from[link.from].push(*link);
    }
    let mut lines = Vec::new();
    let mut free: BinaryHeap<Reverse<usize>> = BinaryHeap::new();
    let mut taken: BinaryHeap<Reverse<(usize, usize)>> = BinaryHeap::new();
    let mut count = 0;
    for &source in layers.iter().flatten() {
        let links = &mut from[source];
        links.sort_by(|a, b| boxes[a.to].y.total_cmp(&boxes[b.to].y));
        let Some(last) = links.last() else { continue };
        while let Some(&Reverse((end, lane))) = taken.peek() {
            if end >= layer_of[source] {
                break;
            }
            taken.pop();
            free.push(Reverse(lane));
        }
        let lane = free.pop().map_or(count, |Reverse(lane)| lane);
        count = count.max(lane + 1);
        taken.push(Reverse((layer_of[last.to], lane)));
        let rightmost = |index: usize| layers[layer_of[index]].last() == Some(&index);
        let x = right + FIRST + BETWEEN * lane as f64;
        lines.extend(branches(links, boxes, x, rightmost));
    }
    let width = if count == 0 { right } else { right + FIRST + BETWEEN * count as f64 };
    (lines, width)
}

/// The lines from one box: the first from the box itself, each further one from where the one before it left.
fn branches(links: &[Link], boxes: &[Rect], x: f64, rightmost: impl Fn(usize) -> bool) -> Vec<Line> {
    let mut begin: Option<f64> = None;
    let mut lines = Vec::with_capacity(links.len());
    for link in links {
        let (source, target) = (&boxes[link.from], &boxes[link.to]);
        let mut points = match begin {
            Some(y) => vec![(x, y)],
            None if rightmost(link.from) => vec![(source.right(), source.y + 15.0), (x, source.y + 15.0)],
            None => {
                let (leave, y) = (source.middle() + source.width / 4.0, source.bottom() + CLEAR);
                vec![(leave, source.bottom()), (leave, y), (x, y)]
            }
        };
        if rightmost(link.to) {
            let y = target.y + target.height.min(52.0) / 2.0;
            points.extend([(x, y), (target.right(), y)]);
            begin = Some(y);
        } else {
            let (enter, y) = (target.middle() + target.width / 4.0, target.y - CLEAR);
            points.extend([(x, y), (enter, y), (enter, target.y)]);
            begin = Some(y);
        }
        lines.push(Line { why: link.why, points });
    }
    lines
}
