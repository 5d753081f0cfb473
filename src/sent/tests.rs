use std::sync::Arc;

use super::memory::MemorySent;
use super::sqlite::SqliteSent;
use super::*;
use crate::database::Database;

fn line(run: &str, began: i64, item: u32) -> Line {
    let id = LineId { service: "s".to_owned(), run: RunId::from_typed(run), step: StepKey::item(0, item, 0) };
    Line {
        id,
        workflow: "w".to_owned(),
        run_began: Timestamp(began),
        shown: "contact".to_owned(),
        once_per: Some("Ada".to_owned()),
        cap: None,
        settles: Millis(1),
    }
}

fn capped(run: &str, item: u32, group: &str) -> Line {
    let person = "Ada".to_owned();
    let cap = Counted { group: group.to_owned(), person, rolling: Some((1, Millis(100))), day: None };
    Line { once_per: None, cap: Some(cap), ..line(run, 0, item) }
}

/// What is promised holds for both keepers.
async fn with_both(check: impl AsyncFn(&dyn Sent)) {
    check(&MemorySent::default()).await;
    let folder = tempfile::tempdir().unwrap();
    let database: Arc<Database> = Database::open(&folder.path().join("runs.db")).unwrap();
    check(&SqliteSent::new(database, Arc::new(|_| true))).await;
}

fn sent_in(standing: &Standing) -> Option<(&str, bool)> {
    match standing {
        Standing::AlreadySent(earlier) => Some((earlier.run.as_str(), earlier.is_heard)),
        _ => None,
    }
}

#[tokio::test]
async fn a_value_is_claimed_once_and_one_that_nobody_knows_of_counts_as_sent() {
    with_both(async |sent| {
        let (first, second) = (line("AAAA", 0, 0), line("BBBB", 1, 7));
        assert!(sent.look(&second, Timestamp(5)).await.unwrap().is_free());
        assert!(sent.claim(&first, Timestamp(5)).await.unwrap().is_free());
        assert!(sent.claim(&first, Timestamp(6)).await.unwrap().is_free(), "its own, taken up again");
        assert_eq!(sent_in(&sent.claim(&second, Timestamp(7)).await.unwrap()), Some(("AAAA", false)));
        sent.settle(&first.id, Fate::Heard).await.unwrap();
        assert_eq!(sent_in(&sent.look(&second, Timestamp(8)).await.unwrap()), Some(("AAAA", true)));
        sent.settle(&first.id, Fate::Waits).await.unwrap();
        assert_eq!(
            sent_in(&sent.look(&second, Timestamp(9)).await.unwrap()),
            Some(("AAAA", true)),
            "heard is for good"
        );
    })
    .await;
}

#[tokio::test]
async fn what_is_on_its_way_is_waited_for_and_what_nobody_knows_is_not() {
    with_both(async |sent| {
        let first = Line { settles: Millis(100), ..line("AAAA", 0, 0) };
        let second = line("BBBB", 1, 7);
        sent.claim(&first, Timestamp(5)).await.unwrap();
        assert_eq!(sent.look(&second, Timestamp(6)).await.unwrap(), Standing::Underway { until: Timestamp(105) });
        assert_eq!(sent_in(&sent.look(&second, Timestamp(105)).await.unwrap()), Some(("AAAA", false)));
        sent.settle(&first.id, Fate::Unknown).await.unwrap();
        assert_eq!(sent_in(&sent.look(&second, Timestamp(7)).await.unwrap()), Some(("AAAA", false)));
        let counted = Line { settles: Millis(100), ..capped("CCCC", 0, "outbound") };
        sent.claim(&counted, Timestamp(1000)).await.unwrap();
        let other = capped("BBBB", 3, "outbound");
        assert_eq!(sent.look(&other, Timestamp(1050)).await.unwrap(), Standing::Underway { until: Timestamp(1100) });
        sent.settle(&counted.id, Fate::Heard).await.unwrap();
        assert_eq!(sent.look(&other, Timestamp(1050)).await.unwrap(), Standing::Capped { until: Timestamp(1100) });
    })
    .await;
}

