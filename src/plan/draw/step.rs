//! What is said of one step, the same in every drawing.

use serde_json::Value;

use crate::actions;
use crate::plan::draw::target;
use crate::plan::estimate::speech;
use crate::plan::model::{Edge, Exchanged, Hold, ItemSource, Loop, Node, RoomReference, Rules, Why, Work};
use crate::plan::preview::Preview;
use crate::text::{clean, counted};

/// What a step does, in words.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Said {
    /// The text: what is said, asked for or waited for.
    pub text: String,
    /// Whether somebody hears or reads the text.
    pub is_quoted: bool,
    /// Where it is heard: `stage`, `every room`.
    pub place: Option<String>,
}

/// What a step does, as far as it is known.
pub(super) fn said(node: &Node, preview: &Preview<'_>) -> Said {
    match &node.work {
        Work::Exchange(exchanged) => exchange(exchanged, preview),
        Work::Wait { fields } => match (field(fields, "for", preview), field(fields, "until", preview)) {
            (_, Some(until)) => Said { text: format!("until {until}"), ..Said::default() },
            (length, None) => Said { text: length.unwrap_or_default(), ..Said::default() },
        },
        Work::Pause { fields } => quoted(field(fields, "message", preview).unwrap_or_default()),
        Work::Loop(inner) => Said { text: source(inner, preview), ..Said::default() },
        Work::Join => Said { text: "when all of them have ended".to_owned(), ..Said::default() },
    }
}

fn exchange(exchanged: &Exchanged, preview: &Preview<'_>) -> Said {
    let text = |name: &str| field(&exchanged.fields, name, preview);
    let mut said = match exchanged.action.as_str() {
        "http" => {
            let method = text("method").unwrap_or_else(|| "GET".to_owned());
            Said { text: format!("{method} {}", text("url").unwrap_or_default()), ..Said::default() }
        }
        "generate" => match (text("prompt"), media(exchanged)) {
            (Some(prompt), _) => quoted(prompt),
            (None, Some(media)) => Said { text: media, ..Said::default() },
            (None, None) => Said::default(),
        },
        action => match actions::find(action).and_then(|found| found.short).and_then(text) {
            Some(text) => quoted(text),
            None => Said::default(),
        },
    };
    said.place = exchanged.room.as_ref().map(|room| match room {
        RoomReference::Every => "every room".to_owned(),
        RoomReference::Named(name) => clean(&preview.text(name).text),
    });
    said
}

/// Where a loop's items come from, how many they are when they are written, and how they are named.
fn source(inner: &Loop, preview: &Preview<'_>) -> String {
    let items = match &inner.items {
        ItemSource::List(items) => counted(items.len() as u64, "item"),
        ItemSource::Expression(text) => format!("`{}`", clean(text)),
        ItemSource::File { path, .. } => clean(&preview.text(path).text),
    };
    format!("for each {} of {items}", inner.name)
}

/// What makes a face beside its prompt.
pub(super) fn media(exchanged: &Exchanged) -> Option<String> {
    let named = ["image", "video", "audio"].iter().filter_map(|name| {
        let file = match exchanged.fields.get(*name)? {
            Value::Object(media) => media.get("file")?.as_str()?,
            Value::String(url) if url.starts_with("data:") => "data",
            Value::String(url) => url,
            _ => return None,
        };
        Some(format!("{name} {}", clean(file)))
    });
    let named: Vec<_> = named.collect();
    (!named.is_empty()).then(|| named.join(", "))
}

/// When a step does what it does: `delay 2s`, `at 1m`, `hold speech ≈2.6s`, `if …`.
pub(super) fn timing(node: &Node, preview: &Preview<'_>) -> Vec<String> {
    let timing = &node.timing;
    let mut parts = Vec::new();
    if let Some(condition) = &node.condition {
        parts.push(format!("if {}", clean(&condition.text)));
    }
    if timing.delay.0 > 0 {
        parts.push(format!("delay {}", timing.delay.to_text()));
    }
    if let Some(at) = timing.at {
        parts.push(format!("at {}", at.to_text()));
    }
    match timing.hold {
        Hold::None => {}
        Hold::For(length) => parts.push(format!("hold {}", length.to_text())),
        Hold::Speech => parts.push(match speech(node, preview) {
            Some((length, true)) => format!("hold speech ≈{length}"),
            _ => "hold speech".to_owned(),
        }),
    }
    parts.extend(rules(&node.rules));
    parts
}

/// What keeps a line from going out: `window mon-fri, 09:00-17:00 of Europe/Paris`, `once per {{ customer.id }}`.
fn rules(rules: &Rules) -> Vec<String> {
    let mut parts = Vec::new();
    if let Some(window) = &rules.window {
        parts.push(format!("window {} of {}", window.window, clean(&window.timezone)));
    }
    if rules.critical {
        parts.push("critical: passes the window".to_owned());
    }
    if rules.expires_with_window {
        parts.push("expires with it".to_owned());
    }
    if let Some(cap) = &rules.cap {
        let rolling = cap.rolling.map(|rolling| format!("{} in {}", rolling.max, rolling.every.to_text()));
        let daily = cap.per_day.map(|most| format!("{most} a day"));
        let bounds: Vec<String> = rolling.into_iter().chain(daily).collect();
        parts.push(format!("cap {} per {} in group {}", bounds.join(", "), clean(&cap.per), clean(&cap.group)));
    }
    if let Some(value) = &rules.once_per {
        parts.push(format!("once per {}", clean(value)));
    }
    parts
}

/// What a step waits for and why: `host (agent)`.
pub(super) fn after(nodes: &[Node], edges: &[Edge]) -> Option<String> {
    let named = |edge: &Edge| Some(format!("{} ({})", target(nodes, edge)?.id, edge.why.as_str()));
    let named: Vec<_> = edges.iter().filter_map(named).collect();
    (!named.is_empty()).then(|| format!("after {}", named.join(", ")))
}

/// The edges of a step that its place in the list does not tell: all but a plain `order` to the line above.
pub(super) fn told(index: usize, node: &Node) -> Vec<Edge> {
    let is_above = |edge: &Edge| edge.why == Why::Order && edge.node as usize + 1 == index;
    node.needs.iter().filter(|edge| !is_above(edge)).copied().collect()
}

fn field(fields: &actions::action::Fields, name: &str, preview: &Preview<'_>) -> Option<String> {
    let text = crate::plan::preview::scalar(fields.get(name)?)?;
    Some(clean(&preview.text(&text).text))
}

fn quoted(text: String) -> Said {
    Said { is_quoted: !text.is_empty(), text, place: None }
}
