//! One time that is due, on its way to a run.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use crate::clock::{Clock as _, SystemClock, Timestamp};
use crate::daemon::offer::Verdict;
use crate::daemon::opened::{Given, Opened, Script};
use crate::daemon::refused::{Refused, Why};
use crate::daemon::runs::{Runs, RunsError};
use crate::daemon::service::is_of;
use crate::daemon::start::Options;
use crate::daemon::steer::{Origin, Reaches};
use crate::fires::{Fires, ScheduleKey};
use crate::ids::RunId;
use crate::journal::{Request, RequestKind, RunFilter, RunStatus};

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
    pub(super) async fn run(self, _here: Here) {
        let noted = match self.begin().await {
            Ok(run) => self.fires.started(&self.key, self.due, (&run, SystemClock.now())).await,
            Err(refused) => {
                let why = refused.in_a_line();
                tracing::error!(workflow = self.key.workflow, due = %self.due, %why, "a run that was due cannot begin");
                self.fires.lost(&self.key, self.due, &why).await
            }
        };
        if let Err(error) = noted {
            tracing::error!(workflow = self.key.workflow, due = %self.due, %error, "what became of a time cannot be noted");
        }
    }

    async fn begin(&self) -> Result<RunId, Refused> {
        // Whoever finds the claim after a crash knows by this whether it has become a run.
        let reserved = self.runs.reserve().await?;
        if !self.fires.bind(&self.key, self.due, &reserved.id).await.map_err(RunsError::from)? {
            return Err(Refused::new(Why::Invalid, "the claim was given up before the run began"));
        }
        if self.cancel {
            self.cancel_others().await?;
        }
        let script = Script::build(self.opened.clone(), &Given::default(), None, false)?;
        let (reach, options) = (self.reaches.own.clone(), Options::default());
        let ready = self.runs.prepare_reserved(reserved, script, reach, &options).await?;
        // On a sandbox nothing is bought.
        if !ready.start.service.sandbox {
            let offer = ready.offer().await?;
            match offer.verdict(false) {
                Verdict::GoOn => {}
                Verdict::Ask => {
                    let refused = Refused::new(Why::Invalid, format!("{}; nobody agreed", offer.summary()));
                    return Err(refused.hint("let the file bound it with `max_credits`"));
                }
                Verdict::Lacks(credits) => {
                    return Err(Refused::new(Why::Service, format!("the account lacks {credits} credits")));
                }
            }
        }
        Ok(self.runs.begin_alone(ready, Origin::Schedule).await?)
    }

    async fn cancel_others(&self) -> Result<(), Refused> {
        let filter = RunFilter {
            workflow: Some(self.key.workflow.clone()),
            status: Some(RunStatus::Running),
            ..RunFilter::default()
        };
        for row in self.runs.journal().runs(&filter).await? {
            if is_of(&self.key.service, &row.service) {
                self.runs.tell(&row.id, &Request { kind: RequestKind::Cancel, body: Value::Null }).await?;
            }
        }
        Ok(())
    }
}

/// The runs that are about to begin, by workflow: claimed, and not in the list of runs yet.
#[derive(Clone, Default)]
pub(super) struct Beginning(Arc<Mutex<HashMap<String, usize>>>);

/// A run is about to begin while this lives.
pub(super) struct Here {
    beginning: Beginning,
    workflow: String,
}

impl Beginning {
    pub(super) fn enter(&self, workflow: &str) -> Here {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(workflow.to_owned()).or_default() += 1;
        Here { beginning: self.clone(), workflow: workflow.to_owned() }
    }

    pub(super) fn of(&self, workflow: &str) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(workflow).copied().unwrap_or(0)
    }
}

impl Drop for Here {
    fn drop(&mut self) {
        let mut all = self.beginning.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = all.get_mut(&self.workflow) {
            *count = count.saturating_sub(1);
        }
    }
}
