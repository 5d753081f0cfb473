//! Buying once: what is done around an action that costs credits, before it goes out and after it answered.
//!
//! The purchases are asked first; what was bought before is asked for at the service and used again. Only then is an
//! intent recorded, with its key, and only then does anything go out.

mod offer;
mod used;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Map, Value};

pub use self::offer::{ToBuy, buys};
pub use self::used::Used;
use crate::bithuman::{AgentPhase, Client, has_no_agent};
use crate::clock::Timestamp;
use crate::crash;
use crate::duration::Millis;
use crate::engine::event::{Record, Rendering, Reuse};
use crate::ids::RunId;
use crate::outcome::{ErrorClass, Exchange, Failure, Tier};
use crate::purchases::price::Prices;
use crate::purchases::{
    Bought, Face, FaceParts, Purchase, PurchaseError, PurchaseState, Purchases, Recovery, Wanted, choose, new_key,
    prompt_sha256,
};

/// How often a choice is made anew when another run was quicker.
const RACES: usize = 5;

/// The purchases of one run.
pub struct Purchasing {
    /// Where they are kept.
    pub purchases: Arc<dyn Purchases>,
    /// The service.
    pub client: Client,
    /// The key of the service and account.
    pub service: String,
    /// The workflow's name.
    pub workflow: String,
    /// The run.
    pub run: RunId,
    /// What agents cost.
    pub prices: Prices,
    /// The most credits that the run may spend.
    pub max_credits: Option<u64>,
    /// Whether a step fails rather than buy.
    pub no_purchase: bool,
    /// Nothing bought before is used again.
    pub fresh: bool,
    /// What this run has spent and which purchases it uses.
    pub used: Mutex<Used>,
}

/// An agent that a step wants.
#[derive(Clone, Debug)]
pub struct Wish {
    /// What would be sent.
    pub rendering: Rendering,
    /// The step's id.
    pub step: String,
    /// Its rank among the file's equal faces.
    pub rank: u32,
    /// The key of the loop's item.
    pub item: Option<String>,
    /// Other steps that want the same face and have not chosen.
    pub others: Vec<Wanted>,
    /// The bound of one exchange.
    pub timeout: Millis,
}

impl Purchasing {
    /// Decides what goes out: an agent bought before, an intent repeated with its key, or a new purchase.
    ///
    /// A try that was recorded with its key goes out again with it only while the service still knows the key.
    pub async fn arrange(&self, mut wish: Wish, now: Timestamp) -> Result<Rendering, Failure> {
        if let Some(key) = wish.rendering.idempotency_key.clone() {
            if let Some(rendering) = self.repeat(&key, &wish, now).await? {
                return Ok(rendering);
            }
            self.used().remove(&key);
            (wish.rendering.idempotency_key, wish.rendering.credits) = (None, 0);
        }
        let face = self.face(&wish);
        let wanted = wanted(&wish.rendering.fields, &wish.step, wish.rank);
        let may_reuse = !self.fresh && wish.rendering.fields.get("reuse") != Some(&Value::Bool(false));
        for _ in 0..RACES {
            let known = self.purchases.known(&face).await.map_err(store_failure)?;
            let chosen = if may_reuse { self.take(&known, &wanted, &wish.others) } else { None };
            let arranged = match chosen {
                Some(purchase) => self.again(&purchase, &wish, now).await?,
                None => self.anew(&face, &wanted, known.len(), &wish, now).await?,
            };
            if let Some(rendering) = arranged {
                return Ok(rendering);
            }
        }
        Err(Failure::new(ErrorClass::Busy, "purchase_raced", "another run buys the same agent at this moment"))
    }

    /// Remembers what the run has used already, from its records.
    pub fn remember(&self, records: &[Record]) {
        self.used().remember(records);
    }

    /// Gives back what was arranged for a try that does not go out: the next one finds it again.
    pub fn withdraw(&self, arranged: &Rendering) {
        if let Some(key) = purchase_of(arranged) {
            self.used().remove(key);
        }
    }

