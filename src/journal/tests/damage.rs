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
async fn a_record_that_says_something_else_is_named() {
    let edits = [
        "UPDATE events SET body = replace(body, '\"node\":1', '\"node\":2') WHERE seq = 5",
        "UPDATE events SET at = '2027-01-01T00:00:00.000Z' WHERE seq = 5",
        "UPDATE events SET checksum = '0123456789abcdef' WHERE seq = 5",
    ];
    for edit in edits {
        let place = filled().await;
        change(&place, edit).await;
        assert_eq!(corrupt_at(&place).await, (5, "its checksum is not that of what it says".to_owned()), "{edit}");
    }
    let place = filled().await;
    change(&place, "UPDATE events SET checksum = NULL WHERE seq = 5").await;
    assert_eq!(corrupt_at(&place).await, (5, "it has no checksum".to_owned()));
    let place = filled().await;
    change(&place, "UPDATE events SET type = 'gone' WHERE seq = 5").await;
    assert_eq!(corrupt_at(&place).await, (5, "it is listed as `gone`, and is `due`".to_owned()));
}

#[tokio::test]
async fn records_that_changed_places_are_named() {
    let place = filled().await;
    for swap in ["SET seq = 1000 WHERE seq = 7", "SET seq = 7 WHERE seq = 8", "SET seq = 8 WHERE seq = 1000"] {
        change(&place, Box::leak(format!("UPDATE events {swap}").into_boxed_str())).await;
    }
    assert_eq!(corrupt_at(&place).await.0, 7);
}

#[tokio::test]
async fn a_record_of_another_run_is_no_record_of_this_one() {
    let place = filled().await;
    place.journal.create(&row("8R5N", "a.yaml", 2), &started("8R5N")).await.unwrap();
    append(&place.journal, "8R5N", due(1), Durability::Lazy).await.unwrap();
    change(&place, "DELETE FROM events WHERE run = '7Q4M' AND seq = 1").await;
    change(&place, "UPDATE events SET run = '7Q4M' WHERE run = '8R5N' AND seq = 1").await;
    assert_eq!(corrupt_at(&place).await.0, 1);
}

#[tokio::test]
async fn the_last_records_cut_off_are_missed_where_the_row_says_they_were_there() {
    let place = filled().await;
    let summary = RunSummary { status: RunStatus::Stopped, ..RunSummary::running() };
    place.journal.set_status(&id("7Q4M"), &summary).await.unwrap();
    append(&place.journal, "7Q4M", due(RECORDS), Durability::Lazy).await.unwrap();
    assert_eq!(place.journal.load(&id("7Q4M")).await.unwrap().len() as u64, RECORDS + 1);
    change(&place, "DELETE FROM events WHERE seq = 60").await;
    assert_eq!(place.journal.load(&id("7Q4M")).await.unwrap().len() as u64, RECORDS);
    change(&place, "DELETE FROM events WHERE seq = 59").await;
    assert_eq!(corrupt_at(&place).await, (59, "it is missing: the run had 60 records".to_owned()));
}

#[tokio::test]
async fn a_run_without_any_record_is_damaged_and_not_unheard_of() {
    let place = place();
    place.journal.create(&row("7Q4M", "a.yaml", 1), &started("7Q4M")).await.unwrap();
    change(&place, "DELETE FROM events").await;
    assert_eq!(corrupt_at(&place).await, (0, "it is missing".to_owned()));
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
