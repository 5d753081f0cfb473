//! Agents from git, at the door: what a project declares beside what the account has, and the run that makes one of
//! the other.

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;

use crate::clock::{Clock as _, SystemClock};
use crate::daemon::declarations::Agents;
use crate::daemon::refused::{Refused, Why};
use crate::daemon::runs::{Runs, RunsError};
use crate::daemon::service::{self, Connected, Reach};
use crate::daemon::shared_purchases::Found;
use crate::daemon::start::{Options, Ready};
use crate::executors::purchasing::{by_content, wanted};
use crate::journal::blobs::Blobs;
use crate::plan::model::Plan;
use crate::provision::account::Account;
use crate::provision::desired::Desired;
use crate::provision::difference::{Begun, Change, Difference};
use crate::provision::keeper::{KeepError, LockPlace};
use crate::provision::lock::{Lock, Name, face_of};
use crate::provision::outline::{Outline, Sources};
use crate::provision::script::{Script, WORKFLOW, to_lock};
use crate::provision::seen::{self, Seen};
use crate::purchases::price::Prices;
use crate::purchases::{Face, FaceParts, Purchase, PurchaseError, PurchaseState, Recovery};
use crate::settings::DEFAULT_URL;
use crate::sha256;

/// How often a creation on a sandbox is looked at: it takes less than on the service.
const SANDBOX_POLL: &str = "1s";

/// The account of a connection, as the lock knows it.
pub fn account(connected: &Connected) -> Account {
    Account::of(&connected.service, connected.settings.account(), DEFAULT_URL)
}

/// The code that stands for a declared agent on a sandbox of the run's own.
pub fn rehearsed(name: &str) -> String {
    let hash = sha256::hex(name).to_uppercase();
    format!("A{}", &hash[..9])
}

/// Puts the codes of a rehearsal into a plan: nothing is read of the lock, and nothing written.
pub fn rehearse(plan: &mut Plan) {
    plan.agents.iter_mut().for_each(|(name, agent)| agent.code = rehearsed(name));
}

impl Runs {
    /// The lock of the project, for an account.
    pub fn lock_place(&self, connected: &Connected) -> LockPlace {
        LockPlace { project: self.project().clone(), account: account(connected) }
    }

    /// Compares what is declared with the account. `whole` tells whether that is all that the project declares, so
    /// that what the lock has besides is declared no more.
    pub async fn outline(&self, declared: &Agents, connected: &Connected, whole: bool) -> Result<Outline, Refused> {
        let place = self.lock_place(connected);
        let account = place.account.key.clone();
        let mut lock = place.read().map_err(Refused::Mistakes)?;
        if !whole {
            lock.agents.retain(|name, _| declared.contains_key(&name.name));
        }
        let mut desired = IndexMap::new();
        for agent in declared.values() {
            let agent = Desired::of(agent, self.project()).map_err(|mistake| Refused::Mistakes(vec![*mistake]))?;
            desired.insert(agent.name.clone(), agent);
        }
        let (mut paid_for, mut begun) = (Vec::new(), BTreeMap::new());
        for agent in desired.values() {
            let known = self.purchases_of(agent, connected).await?;
            let bought = known.iter().filter(|purchase| purchase.state == PurchaseState::Bought);
            paid_for.extend(bought.filter_map(|purchase| Some((agent.name.clone(), purchase.agent.clone()?))));
            let coming = lock.entry(&agent.name, &account).and_then(|entry| entry.coming.as_ref());
            // One that was begun for another face is none of this one's.
            let coming = coming.filter(|coming| coming.face == face_of(&agent.from));
            paid_for.extend(coming.map(|coming| (agent.name.clone(), coming.code.clone())));
            let recovery = known.last().and_then(|purchase| purchase.recovery(SystemClock.now()));
            begun.extend(recovery.map(|recovery| (agent.name.clone(), begun_of(&recovery))));
        }
        let in_lock = lock.of_account(&account).flat_map(|(_, entry)| entry.others().chain([&entry.code]));
        let codes: BTreeSet<String> = in_lock.chain(paid_for.iter().map(|(_, code)| code)).cloned().collect();
        let seen = seen::look(&connected.client, codes.into_iter().collect()).await;
        let seen = seen.map_err(|failure| Refused::new(Why::Service, failure.message))?;
        let is_free = |code: &str| lock.name_of(code, &account).is_none();
        let is_there = |code: &str| matches!(seen.get(code), Some(Seen::There { .. }));
        let bought: BTreeMap<String, String> =
            paid_for.into_iter().filter(|(_, code)| is_free(code) && is_there(code)).collect();
        // What is as it was made costs nothing: only for what may be bought the price list is asked for.
        let is_made = |agent: &Desired| {
            let entry = lock.entry(&agent.name, &account);
            entry.is_some_and(|entry| is_there(&entry.code) && face_of(&entry.from) == face_of(&agent.from))
        };
        let prices = match desired.values().all(is_made) {
            true => Prices::default(),
            false => service::price_list(&connected.client).await,
        };
        let word = |agent: &Desired, name: &str| Some(agent.fields.get(name)?.as_str()?.to_owned());
        let price =
            |agent: &Desired| prices.credits(word(agent, "model").as_deref(), word(agent, "version").as_deref());
        let prices = desired.values().map(|agent| (agent.name.clone(), price(agent))).collect();
        let balance = connected.balance;
        Ok(Outline::of(Sources { account, desired, lock, seen, bought, begun, prices, balance }))
    }

