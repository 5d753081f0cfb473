use std::collections::HashSet;
use std::sync::Arc;

use proptest::prelude::*;
use serde_json::json;

use super::memory::MemoryPurchases;
use super::sqlite::SqlitePurchases;
use super::*;
use crate::database::Database;

fn face() -> Face {
    let fields = json!({"image": "ab12"}).as_object().cloned().unwrap_or_default();
    Face::of(FaceParts { service: "s", workflow: "w", fields: &fields, item: None })
}

fn wanted(prompt: &str, step: &str, rank: u32) -> Wanted {
    Wanted { prompt_sha256: prompt_sha256(prompt), step: step.to_owned(), rank }
}

fn intended(ordinal: u32, wanted: Wanted) -> Purchase {
    Purchase {
        key: new_key(),
        face: face(),
        ordinal,
        service: "s".to_owned(),
        workflow: "w".to_owned(),
        wanted,
        agent: None,
        state: PurchaseState::Intended,
        at: Timestamp(1_795_000_000_000 + i64::from(ordinal)),
        run: RunId::from_typed("7Q4M"),
        credits: 250,
    }
}

/// Runs a file whose steps all ask for one face, as the driver does, and gives each step's agent.
async fn run(purchases: &dyn Purchases, steps: &[Wanted]) -> Vec<String> {
    let mut taken = HashSet::new();
    let mut agents = Vec::new();
    for (place, step) in steps.iter().enumerate() {
        let known = purchases.known(&face()).await.unwrap();
        let (key, agent) = match choose(&known, step, &steps[place + 1..], &taken) {
            Some(found) => (found.key.clone(), found.agent.clone().unwrap()),
            None => {
                let purchase = intended(known.len().try_into().unwrap(), step.clone());
                let bought = Bought { agent: format!("A{:09}", known.len()), credits: 250 };
                purchases.intend(&purchase).await.unwrap();
                purchases.bought(&purchase.key, &bought).await.unwrap();
                (purchase.key, bought.agent)
            }
        };
        taken.insert(key);
        agents.push(agent);
    }
    agents
}

async fn count(purchases: &dyn Purchases) -> usize {
    purchases.known(&face()).await.unwrap().len()
}

#[tokio::test]
async fn two_alike_steps_buy_two_agents_and_find_them_again() {
    let purchases = MemoryPurchases::default();
    let steps = [wanted("warm", "host", 0), wanted("dry", "guest", 1)];
    let first = run(&purchases, &steps).await;
    assert_ne!(first[0], first[1]);
    assert_eq!(run(&purchases, &steps).await, first);
    assert_eq!(count(&purchases).await, 2);
}

#[tokio::test]
async fn a_changed_prompt_is_found_by_its_id() {
    let purchases = MemoryPurchases::default();
    let first = run(&purchases, &[wanted("warm", "host", 0), wanted("dry", "guest", 1)]).await;
    assert_eq!(run(&purchases, &[wanted("warmer", "host", 0), wanted("dry", "guest", 1)]).await, first);
    assert_eq!(run(&purchases, &[wanted("warmer", "host", 0), wanted("drier", "guest", 1)]).await, first);
    assert_eq!(count(&purchases).await, 2);
}

#[tokio::test]
async fn steps_that_change_places_keep_their_agents() {
    let purchases = MemoryPurchases::default();
    // Ids that count: they change with the place, the prompts do not.
    let first = run(&purchases, &[wanted("warm", "generate_1", 0), wanted("dry", "generate_2", 1)]).await;
    let swapped = run(&purchases, &[wanted("dry", "generate_1", 0), wanted("warm", "generate_2", 1)]).await;
    assert_eq!(swapped, [first[1].clone(), first[0].clone()]);
    assert_eq!(count(&purchases).await, 2);
}

#[tokio::test]
async fn an_inserted_step_buys_one_and_takes_nobodys() {
    let purchases = MemoryPurchases::default();
    let first = run(&purchases, &[wanted("warm", "generate_1", 0), wanted("dry", "generate_2", 1)]).await;
    let three = [wanted("new", "generate_1", 0), wanted("warm", "generate_2", 1), wanted("dry", "generate_3", 2)];
    let second = run(&purchases, &three).await;
    assert_eq!(second[1..], first);
    assert!(!first.contains(&second[0]));
    assert_eq!(count(&purchases).await, 3);
    assert_eq!(run(&purchases, &three).await, second);
}

#[tokio::test]
async fn equal_prompts_are_told_apart_by_id_then_order() {
    let purchases = MemoryPurchases::default();
    let first = run(&purchases, &[wanted("same", "host", 0), wanted("same", "guest", 1)]).await;
    let swapped = run(&purchases, &[wanted("same", "guest", 0), wanted("same", "host", 1)]).await;
    assert_eq!(swapped, [first[1].clone(), first[0].clone()]);
    assert_eq!(run(&purchases, &[wanted("same", "x", 0), wanted("same", "y", 1)]).await, first);
    assert_eq!(count(&purchases).await, 2);
}

#[test]
fn the_newest_of_equals_is_meant_and_one_that_is_there_before_one_that_may_be() {
    let bought = |ordinal| Purchase {
        state: PurchaseState::Bought,
        agent: Some(format!("A{ordinal}")),
        ..intended(ordinal, wanted("p", "host", 0))
    };
    let known = [bought(0), bought(1), intended(2, wanted("p", "host", 0))];
    let meant = |taken: &[&Purchase]| {
        let taken = taken.iter().map(|purchase| purchase.key.clone()).collect();
        choose(&known, &wanted("p", "host", 0), &[], &taken).map(|purchase| purchase.ordinal)
    };
    assert_eq!(meant(&[]), Some(1));
    assert_eq!(meant(&[&known[1]]), Some(0));
    assert_eq!(meant(&[&known[1], &known[0]]), Some(2));
    let gone = [Purchase { state: PurchaseState::Gone, ..bought(0) }];
    assert_eq!(choose(&gone, &wanted("p", "host", 0), &[], &HashSet::new()), None);
}

