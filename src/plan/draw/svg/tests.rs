//! Drawings that can be read, by eyes and by parsers.

use std::collections::HashMap;

use super::*;
use crate::plan::estimate::{Known, estimate};
use crate::plan::model::Plan;
use crate::plan::sample::{long, rich, small};

fn drawn(plan: &Plan) -> String {
    let known = Known { rows: &HashMap::new(), price: &|_, _| 250 };
    let estimate = estimate(plan, &known);
    svg(&View { plan, estimate: &estimate, known: &known, names_rooms: true, missing: &[], campaign: None })
}

/// The names of the elements, when they are closed in the order they were opened and no text holds markup.
fn elements(svg: &str) -> Vec<&str> {
    let (mut open, mut seen) = (Vec::new(), Vec::new());
    for part in svg.split('<').skip(1) {
        let (tag, text) = part.split_once('>').expect("a tag ends");
        assert!(!text.contains('>') || open.last() == Some(&"style"), "{text}");
        match tag.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop(), Some(name)),
            None if tag.ends_with('/') => seen.push(tag.split([' ', '/']).next().unwrap_or_default()),
            None => {
                let name = tag.split(' ').next().unwrap_or_default();
                open.push(name);
                seen.push(name);
            }
        }
    }
    assert!(open.is_empty(), "{open:?}");
    seen
}

#[test]
fn a_drawing_is_well_formed_and_has_a_box_and_a_line_for_each_step_and_edge() {
    for plan in [small(), rich()] {
        let svg = drawn(&plan);
        assert!(elements(&svg).len() > plan.nodes.len());
        let edges: usize = plan.nodes.iter().map(|node| node.needs.len()).sum();
        assert!(svg.matches("marker-end").count() >= edges);
        assert!(plan.nodes.iter().all(|node| svg.contains(&format!("<title>{}</title>", node.id))));
    }
}

#[test]
fn what_is_said_is_text_and_never_markup() {
    let mut plan = rich();
    plan.workflow = "<script>alert(1)</script>\u{1}".to_owned();
    let svg = drawn(&plan);
    assert!(!svg.contains("<script") && !svg.contains('\u{1}') && svg.contains("&lt;lights&gt;"));
    elements(&svg);
}

#[test]
fn boxes_do_not_overlap() {
    let plan = rich();
    let known = Known { rows: &HashMap::new(), price: &|_, _| 250 };
    let view = View {
        plan: &plan,
        estimate: &estimate(&plan, &known),
        known: &known,
        names_rooms: true,
        missing: &[],
        campaign: None,
    };
    let blocks = blocks::of(&plan.nodes, 0..9, &view, &Preview::masked(&plan));
    let boxes = layout::of(&blocks, &layout::links(&plan.nodes, 0..9)).boxes;
    for (index, a) in boxes.iter().enumerate() {
        for b in &boxes[index + 1..] {
            let is_apart = a.right() <= b.x || b.right() <= a.x || a.bottom() <= b.y || b.bottom() <= a.y;
            assert!(is_apart, "{a:?} {b:?}");
        }
    }
}

#[test]
fn a_step_stands_below_all_that_it_needs() {
    let plan = rich();
    let links = layout::links(&plan.nodes, 0..9);
    let layer_of = lanes::layer_of(&layers::layered(9, &links));
    assert!(links.iter().all(|link| layer_of[link.from] < layer_of[link.to]));
}

#[test]
fn the_drawing_of_a_long_script_grows_with_its_steps_alone() {
    let (small, large) = (drawn(&long(200)).len(), drawn(&long(2_000)).len());
    assert!(large < small * 12, "{small} {large}");
}