    /// The purchases of the very fields of a declared agent, the newest last.
    async fn purchases_of(&self, agent: &Desired, connected: &Connected) -> Result<Vec<Purchase>, Refused> {
        self.purchases().known(&face(agent, connected)).await.map_err(unkept)
    }

    /// Prepares the run that applies an outline; none where nothing is sent. What only the lock needs is written now.
    pub async fn prepare_apply(&self, outline: &Outline, connected: &Connected) -> Result<Option<Ready>, Refused> {
        let place = self.lock_place(connected);
        if place.account.is_of_secret {
            let message = "the service does not name the account, and a new secret would be another one";
            return Err(Refused::new(Why::Settings, message)
                .hint("give it a name that stays: `RUNSHEET_ACCOUNT=…` in the environment or in `.env`"));
        }
        let Script { mut plan, files } = Script::of(outline);
        for file in &files {
            let bytes = std::fs::read(&file.path)
                .map_err(|error| Refused::new(Why::Invalid, format!("`{}` cannot be read: {error}", file.shown)))?;
            if Blobs::new(self.folder()).keep(&bytes).map_err(RunsError::from)? != file.sha256 {
                return Err(RunsError::Changed(file.shown.clone()).into());
            }
        }
        self.record(outline, &place)?;
        if plan.nodes.is_empty() {
            return Ok(None);
        }
        place.prove().map_err(unwritten)?;
        for difference in outline.differences.iter().filter(|difference| difference.changes()) {
            if let Some(desired) = outline.desired.get(&difference.name) {
                self.settle_purchases(desired, difference, (outline, connected)).await?;
            }
        }
        if connected.service.sandbox {
            service::look(&mut plan.nodes, SANDBOX_POLL);
        }
        let reach = Reach::Connected(Box::new(connected.clone()));
        let allow_destroy = outline.differences.iter().any(|difference| difference.change == Change::Delete);
        let options = Options { allow_destroy, ..Options::default() };
        Ok(Some(self.prepare_plan(plan, reach, &options).await?))
    }

    /// Lets the purchases know what the lock and the person said: another clone's agent is taken in, and one that nobody
    /// knows of is given up.
    async fn settle_purchases(
        &self,
        desired: &Desired,
        difference: &Difference,
        (outline, connected): (&Outline, &Connected),
    ) -> Result<(), Refused> {
        if difference.is_lost
            && let Some(lost) = self.purchases_of(desired, connected).await?.last()
        {
            self.purchases().abandon(&lost.key).await.map_err(unkept)?;
        }
        let coming = outline.lock.entry(&desired.name, &outline.account).and_then(|entry| entry.coming.as_ref());
        let coming = coming.filter(|coming| coming.face == face_of(&desired.from)).map(|coming| &coming.code);
        let Some(code) = coming.filter(|code| outline.is_wanted(code)) else { return Ok(()) };
        let found = Found {
            face: face(desired, connected),
            code,
            workflow: WORKFLOW,
            wanted: wanted(&desired.fields, &desired.name, 0),
            at: SystemClock.now(),
            credits: difference.credits,
        };
        self.take_in(&connected.service.key, found).await
    }

    /// Brings the lock up to date where nothing has to be sent for it.
    fn record(&self, outline: &Outline, place: &LockPlace) -> Result<(), Refused> {
        let recorded: Vec<&Difference> =
            outline.differences.iter().filter(|difference| difference.change == Change::Record).collect();
        if recorded.is_empty() {
            return Ok(());
        }
        let change = |lock: &mut Lock| {
            for difference in recorded {
                let name = Name::new(&difference.name, &outline.account);
                let to_lock = outline.desired.get(&difference.name).map(|desired| to_lock(outline, desired));
                match (to_lock, lock.agents.get_mut(&name)) {
                    (Some(to_lock), Some(entry)) => entry.follow(to_lock),
                    _ => drop(lock.agents.remove(&name)),
                }
            }
        };
        place.change(change).map_err(unwritten)
    }

