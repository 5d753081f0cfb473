//! Journals whose bytes were changed behind their back.

use super::*;

const RECORDS: u64 = 60;

async fn filled() -> Place {
    let place = place();
    place.journal.create(&row("7Q4M", "a.yaml", 1), &started("7Q4M")).await.unwrap();
    for seq in 1..RECORDS {
        append(&place.journal, "7Q4M", due(seq), Durability::Lazy).await.unwrap();
    }
    place
}

async fn change(place: &Place, statement: &'static str) {
    let change = move |c: &rusqlite::Connection| c.execute(statement, []);
    assert_eq!(place.database.write(Durability::Lazy, change).await.done().await, Ok(1));
}

async fn corrupt_at(place: &Place) -> (u64, String) {
    match place.journal.load(&id("7Q4M")).await {
        Err(JournalError::Corrupt { run, seq, detail }) if run == id("7Q4M") => (seq, detail),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_gap_is_named() {
    let place = filled().await;
    change(&place, "DELETE FROM events WHERE seq = 17").await;
    assert_eq!(corrupt_at(&place).await, (17, "record 18 stands in its place".to_owned()));
}

#[tokio::test]
async fn a_body_that_is_no_event_is_named() {
    for garbage in
        ["UPDATE events SET body = '{\"type\":\"du' WHERE seq = 5", "UPDATE events SET body = '{}' WHERE seq = 5"]
    {
        let place = filled().await;
        change(&place, garbage).await;
        assert_eq!(corrupt_at(&place).await.0, 5);
    }
}

#[tokio::test]
async fn an_instant_that_is_none_is_named() {
    let place = filled().await;
    change(&place, "UPDATE events SET at = 'noon' WHERE seq = 3").await;
    assert_eq!(corrupt_at(&place).await, (3, "`noon` is no instant".to_owned()));
}

/// The database file of a filled journal, all of it in the one file.
async fn bytes() -> (Vec<u8>, Vec<Record>) {
    let place = filled().await;
    let records = place.journal.load(&id("7Q4M")).await.unwrap();
    let Place { _folder, state, database, journal } = place;
    drop((journal, database));
    (std::fs::read(state.database()).unwrap(), records)
}

/// Reads the run from a file of these bytes.
async fn read(bytes: &[u8]) -> Result<Vec<Record>, JournalError> {
    let folder = tempfile::tempdir().unwrap();
    let state = StateFolder::open(folder.path(), None).unwrap();
    std::fs::write(state.database(), bytes).unwrap();
    let database = Database::open(&state.database())?;
    SqliteJournal::new(database, state).load(&id("7Q4M")).await
}

#[tokio::test]
async fn a_file_cut_short_anywhere_is_never_read_as_another_run() {
    let (whole, records) = bytes().await;
    assert_eq!(read(&whole).await, Ok(records));
    for kept in (512..whole.len()).step_by(2048) {
        let error = read(&whole[..kept]).await.unwrap_err();
        assert!(matches!(error, JournalError::Database(DatabaseError::Corrupt { .. })), "{kept} bytes: {error:?}");
    }
}

#[tokio::test]
async fn a_page_overwritten_is_never_read_as_another_run() {
    let (whole, records) = bytes().await;
    let mut damaged = 0;
    for page in 0..whole.len() / 4096 {
        let mut bytes = whole.clone();
        bytes[page * 4096..(page + 1) * 4096].fill(0xA5);
        match read(&bytes).await {
            Ok(read) => assert_eq!(read, records, "page {page}"),
            Err(JournalError::Database(DatabaseError::Corrupt { .. }) | JournalError::Corrupt { .. }) => damaged += 1,
            Err(other) => panic!("page {page}: {other:?}"),
        }
    }
    assert!(damaged >= 3, "only {damaged} pages matter");
}
