//! The live region: what is under way now, and what comes next, at the bottom of the terminal.
//!
//! Rows of steps that ended are written once, above it, in the order they ended. A frame is one write: up to
//! the region's first row, every row cleared as it is written again, so that nothing flickers.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::io::{self, Write};

use crate::clock::Timestamp;
use crate::plan::model::StepKey;
use crate::report::Report;
use crate::report::moment::Moment;
use crate::report::terminal::scene::Scene;
use crate::report::terminal::{aside, prompts, summary, theme};
use crate::text::Line;

/// Repaints the region on `tick`.
pub(crate) struct Live {
    scene: Scene,
    output: Box<dyn Write + Send>,
    shown: HashSet<StepKey>,
    /// Rows to be written above the region.
    ended: Vec<Line>,
    /// The region as it stands on the terminal.
    region: Vec<String>,
    widths: Vec<usize>,
    is_open: bool,
    /// Lines that are not of the run wait for this report to print them.
    asides: aside::Region,
}

impl Live {
    pub(crate) fn new(scene: Scene, output: Box<dyn Write + Send>) -> Self {
        let (shown, ended) = (HashSet::new(), Vec::new());
        let asides = aside::Region::open();
        Self { scene, output, shown, ended, region: Vec::new(), widths: Vec::new(), is_open: false, asides }
    }

    /// The rows of the region at an instant, no more than fit.
    pub(crate) fn rows(&self, now: Timestamp) -> Vec<Line> {
        let view = &self.scene.view;
        if view.ending.is_some() {
            return Vec::new();
        }
        let asking = prompts::asking(view);
        let mut prompt = asking.map_or_else(Vec::new, |key| prompts::lines(view, key, &self.scene.look));
        if view.suspended {
            let words = "held: nothing new goes out — press Enter to go on, s to skip what is next";
            prompt.push(Line::default().with(theme::CARE, "⏸ ").with(theme::STRONG, words));
        }
        let is_row = |key: &StepKey| Some(*key) != asking && (key.item.is_none() || prompts::is_asking(view, *key));
        let keys: Vec<StepKey> = view.active.iter().copied().filter(is_row).collect();
        let mut rows: Vec<_> = keys.iter().map(|key| self.scene.row(*key, now)).collect();
        let next = self.scene.next_row(now).filter(|_| asking.is_none());
        let room = usize::from(self.scene.look.rows).saturating_sub(2 + prompt.len()).max(1);
        // Two rows for a loop of which there is more to tell, where there is room for all.
        let rests = keys.iter().map(|key| self.scene.rest(*key, now));
        let whole: Vec<Line> =
            rows.iter().cloned().zip(rests).flat_map(|(row, rest)| std::iter::once(row).chain(rest)).collect();
        if whole.len() + usize::from(next.is_some()) <= room {
            rows = whole;
        }
        if rows.len() + usize::from(next.is_some()) > room {
            let hidden = rows.len().saturating_sub(room - 1);
            rows.truncate(room - 1);
            rows.push(Line::default().with(theme::FAINT, format!("   … and {hidden} more under way")));
        } else {
            rows.extend(next);
        }
        rows.extend(prompt);
        rows.into_iter().map(|row| row.cut(self.scene.columns())).collect()
    }

    fn settle(&mut self, key: StepKey) {
        let view = &self.scene.view;
        let is_ended = view.step(key).is_some_and(|step| step.state.is_ended());
        if is_ended && key.item.is_none() && self.scene.has_row(key) && self.shown.insert(key) {
            self.ended.push(self.scene.row(key, view.last).cut(self.scene.columns()));
        }
    }

    /// Writes what ended, then the region: one write, none when nothing moved.
    fn paint(&mut self, rows: &[Line]) {
        let colour = self.scene.look.colour;
        let region: Vec<_> = rows.iter().map(|row| row.paint(colour)).collect();
        let asides = self.asides.take();
        if self.ended.is_empty() && asides.is_empty() && region == self.region {
            return;
        }
        let mut frame = String::from("\x1b[?25l");
        let up = self.rows_painted();
        if up > 0 {
            let _ = write!(frame, "\x1b[{up}A");
        }
        frame.push('\r');
        let ended = self.ended.drain(..).map(|row| row.paint(colour));
        for row in asides.into_iter().chain(ended).chain(region.iter().cloned()) {
            let _ = write!(frame, "\x1b[2K{row}\r\n");
        }
        frame.push_str("\x1b[J\x1b[?25h");
        self.widths = rows.iter().map(Line::width).collect();
        self.region = region;
        let _ = self.output.write_all(frame.as_bytes());
        let _ = self.output.flush();
    }

    /// How many rows the region takes now: a terminal made narrower has wrapped it.
    fn rows_painted(&self) -> usize {
        let columns = self.scene.columns().max(1);
        self.widths.iter().map(|width| width.div_ceil(columns).max(1)).sum()
    }

    fn open(&mut self) {
        if !std::mem::replace(&mut self.is_open, true) {
            self.ended.splice(..0, self.scene.opening());
        }
    }
}

impl Report for Live {
    fn event(&mut self, moment: &Moment) {
        self.scene.view.apply(moment);
        let keys = moment.record.event.step().into_iter().chain(moment.changes.iter().map(|change| change.step));
        if moment.past {
            let view = &self.scene.view;
            self.shown.extend(keys.filter(|key| view.step(*key).is_some_and(|step| step.state.is_ended())));
            return self.scene.put_away(moment);
        }
        self.open();
        keys.collect::<Vec<_>>().into_iter().for_each(|key| self.settle(key));
        self.scene.put_away(moment);
    }

    fn notice(&mut self, words: &str) {
        let line = Line::default().with(theme::FAINT, format!("   {words}"));
        self.ended.push(line.cut(self.scene.columns()));
    }

    fn tick(&mut self, now: Timestamp) {
        if self.is_open {
            self.scene.resize();
            let rows = self.rows(now);
            self.paint(&rows);
        }
    }

    fn finish(&mut self) -> io::Result<()> {
        self.open();
        let (view, columns) = (&self.scene.view, self.scene.columns());
        let is_begun = |key: &StepKey| key.item.is_none() && view.step(*key).is_some_and(|step| step.began.is_some());
        let left: Vec<_> = view.active.iter().copied().filter(is_begun).collect();
        let left: Vec<_> = left.into_iter().map(|key| self.scene.row(key, view.last).cut(columns)).collect();
        self.ended.extend(left);
        self.ended.extend(summary::lines(&self.scene));
        self.paint(&[]);
        Ok(())
    }
}
