//! What people say: the one at the terminal, and those who leave wishes from other processes; and what the service tells.

use serde_json::Value;

use super::{Driver, DriverError};
use crate::clock::Timestamp;
use crate::duration::Millis;
use crate::engine::command::{Command, WaitReason};
use crate::engine::event::{Event, Resolution};
use crate::executors::people::Says;
use crate::journal::{Durability, Request, RequestKind};
use crate::plan::model::StepKey;

/// A go so soon after the last one is a slip of the finger, where it names no step.
const GO_AGAIN: Millis = Millis(700);

impl Driver {
    pub(super) async fn heed(&mut self, says: Says) -> Result<(), DriverError> {
        match says {
            Says::Go => self.go(None).await,
            Says::GoFor(step) => self.go(Some(step)).await,
            Says::Suspend if !self.run.is_suspended() => self.record(Event::Suspended, Durability::Lazy).await,
            Says::Suspend => Ok(()),
            Says::Skip => match self.asked() {
                Some(step) => self.settle(step, Resolution::LeaveUnknown).await,
                None => self.skip().await,
            },
            Says::Settle(resolution) => match self.asked() {
                Some(step) => self.settle(step, resolution).await,
                None => Ok(()),
            },
            Says::Stop if !self.run.is_stopping() => self.record(Event::StopRequested, Durability::Synced).await,
            Says::Stop => Ok(()),
            Says::Cancel => self.cancel().await,
            Says::Look(agent) => self.look_at(&agent).await,
        }
    }

    /// Looks for what other processes wish. A journal that cannot be read is tried again at the next look.
    pub(super) async fn look_for_requests(&mut self) -> Result<(), DriverError> {
        for request in self.recorder.requests(self.run.start().run.clone()).await {
            self.heed_request(request).await?;
        }
        Ok(())
    }

    async fn heed_request(&mut self, request: Request) -> Result<(), DriverError> {
        match request.kind {
            RequestKind::Go => self.go(request.step()).await,
            RequestKind::Stop => self.heed(Says::Stop).await,
            RequestKind::Cancel => self.cancel().await,
            RequestKind::Resolve => {
                let step = request.step();
                let resolution = request.body.get("resolution").cloned().unwrap_or(Value::Null);
                match (step.or_else(|| self.asked()), serde_json::from_value(resolution)) {
                    (Some(step), Ok(resolution)) => self.settle(step, resolution).await,
                    _ => Ok(()),
                }
            }
        }
    }

    /// Goes on: with the step that the go is meant for, so that one that comes late lets nothing else pass; else with
    /// what waits first.
    async fn go(&mut self, meant: Option<StepKey>) -> Result<(), DriverError> {
        let now = self.executor.now();
        if meant.is_none() && is_slip(self.last_go, now) {
            self.recorder.say("go ignored: it came too soon after the last one");
            return Ok(());
        }
        // Of what waits for a go, the first is asked about.
        let is_meant = |step: &StepKey| meant.is_none_or(|meant| meant == *step);
        let pause = self.open_pause(is_meant);
        let held = self.run.held().filter(is_meant);
        let lets_out = held.is_some_and(|held| pause.is_none_or(|pause| held < pause));
        if (self.run.is_suspended() && meant.is_none()) || lets_out {
            self.last_go = Some(now);
            return self.record(Event::Released, Durability::Synced).await;
        }
        if let Some(step) = pause {
            self.last_go = Some(now);
            return self.record(Event::Gone { step, by: "person".to_owned() }, Durability::Synced).await;
        }
        if meant.is_some() {
            self.recorder.say("go ignored: the step that it was meant for does not wait");
        }
        Ok(())
    }

    async fn skip(&mut self) -> Result<(), DriverError> {
        match self.open_pause(|_| true).or_else(|| self.run.held()).or_else(|| self.next_out()) {
            Some(step) => self.record(Event::SkippedByPerson { step }, Durability::Synced).await,
            None => Ok(()),
        }
    }

    async fn cancel(&mut self) -> Result<(), DriverError> {
        match self.run.is_cancelling() {
            false => self.record(Event::CancelRequested, Durability::Synced).await,
            true => Ok(()),
        }
    }

    /// Ends the waits for an agent to be ready: each looks once, and what it sees decides.
    async fn look_at(&mut self, agent: &str) -> Result<(), DriverError> {
        let waiting: Vec<StepKey> = self.run.decide().filter_map(|(_, command)| self.looker(command, agent)).collect();
        for step in waiting {
            self.record(Event::Due { step }, Durability::Lazy).await?;
        }
        Ok(())
    }

    /// The step that waits for its next look at an agent.
    fn looker(&self, command: &Command, agent: &str) -> Option<StepKey> {
        let Command::Wait { step, why: WaitReason::Look, .. } = *command else { return None };
        let is_wait = self.exchanged(step)?.action == "wait_ready";
        (is_wait && self.run.rendering(step)?.agent.as_deref() == Some(agent)).then_some(step)
    }

    async fn settle(&mut self, step: StepKey, resolution: Resolution) -> Result<(), DriverError> {
        let is_asked = self.run.decide().any(|(_, command)| *command == Command::Ask { step });
        if is_asked {
            self.answer_line(step, resolution).await;
        }
        match is_asked {
            true => self.record(Event::Resolved { step, resolution }, Durability::Synced).await,
            false => Ok(()),
        }
    }

    fn asked(&self) -> Option<StepKey> {
        self.run.decide().find_map(|(_, command)| match command {
            Command::Ask { step } => Some(*step),
            _ => None,
        })
    }

    fn open_pause(&self, is_it: impl Fn(&StepKey) -> bool) -> Option<StepKey> {
        self.run.decide().find_map(|(_, command)| match command {
            Command::Pause { step } if is_it(step) => Some(*step),
            _ => None,
        })
    }

    /// The step that would go out next: of those that wait, the soonest; of a suspended run, the first that is ready.
    fn next_out(&self) -> Option<StepKey> {
        let waits = self.run.decide().filter_map(|(_, command)| match command {
            Command::Wait { step, until, .. } if self.run.may_be_skipped(*step) => Some((*until, *step)),
            _ => None,
        });
        waits.min().map(|(_, step)| step).or_else(|| self.run.first_ready())
    }
}

/// Whether a go comes so soon after the last one that nobody can have meant it. Where the clock went back since, nobody
/// can tell how soon: it is heard.
fn is_slip(last: Option<Timestamp>, now: Timestamp) -> bool {
    last.is_some_and(|last| now >= last && now.since(last) < GO_AGAIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_go_is_a_slip_so_soon_after_the_last_one_and_never_because_the_clock_went_back() {
        let last = Timestamp(1_000_000);
        assert!(!is_slip(None, last));
        let soon = [0, 699, 700, -1, -3_600_000].map(|later| is_slip(Some(last), Timestamp(last.0 + later)));
        assert_eq!(soon, [true, true, false, false, false]);
    }
}
