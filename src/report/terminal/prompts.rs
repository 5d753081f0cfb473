//! What a run asks of a person: what became of an unknown step, and the go for a pause. The keys are read elsewhere.

use jiff::tz::TimeZone;

use crate::clock::Timestamp;
use crate::plan::model::StepKey;
use crate::report::projection::RunView;
use crate::report::step::State;
use crate::report::terminal::Look;
use crate::report::terminal::phrase::announced;
use crate::report::terminal::theme;
use crate::text::{Line, clean, width};

/// The step whose question stands at the bottom of the terminal, if any asks one: keys are for this one.
pub fn asking(view: &RunView) -> Option<StepKey> {
    view.active.iter().copied().find(|key| is_asking(view, *key))
}

pub(crate) fn is_asking(view: &RunView, key: StepKey) -> bool {
    matches!(view.step(key).map(|step| &step.state), Some(State::Open { .. } | State::Asking | State::Held))
}

/// The lines of whatever a step asks; none when it asks nothing.
pub fn of(view: &RunView, step: StepKey, look: &Look) -> Vec<String> {
    let columns = usize::from(look.columns);
    lines(view, step, look).into_iter().map(|line| line.cut(columns).paint(look.colour)).collect()
}

pub(crate) fn lines(view: &RunView, key: StepKey, look: &Look) -> Vec<Line> {
    match view.step(key).map(|step| &step.state) {
        Some(State::Open { .. }) => pause_lines(view, key, look),
        Some(State::Held) => held_lines(view, key, look),
        Some(State::Asking) => unknown_lines(view, key, look),
        _ => Vec::new(),
    }
}

/// `⏸ House lights to half — press Enter to go · next: “…”`, on two lines where one has no room.
pub(crate) fn pause_lines(view: &RunView, key: StepKey, look: &Look) -> Vec<Line> {
    let Some(State::Open { message, .. }) = view.step(key).map(|step| &step.state) else { return Vec::new() };
    let said = clean(&view.mask.text(message));
    let go = match look.cuts {
        true => " — press Enter to go".to_owned(),
        false => format!(" — waiting for `runsheet go {}`", view.start.run),
    };
    let next = view.next().and_then(|next| view.node(next)).map(|node| announced(view, node, " · next: "));
    let columns = if look.cuts { usize::from(look.columns) } else { usize::MAX };
    let mark = Line::default().with(theme::CARE, "⏸ ");
    let line = mark.with(theme::STRONG, said).with(theme::PLAIN, go);
    let Some(next) = next else { return vec![line] };
    let whole = next.fit(usize::MAX);
    match line.width() + width(&whole) <= columns {
        true => vec![line.with(theme::FAINT, whole)],
        false => vec![line, Line::default().with(theme::FAINT, format!(" {}", next.fit(columns - 1)))],
    }
}

/// `⏸ speak_1  “Hello” — press Enter to let it go out`.
pub(crate) fn held_lines(view: &RunView, key: StepKey, look: &Look) -> Vec<Line> {
    let Some(node) = view.node(key) else { return Vec::new() };
    let title = match view.item_key(key) {
        Some(item) => format!("{}[{item}]", view.path(key)),
        None => node.title().to_owned(),
    };
    let title = clean(&view.mask.text(&title));
    let mut phrase = announced(view, node, "");
    phrase.after = match look.cuts {
        true => " — press Enter to let it go out".to_owned(),
        false => format!(" — waiting for `runsheet go {}`", view.start.run),
    };
    let room = match look.cuts {
        true => usize::from(look.columns).saturating_sub(width(&title) + 4),
        false => usize::MAX,
    };
    let mark = Line::default().with(theme::CARE, format!("⏸ {title}  "));
    vec![mark.with(theme::STRONG, phrase.fit(room))]
}

/// `? speak_6  “…”  sent 09:14:02, no answer`, and the question.
pub(crate) fn unknown_lines(view: &RunView, key: StepKey, look: &Look) -> Vec<Line> {
    let (Some(step), Some(node)) = (view.step(key), view.node(key)) else { return Vec::new() };
    let title = match view.item_key(key) {
        Some(item) => format!("{}[{item}]", node.title()),
        None => node.title().to_owned(),
    };
    let title = clean(&view.mask.text(&title));
    let sent = step.sent.map(|at| format!("  sent {}, no answer", time_of_day(at, &look.zone))).unwrap_or_default();
    let mut phrase = announced(view, node, "");
    if let Some(said) = step.speech() {
        phrase.text = clean(&view.mask.text(said));
    }
    phrase.after = sent;
    let room = match look.cuts {
        true => usize::from(look.columns).saturating_sub(width(&title) + 4),
        false => usize::MAX,
    };
    let first = Line::default().with(theme::CARE, format!("? {title}  ")).with(theme::PLAIN, phrase.fit(room));
    vec![first, question(step.speech().is_some(), usize::from(look.columns))]
}

fn question(is_heard: bool, columns: usize) -> Line {
    let (asked, again) = match is_heard {
        true => ("Was it heard?", "no, say it now"),
        false => ("Did it happen?", "no, do it now"),
    };
    let long = format!("  {asked}   [y] yes, go on   [n] {again}   [s] skip it   [q] stop, resume later");
    let middle = format!("  {asked}   [y] yes   [n] {again}   [s] skip it   [q] stop");
    let short = format!("  {asked} [y] yes [n] no [s] skip [q] stop");
    let fits = [long, middle].into_iter().find(|line| width(line) <= columns);
    Line::default().with(theme::STRONG, fits.unwrap_or(short))
}

fn time_of_day(at: Timestamp, zone: &TimeZone) -> String {
    zone.to_datetime(at.to_jiff()).strftime("%H:%M:%S").to_string()
}
