//! What is under way on a service: the runs, and the times that are claimed and about to become runs.
//!
//! The scheduler asks before it decides, whoever is asked for a run before it begins one. Another server on the same
//! state folder counts like this one.

use std::collections::{HashMap, HashSet};

use crate::daemon::definitions::Definition;
use crate::daemon::runs::{Runs, RunsError};
use crate::daemon::service::is_of;
use crate::ids::RunId;
use crate::journal::{RunFilter, RunStatus};
use crate::workflow::model::Concurrency;

/// How many runs of each workflow are under way; one that is stopped is not.
#[derive(Clone, Debug, Default)]
pub struct Busy(HashMap<String, usize>);

impl Runs {
    /// What is under way on a service.
    pub async fn busy(&self, service: &str) -> Result<Busy, RunsError> {
        self.busy_beside(service, None).await
    }

    /// What is under way on a service beside a run, of which whoever holds it cannot tell by its lock that it crashed.
    pub async fn busy_beside(&self, service: &str, held: Option<&RunId>) -> Result<Busy, RunsError> {
        // The claims first: one that becomes a run in between is seen in both, and never in none.
        let claims = self.fires().claims(service).await?;
        let filter = RunFilter { status: Some(RunStatus::Running), ..RunFilter::default() };
        let mut counts: HashMap<String, usize> = HashMap::new();
        let mut begun: HashSet<RunId> = HashSet::new();
        for row in self.journal().runs(&filter).await?.into_iter().filter(|row| is_of(service, &row.service)) {
            if held != Some(&row.id) {
                *counts.entry(row.workflow).or_default() += 1;
            }
            begun.insert(row.id);
        }
        for claim in claims.into_iter().filter(|claim| claim.run.as_ref().is_none_or(|run| !begun.contains(run))) {
            *counts.entry(claim.workflow).or_default() += 1;
        }
        Ok(Busy(counts))
    }
}

impl Busy {
    /// How many runs of a workflow are under way.
    pub fn of(&self, workflow: &str) -> usize {
        self.0.get(workflow).copied().unwrap_or(0)
    }

    /// How many more runs a group has room for; below zero where more are under way than fit.
    pub fn room(&self, group: &Concurrency, definitions: &[impl AsRef<Definition>]) -> i64 {
        let is_in_group = |one: &&Definition| one.concurrency.as_ref().is_some_and(|other| other.group == group.group);
        let members = definitions.iter().map(AsRef::as_ref).filter(is_in_group);
        let under_way: usize = members.map(|one| self.of(&one.name)).sum();
        i64::from(group.limit).saturating_sub_unsigned(under_way as u64)
    }
}
