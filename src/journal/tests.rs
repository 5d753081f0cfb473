use std::sync::Arc;

use serde_json::json;
use tempfile::TempDir;

use super::folder::StateFolder;
use super::lock::RunLock;
use super::memory::MemoryJournal;
use super::sqlite::SqliteJournal;
use super::*;
use crate::clock::Timestamp;
use crate::database::Database;
use crate::engine::event::{Event, Service, Start};
use crate::plan::model::{Plan, StepKey};

struct Place {
    _folder: TempDir,
    state: StateFolder,
    database: Arc<Database>,
    journal: SqliteJournal,
}

fn place() -> Place {
    let folder = tempfile::tempdir().unwrap();
    let state = StateFolder::open(folder.path(), None).unwrap();
    let database = Database::open(&state.database()).unwrap();
    let journal = SqliteJournal::new(database.clone(), state.clone());
    Place { _folder: folder, state, database, journal }
}

fn id(text: &str) -> RunId {
    RunId::from_typed(text)
}

fn row(run: &str, file: &str, second: i64) -> RunRow {
    RunRow {
        id: id(run),
        workflow: file.trim_end_matches(".yaml").to_owned(),
        file: file.to_owned(),
        service: "sandbox".to_owned(),
        sandbox: true,
        started_at: Timestamp(1_795_000_000_000 + second * 1000),
        summary: RunSummary::running(),
        crashed: false,
    }
}

fn started(run: &str) -> Record {
    let start = Start {
        run: id(run),
        version: "0.1.0".to_owned(),
        plan: Plan { workflow: "welcome — ¡hola!".to_owned(), ..Plan::default() },
        speed: 1.5,
        service: Service::default(),
        go: false,
        fresh: false,
        allow_destroy: false,
        no_purchase: false,
        dry: false,
        clock: None,
        selection: Default::default(),
    };
    Record { seq: 0, at: Timestamp(1_795_000_000_123), event: Event::Started(Box::new(start)) }
}

fn due(seq: u64) -> Record {
    let event = Event::Due { step: StepKey::item(1, 2, u32::try_from(seq).unwrap()) };
    Record { seq, at: Timestamp(1_795_000_001_000 + seq.cast_signed()), event }
}

async fn append(journal: &dyn Journal, run: &str, record: Record, durability: Durability) -> Result<(), JournalError> {
    journal.append(&id(run), &record, durability).await.await
}

/// What every journal must do.
async fn keeps_its_promises(journal: &dyn Journal) {
    journal.create(&row("7Q4M", "a.yaml", 1), &started("7Q4M")).await.unwrap();
    let again = journal.create(&row("7Q4M", "b.yaml", 2), &started("7Q4M")).await;
    assert_eq!(again, Err(JournalError::Taken(id("7Q4M"))));

    append(journal, "7Q4M", due(1), Durability::Lazy).await.unwrap();
    append(journal, "7Q4M", due(2), Durability::Synced).await.unwrap();
    for seq in [1, 2, 4] {
        let refused = append(journal, "7Q4M", due(seq), Durability::Lazy).await;
        assert_eq!(refused, Err(JournalError::OutOfOrder { run: id("7Q4M"), seq }));
    }
    assert_eq!(journal.load(&id("7Q4M")).await, Ok(vec![started("7Q4M"), due(1), due(2)]));
    assert_eq!(journal.load(&id("NONE")).await, Err(JournalError::NoRun(id("N0NE"))));
    let late = journal.create(&row("7Q5A", "a.yaml", 2), &due(1)).await;
    assert_eq!(late, Err(JournalError::OutOfOrder { run: id("7Q5A"), seq: 1 }));
}

