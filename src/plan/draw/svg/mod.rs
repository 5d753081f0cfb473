//! A plan as a drawing: one self-contained SVG, readable on light and on dark pages.
//!
//! Steps stand in layers, each below all that it waits for; edges between neighbours are curves, longer ones run in
//! lanes on the right, where they cross no box. An effect is told by a sign, a word and a border, not by colour only.

mod blocks;
mod lanes;
mod layers;
mod layout;
mod paint;

use std::fmt::Write as _;

use crate::plan::draw::{View, sections, title};
use crate::plan::model::Section;
use crate::plan::preview::Preview;
use crate::text::{clean, counted, grouped};
use blocks::Block;
use layout::Layout;
use paint::escaped;

const STYLE: &str = include_str!("style.css");

/// The space around all.
const MARGIN: f64 = 32.0;
/// The height of a section's title.
const TITLE: f64 = 34.0;
/// The height of the head.
const HEAD: f64 = 60.0;
/// The height of the legend.
const LEGEND: f64 = 34.0;
/// The least width, for head and legend.
const NARROWEST: f64 = 420.0;

/// The plan as an SVG document.
pub fn svg(view: &View<'_>) -> String {
    let preview = Preview::masked(view.plan);
    let parts: Vec<(Section, Vec<Block<'_>>, Layout)> = sections(&view.plan.nodes)
        .into_iter()
        .map(|(section, range)| {
            let blocks = blocks::of(&view.plan.nodes, range.clone(), view, &preview);
            let layout = layout::of(&blocks, &layout::links(&view.plan.nodes, range));
            (section, blocks, layout)
        })
        .collect();
    let width = parts.iter().map(|(.., layout)| layout.width).fold(NARROWEST, f64::max);
    let mut body = String::new();
    let mut y = MARGIN + HEAD;
    for (section, blocks, layout) in &parts {
        if *section != Section::Main {
            y += TITLE;
            text(&mut body, "section", (MARGIN, y - 14.0), title(*section));
        }
        paint::list(&mut body, blocks, layout, (MARGIN + (width - layout.width) / 2.0, y));
        y += layout.height;
    }
    y += LEGEND;
    legend(&mut body, y);
    document(view, &body, (width + 2.0 * MARGIN, y + 20.0 + MARGIN))
}

fn document(view: &View<'_>, body: &str, (width, height): (f64, f64)) -> String {
    let name = escaped(&clean(&view.plan.workflow));
    let summary = summary(view);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" \
         viewBox=\"0 0 {width:.0} {height:.0}\" role=\"img\" aria-label=\"Plan of {name}\">\n\
         <title>Plan of {name}</title>\n<desc>{}</desc>\n<style>\n{STYLE}</style>\n{}\n\
         <rect class=\"page\" width=\"100%\" height=\"100%\"/>\n",
        escaped(&summary),
        paint::ARROW,
    );
    text(&mut svg, "name", (MARGIN, MARGIN + 14.0), &clean(&view.plan.workflow));
    text(&mut svg, "note", (MARGIN, MARGIN + 34.0), &summary);
    svg.push_str(body);
    svg.push_str("</svg>\n");
    svg
}

fn summary(view: &View<'_>) -> String {
    let estimate = view.estimate;
    let requests = estimate.requests;
    let mut parts = vec![counted(view.plan.nodes.len() as u64, "step")];
    if estimate.purchases > 0 {
        parts.push(format!("up to {} credits", grouped(estimate.credits)));
    }
    parts.push(counted(requests.generate + requests.write + requests.read, "request"));
    parts.push(format!("{}{}", if estimate.at_least { "at least " } else { "" }, estimate.length));
    parts.join(" · ")
}

/// What the signs and the lines mean.
fn legend(body: &mut String, y: f64) {
    let signs = "● once: heard, never repeated by itself · ↻ repeatable · ○ read";
    text(body, "note", (MARGIN, y), signs);
    let (mut x, y) = (MARGIN, y + 20.0);
    for why in ["order", "needs", "reference", "agent"] {
        // Writing to a string cannot fail.
        let _ = writeln!(body, "<path class=\"edge {why}\" d=\"M{x:.0} {:.0}h22\"/>", y - 4.0);
        text(body, "note", (x + 27.0, y), why);
        x += 34.0 + 6.5 * why.len() as f64;
    }
}

/// Writes one line of text.
fn text(svg: &mut String, class: &str, (x, y): (f64, f64), text: &str) {
    let _ = writeln!(svg, "<text class=\"{class}\" x=\"{x:.0}\" y=\"{y:.0}\">{}</text>", escaped(text));
}

#[cfg(test)]
mod tests;
