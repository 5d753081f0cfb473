//! What `generate` steps bought, shared through the lock: another clone of the project finds it, and buys nothing.

use std::collections::HashSet;
use std::io;

use crate::clock::{Clock as _, SystemClock, Timestamp};
use crate::daemon::provisioning;
use crate::daemon::refused::{Refused, Why};
use crate::daemon::runs::Runs;
use crate::daemon::service::Connected;
use crate::engine::event::Start;
use crate::ids::RunId;
use crate::plan::model::{Plan, StepKey, Work};
use crate::provision::account::AccountKey;
use crate::provision::keeper::LockPlace;
use crate::provision::lock::{Generated, Lock, Name};
use crate::provision::script::WORKFLOW;
use crate::purchases::sqlite::SqlitePurchases;
use crate::purchases::{Face, Purchase, PurchaseError, PurchaseState, Wanted};
use crate::report::{Change, ChangedTo, Moment, Report};

/// An agent that the lock knows of, and that perhaps nobody bought here.
pub(crate) struct Found<'a> {
    /// What it is made from.
    pub face: Face,
    /// Its code.
    pub code: &'a str,
    /// The workflow that it was made for.
    pub workflow: &'a str,
    /// What it was made for, to tell alike faces apart.
    pub wanted: Wanted,
    /// When it was made.
    pub at: Timestamp,
    /// What it cost.
    pub credits: u64,
}

impl Runs {
    /// Takes an agent in as bought, unless it is known.
    pub(crate) async fn take_in(&self, service: &str, found: Found<'_>) -> Result<(), Refused> {
        let known = self.purchases().known(&found.face).await.map_err(provisioning::unkept)?;
        if known.iter().any(|purchase| purchase.agent.as_deref() == Some(found.code)) {
            return Ok(());
        }
        let purchase = Purchase {
            key: format!("lock:{service}:{}", found.code),
            face: found.face,
            ordinal: u32::try_from(known.len()).unwrap_or(u32::MAX),
            service: service.to_owned(),
            workflow: found.workflow.to_owned(),
            wanted: found.wanted,
            agent: Some(found.code.to_owned()),
            state: PurchaseState::Bought,
            at: found.at,
            run: RunId::from_typed("LOCK"),
            credits: found.credits,
        };
        match self.purchases().intend(&purchase).await {
            // Somebody else took it in.
            Err(PurchaseError::Raced) => Ok(()),
            other => other.map_err(provisioning::unkept),
        }
    }
}

/// The purchases of one account, beside the lock of the project.
#[derive(Clone)]
pub(crate) struct Shared {
    runs: Runs,
    place: LockPlace,
    service: String,
}

impl Shared {
    /// Those of a connection.
    pub(crate) fn of(runs: &Runs, connected: &Connected) -> Self {
        Self { runs: runs.clone(), place: runs.lock_place(connected), service: connected.service.key.clone() }
    }

    /// Takes in what the lock has and nobody bought here.
    pub(crate) async fn take_in(&self) -> Result<(), Refused> {
        let lock = self.place.read().map_err(Refused::Mistakes)?;
        for (name, bought) in lock.generated.iter().filter(|(name, _)| name.account == self.place.account.key) {
            let found = Found {
                face: Face::from_text(bought.face.clone()),
                code: &name.name,
                workflow: &bought.workflow,
                wanted: Wanted { prompt_sha256: bought.prompt.clone(), step: bought.step.clone(), rank: bought.rank },
                at: Timestamp::parse(&bought.made).unwrap_or_else(|| SystemClock.now()),
                credits: bought.credits,
            };
            self.runs.take_in(&self.service, found).await?;
        }
        Ok(())
    }

    /// The same as [`Self::give_out`]; what goes wrong is told in the program's own log, for it keeps no run from its end.
    pub(crate) async fn tell_out(&self) {
        if let Err(error) = self.give_out().await {
            // The state folder knows all the same; the next run that buys writes it.
            tracing::error!(%error, "what was bought could not be written into the lock of agents");
        }
    }

    /// Writes what was bought here into the lock, and takes out what is known to be gone.
    pub(crate) async fn give_out(&self) -> Result<(), Refused> {
        let all = SqlitePurchases::new(self.runs.kept.database()).of_service(&self.service).await;
        let all = all.map_err(|error| Refused::new(Why::Service, error.to_string()))?;
        let own: Vec<Purchase> = all.into_iter().filter(|one| one.workflow != WORKFLOW).collect();
        let place = self.place.clone();
        let change = move |lock: &mut Lock, account: &AccountKey| {
            let of = |state| own.iter().filter(move |one| one.state == state);
            let gone: HashSet<&str> = of(PurchaseState::Gone).filter_map(|one| one.agent.as_deref()).collect();
            lock.generated.retain(|name, _| name.account != *account || !gone.contains(name.name.as_str()));
            for purchase in of(PurchaseState::Bought) {
                let Some(code) = purchase.agent.as_ref().filter(|code| !code.is_empty()) else { continue };
                lock.generated.entry(Name::new(code, account)).or_insert_with(|| generated(purchase));
            }
        };
        // The lock may be another process's for a moment, which no other run is to wait for.
        let written = tokio::task::spawn_blocking(move || place.change(|lock| change(lock, &place.account.key))).await;
        written.map_err(|error| Refused::new(Why::Service, error.to_string()))?.map_err(provisioning::unwritten)
    }
}

/// Gives out what a run bought as soon as it is bought: a run may be killed long before its end.
pub(crate) struct Sharing {
    shared: Shared,
    plan: Plan,
}

impl Sharing {
    /// Listens to a run.
    pub(crate) fn of(start: &Start, shared: Shared) -> Self {
        Self { shared, plan: start.plan.clone() }
    }

    fn buys(&self, step: StepKey) -> bool {
        let work = self.plan.get(step).map(|node| &node.work);
        matches!(work, Some(Work::Exchange(exchanged)) if exchanged.billable)
    }
}

impl Report for Sharing {
    fn event(&mut self, moment: &Moment) {
        let bought = |change: &Change| matches!(change.to, ChangedTo::Succeeded { .. }) && self.buys(change.step);
        if moment.changes.iter().any(bought) && !moment.past {
            let shared = self.shared.clone();
            tokio::spawn(async move { shared.tell_out().await });
        }
    }

    fn finish(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn generated(purchase: &Purchase) -> Generated {
    Generated {
        workflow: purchase.workflow.clone(),
        step: purchase.wanted.step.clone(),
        rank: purchase.wanted.rank,
        face: purchase.face.as_str().to_owned(),
        prompt: purchase.wanted.prompt_sha256.clone(),
        credits: purchase.credits,
        made: purchase.at.to_string(),
        by: env!("CARGO_PKG_VERSION").to_owned(),
    }
}
