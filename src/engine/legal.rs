//! Which event may happen when: the one door that every event passes, live and on recovery.
//!
//! Most of it is one rule: what was asked may be answered, and nothing else. The rest are the wishes of people,
//! who are not asked.

use crate::engine::command::Command;
use crate::engine::error::EngineError;
use crate::engine::event::{Event, Prepared, RunOutcome};
use crate::engine::frontier::Slot;
use crate::engine::run::Run;
use crate::engine::step::{Phase, Step};
use crate::plan::model::{StepKey, Work};

impl Run {
    /// Refuses an event that cannot happen now.
    pub(super) fn check(&self, event: &Event) -> Result<(), EngineError> {
        let name = event.name();
        let Some(key) = event.step() else {
            let legal = self.course.finished.is_none() && self.may_happen(event);
            return if legal { Ok(()) } else { Err(EngineError::IllegalForRun { event: name, state: self.word() }) };
        };
        let step = self.find(key).ok_or(EngineError::NoSuchStep { event: name, step: key })?;
        if self.course.finished.is_some() {
            Err(EngineError::IllegalForRun { event: name, state: self.word() })
        } else if self.may_happen_to(key, step, event) {
            Ok(())
        } else {
            Err(EngineError::IllegalForStep { event: name, step: key, state: step.phase.word() })
        }
    }

    fn may_happen(&self, event: &Event) -> bool {
        let stopped = self.course.stopped.is_some();
        match event {
            Event::Suspended => !stopped && !self.course.suspended,
            Event::Released => self.course.suspended || (!stopped && self.held().is_some()),
            Event::TimedOut => self.frontier.standing(Slot::RunTimeout).is_some(),
            Event::StopRequested | Event::Stopped { .. } => !stopped,
            Event::CancelRequested | Event::Resumed => true,
            Event::Finished { outcome, .. } => match self.frontier.standing(Slot::RunEnd) {
                // An output that cannot be rendered fails a run that had succeeded.
                Some(Command::Finish { outcome: RunOutcome::Succeeded }) => *outcome != RunOutcome::Cancelled,
                Some(Command::Finish { outcome: asked }) => outcome == asked,
                _ => false,
            },
            _ => false,
        }
    }

    fn may_happen_to(&self, key: StepKey, step: &Step, event: &Event) -> bool {
        let asked = self.frontier.standing(Slot::Step(key));
        match event {
            Event::ConditionRead { .. } => matches!(asked, Some(Command::ReadCondition { .. })),
            Event::Due { .. } => {
                matches!(asked, Some(Command::Wait { .. })) || self.frontier.standing(Slot::PauseTimeout(key)).is_some()
            }
            Event::ItemsListed { keys, values, .. } => {
                matches!(asked, Some(Command::ListItems { .. })) && (values.is_empty() || values.len() == keys.len())
            }
            Event::Prepared { wait, .. } => {
                let is_pause = matches!(self.graph.node(key).work, Work::Pause { .. });
                matches!(asked, Some(Command::Prepare { .. })) && is_pause == matches!(wait, Prepared::Pause { .. })
            }
            Event::AttemptStarted { attempt, .. } => {
                matches!(asked, Some(Command::Attempt { attempt: number, .. }) if number == attempt)
            }
            Event::AttemptEnded { .. } => step.phase == Phase::InFlight && self.course.stopped.is_none(),
            Event::StepFailed { .. } => matches!(
                asked,
                Some(
                    Command::ReadCondition { .. }
                        | Command::ListItems { .. }
                        | Command::Prepare { .. }
                        | Command::Attempt { .. }
                )
            ),
            Event::Expired { .. } | Event::Withheld { .. } | Event::RuledOut { .. } => {
                matches!(asked, Some(Command::Attempt { .. }))
            }
            Event::Gone { .. } => matches!(asked, Some(Command::Pause { .. })),
            Event::Resolved { .. } => step.phase == Phase::Unknown,
            Event::SkippedByPerson { .. } => step.phase.may_be_skipped(),
            _ => false,
        }
    }

    fn word(&self) -> &'static str {
        match (self.course.finished, self.course.stopped) {
            (Some(_), _) => "finished",
            (None, Some(_)) => "stopped",
            (None, None) if self.course.suspended => "suspended",
            (None, None) => "under way",
        }
    }
}
