//! Lines of a run: the first one, and a row for a step with aligned columns. Shared by live and plain.

use anstyle::Style;

use crate::clock::Timestamp;
use crate::engine::command::WaitReason;
use crate::engine::event::Start;
use crate::plan::model::{Section, StepKey, Work};
use crate::report::moment::Moment;
use crate::report::projection::RunView;
use crate::report::step::{State, StepView};
use crate::report::terminal::Look;
use crate::report::terminal::phrase::{phrase, rough};
use crate::report::terminal::theme;
use crate::text::{Line, clean, cut, grouped, pad, width};

/// The widest that the column of titles gets.
const WIDEST_TITLE: usize = 20;
/// How many steps are named that are left out.
const NAMED: usize = 5;

/// A run and how to show it.
pub(crate) struct Scene {
    pub(crate) view: RunView,
    pub(crate) look: Look,
    title_columns: usize,
}

impl Scene {
    pub(crate) fn new(view: RunView, look: Look) -> Self {
        let nodes = view.start.plan.nodes.iter();
        let titles = nodes.filter(|node| !matches!(node.work, Work::Join)).map(|node| {
            let item = if matches!(node.work, Work::Loop(_)) && !look.moves { 8 } else { 0 };
            width(node.title()) + item
        });
        let widest = if look.cuts { (usize::from(look.columns) / 4).clamp(4, WIDEST_TITLE) } else { WIDEST_TITLE };
        let title_columns = titles.max().unwrap_or(0).clamp(4, widest);
        Self { view, look, title_columns }
    }

    /// Puts away what was said and is shown by now: a run of many people stays small.
    pub(crate) fn put_away(&mut self, moment: &Moment) {
        let steps = moment.changes.iter().map(|change| change.step).chain(moment.record.event.step());
        steps.for_each(|step| self.view.put_away(step));
    }

    /// How many columns a line may take.
    pub(crate) fn columns(&self) -> usize {
        usize::from(self.look.columns)
    }

    /// Asks how large the terminal is now.
    pub(crate) fn resize(&mut self) {
        if let (Some(size), true) = (self.look.size, self.look.moves) {
            (self.look.columns, self.look.rows) = size();
        }
    }

    /// The first line of a run: where it goes, and which run it is; two where one has no room for both.
    pub(crate) fn opening(&self) -> Vec<Line> {
        let start = &self.view.start;
        let (word, style, rest) = match (start.dry, start.service.sandbox) {
            (true, _) => ("DRY RUN", theme::GOOD, " · nobody is reached".to_owned()),
            (false, true) => ("SANDBOX", theme::GOOD, " · nothing leaves this machine".to_owned()),
            (false, false) => ("LIVE", theme::BAD, format!(" {}", self.service())),
        };
        let workflow = clean(&start.plan.workflow);
        let right = format!("{workflow} · run {}", start.run);
        let left = Line::default().with(style, word).with(theme::PLAIN, rest);
        let mut lines = match self.look.cuts && left.width() + width(&right) + 2 > self.columns() {
            true => [left, Line::plain(right)].map(|line| line.cut(self.columns())).to_vec(),
            false => vec![self.spread(left, &right)],
        };
        lines.extend(self.selected());
        lines
    }

    /// What of its file a run leaves out, and that it goes step by step.
    fn selected(&self) -> Vec<Line> {
        let start = &self.view.start;
        let stepwise = start.selection.stepwise.then(|| match self.look.moves {
            true => "step by step: Enter lets one go out, s skips it".to_owned(),
            false => format!("step by step: `runsheet go {}` lets one go out", start.run),
        });
        let lines = left_out(start).into_iter().chain(stepwise);
        let line = |text: String| Line::default().with(theme::FAINT, text);
        lines.map(line).map(|line| if self.look.cuts { line.cut(self.columns()) } else { line }).collect()
    }

    /// Tells whether a step has a row of its own once it has ended: joints do nothing, a script that was not
    /// needed is not worth a line a step, and what is left out or carried over by the thousand is told in one.
    pub(crate) fn has_row(&self, key: StepKey) -> bool {
        let is_step = self.view.node(key).is_some_and(|node| !matches!(node.work, Work::Join));
        let reason = self.view.step(key).and_then(|step| step.state.reason());
        let is_told_by_its_loop = key.item.is_some() && self.view.carried_from(key).is_some();
        is_step && !is_told_by_its_loop && !matches!(reason, Some("not_needed" | "left_out"))
    }

    /// The row of a step.
    pub(crate) fn row(&self, key: StepKey, now: Timestamp) -> Line {
        let Some(step) = self.view.step(key) else { return Line::default() };
        let (mark, style) = self.mark(&step.state, now);
        let right = self.right(step, now);
        let title = cut(&self.title(key), self.title_columns);
        let phrase = phrase(&self.view, key, now);
        let room = self.room(&right);
        let phrase_style = match step.state {
            State::Failed | State::Blocked => theme::BAD,
            State::Skipped { .. } | State::Pending => theme::FAINT,
            _ => theme::PLAIN,
        };
        let left = Line::default()
            .with(style, format!(" {mark} "))
            .with(theme::STRONG, pad(&title, self.title_columns))
            .with(phrase_style, format!("  {}", phrase.fit(room)));
        self.spread(left, &right)
    }

    /// The rest of a row: the counts of a loop's people that have no room in it.
    pub(crate) fn rest(&self, key: StepKey, now: Timestamp) -> Option<Line> {
        let right = self.right(self.view.step(key)?, now);
        let phrase = phrase(&self.view, key, now);
        let hidden = phrase.hidden(self.room(&right));
        let rest = || Line::plain(" ".repeat(self.title_columns + 5)).with(theme::PLAIN, hidden.join(" · "));
        (!hidden.is_empty()).then(rest)
    }

