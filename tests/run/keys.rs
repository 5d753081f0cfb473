//! What becomes of a purchase whose run was cut short, when the service no longer keeps its key.

use std::sync::Arc;

use runsheet::bithuman::{Client, RateLimits};
use runsheet::clock::{Clock as _, SystemClock, Timestamp};
use runsheet::duration::Millis;
use runsheet::engine::event::{Event, Record, Rendering};
use runsheet::executors::purchasing::{Purchasing, Wish};
use runsheet::ids::RunId;
use runsheet::outcome::{Exchange, Failure};
use runsheet::plan::model::StepKey;
use runsheet::purchases::memory::MemoryPurchases;
use runsheet::purchases::price::Prices;
use runsheet::purchases::{PurchaseState, Purchases};
use runsheet::sandbox::{RunningSandbox, Sandbox, Settings};
use runsheet::secret::Secret;
use runsheet::settings::ServiceUrl;
use serde_json::{Value, json};

use crate::support::AGENT;

const A_DAY: Millis = Millis::from_secs(25 * 3600);

/// A service that has one agent, and the purchases of one run.
struct Shop {
    _sandbox: RunningSandbox,
    purchases: Arc<MemoryPurchases>,
    client: Client,
    now: Timestamp,
}

impl Shop {
    async fn new() -> Self {
        let agents = vec![AGENT.to_owned()];
        let sandbox = Sandbox::start(Settings { agents, ..Settings::default() }).await.unwrap();
        let url = ServiceUrl::parse(&sandbox.url()).unwrap();
        let client = Client::new(url, Secret::new("any-secret"), RateLimits::new()).unwrap();
        Self { _sandbox: sandbox, purchases: Arc::default(), client, now: SystemClock.now() }
    }

    /// The run's purchases, as a new process has them.
    fn purchasing(&self, max_credits: Option<u64>) -> Purchasing {
        Purchasing {
            purchases: self.purchases.clone(),
            client: self.client.clone(),
            service: "s".to_owned(),
            workflow: "w".to_owned(),
            run: RunId::from_typed("7Q4M"),
            prices: Prices::default(),
            max_credits,
            no_purchase: false,
            fresh: false,
            used: Default::default(),
        }
    }
}

fn wish(rendering: Rendering) -> Wish {
    Wish { rendering, step: "host".to_owned(), rank: 0, item: None, others: Vec::new(), timeout: Millis::from_secs(5) }
}

fn wanted(fields: Value) -> Rendering {
    Rendering { fields: fields.as_object().cloned().unwrap(), ..Rendering::default() }
}

async fn arranged(shop: &Shop, fields: Value) -> Rendering {
    shop.purchasing(None).arrange(wish(wanted(fields)), shop.now).await.unwrap()
}

#[tokio::test]
async fn a_recorded_key_is_sent_again_while_the_service_keeps_it_and_never_after() {
    let shop = Shop::new().await;
    let recorded = arranged(&shop, json!({ "prompt": "A host" })).await;
    assert!(recorded.idempotency_key.is_some());
    let again = shop.purchasing(None).arrange(wish(recorded.clone()), shop.now + Millis::from_secs(3600)).await;
    assert_eq!(again.unwrap(), recorded);
    let late = shop.purchasing(None).arrange(wish(recorded.clone()), shop.now + A_DAY).await;
    let Failure { code, message, .. } = late.unwrap_err();
    assert_eq!(code, "purchase_unknown");
    assert!(message.contains("--fresh"), "{message}");
}

#[tokio::test]
async fn what_was_bought_is_used_when_only_the_outcome_of_its_try_was_lost() {
    let shop = Shop::new().await;
    let recorded = arranged(&shop, json!({ "prompt": "A host" })).await;
    let bought = Exchange::Done { result: json!({ "agent_id": AGENT, "status": "processing" }) };
    shop.purchasing(None).settle(&recorded, &bought).await.unwrap();
    let late = shop.purchasing(None).arrange(wish(recorded.clone()), shop.now + A_DAY).await.unwrap();
    assert_eq!(late.reuse.map(|reuse| reuse.agent).as_deref(), Some(AGENT));
    assert_eq!(late.credits, 250, "this run has paid for it");
}

