//! What a server takes up again when it starts: runs that a server began, and that only its own end has stopped.

use crate::clock::Timestamp;
use crate::daemon::runs::{Runs, RunsError};
use crate::daemon::scheduler::is_of;
use crate::daemon::steer::Reaches;
use crate::duration::Millis;
use crate::ids::RunId;
use crate::journal::{RunFilter, RunRow, RunStatus};

/// What became of the runs that had not ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resumption {
    /// Those that go on.
    pub resumed: Vec<RunId>,
    /// Those that wait for a person, each with the reason.
    pub waiting: Vec<(RunId, String)>,
}

impl Runs {
    /// Takes up the runs of a service that a server on this state folder began, that no person stopped, and that
    /// stopped less than `within` ago. The others wait for a person.
    pub async fn resume_own(
        &self,
        (service, reaches): (&str, &Reaches),
        within: Millis,
        now: Timestamp,
    ) -> Result<Resumption, RunsError> {
        let filter = RunFilter { status: Some(RunStatus::Stopped), ..RunFilter::default() };
        let mut resumption = Resumption::default();
        for row in self.journal().runs(&filter).await?.into_iter().rev().filter(|row| is_of(service, &row.service)) {
            match self.why_not(&row, within, now).await? {
                Some(why) => resumption.waiting.push((row.id, why)),
                None => match self.take_up_own(&row.id, reaches).await {
                    Ok(()) => resumption.resumed.push(row.id),
                    Err(why) => resumption.waiting.push((row.id, why)),
                },
            }
        }
        Ok(resumption)
    }

    /// Why a run is left to a person; none where it goes on by itself.
    async fn why_not(&self, row: &RunRow, within: Millis, now: Timestamp) -> Result<Option<String>, RunsError> {
        if self.origin(&row.id).await?.is_none() {
            return Ok(Some("somebody began it on a command line".to_owned()));
        }
        if !row.crashed && !self.was_drained(&row.id).await? {
            return Ok(Some("it was stopped, or cannot go on without somebody".to_owned()));
        }
        let last = self.journal().load(&row.id).await?.last().map_or(row.started_at, |record| record.at);
        let gap = now.since(last);
        Ok((gap > within).then(|| format!("it has stood still for {}", Millis(gap.0 / 1000 * 1000))))
    }

    async fn take_up_own(&self, run: &RunId, reaches: &Reaches) -> Result<(), String> {
        let standing = self.standing(run).await.map_err(|error| error.to_string())?;
        self.take_up_alone(standing, reaches).await.map(drop).map_err(|refused| refused.in_a_line())
    }
}