#[tokio::test]
async fn what_may_have_been_heard_stays_so_whatever_becomes_of_later_tries_until_a_person_denies_it() {
    with_both(async |sent| {
        let (first, second) = (line("AAAA", 0, 0), line("BBBB", 1, 7));
        sent.claim(&first, Timestamp(5)).await.unwrap();
        sent.settle(&first.id, Fate::Unknown).await.unwrap();
        assert!(sent.claim(&first, Timestamp(6)).await.unwrap().is_free(), "its own step may say it again");
        sent.settle(&first.id, Fate::Waits).await.unwrap();
        sent.settle(&first.id, Fate::Dropped).await.unwrap();
        sent.recover("s", &first.id.run, BTreeSet::new()).await.unwrap();
        sent.leave("s", &first.id.run).await.unwrap();
        assert_eq!(sent_in(&sent.look(&second, Timestamp(7)).await.unwrap()), Some(("AAAA", false)));
        sent.settle(&first.id, Fate::Denied).await.unwrap();
        sent.settle(&first.id, Fate::Dropped).await.unwrap();
        assert!(sent.claim(&second, Timestamp(8)).await.unwrap().is_free());
    })
    .await;
}

#[tokio::test]
async fn what_is_known_not_to_have_gone_out_is_given_back() {
    with_both(async |sent| {
        let (first, second) = (line("AAAA", 0, 0), line("BBBB", 1, 7));
        sent.claim(&first, Timestamp(5)).await.unwrap();
        sent.settle(&first.id, Fate::Dropped).await.unwrap();
        assert!(sent_in(&sent.look(&second, Timestamp(6)).await.unwrap()).is_some(), "it may have gone out");
        sent.settle(&first.id, Fate::Waits).await.unwrap();
        assert!(sent.look(&second, Timestamp(6)).await.unwrap().is_free());
        sent.settle(&first.id, Fate::Dropped).await.unwrap();
        assert!(sent.claim(&second, Timestamp(6)).await.unwrap().is_free());
    })
    .await;
}

#[tokio::test]
async fn what_was_claimed_and_never_sent_is_given_back_when_the_run_is_taken_up() {
    with_both(async |sent| {
        let (first, second) = (line("AAAA", 0, 0), Line { once_per: Some("Bob".to_owned()), ..line("AAAA", 0, 1) });
        sent.claim(&first, Timestamp(5)).await.unwrap();
        sent.claim(&second, Timestamp(5)).await.unwrap();
        sent.recover("s", &first.id.run, BTreeSet::from([second.id.step])).await.unwrap();
        let other = |value: &str| Line { once_per: Some(value.to_owned()), ..line("BBBB", 1, 7) };
        assert!(sent.look(&other("Ada"), Timestamp(6)).await.unwrap().is_free());
        assert!(sent_in(&sent.look(&other("Bob"), Timestamp(6)).await.unwrap()).is_some());
    })
    .await;
}

#[tokio::test]
async fn another_service_and_another_workflow_know_nothing_of_it() {
    with_both(async |sent| {
        sent.claim(&line("AAAA", 0, 0), Timestamp(5)).await.unwrap();
        let elsewhere = Line { workflow: "v".to_owned(), ..line("BBBB", 1, 7) };
        assert!(sent.look(&elsewhere, Timestamp(6)).await.unwrap().is_free());
        let mut rehearsed = line("CCCC", 1, 7);
        rehearsed.id.service = "sandbox".to_owned();
        assert!(sent.look(&rehearsed, Timestamp(6)).await.unwrap().is_free());
    })
    .await;
}

#[tokio::test]
async fn an_older_line_gives_way_to_a_newer_one_that_waits() {
    with_both(async |sent| {
        let (old, new) = (line("BBBB", 0, 0), line("AAAA", 1, 0));
        sent.wait(&old, Timestamp(1)).await.unwrap();
        assert!(sent.look(&old, Timestamp(2)).await.unwrap().is_free());
        sent.wait(&new, Timestamp(3)).await.unwrap();
        assert_eq!(sent.look(&old, Timestamp(4)).await.unwrap(), Standing::Superseded { run: new.id.run.clone() });
        assert_eq!(sent.claim(&old, Timestamp(4)).await.unwrap(), Standing::Superseded { run: new.id.run.clone() });
        assert!(sent.look(&new, Timestamp(4)).await.unwrap().is_free());
        sent.leave("s", &new.id.run).await.unwrap();
        assert!(sent.claim(&old, Timestamp(5)).await.unwrap().is_free());
        sent.leave("s", &old.id.run).await.unwrap();
        assert!(sent_in(&sent.look(&new, Timestamp(6)).await.unwrap()).is_some(), "what went out stays");
    })
    .await;
}