#[tokio::test]
async fn a_prompt_that_is_refused_takes_nothing_from_what_was_bought() {
    let shop = Shop::new().await;
    let recorded = arranged(&shop, json!({ "prompt": "A host" })).await;
    let key = recorded.idempotency_key.clone().unwrap();
    let bought = Exchange::Done { result: json!({ "agent_id": AGENT, "status": "processing" }) };
    shop.purchasing(None).settle(&recorded, &bought).await.unwrap();
    let purchasing = shop.purchasing(Some(250));
    let reused = purchasing.arrange(wish(recorded), shop.now + A_DAY).await.unwrap();
    let refused = Exchange::Failed { failure: Failure::rejected("VALIDATION_ERROR", "the prompt is refused") };
    purchasing.settle(&reused, &refused).await.unwrap();
    assert_eq!(shop.purchases.find(&key).await.unwrap().unwrap().state, PurchaseState::Bought);

    // A process that takes the run up again counts it as the run's own, too.
    let step = StepKey::node(0);
    let begun = Event::AttemptStarted { step, attempt: 1, rendering: Box::new(reused) };
    let records = [begun, Event::AttemptEnded { step, exchange: refused }];
    let records: Vec<Record> = (1..).zip(records).map(|(seq, event)| Record { seq, at: shop.now, event }).collect();
    let next = shop.purchasing(Some(250));
    next.remember(&records);
    let another = next.arrange(wish(wanted(json!({ "prompt": "A guest" }))), shop.now).await;
    assert_eq!(another.unwrap_err().code, "max_credits");
}

#[tokio::test]
async fn an_agent_that_was_asked_for_by_its_code_is_looked_up() {
    let shop = Shop::new().await;
    let recorded = arranged(&shop, json!({ "prompt": "A host", "agent_id": AGENT })).await;
    let late = shop.purchasing(None).arrange(wish(recorded), shop.now + A_DAY).await.unwrap();
    assert_eq!(late.reuse.map(|reuse| reuse.agent).as_deref(), Some(AGENT));
}

#[tokio::test]
async fn what_was_arranged_and_not_sent_is_found_again_and_paid_for_once() {
    let shop = Shop::new().await;
    let purchasing = shop.purchasing(Some(250));
    let first = purchasing.arrange(wish(wanted(json!({ "prompt": "A host" }))), shop.now).await.unwrap();
    purchasing.withdraw(&first);
    let second = purchasing.arrange(wish(wanted(json!({ "prompt": "A host" }))), shop.now).await.unwrap();
    assert_eq!(first.idempotency_key, second.idempotency_key);
    let key = first.idempotency_key.unwrap();
    assert_eq!(shop.purchases.find(&key).await.unwrap().unwrap().credits, 250);
}

#[tokio::test]
async fn two_equal_faces_keep_their_agents_when_a_process_dies_between_them() {
    let shop = Shop::new().await;
    let fields = || json!({ "prompt": "A host", "agent_id": AGENT });
    let recorded = arranged(&shop, fields()).await;
    let late = shop.now + A_DAY;
    let reused = shop.purchasing(None).arrange(wish(recorded), late).await.unwrap();

    let event = Event::AttemptStarted { step: StepKey::node(0), attempt: 1, rendering: Box::new(reused) };
    let record = Record { seq: 1, at: late, event };
    let purchasing = shop.purchasing(None);
    purchasing.remember(&[record]);
    let other = purchasing.arrange(wish(wanted(fields())), late).await.unwrap();
    assert!(other.reuse.is_none() && other.idempotency_key.is_some(), "the second step took the first one's agent");
}