async fn lists_and_finds(journal: &dyn Journal) {
    for (run, file, second) in [("AAAA", "a.yaml", 1), ("AABB", "b.yaml", 3), ("BBBB", "a.yaml", 2)] {
        journal.create(&row(run, file, second), &started(run)).await.unwrap();
    }
    let names = |rows: Vec<RunRow>| rows.into_iter().map(|row| row.id.to_string()).collect::<Vec<_>>();
    assert_eq!(names(journal.runs(&RunFilter::default()).await.unwrap()), ["AABB", "BBBB", "AAAA"]);
    assert_eq!(journal.latest().await.unwrap().unwrap().id, id("AABB"));
    assert_eq!(journal.find("bb").await.unwrap().unwrap().id, id("BBBB"));
    assert_eq!(journal.find("zz").await, Ok(None));
    let ambiguous = journal.find("aa").await.unwrap_err();
    assert_eq!(ambiguous.to_string(), "`aa` could be any of 2 runs: AABB, AAAA");

    assert_eq!(journal.latest_unfinished_of("a.yaml").await.unwrap().unwrap().id, id("BBBB"));
    let counts = Counts { succeeded: 3, failed: 1, skipped: 2, unknown: 4 };
    let ended_at = Some(Timestamp(1_795_000_009_000));
    let summary = RunSummary { status: RunStatus::Failed, ended_at, credits: 250, counts };
    journal.set_status(&id("BBBB"), &summary).await.unwrap();
    assert_eq!(journal.find("BBBB").await.unwrap().unwrap().summary, summary);
    assert_eq!(journal.latest_unfinished_of("a.yaml").await.unwrap().unwrap().id, id("AAAA"));
    let failed = RunFilter { status: Some(RunStatus::Failed), ..RunFilter::default() };
    assert_eq!(names(journal.runs(&failed).await.unwrap()), ["BBBB"]);
    let two = RunFilter { workflow: Some("a".to_owned()), limit: Some(5), ..RunFilter::default() };
    assert_eq!(names(journal.runs(&two).await.unwrap()), ["BBBB", "AAAA"]);
    assert_eq!(journal.set_status(&id("ZZZZ"), &summary).await, Err(JournalError::NoRun(id("ZZZZ"))));
}

async fn hands_requests_over_once(journal: &dyn Journal, other: &dyn Journal) {
    journal.create(&row("7Q4M", "a.yaml", 1), &started("7Q4M")).await.unwrap();
    assert_eq!(journal.take_requests(&id("7Q4M")).await, Ok(vec![]));
    let resolve = Request { kind: RequestKind::Resolve, body: json!({"step": "speak_6", "as": "happened"}) };
    let go = Request { kind: RequestKind::Go, body: json!(null) };
    other.put_request(&id("7Q4M"), &resolve).await.unwrap();
    other.put_request(&id("7Q4M"), &go).await.unwrap();
    assert_eq!(journal.take_requests(&id("7Q4M")).await, Ok(vec![resolve, go.clone()]));
    assert_eq!(journal.take_requests(&id("7Q4M")).await, Ok(vec![]));
    journal.put_request(&id("7Q4M"), &go).await.unwrap();
    assert_eq!(journal.take_requests(&id("7Q4M")).await, Ok(vec![go.clone()]));
    assert_eq!(other.put_request(&id("ZZZZ"), &go).await, Err(JournalError::NoRun(id("ZZZZ"))));
}

#[tokio::test]
async fn both_journals_keep_records_in_order_and_refuse_the_rest() {
    keeps_its_promises(&place().journal).await;
    keeps_its_promises(&MemoryJournal::default()).await;
}

#[tokio::test]
async fn both_journals_list_the_newest_first_and_find_by_prefix() {
    let place = place();
    let held: Vec<_> = ["AAAA", "BBBB", "AABB"].map(|run| RunLock::acquire(&place.state, &id(run)).unwrap()).into();
    lists_and_finds(&place.journal).await;
    drop(held);
    lists_and_finds(&MemoryJournal::default()).await;
}

#[tokio::test]
async fn requests_of_this_and_other_processes_are_taken_once() {
    let place = place();
    let other = SqliteJournal::new(Database::open(&place.state.database()).unwrap(), place.state.clone());
    hands_requests_over_once(&place.journal, &other).await;
    let memory = MemoryJournal::default();
    hands_requests_over_once(&memory, &memory).await;
}

#[tokio::test]
async fn a_running_run_that_nobody_holds_is_shown_as_crashed() {
    let place = place();
    let journal: &dyn Journal = &place.journal;
    let lock = RunLock::acquire(&place.state, &id("7Q4M")).unwrap();
    journal.create(&row("7Q4M", "a.yaml", 1), &started("7Q4M")).await.unwrap();
    let seen = journal.find("7Q4M").await.unwrap().unwrap();
    assert_eq!((seen.summary.status, seen.crashed), (RunStatus::Running, false));
    drop(lock);
    let seen = journal.find("7Q4M").await.unwrap().unwrap();
    assert_eq!((seen.summary.status, seen.crashed), (RunStatus::Stopped, true));
    let stopped = RunFilter { status: Some(RunStatus::Stopped), ..RunFilter::default() };
    assert_eq!(journal.runs(&stopped).await.unwrap(), [seen]);
}