#[tokio::test]
async fn a_cap_counts_contacts_of_its_group_and_no_line_of_the_same_contact() {
    with_both(async |sent| {
        let first = capped("AAAA", 0, "outbound");
        let mut next = first.clone();
        next.id.step = StepKey::item(0, 0, 1);
        assert!(sent.claim(&first, Timestamp(1000)).await.unwrap().is_free());
        assert!(sent.claim(&next, Timestamp(1040)).await.unwrap().is_free());
        let other = capped("BBBB", 3, "outbound");
        assert_eq!(sent.look(&other, Timestamp(1050)).await.unwrap(), Standing::Capped { until: Timestamp(1140) });
        assert!(sent.look(&capped("BBBB", 3, "inbound"), Timestamp(1050)).await.unwrap().is_free());
        assert!(sent.claim(&other, Timestamp(1140)).await.unwrap().is_free());
    })
    .await;
}

#[tokio::test]
async fn what_was_sent_is_listed_and_forgotten_by_its_value() {
    let folder = tempfile::tempdir().unwrap();
    let sent = SqliteSent::new(Database::open(&folder.path().join("runs.db")).unwrap(), Arc::new(|_| true));
    let (first, second) = (line("AAAA", 0, 0), line("BBBB", 1, 7));
    sent.claim(&first, Timestamp(5)).await.unwrap();
    let listed = sent.of_workflow("s", "w").await.unwrap();
    assert_eq!(listed.iter().map(|line| line.once_per.as_str()).collect::<Vec<_>>(), ["Ada"]);
    assert_eq!(sent.services("w").await.unwrap(), ["s"]);
    assert_eq!(sent.forget("s", "w", "Bob").await.unwrap(), 0);
    assert_eq!(sent.forget("s", "w", "Ada").await.unwrap(), 1);
    assert!(sent.claim(&second, Timestamp(6)).await.unwrap().is_free());
}

#[tokio::test]
async fn what_a_run_left_waiting_that_nobody_drives_keeps_no_line() {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::open(&folder.path().join("runs.db")).unwrap();
    let sent = SqliteSent::new(database, Arc::new(|run| run.as_str() != "DEAD"));
    let older = line("AAAA", 0, 0);
    sent.wait(&line("DEAD", 2, 0), Timestamp(5)).await.unwrap();
    assert!(sent.look(&older, Timestamp(6)).await.unwrap().is_free());
    sent.wait(&line("BBBB", 1, 0), Timestamp(7)).await.unwrap();
    assert_eq!(sent.look(&older, Timestamp(8)).await.unwrap(), Standing::Superseded { run: RunId::from_typed("BBBB") });
    assert!(
        sent.has(&RunId::from_typed("BBBB")).await.unwrap() && !sent.has(&RunId::from_typed("CCCC")).await.unwrap()
    );
}

#[tokio::test]
async fn a_line_that_was_heard_is_claimed_by_nobody_not_even_by_its_own_run() {
    with_both(async |sent| {
        let own = line("AAAA", 0, 0);
        sent.claim(&own, Timestamp(5)).await.unwrap();
        sent.settle(&own.id, Fate::Unknown).await.unwrap();
        assert!(sent.claim(&own, Timestamp(6)).await.unwrap().is_free(), "its person wants it said again");
        sent.settle(&own.id, Fate::Heard).await.unwrap();
        assert_eq!(sent_in(&sent.claim(&own, Timestamp(7)).await.unwrap()), Some(("AAAA", true)));
    })
    .await;
}

#[test]
fn a_person_is_found_without_a_look_at_all_that_was_ever_said() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.db");
    drop(Database::open(&path).unwrap());
    let connection = rusqlite::Connection::open(&path).unwrap();
    for (statement, index) in [(sqlite::CONTACTS, "lines_by_person"), (sqlite::SENT_BEFORE, "lines_by_value")] {
        let mut plan = connection.prepare(&format!("EXPLAIN QUERY PLAN {statement}")).unwrap();
        let told = plan
            .query_map(rusqlite::params_from_iter(["x"; 7].iter().take(statement.matches('?').count())), |row| {
                row.get(3)
            })
            .unwrap();
        let told: Vec<String> = told.collect::<Result<_, _>>().unwrap();
        assert!(told[0].contains(index), "{told:?}");
    }
}
