//! What a run asks for: a function of its phases, kept up to date step by step.
//!
//! Drivers read [`Run::decide`], or [`Run::decide_after`] the last ticket they saw, and ask [`Run::stands`]
//! before they act on something older: what was withdrawn has lost its ticket.

use crate::engine::command::{Command, WaitReason};
use crate::engine::event::StopReason;
use crate::engine::frontier::Slot;
use crate::engine::run::Run;
use crate::engine::step::{Block, Phase, Step};
use crate::plan::model::{Section, StepKey, Work};

impl Run {
    /// Everything that the run asks for, oldest first, with growing tickets.
    pub fn decide(&self) -> impl Iterator<Item = (u64, &Command)> {
        self.frontier.after(0)
    }

    /// Everything asked for since the command with this ticket.
    pub fn decide_after(&self, ticket: u64) -> impl Iterator<Item = (u64, &Command)> {
        self.frontier.after(ticket)
    }

    /// What the run asks for a step now.
    pub fn asks(&self, step: StepKey) -> Option<&Command> {
        self.frontier.standing(Slot::Step(step))
    }

    /// Tells whether the command with this ticket still stands: it was neither answered nor withdrawn.
    pub fn stands(&self, ticket: u64) -> bool {
        self.frontier.stands(ticket)
    }

    /// Why the run should stop when nobody is there: only a person could lead it on.
    pub fn idle_but_for_people(&self) -> Option<StopReason> {
        if !self.is_idle() || self.frontier.standing(Slot::RunEnd).is_some() {
            None
        } else if self.count(Phase::Unknown) > 0 {
            Some(StopReason::Unknown)
        } else if self.count(Phase::Paused) > 0 || self.held().is_some() {
            Some(StopReason::Pause)
        } else {
            self.course.suspended.then_some(StopReason::Person)
        }
    }

    /// Brings a step's commands in accord with its phase.
    pub(super) fn refresh(&mut self, key: StepKey) {
        let wanted = self.wanted(key);
        self.frontier.set(Slot::Step(key), wanted);
        let timeout = self.wanted_pause_timeout(key);
        self.frontier.set(Slot::PauseTimeout(key), timeout);
    }

    /// Brings the commands of all steps under way in accord with the run's state.
    pub(super) fn refresh_active(&mut self) {
        let active: Vec<StepKey> = self.active.iter().copied().collect();
        for key in active {
            self.refresh(key);
        }
    }

    /// Brings the commands of the run itself in accord with its state.
    pub(super) fn refresh_run(&mut self) {
        let timeout = self.wanted_timeout();
        self.frontier.set(Slot::RunTimeout, timeout);
        let end = self.wanted_end();
        self.frontier.set(Slot::RunEnd, end);
    }

    fn wanted(&self, step: StepKey) -> Option<Command> {
        let state = self.find(step)?;
        if !self.course.is_open() {
            return None;
        }
        if !state.phase.needs_no_place() && !self.has_place(step) {
            return None;
        }
        match state.phase {
            Phase::Condition => Some(Command::ReadCondition { step }),
            Phase::Waiting { until, why } => Some(Command::Wait { step, until, why }),
            Phase::Cue => {
                let until = self.clock.instant_of(self.cue_of(step)?)?;
                Some(Command::Wait { step, until, why: WaitReason::Cue })
            }
            Phase::Ready | Phase::Knocking => self.wanted_work(step, state),
            Phase::Paused => Some(Command::Pause { step }),
            Phase::Unknown => Some(Command::Ask { step }),
            Phase::Holding { until } => Some(Command::Wait { step, until, why: WaitReason::Hold }),
            Phase::Pending | Phase::InFlight | Phase::Blocked(_) | Phase::Looping | Phase::Ended(_) => None,
        }
    }

    fn wanted_work(&self, step: StepKey, state: &Step) -> Option<Command> {
        if self.course.suspended {
            return None;
        }
        match &self.graph.node(step).work {
            Work::Exchange(_) if self.is_held(step) => None,
            Work::Exchange(_) => {
                let trial = state.trial.as_deref();
                Some(Command::Attempt {
                    step,
                    attempt: trial.map_or(1, |trial| trial.attempt),
                    since: trial.and_then(|trial| trial.since),
                    looks: trial.map_or(0, |trial| trial.looks),
                    expires: self.expires(step),
                })
            }
            Work::Wait { .. } | Work::Pause { .. } => Some(Command::Prepare { step }),
            Work::Loop(_) => Some(Command::ListItems { step }),
            Work::Join => None,
        }
    }

    fn wanted_pause_timeout(&self, step: StepKey) -> Option<Command> {
        let state = self.find(step)?;
        let open = state.phase == Phase::Paused && self.course.is_open() && self.has_place(step);
        let until = state.trial.as_ref()?.times_out?;
        open.then_some(Command::Wait { step, until, why: WaitReason::PauseTimeout })
    }

    fn wanted_timeout(&self) -> Option<Command> {
        let applies = self.course.is_open() && self.course.section == Some(Section::Main) && !self.course.draining;
        let until = self.clock.instant_of(self.paced(self.graph.start.plan.timeout?))?;
        applies.then_some(Command::TimeOut { until })
    }

    fn wanted_end(&self) -> Option<Command> {
        let course = &self.course;
        if course.finished.is_some() || course.stopped.is_some() {
            None
        } else if let Some(outcome) = course.verdict {
            Some(Command::Finish { outcome })
        } else if course.stop_requested {
            (self.count(Phase::InFlight) == 0).then_some(Command::Stop { reason: StopReason::Person })
        } else {
            let waiting = self.count(Phase::Ready) + self.count(Phase::Knocking) + self.count(Phase::Cue);
            let withheld = course.suspended && waiting > 0;
            let reason = self.block().filter(|_| self.is_idle() && !withheld)?;
            Some(Command::Stop { reason: reason.into() })
        }
    }

    /// Tells whether nothing goes on by itself, though the run has not ended.
    fn is_idle(&self) -> bool {
        self.course.is_open()
            && self.course.verdict.is_none()
            && !self.frontier.is_moving()
            && self.count(Phase::InFlight) == 0
    }

    /// The gravest thing that the service withholds.
    fn block(&self) -> Option<Block> {
        let blocks = [Block::Unauthorized, Block::OutOfCredits, Block::Unreachable];
        blocks.into_iter().find(|block| self.count(Phase::Blocked(*block)) > 0)
    }

    /// Tells whether a step may go on: one of an item needs its item's place.
    pub(super) fn has_place(&self, step: StepKey) -> bool {
        let Some(item) = step.item else { return true };
        let items = self.loops.get(&step.node).map(|run| &run.items);
        items.and_then(|items| items.get(item.index as usize)).is_some_and(|item| item.placed)
    }
}
