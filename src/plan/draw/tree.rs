//! A plan as a readable tree: one row a step, what it says and where, when, and what it waits for.
//!
//! An arrow stands for the edge that most have, `order` to the line above, so that a straight script stays calm;
//! every other edge is written out with its reason.

mod campaign;
mod paper;
mod summary;
#[cfg(test)]
mod tests;

use std::collections::HashSet;

use anstyle::{Effects, Style};

use crate::plan::draw::groups::{Entry, entries};
use crate::plan::draw::step::{after, media, said, timing, told};
use crate::plan::draw::{View, sections, title};
use crate::plan::estimate;
use crate::plan::model::{Edge, ItemSource, Node, Plan, Why, Work};
use crate::plan::preview::Preview;
use crate::text::{Line, clean, grouped, width};

pub use paper::Paper;

const STRONG: Style = Style::new().effects(Effects::BOLD);
const FAINT: Style = Style::new().effects(Effects::DIMMED);
const PLAIN: Style = Style::new();

/// The widest column of ids.
const WIDEST: usize = 22;
/// The columns of a marker.
const MARKER: usize = 3;

/// The plan as lines for people.
pub fn tree(view: &View<'_>, paper: Paper) -> String {
    let mut tree = Tree::new(view, paper);
    tree.lines.extend(summary::head(view, &tree.preview, paper));
    for (section, range) in sections(&view.plan.nodes) {
        tree.lines.push(Line::default());
        tree.lines.push(tree.heading(title(section)));
        let entries = entries(&view.plan.nodes, range);
        tree.list(&view.plan.nodes, &entries, " ");
    }
    tree.lines.push(Line::default());
    tree.lines.extend(summary::foot(view, paper));
    tree.lines.iter().map(|line| line.paint(paper.colour) + "\n").collect()
}

struct Tree<'a> {
    view: &'a View<'a>,
    preview: Preview<'a>,
    paper: Paper,
    /// The columns that ids take.
    ids: usize,
    /// Whether steps address more than one agent.
    names_agents: bool,
    lines: Vec<Line>,
}

/// Where a row stands.
struct Row<'a> {
    /// The list its node is in.
    list: &'a [Node],
    index: usize,
    /// Before the marker.
    prefix: &'a str,
    marker: &'static str,
    /// Before the rows that belong to this one.
    below: &'static str,
    /// The edges that its place does not tell.
    edges: Vec<Edge>,
}

impl<'a> Tree<'a> {
    fn new(view: &'a View<'a>, paper: Paper) -> Self {
        let all = || view.plan.nodes.iter().chain(bodies(view.plan));
        let ids = all().map(|node| width(node.title())).max().unwrap_or_default().min(WIDEST);
        let agents: HashSet<&str> = all().filter_map(agent).collect();
        let preview = Preview::masked(view.plan);
        Self { view, preview, paper, ids, names_agents: agents.len() > 1, lines: Vec::new() }
    }

    fn heading(&self, title: &str) -> Line {
        let line = Line::default().with(STRONG, title);
        match title {
            "steps" => line.with(FAINT, "   ↓ after the line above (order)"),
            "on_failure" => line.with(FAINT, "   when the run failed, after all other steps"),
            _ => line.with(FAINT, "   after all other steps, however they ended"),
        }
    }

    /// The rows of entries that follow each other.
    fn list(&mut self, list: &[Node], entries: &[Entry], prefix: &str) {
        for (place, entry) in entries.iter().enumerate() {
            match entry {
                Entry::Step(index) => {
                    let edges = told(*index, &list[*index]);
                    let marker = if is_below(list, *index) { " ↓ " } else { "   " };
                    let is_free = place > 0 && list[*index].needs.is_empty();
                    self.row(&Row { list, index: *index, prefix, marker, below: "   ", edges }, is_free);
                }
                Entry::Group { join, base, scripts } => self.group(list, (*join, *base), scripts, prefix),
            }
        }
    }

    fn group(&mut self, list: &[Node], (join, base): (usize, Option<usize>), scripts: &[Vec<Entry>], prefix: &str) {
        let after = base.and_then(|base| list.get(base)).map(|base| format!(", after {} (order)", clean(&base.id)));
        let opening = format!("together{}", after.unwrap_or_else(|| ", at once".to_owned()));
        self.lines.push(Line::default().with(FAINT, format!("{prefix}┌─ {opening}")));
        for script in scripts {
            let Some((head, rest)) = script.split_first() else { continue };
            match head {
                Entry::Step(index) => {
                    let implied = |edge: &&Edge| edge.why != Why::Order || Some(edge.node as usize) != base;
                    let edges = list[*index].needs.iter().filter(implied).copied().collect();
                    self.row(&Row { list, index: *index, prefix, marker: "├─ ", below: "│  ", edges }, false);
                }
                Entry::Group { .. } => self.list(list, std::slice::from_ref(head), &format!("{prefix}│  ")),
            }
            self.list(list, rest, &format!("{prefix}│"));
        }
        let is_end = |edge: &&Edge| edge.why != Why::Order;
        let edges = list[join].needs.iter().filter(is_end).copied().collect();
        self.row(&Row { list, index: join, prefix, marker: "└─ ", below: "   ", edges }, false);
    }

