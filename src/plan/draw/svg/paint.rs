//! Boxes and lines as SVG elements.

use std::fmt::Write as _;

use crate::plan::draw::svg::blocks::{Block, FIRST, PADDING, ROW, sign};
use crate::plan::draw::svg::layout::{Layout, Line, Rect};
use crate::plan::draw::svg::text;
use crate::plan::model::{Why, Work};
use crate::text::{clean, cut};

/// The head of an arrow.
pub(super) const ARROW: &str = "<defs><marker id=\"arrow\" viewBox=\"0 0 10 10\" refX=\"9\" refY=\"5\" markerWidth=\"7\" \
     markerHeight=\"7\" markerUnits=\"userSpaceOnUse\" orient=\"auto\"><path class=\"arrow\" d=\"M0 0 10 5 0 10z\"/></marker></defs>";

/// The radius of a corner.
const RADIUS: f64 = 8.0;
/// The most columns of an id beside its effect.
const COLUMNS: usize = 26;

/// Draws a list with its left upper corner at a point: lines first, boxes over them.
pub(super) fn list(svg: &mut String, blocks: &[Block<'_>], layout: &Layout, (x, y): (f64, f64)) {
    let _ = writeln!(svg, "<g transform=\"translate({x:.1} {y:.1})\">");
    layout.lines.iter().for_each(|line| draw_line(svg, line));
    for (block, rect) in blocks.iter().zip(&layout.boxes) {
        draw_block(svg, block, rect);
    }
    layout.lines.iter().for_each(|line| draw_word(svg, line));
    svg.push_str("</g>\n");
}

fn draw_block(svg: &mut String, block: &Block<'_>, rect: &Rect) {
    let node = block.node;
    let effect = node.effect();
    // The id lets a page say how the step stands.
    let (id, title) = (escaped(&node.id), escaped(&clean(node.title())));
    let _ = writeln!(svg, "<g class=\"{}\" data-step=\"{id}\"><title>{title}</title>", effect.as_str());
    let (class, radius) = match node.work {
        Work::Loop(_) => ("loop", RADIUS),
        Work::Join => ("box", rect.height / 2.0),
        Work::Wait { .. } | Work::Pause { .. } => ("box", 18.0),
        Work::Exchange(_) => ("box", RADIUS),
    };
    let Rect { x, y, width, height } = rect;
    let _ = writeln!(
        svg,
        "<rect class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" rx=\"{radius:.0}\"/>"
    );
    let id = cut(&clean(node.title()), COLUMNS);
    if let Work::Join = node.work {
        text(svg, "id middle", (rect.middle(), y + 18.0), &id);
    } else {
        if let Work::Exchange(_) = node.work {
            let stripe = height - 16.0;
            let _ = writeln!(
                svg,
                "<rect class=\"stripe\" x=\"{:.1}\" y=\"{:.1}\" width=\"4\" height=\"{stripe:.1}\" rx=\"2\"/>",
                x + 7.0,
                y + 8.0
            );
        }
        text(svg, "id", (x + 19.0, y + 21.0), &id);
        text(svg, "sign", (rect.right() - 13.0, y + 21.0), sign(effect));
        for (row, (class, said)) in block.rows.iter().enumerate() {
            text(svg, class, (x + 19.0, y + FIRST + ROW * row as f64 + 9.0), said);
        }
    }
    if let Some((blocks, layout)) = &block.body {
        let left = x + (width - layout.width) / 2.0;
        list(svg, blocks, layout, (left, rect.bottom() - layout.height - PADDING / 2.0));
    }
    svg.push_str("</g>\n");
}

fn draw_line(svg: &mut String, line: &Line) {
    let path = match line.points.as_slice() {
        [(x1, y1), (x2, y2)] if y1 != y2 => {
            let bend = (y2 - y1) / 2.0;
            format!("M{x1:.1} {y1:.1}C{x1:.1} {:.1} {x2:.1} {:.1} {x2:.1} {y2:.1}", y1 + bend, y2 - bend)
        }
        points => rounded(points),
    };
    let _ = writeln!(svg, "<path class=\"edge {}\" marker-end=\"url(#arrow)\" d=\"{path}\"/>", line.why.as_str());
}

/// The reason, where it is not the ordinary one: at the end of a branch, in the middle of a curve.
fn draw_word(svg: &mut String, line: &Line) {
    if line.why == Why::Order {
        return;
    }
    let place = match line.points.as_slice() {
        [.., (x1, y1), (x2, y2)] if y1 == y2 => (x2 + (x1 - x2).min(56.0) / 2.0 + 2.0, y2 - 4.0),
        [(x1, y1), (x2, y2)] => ((x1 + x2) / 2.0, (y1 + y2) / 2.0 + 4.0),
        [.., (_, _), (x2, y2)] => (x2 + 4.0, y2 - 18.0),
        _ => return,
    };
    text(svg, "why halo middle", place, line.why.as_str());
}

/// A path through points, its corners rounded.
fn rounded(points: &[(f64, f64)]) -> String {
    let Some((first, last)) = points.first().zip(points.last()) else { return String::new() };
    let mut path = format!("M{:.1} {:.1}", first.0, first.1);
    for corner in points.windows(3) {
        let (before, at, after) = (corner[0], corner[1], corner[2]);
        let (start, end) = (towards(at, before), towards(at, after));
        let _ = write!(path, "L{:.1} {:.1}Q{:.1} {:.1} {:.1} {:.1}", start.0, start.1, at.0, at.1, end.0, end.1);
    }
    let _ = write!(path, "L{:.1} {:.1}", last.0, last.1);
    path
}

/// The point a radius away from a corner, on the way to another.
fn towards(corner: (f64, f64), other: (f64, f64)) -> (f64, f64) {
    let (dx, dy) = (other.0 - corner.0, other.1 - corner.1);
    let length = dx.hypot(dy);
    let share = if length > 0.0 { (RADIUS / length).min(0.5) } else { 0.0 };
    (corner.0 + dx * share, corner.1 + dy * share)
}

/// Text that XML reads as nothing but text.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            _ if character.is_control() => escaped.push(' '),
            other => escaped.push(other),
        }
    }
    escaped
}