#[test]
fn an_intent_is_repeated_for_23_hours_then_looked_up_else_unknown() {
    let purchase = intended(0, wanted("p", "host", 0));
    let hours = |hours: u64| purchase.at + Millis::from_secs(hours * 3600);
    assert_eq!(purchase.recovery(purchase.at), Some(Recovery::Repeat));
    assert_eq!(purchase.recovery(Timestamp(hours(23).0 - 1)), Some(Recovery::Repeat));
    assert_eq!(purchase.recovery(hours(23)), Some(Recovery::Unknown));
    let asked = Purchase { agent: Some("A91XMB7113".to_owned()), ..purchase.clone() };
    assert_eq!(asked.recovery(hours(24)), Some(Recovery::LookUp { agent: "A91XMB7113".to_owned() }));
    assert_eq!(Purchase { state: PurchaseState::Bought, ..asked }.recovery(hours(24)), None);
}

async fn keeps_its_promises(purchases: &dyn Purchases) {
    let first = intended(0, wanted("p", "host", 0));
    purchases.intend(&first).await.unwrap();
    assert_eq!(purchases.known(&face()).await, Ok(vec![first.clone()]));
    // A run that read before the first was there buys nothing.
    let raced = purchases.intend(&intended(0, wanted("p", "host", 0))).await;
    assert_eq!(raced, Err(PurchaseError::Raced));
    assert_eq!(purchases.intend(&Purchase { ordinal: 1, ..first.clone() }).await, Err(PurchaseError::Raced));

    let second = intended(1, wanted("q", "guest", 1));
    purchases.intend(&second).await.unwrap();
    purchases.bought(&first.key, &Bought { agent: "A91XMB7113".to_owned(), credits: 500 }).await.unwrap();
    purchases.abandon(&second.key).await.unwrap();
    let agent = Some("A91XMB7113".to_owned());
    let bought = Purchase { agent, credits: 500, state: PurchaseState::Bought, ..first.clone() };
    let gone = Purchase { state: PurchaseState::Gone, ..second };
    assert_eq!(purchases.known(&face()).await, Ok(vec![bought.clone(), gone.clone()]));

    purchases.gone("another", "A91XMB7113").await.unwrap();
    assert_eq!(purchases.known(&face()).await.unwrap()[0], bought);
    purchases.gone("s", "A91XMB7113").await.unwrap();
    assert_eq!(purchases.known(&face()).await.unwrap()[0].state, PurchaseState::Gone);
    let nobody = purchases.abandon("no-such-key").await;
    assert_eq!(nobody, Err(PurchaseError::NoPurchase("no-such-key".to_owned())));
}

#[tokio::test]
async fn both_kinds_keep_purchases_and_refuse_a_race() {
    keeps_its_promises(&MemoryPurchases::default()).await;
    let folder = tempfile::tempdir().unwrap();
    let database = Database::open(&folder.path().join("runs.db")).unwrap();
    keeps_its_promises(&SqlitePurchases::new(database)).await;
}

#[tokio::test]
async fn every_write_of_a_purchase_is_on_the_disk_when_answered() {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::open(&folder.path().join("runs.db")).unwrap();
    let purchases = SqlitePurchases::new(database.clone());
    let purchase = intended(0, wanted("p", "host", 0));
    purchases.intend(&purchase).await.unwrap();
    assert_eq!(database.syncs(), 1);
    purchases.bought(&purchase.key, &Bought { agent: "A91XMB7113".to_owned(), credits: 250 }).await.unwrap();
    assert_eq!(database.syncs(), 2);
    purchases.abandon(&purchase.key).await.unwrap();
    assert_eq!(database.syncs(), 3);
}

#[tokio::test]
async fn of_many_runs_at_once_one_buys() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.db");
    let mut runs = tokio::task::JoinSet::new();
    for _ in 0..6 {
        let purchases = SqlitePurchases::new(Database::open(&path).unwrap());
        runs.spawn(async move { purchases.intend(&intended(0, wanted("p", "host", 0))).await });
    }
    let ended = runs.join_all().await;
    assert_eq!(ended.iter().filter(|intent| intent.is_ok()).count(), 1);
    assert_eq!(ended.iter().filter(|intent| **intent == Err(PurchaseError::Raced)).count(), 5);
    let after = SqlitePurchases::new(Arc::clone(&Database::open(&path).unwrap()));
    assert_eq!(count(&after).await, 1);
}

fn any_steps() -> impl Strategy<Value = Vec<Wanted>> {
    let ids = proptest::sample::subsequence(vec!["a", "b", "c", "d", "e"], 1..=5).prop_shuffle();
    let prompts = proptest::collection::vec("[pqr]", 5);
    (ids, prompts).prop_map(|(ids, prompts)| {
        let step = |(rank, id)| wanted(&prompts[rank as usize], id, rank);
        (0..).zip(ids).map(step).collect()
    })
}

proptest! {
    #[test]
    fn no_more_is_bought_than_there_are_steps_and_no_agent_serves_two(files in proptest::collection::vec(any_steps(), 1..5)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let purchases = MemoryPurchases::default();
            let mut most = 0;
            for steps in &files {
                let agents = run(&purchases, steps).await;
                most = most.max(steps.len());
                prop_assert_eq!(agents.iter().collect::<HashSet<_>>().len(), steps.len());
                prop_assert_eq!(count(&purchases).await, most);
                prop_assert_eq!(run(&purchases, steps).await, agents);
            }
            Ok(())
        })?;
    }
}