    fn row(&mut self, row: &Row<'_>, is_free: bool) {
        let node = &row.list[row.index];
        let gutter = width(row.prefix) + MARKER;
        let ids = (self.ids + MARKER + 1).saturating_sub(gutter).max(width(node.title()).min(WIDEST));
        let columns = self.paper.columns.saturating_sub(gutter + ids + 2).max(20);
        let mut said = self.said(node, columns).into_iter();
        let id = crate::text::pad(&crate::text::cut(&clean(node.title()), ids), ids);
        let first = Line::default().with(FAINT, format!("{}{}", row.prefix, row.marker)).with(STRONG, id + "  ");
        self.lines.push(first.with(PLAIN, said.next().unwrap_or_default()));
        let indent = format!("{}{}{}", row.prefix, row.below, " ".repeat(ids + 2));
        self.lines.extend(said.map(|text| Line::default().with(FAINT, indent.clone()).with(PLAIN, text)));
        let notes = self.notes(row, is_free);
        for note in paper::wrap(&notes, " · ", columns) {
            self.lines.push(Line::default().with(FAINT, format!("{indent}{note}")));
        }
        if let Work::Loop(inner) = &node.work {
            let entries = entries(&inner.body, 0..inner.body.len());
            self.list(&inner.body, &entries, &format!("{}{}│", row.prefix, row.below));
        }
    }

    /// What a step does, in rows of so many columns.
    fn said(&self, node: &Node, columns: usize) -> Vec<String> {
        let mut said = said(node, &self.preview);
        let is_told = node.title().starts_with(node.action()) || matches!(node.work, Work::Join | Work::Loop(_));
        let mut before = if is_told { String::new() } else { format!("{} ", node.action().replace('_', " ")) };
        match agent(node) {
            Some(agent) if said.text.is_empty() => said.text = clean(agent),
            Some(agent) if self.names_agents => before.push_str(&format!("{}: ", clean(agent))),
            _ => {}
        }
        let text = if said.is_quoted { format!("“{}”", said.text) } else { said.text };
        let place = said.place.map(|place| format!("→ {place}"));
        let rows = if place.is_some() || matches!(node.work, Work::Pause { .. }) { 4 } else { 1 };
        paper::fit(&format!("{before}{text}"), place.as_deref(), (columns, rows))
    }

    fn notes(&self, row: &Row<'_>, is_free: bool) -> Vec<String> {
        let node = &row.list[row.index];
        let mut notes = Vec::new();
        match &node.work {
            Work::Exchange(exchanged) if exchanged.billable => {
                notes.extend(media(exchanged).filter(|_| exchanged.fields.contains_key("prompt")));
                let field = |name: &str| Some(self.preview.text(exchanged.fields.get(name)?.as_str()?).text);
                let price = (self.view.known.price)(field("model").as_deref(), field("version").as_deref());
                notes.push(format!("{} credits when new", grouped(price)));
            }
            Work::Loop(inner) => {
                let count =
                    estimate::items(inner, &self.preview, self.view.known).map(|items| grouped(items.len() as u64));
                notes.extend(match (&inner.items, count) {
                    (ItemSource::List(_), _) => None,
                    (_, Some(count)) => Some(format!("{count} now")),
                    (_, None) => Some("how many is known when the run is there".to_owned()),
                });
                notes.push(match inner.max_parallel {
                    1 => "one after another".to_owned(),
                    many => format!("{} at a time", grouped(u64::from(many))),
                });
                notes.extend(inner.key.as_ref().map(|key| format!("key {}", clean(key))));
            }
            _ => {}
        }
        notes.extend(timing(node, &self.preview));
        notes.extend(is_free.then(|| "starts at once".to_owned()));
        notes.extend(after(row.list, &row.edges));
        notes
    }
}

/// Whether a step waits for the line above it.
fn is_below(list: &[Node], index: usize) -> bool {
    list[index].needs.iter().any(|edge| edge.node as usize + 1 == index)
}

fn agent(node: &Node) -> Option<&str> {
    match &node.work {
        Work::Exchange(exchanged) => exchanged.agent.as_ref().map(|agent| agent.name.as_str()),
        _ => None,
    }
}

fn bodies(plan: &Plan) -> impl Iterator<Item = &Node> {
    plan.nodes.iter().flat_map(|node| match &node.work {
        Work::Loop(inner) => inner.body.as_slice(),
        _ => &[],
    })
}
