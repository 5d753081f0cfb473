//! What is said of a step, action by action, in the middle column.

use serde_json::Value;

use crate::clock::Timestamp;
use crate::duration::Millis;
use crate::engine::command::WaitReason;
use crate::plan::model::{ItemSource, Node, RoomReference, StepKey, Work};
use crate::report::items::LoopView;
use crate::report::projection::RunView;
use crate::report::step::{State, StepView};
use crate::text::{clean, counted, cut, grouped, pad, width};

/// The middle column: a text that may be cut between parts that stay.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Phrase {
    /// Before the text.
    pub(crate) before: String,
    /// The text; cut where there is no room for it.
    pub(crate) text: String,
    /// Whether the text stands in quotes: somebody hears or reads it.
    pub(crate) is_quoted: bool,
    /// After the text.
    pub(crate) after: String,
    /// In place of the text: parts of which those at the end give way, whole.
    pub(crate) parts: Vec<String>,
}

impl Phrase {
    fn of(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    /// The phrase in at most so many columns: the text gives way first.
    pub(crate) fn fit(&self, columns: usize) -> String {
        if !self.parts.is_empty() {
            return cut(&format!("{}{}{}", self.before, self.fit_parts(columns), self.after), columns);
        }
        let quotes = if self.is_quoted { 2 } else { 0 };
        let kept = width(&self.before) + width(&self.after) + quotes;
        let text = match kept + width(&self.text) <= columns {
            true => self.text.clone(),
            false => cut(&self.text, columns.saturating_sub(kept).max(8)),
        };
        let text = if self.is_quoted { format!("“{text}”") } else { text };
        cut(&format!("{}{text}{}", self.before, self.after), columns)
    }
}

impl Phrase {
    /// The parts that have no room in so many columns.
    pub(crate) fn hidden(&self, columns: usize) -> &[String] {
        &self.parts[self.fitting(columns)..]
    }

    fn fit_parts(&self, columns: usize) -> String {
        let count = self.fitting(columns);
        let more = if count < self.parts.len() { " · …" } else { "" };
        format!("{}{more}", self.parts[..count].join(" · "))
    }