    /// Notes that an agent was deleted: for purchases, and for the lock, whatever its name was.
    pub async fn deleted(&self, code: &str, connected: &Connected) -> Result<(), Refused> {
        self.purchases().gone(&connected.service.key, code).await.map_err(unkept)?;
        let place = self.lock_place(connected);
        let account = &place.account.key;
        let change = |lock: &mut Lock| {
            lock.agents.retain(|name, entry| name.account != *account || entry.code != code);
            for (name, entry) in &mut lock.agents {
                if name.account == *account {
                    entry.replaced.retain(|other| other != code);
                    entry.coming.take_if(|coming| coming.code == code);
                }
            }
            lock.generated.retain(|name, _| name.account != *account || name.name != code);
        };
        place.change(change).map_err(unwritten)
    }

    /// Whether the lock has every agent that an outline makes: one that was bought and is not in it is told.
    pub fn are_in_lock(&self, outline: &Outline, connected: &Connected) -> Result<bool, Refused> {
        let lock = self.lock_place(connected).read().map_err(Refused::Mistakes)?;
        let made = outline.differences.iter().filter(|difference| {
            matches!(difference.change, Change::Create | Change::Adopt | Change::Replace | Change::Update)
        });
        let is_in = |difference: &Difference| {
            let (entry, desired) =
                (lock.entry(&difference.name, &outline.account), outline.desired.get(&difference.name));
            entry.zip(desired).is_some_and(|(entry, desired)| entry.from == to_lock(outline, desired).from)
        };
        Ok(made.into_iter().all(is_in))
    }

    /// Puts the codes of declared agents into a plan; refused where one is not as it is declared. What whoever prepares
    /// the run has looked at is not looked at again.
    pub(crate) async fn address(&self, used: &Agents, plan: &mut Plan, connected: &Connected) -> Result<(), Refused> {
        if plan.agents.values().all(|agent| !agent.code.is_empty()) {
            return Ok(());
        }
        let outline = self.outline(used, connected, false).await?;
        match outline.differences.iter().find(|one| one.sends()) {
            Some(difference) => Err(not_as_declared(difference)),
            None => {
                put_codes(&outline, plan);
                Ok(())
            }
        }
    }
}

/// Puts the codes of an outline into a plan.
pub fn put_codes(outline: &Outline, plan: &mut Plan) {
    for difference in &outline.differences {
        if let (Some(agent), Some(code)) = (plan.agents.get_mut(&difference.name), &difference.code) {
            agent.code.clone_from(code);
        }
    }
}

/// What an agent is made from, as purchases know it: the name is part of it, so that no other name takes the agent.
fn face(agent: &Desired, connected: &Connected) -> Face {
    let fields = by_content(&agent.fields);
    let service = &connected.service.key;
    Face::of(FaceParts { service, workflow: WORKFLOW, fields: &fields, item: Some(&agent.name) })
}

fn begun_of(recovery: &Recovery) -> Begun {
    match recovery {
        Recovery::Repeat | Recovery::LookUp { .. } => Begun::Again,
        Recovery::Unknown => Begun::Lost,
    }
}

pub(crate) fn unkept(error: PurchaseError) -> Refused {
    let hint = error.hint();
    Refused::new(Why::Service, error.to_string()).hint(hint)
}

/// What to say when the lock is not written.
pub fn unwritten(error: KeepError) -> Refused {
    match error {
        KeepError::Held(_) => Refused::new(Why::Invalid, error.to_string()),
        error => Refused::new(Why::Service, error.to_string()),
    }
}

/// Refuses to go on with a run that applied: it would settle what was declared when it began.
pub fn refuse_again(plan: &Plan) -> Result<(), Refused> {
    if plan.workflow != WORKFLOW {
        return Ok(());
    }
    Err(Refused::new(Why::Invalid, "this run applied what was declared when it began")
        .hint("`runsheet agents apply` settles what is declared now; nothing is bought twice"))
}

/// What to say when an agent that a run needs is not as it is declared.
pub fn not_as_declared(difference: &Difference) -> Refused {
    let Difference { name, why, .. } = difference;
    match difference.change {
        Change::Create | Change::Adopt => {
            Refused::new(Why::Invalid, format!("agent `{name}` is declared, and not there: {why}; nothing was sent"))
                .hint("`runsheet agents apply` makes it; commit the lock that it writes")
        }
        _ => {
            let refused =
                Refused::new(Why::Invalid, format!("agent `{name}` is not as it is declared: {why}; nothing was sent"));
            refused.hint(match difference.change {
                Change::Replace => "`runsheet agents apply --allow-replace` buys the new face".to_owned(),
                _ if difference.is_edited => {
                    format!("`runsheet agents adopt {name}` writes it into the repository, `runsheet agents apply --overwrite` sets what is declared")
                }
                _ => "`runsheet agents apply` or `--apply-agents` settles it".to_owned(),
            })
        }
    }
}