    /// Records what a purchase brought, before anybody else hears of it. An agent that is used again was bought
    /// before: whatever its update comes to, it stays.
    pub async fn settle(&self, rendering: &Rendering, exchange: &Exchange) -> Result<(), Failure> {
        let Some(key) = rendering.idempotency_key.as_ref().filter(|_| rendering.reuse.is_none()) else { return Ok(()) };
        match exchange {
            Exchange::Done { result } => {
                let agent = result.get("agent_id").and_then(Value::as_str).unwrap_or_default().to_owned();
                let bought = Bought { agent, credits: rendering.credits };
                let kept = self.purchases.bought(key, &bought).await;
                crash::point(crash::Point::AfterPurchase);
                kept.map_err(store_failure)
            }
            Exchange::Failed { failure } if failure.class == ErrorClass::Rejected => {
                self.used().remove(key);
                self.purchases.abandon(key).await.map_err(store_failure)
            }
            Exchange::Failed { .. } | Exchange::Again { .. } => Ok(()),
        }
    }

    /// Records that the creation of an agent failed: it is not to be used again, and was refunded.
    pub async fn creation_failed(&self, agent: &str) -> Result<(), Failure> {
        self.purchases.gone(&self.service, agent).await.map_err(store_failure)
    }

    fn face(&self, wish: &Wish) -> Face {
        let fields = by_content(&wish.rendering.fields);
        let item = wish.item.as_deref();
        Face::of(FaceParts { service: &self.service, workflow: &self.workflow, fields: &fields, item })
    }

    /// Chooses a purchase and marks it as in use, so that no other step of the run takes it too.
    fn take(&self, known: &[Purchase], wanted: &Wanted, others: &[Wanted]) -> Option<Purchase> {
        let mut used = self.used();
        let known: Vec<Purchase> = known.iter().filter(|purchase| used.is_free(purchase)).cloned().collect();
        let chosen = choose(&known, wanted, others, &used.keys())?.clone();
        // An intent that is repeated may be charged for now; what was bought before costs this run nothing.
        let credits = if chosen.state == PurchaseState::Intended { chosen.credits } else { 0 };
        used.insert(&chosen.key, credits);
        Some(chosen)
    }

    /// What a try does that was recorded with this key. None when nothing came of the key: choose anew.
    async fn repeat(&self, key: &str, wish: &Wish, now: Timestamp) -> Result<Option<Rendering>, Failure> {
        match self.purchases.find(key).await.map_err(store_failure)? {
            None => Err(Failure::rejected("purchase_unknown", format!("no purchase has the key `{key}` of this try"))),
            Some(purchase) if purchase.state == PurchaseState::Gone => Ok(None),
            Some(purchase) => self.again(&purchase, wish, now).await,
        }
    }

    /// Uses a purchase again. None when it turned out to be gone: choose anew.
    async fn again(&self, purchase: &Purchase, wish: &Wish, now: Timestamp) -> Result<Option<Rendering>, Failure> {
        let agent = match (purchase.state, purchase.recovery(now), &purchase.agent) {
            (PurchaseState::Bought, _, Some(agent)) => agent.clone(),
            (_, Some(Recovery::LookUp { agent }), _) => agent,
            (_, Some(Recovery::Repeat), _) => return Ok(Some(with_key(wish, purchase.key.clone(), purchase.credits))),
            _ => return Err(nobody_knows(purchase)),
        };
        self.client.rate_limits().acquire(Tier::Read).await;
        match self.client.with_timeout(wish.timeout).agent(&agent).await {
            Ok(record) if record.phase() != AgentPhase::Failed => {
                if purchase.state == PurchaseState::Intended {
                    let bought = Bought { agent: agent.clone(), credits: purchase.credits };
                    self.purchases.bought(&purchase.key, &bought).await.map_err(store_failure)?;
                }
                let prompt = wish.rendering.fields.get("prompt").and_then(Value::as_str);
                let update_prompt = prompt.is_some() && prompt != record.system_prompt.as_deref();
                let purchase = purchase.key.clone();
                let reuse = Reuse { agent, status: record.status, update_prompt, purchase };
                Ok(Some(Rendering { reuse: Some(reuse), ..wish.rendering.clone() }))
            }
            Ok(_) => self.abandon(purchase).await,
            Err(failure) if has_no_agent(&failure) => self.abandon(purchase).await,
            Err(failure) => {
                self.used().remove(&purchase.key);
                Err(failure)
            }
        }
    }