    /// How many parts fit, one at the least.
    fn fitting(&self, columns: usize) -> usize {
        let room = columns.saturating_sub(width(&self.before) + width(&self.after));
        let count = self.parts.len();
        let fits = |count: &usize| {
            let more = if *count < self.parts.len() { width(" · …") } else { 0 };
            width(&self.parts[..*count].join(" · ")) + more <= room
        };
        (1..=count).rev().find(fits).unwrap_or(count.min(1))
    }
}

/// What is said of a step at an instant.
pub(crate) fn phrase(view: &RunView, key: StepKey, now: Timestamp) -> Phrase {
    let (Some(node), Some(step)) = (view.node(key), view.step(key)) else { return Phrase::default() };
    if let (Work::Loop(_), Some(items), None) = (&node.work, view.items_of(key.node), key.item) {
        if let Some(audience) = items.audience.as_ref().filter(|audience| audience.is_ruled) {
            return super::people::phrase(audience);
        }
        let from = view.carried_from(key).map(|run| format!(" · as in run {run}")).unwrap_or_default();
        return Phrase::of(items_line(items, step, now) + &from);
    }
    let mut phrase = match &step.state {
        _ if view.carried_from(key).is_some() => carried(view, key, step),
        State::Held => announced(view, node, ""),
        State::Pending => announced(view, node, "next: "),
        State::Waiting { reason: WaitReason::Window, .. } => kept(view, node, step, " · outside its window"),
        State::Waiting { reason: WaitReason::Cap, .. } => kept(view, node, step, " · addressed too often"),
        State::Waiting { reason: WaitReason::Room, .. } => {
            let text = step.speech().or(step.field("context")).unwrap_or_default();
            heard(node, step, text, Some(" · nobody in the room yet".to_owned()))
        }
        State::Waiting { .. } if step.began.is_none() => announced(view, node, "next: "),
        State::Open { message, .. } => Phrase::of(message.clone()),
        State::Retrying { attempt, .. } => {
            let failure = step.failure.as_ref().map_or("", |failure| failure.message.as_str());
            Phrase::of(format!("try {attempt} of {} · {failure}", node.policy.retry.max_attempts))
        }
        State::Failed | State::Blocked => failed(node, step),
        State::Skipped { reason } => Phrase::of(skipped(reason, step.detail.as_deref())),
        State::Cancelled => Phrase::of("cancelled"),
        State::Asking | State::Unknown => unknown(view, node, step),
        State::Succeeded | State::Holding { .. } => done(view, node, step),
        State::Running | State::Waiting { .. } => under_way(view, node, step),
    };
    phrase.text = clean(&view.mask.text(&phrase.text));
    phrase.after = clean_edge(&view.mask.text(&phrase.after));
    let is_begun = step.began.is_some() || step.state.is_ended();
    if is_begun
        && key.item.is_none()
        && !is_named_by_title(node)
        && !phrase.is_quoted
        && !matches!(node.work, Work::Pause { .. })
    {
        phrase.before.insert_str(0, &pad(node.action(), 13));
    }
    phrase
}

/// A step that ended in an earlier run.
fn carried(view: &RunView, key: StepKey, step: &StepView) -> Phrase {
    let told = match &step.state {
        State::Failed => "failed, ",
        State::Skipped { .. } => "skipped, ",
        State::Unknown => "unknown, ",
        _ => "",
    };
    let agent = step.result("agent_id").and_then(Value::as_str).map(|agent| format!("{agent} · "));
    let from = view.carried_from(key).map(ToString::to_string).unwrap_or_default();
    Phrase::of(format!("{}{told}as in run {from}", agent.unwrap_or_default()))
}

/// A step that is to come, as it is written: what is not known yet is `…`.
pub(crate) fn announced(view: &RunView, node: &Node, before: &str) -> Phrase {
    let fields = match &node.work {
        Work::Exchange(exchanged) => &exchanged.fields,
        Work::Wait { fields } | Work::Pause { fields } => fields,
        Work::Loop(inner) => return Phrase { before: before.to_owned(), ..Phrase::of(items(&inner.items)) },
        Work::Join => return Phrase::default(),
    };
    let names = ["message", "context", "prompt", "url", "for", "until"];
    let text = names.iter().find_map(|name| fields.get(*name).and_then(Value::as_str));
    let is_quoted = text.is_some() && !matches!(node.action(), "http" | "wait");
    let text = text.map_or_else(|| node.action().replace('_', " "), |text| foreseen(view, text));
    Phrase { before: before.to_owned(), text: clean(&view.mask.text(&text)), is_quoted, ..Phrase::default() }
}

/// A line that a rule keeps, as far as its text is known.
fn kept(view: &RunView, node: &Node, step: &StepView, why: &str) -> Phrase {
    let phrase = match step.speech().or(step.field("context")) {
        Some(text) => Phrase { is_quoted: true, ..Phrase::of(text) },
        None => announced(view, node, ""),
    };
    Phrase { after: why.to_owned(), ..phrase }
}

fn items(source: &ItemSource) -> String {
    match source {
        ItemSource::List(values) => counted(values.len() as u64, "item"),
        ItemSource::Expression(text) => format!("each of {}", clean(text)),
        ItemSource::File { path, .. } => format!("each of {}", clean(path)),
    }
}

/// Whether the title of a step tells its action already.
fn is_named_by_title(node: &Node) -> bool {
    node.title().starts_with(node.action())
}

fn under_way(view: &RunView, node: &Node, step: &StepView) -> Phrase {
    let progress = step.progress.as_ref().map(|progress| {
        let said = if progress.message.is_empty() { &progress.status } else { &progress.message };
        match progress.fraction {
            Some(fraction) => format!("{} {said}", bar(fraction)),
            None => said.clone(),
        }
    });
    match (node.action(), step.speech(), progress) {
        (_, Some(text), progress) => heard(node, step, text, progress.map(|said| format!(" · {said}"))),
        (_, None, Some(progress)) => Phrase::of(progress),
        ("add_context", ..) => heard(node, step, step.field("context").unwrap_or_default(), None),
        ("set_prompt", ..) => Phrase::of("setting the prompt"),
        ("generate", ..) => Phrase::of("creating"),
        ("http", ..) => Phrase::of(request(step)),
        ("wait", ..) => Phrase::of("waiting"),
        ("pause", ..) => announced(view, node, ""),
        (action, ..) => Phrase::of(action.replace('_', " ")),
    }
}

fn done(view: &RunView, node: &Node, step: &StepView) -> Phrase {
    let text = |name: &str| step.result(name).and_then(Value::as_str).unwrap_or_default();
    match (node.action(), step.speech()) {
        (_, Some(said)) => heard(node, step, said, None),
        ("add_context", None) => heard(node, step, step.field("context").unwrap_or_default(), None),
        ("generate", _) => {
            let cost = match step.credits {
                Some(0) | None if is_updated(step) => "reused with a new prompt, no credits".to_owned(),
                Some(0) | None => "reused, no credits".to_owned(),
                Some(credits) => format!("{} credits", grouped(credits)),
            };
            Phrase::of(format!("{} · {cost}", text("agent_id")))
        }
        ("wait_ready" | "get_agent", _) => {
            let code = [text("agent_id"), text("agent_code"), text("code")].into_iter().find(|code| !code.is_empty());
            let status = if text("status").is_empty() { "ready" } else { text("status") };
            Phrase::of(code.map_or_else(|| status.to_owned(), |code| format!("{code} · {status}")))
        }
        ("set_prompt", _) => Phrase::of("prompt set"),
        ("validate", _) => Phrase::of("the secret is valid"),
        ("delete_agent", _) => Phrase::of("deleted"),
        ("list_agents", _) => {
            let count = step.result("agents").and_then(Value::as_array).map_or(0, Vec::len);
            Phrase::of(counted(count as u64, "agent"))
        }
        ("http", _) => {
            let status = step.result("status_code").and_then(Value::as_u64).unwrap_or_default();
            Phrase { after: format!(" · {status}"), ..Phrase::of(request(step)) }
        }
        ("wait", _) => Phrase::of("waited"),
        ("pause", _) => {
            let by = step.by.as_deref().or(step.result("by").and_then(Value::as_str)).unwrap_or("person");
            Phrase { after: format!(" · go by {by}"), ..announced(view, node, "") }
        }
        (action, _) => Phrase::of(action.replace('_', " ")),
    }
}

fn is_updated(step: &StepView) -> bool {
    step.rendering.as_ref().and_then(|sent| sent.reuse.as_ref()).is_some_and(|reuse| reuse.update_prompt)
}

/// What is heard, and where.
fn heard(node: &Node, step: &StepView, text: &str, note: Option<String>) -> Phrase {
    let room = step.rendering.as_ref().and_then(|sent| sent.room.as_deref());
    let rooms = match (step.rooms(), step.result("rooms_skipped_no_worker").and_then(Value::as_u64)) {
        (None, _) => String::new(),
        (Some(rooms), None | Some(0)) => format!(" ({})", counted(rooms, "room")),
        (Some(rooms), Some(skipped)) => format!(" ({}, {skipped} skipped)", counted(rooms, "room")),
    };
    let is_everywhere = matches!(&node.work, Work::Exchange(work) if work.room == Some(RoomReference::Every));
    let place = match (room, is_everywhere || !rooms.is_empty()) {
        (Some(room), _) => format!("  → {room}{rooms}"),
        (None, true) => format!("  → every room{rooms}"),
        (None, false) => String::new(),
    };
    let before = if node.action() == "add_context" { "context " } else { "" };
    let after = place + &note.unwrap_or_default();
    Phrase { before: before.to_owned(), is_quoted: true, after, ..Phrase::of(text) }
}

fn failed(node: &Node, step: &StepView) -> Phrase {
    let message = step.failure.as_ref().map_or("failed", |failure| failure.message.as_str());
    let after = if node.policy.continue_on_error { " · goes on" } else { "" };
    Phrase { after: after.to_owned(), ..Phrase::of(message) }
}

fn unknown(view: &RunView, node: &Node, step: &StepView) -> Phrase {
    let after = "  nobody knows whether it took effect".to_owned();
    match step.speech() {
        Some(said) => {
            let after = "  nobody knows whether it was heard".to_owned();
            Phrase { text: said.to_owned(), is_quoted: true, after, ..Phrase::default() }
        }
        None => Phrase { after, ..announced(view, node, "") },
    }
}

fn skipped(reason: &str, detail: Option<&str>) -> String {
    if let Some(detail) = detail {
        return format!("skipped: {detail}");
    }
    match reason {
        "condition" => "skipped: its condition is false".to_owned(),
        "expired" => "skipped: too late to go out".to_owned(),
        "upstream" => "skipped: a step it needs did not succeed".to_owned(),
        "person" => "skipped by a person".to_owned(),
        "not_needed" => "not needed: the run did not fail".to_owned(),
        "fail_fast" => "skipped: an item before it failed".to_owned(),
        "left_out" => "left out".to_owned(),
        "already_sent" => "skipped: already sent".to_owned(),
        "excluded" => "skipped: among those to leave out".to_owned(),
        "capped" => "skipped: addressed too often".to_owned(),
        "superseded" => "skipped: a newer line waits".to_owned(),
        "held_out" => "hears nothing: held out".to_owned(),
        other => format!("skipped: {other}"),
    }
}

fn request(step: &StepView) -> String {
    format!("{} {}", step.field("method").unwrap_or("GET"), step.field("url").unwrap_or_default())
}

/// The line of a loop: `✔ 312  ✖ 2  ? 1 of 5,000 · about 3m left`.
fn items_line(items: &LoopView, step: &StepView, now: Timestamp) -> String {
    let counts = items.counts;
    let shown = [
        ("✔", counts.succeeded),
        ("✖", counts.failed),
        ("?", counts.unknown),
        ("–", counts.skipped),
        ("■", counts.cancelled),
    ];
    let shown: Vec<_> = shown.iter().filter(|(_, count)| *count > 0).collect();
    let shown = match shown.is_empty() {
        true => "0".to_owned(),
        false => shown.iter().map(|(mark, n)| format!("{mark} {}", grouped(*n as u64))).collect::<Vec<_>>().join("  "),
    };
    let left = step.began.filter(|_| step.state.is_active()).and_then(|began| items.remaining(began, now));
    let left = left.map(|length| format!(" · about {} left", rough(length))).unwrap_or_default();
    format!("{shown} of {}{left}", grouped(items.total() as u64))
}

/// A text with what is known of it: inputs that are given in it stand there, all other braces are `…`.
fn foreseen(view: &RunView, text: &str) -> String {
    let mut foreseen = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        foreseen.push_str(before);
        let (inner, after) = after.split_once("}}").unwrap_or((after, ""));
        foreseen.push_str(&input(&view.start.plan.inputs, inner.trim()).unwrap_or_else(|| "…".to_owned()));
        rest = after.strip_prefix('}').unwrap_or(after);
    }
    foreseen + rest
}

fn input(inputs: &indexmap::IndexMap<String, Value>, name: &str) -> Option<String> {
    match inputs.get(name.strip_prefix("inputs.")?)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn bar(fraction: f64) -> String {
    let fraction = fraction.clamp(0.0, 1.0);
    let full = (fraction * 10.0).round() as usize;
    format!("{}{} {:.0}%", "━".repeat(full), "╌".repeat(10 - full), fraction * 100.0)
}

/// Cleans a part whose spaces at the edge set it apart.
fn clean_edge(text: &str) -> String {
    let spaces = text.len() - text.trim_start_matches(' ').len();
    format!("{}{}", " ".repeat(spaces), clean(text))
}

/// A length of which nobody needs the tenths: `40s`, `3m`, `2h10m`.
pub(crate) fn rough(length: Millis) -> String {
    let seconds = length.0.div_ceil(1000);
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3600 => format!("{}m", (seconds + 30) / 60),
        _ => length.to_string(),
    }
}
