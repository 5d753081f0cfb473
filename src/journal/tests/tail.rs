//! Following a run that somebody else writes.

use super::*;

#[tokio::test]
async fn what_is_behind_a_record_is_read_alone_and_hangs_on_it() {
    let place = place();
    let journal = &place.journal;
    let run = id("7Q4M");
    journal.create(&row("7Q4M", "a.yaml", 1), &started("7Q4M")).await.unwrap();
    for seq in 1..=5 {
        journal.append(&run, &due(seq), Durability::Lazy).await.await.unwrap();
    }
    assert_eq!(journal.tail(&run, 0, 2).await, Ok(vec![started("7Q4M"), due(1)]));
    assert_eq!(journal.tail(&run, 2, 2).await, Ok(vec![due(2), due(3)]));
    assert_eq!(journal.tail(&run, 6, 9).await, Ok(vec![]));
    assert!(matches!(journal.tail(&run, 9, 9).await, Err(JournalError::Corrupt { seq: 8, .. })));
    assert_eq!(journal.tail(&id("NONE"), 0, 9).await, Err(JournalError::NoRun(id("NONE"))));
    let database = rusqlite::Connection::open(place.state.database()).unwrap();
    database.execute("UPDATE events SET at = '2026-11-23T09:14:02.000Z' WHERE seq = 4", []).unwrap();
    assert!(matches!(journal.tail(&run, 4, 9).await, Err(JournalError::Corrupt { seq: 4, .. })));
}

#[tokio::test]
async fn every_commit_of_anybody_changes_the_version_and_nothing_else_does() {
    let place = place();
    let before = place.journal.version().await.unwrap();
    assert_eq!(place.journal.version().await.unwrap(), before);
    place.journal.create(&row("7Q4M", "a.yaml", 1), &started("7Q4M")).await.unwrap();
    let own = place.journal.version().await.unwrap();
    assert_ne!(own, before);
    let other = SqliteJournal::new(Database::open(&place.state.database()).unwrap(), place.state.clone());
    other.append(&id("7Q4M"), &due(1), Durability::Lazy).await.await.unwrap();
    assert_ne!(place.journal.version().await.unwrap(), own);
}

#[tokio::test]
async fn older_runs_are_listed_page_by_page_and_files_by_their_last_run() {
    let place = place();
    let memory = MemoryJournal::default();
    for (second, run) in (1..).zip(["AAAA", "BBBB", "CCCC", "DDDD"]) {
        let file = if run == "BBBB" { "b.yaml" } else { "a.yaml" };
        place.journal.create(&row(run, file, second / 2), &started(run)).await.unwrap();
        memory.create(&row(run, file, second / 2), &started(run)).await.unwrap();
    }
    for journal in [&place.journal as &dyn Journal, &memory] {
        let page = RunFilter { before: Some(id("DDDD")), limit: Some(2), ..RunFilter::default() };
        let rows = journal.runs(&page).await.unwrap();
        assert_eq!(rows.iter().map(|row| row.id.as_str()).collect::<Vec<_>>(), ["CCCC", "BBBB"]);
        let gone = RunFilter { before: Some(id("NONE")), ..RunFilter::default() };
        assert_eq!(journal.runs(&gone).await.unwrap(), []);
    }
    let latest = place.journal.latest_of_files().await.unwrap();
    assert_eq!(latest.iter().map(|row| row.id.as_str()).collect::<Vec<_>>(), ["DDDD", "BBBB"]);
    assert_eq!(place.journal.row(&id("CCCC")).await.unwrap().unwrap().file, "a.yaml");
    assert_eq!(place.journal.row(&id("NONE")).await, Ok(None));
    assert_eq!(place.journal.totals().await.unwrap().by_status, [("running".to_owned(), 4)]);
    assert_eq!(place.journal.under_way().await.unwrap().len(), 4);
}