#[tokio::test]
async fn concurrent_appends_keep_the_order_of_each_run_and_share_their_syncs() {
    let place = place();
    let journal = &place.journal;
    let runs = ["AAAA", "BBBB", "CCCC", "DDDD"];
    for run in runs {
        journal.create(&row(run, "a.yaml", 1), &started(run)).await.unwrap();
    }
    let before = place.database.syncs();
    let drive = async |run: &str| {
        let mut acks = Vec::new();
        for seq in 1..=200 {
            let durability = if seq % 10 == 0 { Durability::Synced } else { Durability::Lazy };
            acks.push(journal.append(&id(run), &due(seq), durability).await);
        }
        for ack in acks {
            ack.await.unwrap();
        }
    };
    tokio::join!(drive(runs[0]), drive(runs[1]), drive(runs[2]), drive(runs[3]));
    for run in runs {
        let records = journal.load(&id(run)).await.unwrap();
        assert_eq!(records[1..], (1..=200).map(due).collect::<Vec<_>>());
    }
    let syncs = place.database.syncs() - before;
    assert!((1..=80).contains(&syncs), "{syncs} syncs for 80 synced records");
}

#[tokio::test]
async fn a_record_costs_a_sync_only_when_it_asks_for_one() {
    let place = place();
    let memory = MemoryJournal::default();
    place.journal.create(&row("7Q4M", "a.yaml", 1), &started("7Q4M")).await.unwrap();
    memory.create(&row("7Q4M", "a.yaml", 1), &started("7Q4M")).await.unwrap();
    for seq in 1..=300 {
        let durability = if seq % 3 == 0 { Durability::Synced } else { Durability::Lazy };
        append(&place.journal, "7Q4M", due(seq), durability).await.unwrap();
        append(&memory, "7Q4M", due(seq), durability).await.unwrap();
    }
    assert_eq!((place.database.syncs(), memory.syncs()), (101, 101));
}

#[tokio::test]
async fn a_power_cut_leaves_everything_up_to_the_last_synced_record_of_any_run() {
    let memory = MemoryJournal::default();
    for run in ["AAAA", "BBBB"] {
        memory.create(&row(run, "a.yaml", 1), &started(run)).await.unwrap();
    }
    append(&memory, "AAAA", due(1), Durability::Lazy).await.unwrap();
    append(&memory, "BBBB", due(1), Durability::Synced).await.unwrap();
    append(&memory, "AAAA", due(2), Durability::Lazy).await.unwrap();
    let left = memory.synced_only();
    assert_eq!(left.load(&id("AAAA")).await, Ok(vec![started("AAAA"), due(1)]));
    assert_eq!(left.load(&id("BBBB")).await, Ok(vec![started("BBBB"), due(1)]));
    append(&left, "AAAA", due(2), Durability::Lazy).await.unwrap();
}

#[tokio::test]
async fn after_a_write_that_failed_no_later_record_is_kept() {
    let place = place();
    place.journal.create(&row("7Q4M", "a.yaml", 1), &started("7Q4M")).await.unwrap();
    let pages = |most: i64| move |c: &rusqlite::Connection| c.execute_batch(&format!("PRAGMA max_page_count = {most}"));
    place.database.write(Durability::Lazy, pages(1)).await.done().await.unwrap();
    let message = "x".repeat(100_000);
    let large = Event::Gone { step: StepKey::node(0), by: message };
    let large = Record { seq: 1, at: Timestamp(0), event: large };
    let failed = place.journal.append(&id("7Q4M"), &large, Durability::Synced).await;
    let next = place.journal.append(&id("7Q4M"), &due(2), Durability::Lazy).await;
    assert!(matches!(failed.await, Err(JournalError::Database(DatabaseError::Failed { .. }))));
    assert!(next.await.is_err());
    assert_eq!(place.journal.load(&id("7Q4M")).await, Ok(vec![started("7Q4M")]));

    let memory = MemoryJournal::default();
    memory.create(&row("7Q4M", "a.yaml", 1), &started("7Q4M")).await.unwrap();
    memory.close();
    assert!(append(&memory, "7Q4M", due(1), Durability::Lazy).await.is_err());
    assert_eq!(memory.load(&id("7Q4M")).await, Ok(vec![started("7Q4M")]));
}

mod damage;
mod format;
mod tail;
