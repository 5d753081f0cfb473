//! One time that is due, on its way to a run.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::turns::Turn;
use crate::clock::{Clock as _, SystemClock, Timestamp};
use crate::daemon::offer::Verdict;
use crate::daemon::opened::{Given, Opened, Part, Script};
use crate::daemon::refused::{Refused, Why};
use crate::daemon::runs::{Reserved, Runs};
use crate::daemon::service::is_of;
use crate::daemon::start::{Options, Ready};
use crate::daemon::steer::{Origin, Reaches};
use crate::fires::{Fires, ScheduleKey};
use crate::ids::RunId;
use crate::journal::{Request, RequestKind, RunFilter, RunStatus};

/// So long a cancelled run has to end what is in flight; then the next one begins all the same.
const PATIENCE: Duration = Duration::from_secs(15);
/// So often is looked whether it has.
const LOOK: Duration = Duration::from_millis(20);

/// A claimed time.
pub(super) struct Begin {
    pub runs: Runs,
    pub fires: Fires,
    pub reaches: Reaches,
    pub key: ScheduleKey,
    pub opened: Opened,
    pub due: Timestamp,
    /// Whether the runs under way are cancelled first.
    pub cancel: bool,
}

impl Begin {
    /// Begins the run, and notes which one it is or why there is none.
    pub(super) async fn run(self, reserved: Reserved, turn: Turn) {
        let run = reserved.id.clone();
        let begun = self.begin(reserved, &turn).await;
        // One that is written down has begun, whatever failed after that: it can be resumed.
        let is_written = begun.is_ok() || matches!(self.runs.row(&run).await, Ok(Some(_)));
        let noted = match begun {
            Ok(_) => self.fires.started(&self.key, self.due, (&run, SystemClock.now())).await,
            Err(refused) if is_written => {
                let why = refused.in_a_line();
                tracing::error!(workflow = self.key.workflow, due = %self.due, %run, %why, "a run has begun and goes nowhere; it can be resumed");
                self.fires.started(&self.key, self.due, (&run, SystemClock.now())).await
            }
            Err(refused) => {
                let why = refused.in_a_line();
                tracing::error!(workflow = self.key.workflow, due = %self.due, %why, "a run that was due cannot begin");
                self.fires.lost(&self.key, self.due, &why).await
            }
        };
        if let Err(error) = noted {
            tracing::error!(workflow = self.key.workflow, due = %self.due, %error, "what became of a time cannot be noted");
        }
        // One that begins nothing does not let the next one past those before it.
        turn.comes().await;
    }

    async fn begin(&self, reserved: Reserved, turn: &Turn) -> Result<RunId, Refused> {
        let script = Script::build(self.opened.clone(), &Given::default(), &Part::default())?;
        let reach = self.reaches.own.clone().again_for(&script.plan).await?;
        let options = Options::default().unattended(&script.plan, &reach, false);
        let ready = self.runs.prepare_reserved(reserved, script, reach, &options).await?;
        agree(&ready).await?;
        turn.comes().await;
        // Only what can begin takes the place of what is under way.
        if self.cancel {
            self.cancel_others().await?;
        }
        Ok(self.runs.begin_alone(ready, Origin::Schedule).await?)
    }

    /// Cancels the runs of the workflow that are under way, and waits until they have ended.
    async fn cancel_others(&self) -> Result<(), Refused> {
        let filter = RunFilter {
            workflow: Some(self.key.workflow.clone()),
            status: Some(RunStatus::Running),
            ..RunFilter::default()
        };
        let mut others = self.runs.journal().runs(&filter).await?;
        others.retain(|row| is_of(&self.key.service, &row.service));
        for row in &others {
            self.runs.tell(&row.id, &Request { kind: RequestKind::Cancel, body: Value::Null }).await?;
        }
        let until = Instant::now() + PATIENCE;
        for row in others {
            while self.runs.is_driven(&row.id) {
                if Instant::now() > until {
                    tracing::warn!(run = %row.id, "the run was cancelled and has not ended; the next one begins beside it");
                    break;
                }
                tokio::time::sleep(LOOK).await;
            }
        }
        Ok(())
    }
}

/// Refuses a run that would buy what its file does not bound.
async fn agree(ready: &Ready) -> Result<(), Refused> {
    let offer = ready.to_agree().await?;
    match offer.verdict(false) {
        Verdict::GoOn => Ok(()),
        Verdict::Ask => {
            let refused = Refused::new(Why::Invalid, format!("{}; nobody agreed", offer.summary()));
            Err(refused.hint("let the file bound it with `max_credits`"))
        }
        Verdict::Lacks(credits) => Err(Refused::new(Why::Service, format!("the account lacks {credits} credits"))),
    }
}
