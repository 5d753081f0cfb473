//! The steps of a plan, in layers: what a live drawing is made of.

use crate::plan::model::{Node, Plan, Section, Work};
use crate::web::answers::step::{NeedItem, NodeItem};

/// The steps of a plan, those of a loop's body behind the loop. Joints are left out; what waits for one waits for
/// what it joins.
pub(crate) fn items(plan: &Plan) -> Vec<NodeItem> {
    let layers = layers(&plan.nodes);
    let mut items = Vec::new();
    for (place, node) in plan.nodes.iter().enumerate().filter(|(_, node)| !is_joint(node)) {
        items.push(item(&plan.nodes, node, layers[place], None));
        if let Work::Loop(inner) = &node.work
            && !inner.single
        {
            let layers = self::layers(&inner.body);
            let body = inner.body.iter().enumerate().filter(|(_, node)| !is_joint(node));
            items.extend(body.map(|(place, step)| item(&inner.body, step, layers[place], Some(&node.id))));
        }
    }
    items
}

fn item(list: &[Node], node: &Node, layer: usize, outer: Option<&str>) -> NodeItem {
    let path = |id: &str| outer.map_or(id.to_owned(), |outer| format!("{outer}.{id}"));
    let mut needs: Vec<NeedItem> = Vec::new();
    let mut waiting: Vec<(u32, &'static str)> = node.needs.iter().map(|edge| (edge.node, edge.why.as_str())).collect();
    while let Some((place, why)) = waiting.pop() {
        let Some(need) = list.get(place as usize) else { continue };
        if is_joint(need) {
            waiting.extend(need.needs.iter().map(|edge| (edge.node, why)));
        } else if needs.iter().all(|known| known.id != path(&need.id)) {
            needs.push(NeedItem { id: path(&need.id), why });
        }
    }
    needs.reverse();
    NodeItem {
        id: path(&node.id),
        name: node.name.clone(),
        action: node.action().to_owned(),
        section: match node.section {
            Section::Main => "steps",
            Section::OnFailure => "on_failure",
            Section::Finally => "finally",
        },
        needs,
        layer,
        in_loop: outer.is_some(),
    }
}

/// How many steps stand above each, at the most, one behind the other; a joint is as deep as what it joins. A plan
/// holds no cycle, and what a step needs may stand below it.
fn layers(list: &[Node]) -> Vec<usize> {
    let mut layers = vec![None; list.len()];
    for start in 0..list.len() {
        let mut stack = vec![start];
        while let Some(&place) = stack.last() {
            let open: Vec<usize> = needs(list, place).filter(|need| layers[*need].is_none()).collect();
            if layers[place].is_some() || open.is_empty() {
                settle(list, &mut layers, place);
                stack.pop();
            } else {
                stack.extend(open);
            }
        }
    }
    layers.into_iter().map(Option::unwrap_or_default).collect()
}

fn needs(list: &[Node], place: usize) -> impl Iterator<Item = usize> {
    list[place].needs.iter().map(|edge| edge.node as usize).filter(|need| *need < list.len())
}

fn settle(list: &[Node], layers: &mut [Option<usize>], place: usize) {
    let below = |need: usize| layers[need].unwrap_or(0) + usize::from(!is_joint(&list[need]));
    layers[place] = Some(needs(list, place).map(below).max().unwrap_or(0));
}

fn is_joint(node: &Node) -> bool {
    matches!(node.work, Work::Join)
}
