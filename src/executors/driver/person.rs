//! What people say: the one at the terminal, and those who leave wishes from other processes.

use serde_json::Value;

use super::{Driver, DriverError};
use crate::duration::Millis;
use crate::engine::command::Command;
use crate::engine::event::{Event, Resolution};
use crate::executors::people::Says;
use crate::journal::{Durability, Request, RequestKind};
use crate::plan::model::StepKey;

/// A go so soon after the last one is a slip of the finger.
const GO_AGAIN: Millis = Millis(700);

impl Driver {
    pub(super) async fn heed(&mut self, says: Says) -> Result<(), DriverError> {
        match says {
            Says::Go => self.go("person").await,
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
            RequestKind::Go => self.go("person").await,
            RequestKind::Stop => self.heed(Says::Stop).await,
            RequestKind::Cancel => self.cancel().await,
            RequestKind::Resolve => {
                let step = request.body.get("step").cloned().and_then(|step| serde_json::from_value(step).ok());
                let resolution = request.body.get("resolution").cloned().unwrap_or(Value::Null);
                match (step.or_else(|| self.asked()), serde_json::from_value(resolution)) {
                    (Some(step), Ok(resolution)) => self.settle(step, resolution).await,
                    _ => Ok(()),
                }
            }
        }
    }

    async fn go(&mut self, by: &str) -> Result<(), DriverError> {
        let now = self.executor.now();
        if self.last_go.is_some_and(|last| now.since(last) < GO_AGAIN) {
            self.recorder.say("go ignored: it came too soon after the last one");
            return Ok(());
        }
        // Of what waits for a go, the first is asked about.
        let pause = self.open_pause();
        let lets_out = self.run.held().is_some_and(|held| pause.is_none_or(|pause| held < pause));
        if self.run.is_suspended() || lets_out {
            self.last_go = Some(now);
            return self.record(Event::Released, Durability::Synced).await;
        }
        if let Some(step) = pause {
            self.last_go = Some(now);
            return self.record(Event::Gone { step, by: by.to_owned() }, Durability::Synced).await;
        }
        Ok(())
    }

    async fn skip(&mut self) -> Result<(), DriverError> {
        match self.open_pause().or_else(|| self.run.held()).or_else(|| self.next_out()) {
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

    async fn settle(&mut self, step: StepKey, resolution: Resolution) -> Result<(), DriverError> {
        let is_asked = self.run.decide().any(|(_, command)| *command == Command::Ask { step });
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

    fn open_pause(&self) -> Option<StepKey> {
        self.run.decide().find_map(|(_, command)| match command {
            Command::Pause { step } => Some(*step),
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