    /// The columns that are left for what is said of a step.
    fn room(&self, right: &str) -> usize {
        match self.look.cuts {
            true => self.columns().saturating_sub(self.title_columns + 5 + width(right) + 2),
            false => usize::MAX,
        }
    }

    /// The row of the step that comes next, with how long until then where that is known.
    pub(crate) fn next_row(&self, now: Timestamp) -> Option<Line> {
        let key = self.view.next()?;
        let node = self.view.node(key).filter(|node| node.section == Section::Main)?;
        let mut held = Vec::new();
        for edge in &node.needs {
            match self.view.step(StepKey::node(edge.node)).map(|step| &step.state) {
                Some(State::Holding { until }) => held.push(*until),
                Some(state) if !state.is_ended() => return Some(self.announce(key, "")),
                _ => {}
            }
        }
        let delay = node.timing.delay.at_speed(self.view.start.speed);
        let right = held.into_iter().max().map(|until| format!("in {}", rough((until + delay).since(now))));
        Some(self.announce(key, &right.unwrap_or_default()))
    }

    /// A line with a text at its right edge; behind it, or left out, where there is no room.
    pub(crate) fn spread(&self, left: Line, right: &str) -> Line {
        let used = left.width() + width(right);
        if self.look.cuts && used + 2 > self.columns() && !right.is_empty() {
            let room = self.columns().saturating_sub(width(right) + 2);
            return self.spread_all(left.cut(room), right);
        }
        self.spread_all(left, right)
    }

    fn spread_all(&self, left: Line, right: &str) -> Line {
        let gap = self.columns().saturating_sub(left.width() + width(right)).max(2);
        match right.is_empty() {
            true => left,
            false => left.with(theme::FAINT, format!("{}{right}", " ".repeat(gap))),
        }
    }

    /// Holds, spinners and countdowns are for a run under way on a terminal.
    fn is_moving(&self) -> bool {
        self.look.moves && self.view.ending.is_none()
    }

    fn mark(&self, state: &State, now: Timestamp) -> (&'static str, Style) {
        let (mark, style) = theme::mark(state);
        match state {
            State::Running | State::Waiting { reason: WaitReason::Look | WaitReason::Room, .. } if self.is_moving() => {
                (theme::spinner(now.0), theme::BUSY)
            }
            State::Waiting { reason: WaitReason::Wait, .. } => theme::mark(&State::Running),
            State::Holding { .. } if !self.is_moving() => theme::mark(&State::Succeeded),
            _ => (mark, style),
        }
    }

    fn announce(&self, key: StepKey, right: &str) -> Line {
        let room = self.columns().saturating_sub(self.title_columns + 5 + width(right) + 2);
        let phrase = phrase(&self.view, key, Timestamp::default());
        let left = Line::default()
            .with(theme::FAINT, " · ")
            .with(theme::FAINT, pad(&cut(&self.title(key), self.title_columns), self.title_columns))
            .with(theme::FAINT, format!("  {}", phrase.fit(room)));
        self.spread(left, right)
    }

    /// The title of a step: `greet[alex]` for an item of a loop, `greet[alex].say` where its body has several steps.
    fn title(&self, key: StepKey) -> String {
        let outer = self.view.start.plan.nodes.get(key.node as usize);
        let title = outer.map_or("", |node| node.title());
        let text = match (self.view.item_key(key), outer.map(|node| &node.work), self.view.node(key)) {
            (Some(item), Some(Work::Loop(inner)), Some(node)) if !inner.single => format!("{item}.{}", node.title()),
            (Some(item), ..) => format!("{title}[{item}]"),
            (None, ..) => title.to_owned(),
        };
        clean(&self.view.mask.text(&text))
    }

    fn right(&self, step: &StepView, now: Timestamp) -> String {
        match &step.state {
            State::Waiting { until, reason: WaitReason::Wait } => format!("{} left", rough(until.since(now))),
            State::Waiting {
                until,
                reason:
                    WaitReason::Delay | WaitReason::Cue | WaitReason::RateLimit | WaitReason::Window | WaitReason::Cap,
            }
            | State::Retrying { until, .. } => format!("in {}", rough(until.since(now))),
            State::Open { until: Some(until), .. } => format!("{} left", rough(until.since(now))),
            State::Holding { until } if self.is_moving() => format!("holds {}", until.since(now)),
            State::Pending | State::Skipped { .. } | State::Cancelled | State::Blocked => String::new(),
            _ if step.began.is_some() => step.elapsed(now).to_string(),
            _ => String::new(),
        }
    }

    /// `api.bithuman.ai · account · 1,240 credits`.
    fn service(&self) -> String {
        let service = &self.view.start.service;
        let host = service.url.split_once("://").map_or(service.url.as_str(), |(_, rest)| rest);
        let host = host.split('/').next().unwrap_or(host);
        let credits = self.look.balance.map(|balance| format!(" · {} credits", grouped(balance.max(0.0) as u64)));
        clean(&format!("{host} · {}{}", service.account, credits.unwrap_or_default()))
    }
}

/// The steps that a run leaves out: `left out: speak_1, pause_1 and 3 more`; none where it leaves out nothing.
pub fn left_out(start: &Start) -> Option<String> {
    let nodes = start.selection.left_out.iter().filter_map(|node| start.plan.nodes.get(*node as usize));
    let ids: Vec<String> = nodes.map(|node| clean(&node.id)).collect();
    let named = ids.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    match ids.len().saturating_sub(NAMED) {
        _ if ids.is_empty() => None,
        0 => Some(format!("left out: {named}")),
        more => Some(format!("left out: {named} and {} more", grouped(more as u64))),
    }
}
