//! What `generate` steps bought, shared through the lock: another clone of the project finds it, and buys nothing.

use crate::clock::{Clock as _, SystemClock, Timestamp};
use crate::daemon::provisioning;
use crate::daemon::refused::{Refused, Why};
use crate::daemon::runs::{Runs, RunsError};
use crate::daemon::service::Connected;
use crate::ids::RunId;
use crate::provision::account::AccountKey;
use crate::provision::keeper;
use crate::provision::lock::{Generated, Lock, Name};
use crate::provision::script::WORKFLOW;
use crate::purchases::sqlite::SqlitePurchases;
use crate::purchases::{Face, Purchase, PurchaseError, PurchaseState, Wanted};

/// The purchases of one account, beside the lock of the project.
pub(crate) struct Shared {
    runs: Runs,
    account: AccountKey,
    service: String,
}

impl Shared {
    /// Those of a connection.
    pub(crate) fn of(runs: &Runs, connected: &Connected) -> Self {
        let (account, service) = (provisioning::account(connected), connected.service.key.clone());
        Self { runs: runs.clone(), account, service }
    }

    /// Takes in what the lock has and nobody bought here.
    pub(crate) async fn take_in(&self) -> Result<(), Refused> {
        let lock = Lock::read(self.runs.project()).map_err(Refused::Mistakes)?;
        for (name, bought) in lock.generated.iter().filter(|(name, _)| name.account == self.account) {
            self.take(&name.name, bought).await.map_err(|error| RunsError::Removing(error.to_string()))?;
        }
        Ok(())
    }

    async fn take(&self, code: &str, bought: &Generated) -> Result<(), PurchaseError> {
        let purchases = self.runs.purchases();
        let face = Face::from_text(bought.face.clone());
        let known = purchases.known(&face).await?;
        if known.iter().any(|purchase| purchase.agent.as_deref() == Some(code)) {
            return Ok(());
        }
        let purchase = Purchase {
            key: format!("lock:{}:{code}", self.service),
            face,
            ordinal: u32::try_from(known.len()).unwrap_or(u32::MAX),
            service: self.service.clone(),
            workflow: bought.workflow.clone(),
            wanted: Wanted { prompt_sha256: bought.prompt.clone(), step: bought.step.clone(), rank: bought.rank },
            agent: Some(code.to_owned()),
            state: PurchaseState::Bought,
            at: Timestamp::parse(&bought.made).unwrap_or_else(|| SystemClock.now()),
            run: RunId::from_typed("LOCK"),
            credits: bought.credits,
        };
        match purchases.intend(&purchase).await {
            // Somebody else took it in.
            Err(PurchaseError::Raced) => Ok(()),
            other => other,
        }
    }

    /// Writes what was bought here into the lock, and takes out what has no agent any more.
    pub(crate) async fn give_out(&self) -> Result<(), Refused> {
        let all = SqlitePurchases::new(self.runs.kept.database()).bought_ones().await;
        let all = all.map_err(|error| Refused::new(Why::Service, error.to_string()))?;
        let own: Vec<Purchase> =
            all.into_iter().filter(|one| one.service == self.service && one.workflow != WORKFLOW).collect();
        let change = |lock: &mut Lock| {
            let is_there = |code: &str| own.iter().any(|one| one.agent.as_deref() == Some(code));
            let is_known = |face: &str| own.iter().any(|one| one.face.as_str() == face);
            lock.generated
                .retain(|name, bought| name.account != self.account || is_there(&name.name) || !is_known(&bought.face));
            for purchase in &own {
                let Some(code) = purchase.agent.as_ref().filter(|code| !code.is_empty()) else { continue };
                lock.generated.entry(Name::new(code, &self.account)).or_insert_with(|| generated(purchase));
            }
        };
        keeper::change(self.runs.project(), self.runs.folder().path(), change)
            .map_err(|error| Refused::new(Why::Service, error.to_string()))
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
