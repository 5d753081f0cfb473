//! What the driver tells those who keep what was said: which lines went out, which wait, which never will.

use super::Driver;
use super::attempts::Message;
use super::rules::Verdict;
use super::weigh::Passed;
use crate::duration::Millis;
use crate::engine::event::Resolution;
use crate::engine::state::StepState;
use crate::outcome::{ErrorClass, Exchange};
use crate::plan::model::{Node, StepKey, Work};
use crate::sent::{Counted, Fate, Line, LineId};

/// How long behind the bound of its exchange a line's fate is written down.
const SETTLES: Millis = Millis::from_secs(5);

impl Driver {
    /// Records beside the driver what became of a line, where anything counts it.
    pub(super) fn settle_line(&self, id: LineId, fate: Fate) {
        let sent = self.rulebook.knowing.sent.clone();
        self.writing.spawn(async move {
            if let Err(error) = sent.settle(&id, fate).await {
                tracing::error!(%error, "what became of a line cannot be written");
            }
        });
    }

    /// Gives back a line that was claimed and will not be sent now.
    pub(super) async fn give_back(&self, passed: Passed, verdict: &Verdict) {
        let Some(line) = passed.line.filter(|_| verdict.is_free()) else { return };
        // An earlier claim of the same line: it is the later one's by now.
        if self.run.is_in_flight(line.id.step) {
            return;
        }
        let has_ended = self.run.state(line.id.step).has_ended();
        for fate in [Some(Fate::Waits), has_ended.then_some(Fate::Dropped)].into_iter().flatten() {
            self.tell_fate(&line.id, fate).await;
        }
    }

    /// Records what became of a line before anything else happens.
    pub(super) async fn tell_fate(&self, id: &LineId, fate: Fate) {
        if let Err(error) = self.rulebook.knowing.sent.settle(id, fate).await {
            tracing::error!(%error, "what became of a line cannot be written");
        }
    }

    /// Waits until everything is written that the run has to say of its lines: what is claimed by now is given back.
    pub(super) async fn write_lines(&mut self) {
        while !self.claims.is_empty() {
            let Some(message) = self.messages.1.recv().await else { break };
            match message {
                Message::Claimed(turn, _, _, passed, verdict) => {
                    self.is_newest_claim(&turn);
                    self.give_back(*passed, &verdict).await;
                }
                Message::BrokenOff => break,
                _ => {}
            }
        }
        self.writing.close();
        self.writing.wait().await;
    }

    /// A person says whether a line was heard; one that was not counts no more.
    pub(super) async fn answer_line(&self, step: StepKey, resolution: Resolution) {
        let fate = match resolution {
            Resolution::Happened => Fate::Heard,
            Resolution::DidNotHappen => Fate::Denied,
            Resolution::LeaveUnknown => Fate::Unknown,
        };
        if self.is_counted(step) {
            self.tell_fate(&self.line_id(step), fate).await;
        }
    }

    /// The lines of steps that the last event ended wait no more.
    pub(super) fn drop_lines(&self) {
        let ended = |step: &StepKey| self.is_counted(*step) && self.run.state(*step).has_ended();
        let touched = self.run.touched().iter().map(|(step, _)| *step).filter(ended);
        touched.for_each(|step| self.settle_line(self.line_id(step), Fate::Dropped));
    }

    /// Gives back what an earlier process claimed and did not send.
    pub(super) async fn recover_lines(&mut self) {
        let may_be_out = |step: &StepKey| {
            let ends = [StepState::Unknown, StepState::LeftUnknown, StepState::Succeeded];
            let is_doubtful = self.run.failure(*step).is_some_and(|failure| failure.class == ErrorClass::Unknown);
            is_doubtful || ends.contains(&self.run.state(*step)) || self.run.is_in_flight(*step)
        };
        if self.run.next_seq() <= 1 || !self.counts_anything() {
            return;
        }
        let out = self.counted_steps().filter(may_be_out).collect();
        let LineId { service, run, .. } = self.line_id(StepKey::node(0));
        if let Err(error) = self.rulebook.knowing.sent.recover(&service, &run, out).await {
            self.recorder.fail(error.into());
        }
    }

    /// Lets no line of the run wait any more: it has ended.
    pub(super) async fn leave_lines(&self) {
        if !self.counts_anything() {
            return;
        }
        let LineId { service, run, .. } = self.line_id(StepKey::node(0));
        if let Err(error) = self.rulebook.knowing.sent.leave(&service, &run).await {
            tracing::error!(%error, "that the run's lines wait no more cannot be written");
        }
    }

    fn counts_anything(&self) -> bool {
        let is_counted = |node: &Node| node.rules.once_per.is_some() || node.rules.cap.is_some();
        self.run.plan().nodes.iter().any(|node| match &node.work {
            Work::Loop(inner) => inner.body.iter().any(is_counted),
            _ => is_counted(node),
        })
    }

    /// Every step whose lines are counted, those of items that are known included.
    fn counted_steps(&self) -> impl Iterator<Item = StepKey> {
        let nodes = (0..).zip(&self.run.plan().nodes);
        let steps = nodes.flat_map(|(place, node)| -> Box<dyn Iterator<Item = StepKey> + '_> {
            let key = StepKey::node(place);
            match &node.work {
                Work::Loop(inner) => {
                    let (items, body) = (self.run.keys(key).len() as u32, inner.body.len() as u32);
                    let steps = move |item| (0..body).map(move |inner| StepKey::item(place, item, inner));
                    Box::new((0..items).flat_map(steps))
                }
                _ => Box::new(std::iter::once(key)),
            }
        });
        steps.filter(|step| self.is_counted(*step))
    }

    /// Tells whether what a step says is counted over runs.
    pub(super) fn is_counted(&self, step: StepKey) -> bool {
        let node = self.run.start().plan.get(step);
        node.is_some_and(|node| node.rules.once_per.is_some() || node.rules.cap.is_some())
    }

    /// Which line a step is.
    pub(super) fn line_id(&self, step: StepKey) -> LineId {
        let start = self.run.start();
        LineId { service: start.service.key.clone(), run: start.run.clone(), step }
    }

    /// A step's line, as it is counted.
    pub(super) fn line(&self, step: StepKey, once_per: Option<String>, cap: Option<Counted>) -> Line {
        let start = self.run.start();
        let settles = start.plan.get(step).map_or(SETTLES, |node| node.timing.timeout + SETTLES);
        // Exchanges take as long as they do, whatever the clock of a rehearsal shows meanwhile.
        let pace = start.clock.map_or(1.0, |clock| clock.pace);
        let shown = start.plan.nodes.get(step.node as usize).map_or("", |node| node.id.as_str());
        Line {
            id: self.line_id(step),
            workflow: start.plan.workflow.clone(),
            run_began: self.run.started_at(),
            shown: shown.to_owned(),
            once_per,
            cap,
            settles: Millis((settles.0 as f64 * pace) as u64),
        }
    }
}

/// What became of a line, as the wire tells it.
pub(super) fn fate(exchange: &Exchange) -> Fate {
    match exchange {
        Exchange::Done { .. } => Fate::Heard,
        Exchange::Again { .. } => Fate::Waits,
        Exchange::Failed { failure } if failure.class == ErrorClass::Unknown => Fate::Unknown,
        Exchange::Failed { .. } => Fate::Waits,
    }
}
