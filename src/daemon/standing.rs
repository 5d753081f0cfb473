//! A run that stopped or crashed, held so that it can go on.

use std::collections::HashMap;

use crate::clock::{Clock as _, SystemClock};
use crate::daemon::refused::{Refused, Why};
use crate::daemon::runs::{Reserved, Runs, RunsError};
use crate::daemon::service::Reach;
use crate::daemon::start::{Past, Ready};
use crate::duration::Millis;
use crate::engine::event::{Record, Start};
use crate::engine::run::Run;
use crate::executors::coming::{Line, coming};
use crate::executors::people::Says;
use crate::ids::RunId;
use crate::journal::{Request, RequestKind};
use crate::plan::model::StepKey;

/// A run that this process holds and does not drive yet.
pub struct Standing {
    /// The run, as far as it has come.
    pub run: Run,
    /// Its records.
    pub records: Vec<Record>,
    runs: Runs,
    reserved: Reserved,
}

impl Runs {
    /// Holds a run that nobody drives, and reads it back.
    pub async fn standing(&self, id: &RunId) -> Result<Standing, RunsError> {
        let reserved = self.hold(id)?;
        let records = self.journal().load(id).await?;
        let run = Run::replay(&records)?;
        Ok(Standing { run, records, runs: self.clone(), reserved })
    }

    /// Says something to a run, wherever it is driven. One that nobody drives hears it when it is taken up.
    pub async fn tell(&self, run: &RunId, request: &Request) -> Result<(), RunsError> {
        let says = match request.kind {
            RequestKind::Cancel => Some(Says::Cancel),
            RequestKind::Go => Some(request.step().map_or(Says::Go, Says::GoFor)),
            RequestKind::Stop => Some(Says::Stop),
            RequestKind::Resolve => None,
        };
        let is_said = says.zip(self.active().get(run)).is_some_and(|(says, handle)| handle.say(says));
        if !is_said {
            self.journal().put_request(run, request).await?;
        }
        Ok(())
    }
}

impl Standing {
    /// How long it has stood still.
    pub fn gap(&self) -> Millis {
        // A clock of its own stood still with the run.
        match self.run.start().clock {
            Some(_) => Millis::ZERO,
            None => SystemClock.now().since(self.run.last_at()),
        }
    }

    /// The first lines that will go out; `again` is a step that a person lets go out once more.
    pub fn next_lines(&self, again: Option<StepKey>, most: usize) -> Vec<Line> {
        let store = self.runs.store(self.run.start(), HashMap::new(), Default::default());
        coming(&self.run, &store, again, most)
    }

    /// Reaches the service that the run began with; `reach` must lead to it, and to a stage of its own if it was a
    /// rehearsal.
    pub async fn prepare(self, reach: Reach) -> Result<Ready, Refused> {
        let Self { run, records, runs, reserved } = self;
        let start = run.start().clone();
        let (connected, stage) = runs
            .reach(
                runs.project(),
                (&start.run, &start.plan),
                reach,
                start.clock.map_or(start.speed, |clock| clock.pace),
            )
            .await?;
        same_service(&start, &connected.service.key)?;
        runs.ready((reserved, start), (connected, stage), Past::Records(records)).await
    }
}

/// A run goes on with the service it began with.
pub fn same_service(start: &Start, now: &str) -> Result<(), Refused> {
    if start.service.key == now {
        return Ok(());
    }
    let message = format!("run {} began on {}, and this is {now}", start.run, start.service.key);
    Err(Refused::new(Why::Settings, message).hint("set the URL and the secret it began with"))
}