    async fn abandon(&self, purchase: &Purchase) -> Result<Option<Rendering>, Failure> {
        self.purchases.abandon(&purchase.key).await.map_err(store_failure)?;
        self.used().remove(&purchase.key);
        Ok(None)
    }

    /// Records the intent of a new purchase. None when another run was quicker.
    async fn anew(
        &self,
        face: &Face,
        wanted: &Wanted,
        ordinal: usize,
        wish: &Wish,
        now: Timestamp,
    ) -> Result<Option<Rendering>, Failure> {
        let credits = self.price(&wish.rendering.fields);
        let key = new_key();
        self.reserve(&key, credits)?;
        let purchase = Purchase {
            key: key.clone(),
            face: face.clone(),
            ordinal: u32::try_from(ordinal).unwrap_or(u32::MAX),
            service: self.service.clone(),
            workflow: self.workflow.clone(),
            wanted: wanted.clone(),
            agent: wish.rendering.fields.get("agent_id").and_then(Value::as_str).map(str::to_owned),
            state: PurchaseState::Intended,
            at: now,
            run: self.run.clone(),
            credits,
        };
        let intended = self.purchases.intend(&purchase).await;
        crash::point(crash::Point::AfterIntent);
        if intended.is_err() {
            self.used().remove(&key);
        }
        match intended {
            Ok(()) => Ok(Some(with_key(wish, key, credits))),
            Err(PurchaseError::Raced) => Ok(None),
            Err(error) => Err(store_failure(error)),
        }
    }

    /// Sets credits aside, unless nothing may be bought, or that passes `max_credits`.
    fn reserve(&self, key: &str, credits: u64) -> Result<(), Failure> {
        if self.no_purchase {
            let message = format!("this would buy an agent for {credits} credits, and nobody allowed it");
            return Err(Failure::rejected("no_purchase", message));
        }
        let mut used = self.used();
        let spent = used.credits();
        if let Some(most) = self.max_credits
            && spent + credits > most
        {
            let message = format!("{credits} credits more would pass `max_credits: {most}`; {spent} are spent");
            return Err(Failure::rejected("max_credits", message));
        }
        used.insert(key, credits);
        Ok(())
    }

    fn used(&self) -> MutexGuard<'_, Used> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What an agent of these fields costs.
    pub fn price(&self, fields: &Map<String, Value>) -> u64 {
        let word = |name: &str| fields.get(name).and_then(Value::as_str);
        self.prices.credits(word("model"), word("version"))
    }
}

/// What tells a step apart from others that want the same face.
pub fn wanted(fields: &Map<String, Value>, step: &str, rank: u32) -> Wanted {
    let prompt = fields.get("prompt").and_then(Value::as_str).unwrap_or_default();
    Wanted { prompt_sha256: prompt_sha256(prompt), step: step.to_owned(), rank }
}

/// Fields with files known by their content alone.
pub fn by_content(fields: &Map<String, Value>) -> Map<String, Value> {
    let content = |value: &Value| match value.get("sha256") {
        Some(sha256) => sha256.clone(),
        None => value.clone(),
    };
    fields.iter().map(|(name, value)| (name.clone(), content(value))).collect()
}

/// The purchase that a try makes or uses again.
fn purchase_of(rendering: &Rendering) -> Option<&str> {
    let reused = rendering.reuse.as_ref().map(|reuse| reuse.purchase.as_str()).filter(|key| !key.is_empty());
    reused.or(rendering.idempotency_key.as_deref())
}

fn with_key(wish: &Wish, key: String, credits: u64) -> Rendering {
    Rendering { idempotency_key: Some(key), credits, ..wish.rendering.clone() }
}

fn nobody_knows(purchase: &Purchase) -> Failure {
    let message = format!(
        "an agent may have been bought at {} by run {}, and nobody knows: the service no longer keeps its key; look \
         at the account's agents, then `--fresh` buys anew, or `agent: CODE` uses the one that is there",
        purchase.at, purchase.run
    );
    Failure::rejected("purchase_unknown", message)
}

fn store_failure(error: PurchaseError) -> Failure {
    Failure::rejected("purchases", format!("the purchases cannot be kept: {error}"))
}
