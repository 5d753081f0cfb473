//! Claims that a process left behind: each has become a run, or is given up.

use crate::clock::Timestamp;
use crate::daemon::runs::{Runs, RunsError};
use crate::duration::Millis;
use crate::fires::{Claimed, ScheduleKey};

/// A claim of an earlier version, which named no run yet, has lost its process when it is older than this.
const ABANDONED: Millis = Millis::from_secs(120);
/// Why a claim is given up.
const DIED: &str = "its process ended before the run began";

/// What is known of a claim.
enum Found {
    /// Its run has begun, at this time.
    Begun(Timestamp),
    /// Its process is gone, and there will be no run.
    Dead,
    /// It is on its way.
    OnItsWay,
}

/// Settles the claims of a service, whoever made them.
pub(super) async fn settle(runs: &Runs, service: &str, now: Timestamp) -> Result<(), RunsError> {
    let fires = runs.fires();
    for claim in fires.claims(service).await? {
        let key = ScheduleKey { service: service.to_owned(), workflow: claim.workflow.clone() };
        match (look_at(runs, &claim, now).await?, &claim.run) {
            (Found::Begun(at), Some(run)) => fires.started(&key, claim.due, (run, at)).await?,
            (Found::Dead, _) => {
                tracing::warn!(workflow = key.workflow, due = %claim.due, "a time that was claimed is lost: {DIED}");
                fires.lost(&key, claim.due, DIED).await?;
            }
            (Found::Begun(_) | Found::OnItsWay, _) => {}
        }
    }
    Ok(())
}

async fn look_at(runs: &Runs, claim: &Claimed, now: Timestamp) -> Result<Found, RunsError> {
    let Some(run) = &claim.run else {
        // One from the future was made before the clock went back: nobody can tell how old it is.
        let is_recent = claim.since <= now && now.since(claim.since) <= ABANDONED;
        return Ok(if is_recent { Found::OnItsWay } else { Found::Dead });
    };
    // The lock first: who claims a time holds it from before the claim until the run is written down.
    let is_driven = runs.is_driven(run);
    // A short id may be another run's by now.
    let row = runs.row(run).await?.filter(|row| row.workflow == claim.workflow);
    Ok(match row {
        Some(row) => Found::Begun(row.started_at),
        None if is_driven => Found::OnItsWay,
        None => Found::Dead,
    })
}
