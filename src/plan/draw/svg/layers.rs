//! In which layer each box stands, and where in it.
//!
//! A layer is one below the lowest that is waited for. Within a layer, boxes stand near what they are linked to:
//! by the mean place of their neighbours first, then by their mean position, pushed apart where they overlap.

use crate::plan::draw::svg::layout::{Link, Rect};

/// The space between boxes of one layer.
const BETWEEN: f64 = 30.0;
/// How often the order of the layers is improved, down and up.
const ROUNDS: usize = 4;

/// The boxes of each layer, from left to right.
pub(super) fn layered(count: usize, links: &[Link]) -> Vec<Vec<usize>> {
    let neighbours = Neighbours::of(count, links);
    let layer_of = depths(count, &neighbours);
    let mut layers = vec![Vec::new(); layer_of.iter().max().map_or(0, |deepest| deepest + 1)];
    for (index, layer) in layer_of.iter().enumerate() {
        layers[*layer].push(index);
    }
    let mut places = vec![0.0; count];
    settle(&layers, &mut places);
    for _ in 0..ROUNDS {
        for layer in layers.iter_mut() {
            sort(layer, &mut places, &neighbours.above);
        }
        for layer in layers.iter_mut().rev() {
            sort(layer, &mut places, &neighbours.below);
        }
    }
    layers
}

/// Moves the boxes of each layer from side to side until they stand below and above what they are linked to.
pub(super) fn centre(layers: &[Vec<usize>], boxes: &mut [Rect], links: &[Link]) {
    let neighbours = Neighbours::of(boxes.len(), links);
    for layer in layers {
        spread(layer, boxes, |index, boxes| boxes[index].x);
    }
    for _ in 0..ROUNDS {
        for layer in layers {
            spread(layer, boxes, |index, boxes| beside(boxes, index, &neighbours.above));
        }
        for layer in layers.iter().rev() {
            spread(layer, boxes, |index, boxes| beside(boxes, index, &neighbours.below));
        }
    }
    let left = boxes.iter().map(|rect| rect.x).fold(f64::INFINITY, f64::min);
    boxes.iter_mut().for_each(|rect| rect.x -= left);
}

/// Who is linked to whom.
struct Neighbours {
    above: Vec<Vec<usize>>,
    below: Vec<Vec<usize>>,
}

impl Neighbours {
    fn of(count: usize, links: &[Link]) -> Self {
        let mut neighbours = Self { above: vec![Vec::new(); count], below: vec![Vec::new(); count] };
        for link in links {
            neighbours.above[link.to].push(link.from);
            neighbours.below[link.from].push(link.to);
        }
        neighbours
    }
}

/// The layer of each box.
fn depths(count: usize, neighbours: &Neighbours) -> Vec<usize> {
    let mut depths = vec![0; count];
    let mut open: Vec<usize> = neighbours.above.iter().map(Vec::len).collect();
    let mut ready: Vec<usize> = (0..count).filter(|&index| open[index] == 0).collect();
    while let Some(index) = ready.pop() {
        for &below in &neighbours.below[index] {
            depths[below] = depths[below].max(depths[index] + 1);
            open[below] -= 1;
            if open[below] == 0 {
                ready.push(below);
            }
        }
    }
    depths
}

/// The place of each box in its layer, from 0 to 1, so that layers of different sizes compare.
fn settle(layers: &[Vec<usize>], places: &mut [f64]) {
    for layer in layers {
        for (place, &index) in layer.iter().enumerate() {
            places[index] = (place as f64 + 0.5) / layer.len() as f64;
        }
    }
}

fn sort(layer: &mut Vec<usize>, places: &mut [f64], linked: &[Vec<usize>]) {
    if layer.len() < 2 {
        return;
    }
    let mut wanted: Vec<(f64, usize)> = layer
        .iter()
        .map(|&index| (mean(&linked[index], |other| places[other]).unwrap_or(places[index]), index))
        .collect();
    wanted.sort_by(|a, b| a.0.total_cmp(&b.0));
    *layer = wanted.into_iter().map(|(_, index)| index).collect();
    settle(std::slice::from_ref(layer), places);
}

/// Where a box would stand if it were alone: in the middle of what it is linked to.
fn beside(boxes: &[Rect], index: usize, linked: &[Vec<usize>]) -> f64 {
    let middle = mean(&linked[index], |other| boxes[other].middle());
    middle.map_or(boxes[index].x, |middle| middle - boxes[index].width / 2.0)
}

/// Puts the boxes of a layer as near to where they are wanted as they fit beside each other.
fn spread(layer: &[usize], boxes: &mut [Rect], wanted: impl Fn(usize, &[Rect]) -> f64) {
    let wanted: Vec<f64> = layer.iter().map(|&index| wanted(index, boxes)).collect();
    let mut from = f64::NEG_INFINITY;
    let mut pushed = 0.0;
    for (&index, &x) in layer.iter().zip(&wanted) {
        boxes[index].x = x.max(from);
        from = boxes[index].right() + BETWEEN;
        pushed += boxes[index].x - x;
    }
    let back = pushed / layer.len().max(1) as f64;
    layer.iter().for_each(|&index| boxes[index].x -= back);
}

fn mean(linked: &[usize], value: impl Fn(usize) -> f64) -> Option<f64> {
    (!linked.is_empty()).then(|| linked.iter().map(|&other| value(other)).sum::<f64>() / linked.len() as f64)
}
