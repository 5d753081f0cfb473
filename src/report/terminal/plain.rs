//! Plain lines: one when a step has ended, one when it waits for a person or for another try.

use std::collections::HashSet;
use std::io::{self, Write};

use crate::plan::model::StepKey;
use crate::report::Report;
use crate::report::moment::Moment;
use crate::report::step::State;
use crate::report::terminal::scene::Scene;
use crate::report::terminal::{prompts, summary, theme};
use crate::text::Line;

/// Writes a line at a time, for files, pipes and terminals that want no more.
pub(crate) struct Plain {
    scene: Scene,
    output: Box<dyn Write + Send>,
    shown: HashSet<StepKey>,
    is_open: bool,
}

impl Plain {
    pub(crate) fn new(scene: Scene, output: Box<dyn Write + Send>) -> Self {
        Self { scene, output, shown: HashSet::new(), is_open: false }
    }

    fn show(&mut self, key: StepKey) {
        let (view, look, now) = (&self.scene.view, &self.scene.look, self.scene.view.last);
        let Some(step) = view.step(key) else { return };
        if !self.scene.has_row(key) {
            return;
        }
        let lines = match &step.state {
            State::Open { .. } | State::Held | State::Asking | State::Retrying { .. } | State::Blocked
                if look.replays =>
            {
                return;
            }
            State::Open { until: None, .. } => prompts::pause_lines(view, key, look),
            State::Held => prompts::held_lines(view, key, look),
            State::Asking => prompts::unknown_lines(view, key, look).into_iter().take(1).collect(),
            State::Retrying { .. } | State::Blocked => vec![self.scene.row(key, now)],
            state if state.is_ended() || matches!(state, State::Holding { .. }) => {
                if !self.shown.insert(key) {
                    return;
                }
                vec![self.scene.row(key, now)]
            }
            _ => return,
        };
        lines.into_iter().for_each(|line| self.write(line));
    }

    /// A closed stderr ends no run: what cannot be written is not.
    fn write(&mut self, line: Line) {
        let look = &self.scene.look;
        // While keys are read, a terminal does not go back to the first column by itself.
        let (line, end) = if look.cuts { (line.cut(self.scene.columns()), "\r\n") } else { (line, "\n") };
        let _ = write!(self.output, "{}{end}", line.paint(look.colour));
    }

    fn open(&mut self) {
        if !std::mem::replace(&mut self.is_open, true) {
            self.scene.opening().into_iter().for_each(|line| self.write(line));
        }
    }
}

impl Report for Plain {
    fn event(&mut self, moment: &Moment) {
        self.scene.view.apply(moment);
        if moment.past {
            let ended = moment.changes.iter().map(|change| change.step);
            self.shown.extend(ended.filter(|key| self.scene.view.step(*key).is_some_and(|step| step.state.is_ended())));
            return self.scene.put_away(moment);
        }
        self.open();
        for change in moment.changes {
            self.show(change.step);
        }
        self.scene.put_away(moment);
        let _ = self.output.flush();
    }

    fn notice(&mut self, words: &str) {
        self.write(Line::default().with(theme::FAINT, format!("   {words}")));
    }

    fn moves(&self) -> bool {
        false
    }

    fn finish(&mut self) -> io::Result<()> {
        self.open();
        summary::lines(&self.scene).into_iter().for_each(|line| self.write(line));
        let _ = self.output.flush();
        Ok(())
    }
}
