//! What stands above and below the steps: whose plan it is, for which inputs, and what it would cost and take.

use super::campaign;
use crate::outcome::Tier;
use crate::plan::draw::tree::{FAINT, PLAIN, Paper, STRONG, paper};
use crate::plan::draw::{View, rooms};
use crate::plan::model::Work;
use crate::plan::preview::{Preview, scalar};
use crate::text::{Line, clean, counted, cut, grouped, width};

/// The columns of the names in the block below.
const NAMES: usize = 10;

/// The workflow, its file, its inputs.
pub(super) fn head(view: &View<'_>, preview: &Preview<'_>, paper: Paper) -> Vec<Line> {
    let (name, file) = (clean(&view.plan.workflow), clean(&view.plan.file));
    let gap = paper.columns.saturating_sub(width(&name) + width(&file));
    let mut lines = match gap {
        0..2 => vec![Line::default().with(STRONG, name), Line::default().with(FAINT, file)],
        gap => vec![Line::default().with(STRONG, name).with(FAINT, format!("{}{file}", " ".repeat(gap)))],
    };
    for (input, value) in preview.inputs() {
        let value = scalar(value).unwrap_or_else(|| value.to_string());
        let line = format!("{input} = {}", clean(&value));
        lines.push(Line::default().with(PLAIN, cut(&line, paper.columns)));
    }
    lines
}

/// What it would cost and take, and where it would be heard.
pub(super) fn foot(view: &View<'_>, paper: Paper) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut say = |name: &str, text: String| {
        // A table keeps its columns.
        if text.contains(campaign::BAR) {
            lines.push(Line::default().with(STRONG, format!("{name:<NAMES$}")).with(PLAIN, text));
            return;
        }
        let words: Vec<String> = text.split(' ').map(str::to_owned).collect();
        for (row, text) in paper::wrap(&words, " ", paper.columns.saturating_sub(NAMES).max(20)).into_iter().enumerate()
        {
            let name = if row == 0 { name } else { "" };
            lines.push(Line::default().with(STRONG, format!("{name:<NAMES$}")).with(PLAIN, text));
        }
    };
    say("credits", credits(view));
    say("requests", requests(view));
    let at_least = if view.estimate.at_least { "at least " } else { "" };
    say("time", format!("{at_least}{}{}", view.estimate.length, conditions(view)));
    if let Some(rooms) = heard(view) {
        say("rooms", rooms);
    }
    for (name, text) in view.campaign.map(campaign::told).unwrap_or_default() {
        say(name, text);
    }
    for name in view.missing {
        say("missing", format!("input `{name}` has no value: add `--input {name}=…`"));
    }
    lines
}

fn credits(view: &View<'_>) -> String {
    let estimate = view.estimate;
    match estimate.purchases {
        0 => "none".to_owned(),
        count => format!(
            "up to {} for {}; what was bought before costs nothing",
            grouped(estimate.credits),
            counted(count, "new agent")
        ),
    }
}

fn requests(view: &View<'_>) -> String {
    let requests = view.estimate.requests;
    let counts = [(Tier::Generate, "generate"), (Tier::Write, "write"), (Tier::Read, "read")].map(|(tier, name)| {
        let count = match tier {
            Tier::Generate => requests.generate,
            Tier::Write => requests.write,
            _ => requests.read,
        };
        (count, name)
    });
    let told: Vec<_> = counts.iter().filter(|(count, _)| *count > 0).collect();
    match told.is_empty() {
        true => "none".to_owned(),
        false => told.iter().map(|(count, name)| format!("{} {name}", grouped(*count))).collect::<Vec<_>>().join(" · "),
    }
}

fn conditions(view: &View<'_>) -> &'static str {
    let is_open = |node: &crate::plan::model::Node| node.condition.is_some();
    let inner = |node: &crate::plan::model::Node| match &node.work {
        Work::Loop(inner) => inner.body.iter().any(is_open),
        _ => false,
    };
    match view.plan.nodes.iter().any(|node| is_open(node) || inner(node)) {
        true => ", every condition taken as true",
        false => "",
    }
}

fn heard(view: &View<'_>) -> Option<String> {
    let rooms = rooms(&view.plan.nodes);
    if rooms.is_empty() {
        return None;
    }
    if !view.names_rooms {
        return Some("every room: the file names none".to_owned());
    }
    let named = |room: &Option<&str>| room.map_or_else(|| "every room".to_owned(), clean);
    Some(rooms.iter().map(named).collect::<Vec<_>>().join(", "))
}
