//! Files of format 1, as the first version made them: no checksums, no count of records.

use super::*;

const FORMAT_1: &str = "
    CREATE TABLE runs (
        id TEXT PRIMARY KEY, workflow TEXT NOT NULL, file TEXT NOT NULL, service TEXT NOT NULL,
        sandbox INTEGER NOT NULL, started_at TEXT NOT NULL, status TEXT NOT NULL, ended_at TEXT,
        credits INTEGER NOT NULL, succeeded INTEGER NOT NULL, failed INTEGER NOT NULL, skipped INTEGER NOT NULL,
        unknown INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX runs_by_start ON runs (started_at);
    CREATE TABLE events (
        run TEXT NOT NULL REFERENCES runs (id), seq INTEGER NOT NULL, at TEXT NOT NULL, type TEXT NOT NULL,
        body TEXT NOT NULL, PRIMARY KEY (run, seq)
    ) STRICT;
    CREATE TABLE requests (
        id INTEGER PRIMARY KEY, run TEXT NOT NULL, kind TEXT NOT NULL, body TEXT NOT NULL,
        at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
    ) STRICT;
    CREATE INDEX requests_by_run ON requests (run);
    CREATE TABLE purchases (
        idempotency_key TEXT PRIMARY KEY, face TEXT NOT NULL, ordinal INTEGER NOT NULL, service TEXT NOT NULL,
        workflow TEXT NOT NULL, prompt_sha256 TEXT NOT NULL, step TEXT NOT NULL, rank INTEGER NOT NULL, agent TEXT,
        state TEXT NOT NULL, at TEXT NOT NULL, run TEXT NOT NULL, credits INTEGER NOT NULL, UNIQUE (face, ordinal)
    ) STRICT;
    CREATE INDEX purchases_by_agent ON purchases (service, agent);
    PRAGMA user_version = 1;
";

/// A folder with a database of format 1, which holds one run of these records and this status.
fn old(records: &[Record], status: &str) -> (TempDir, StateFolder) {
    let folder = tempfile::tempdir().unwrap();
    let state = StateFolder::open(folder.path(), None).unwrap();
    let database = rusqlite::Connection::open(state.database()).unwrap();
    database.execute_batch(FORMAT_1).unwrap();
    let run = "INSERT INTO runs VALUES ('7Q4M', 'a', 'a.yaml', 'sandbox', 1, '2026-11-23T09:14:00.000Z', ?1, NULL, \
               0, 0, 0, 0, 0)";
    database.execute(run, [status]).unwrap();
    for record in records {
        let (seq, at) = (record.seq.cast_signed(), record.at.to_string());
        let body = serde_json::to_string(&record.event).unwrap();
        let event = "INSERT INTO events VALUES ('7Q4M', ?1, ?2, ?3, ?4)";
        database.execute(event, rusqlite::params![seq, at, record.event.name(), body]).unwrap();
    }
    (folder, state)
}

fn reopened(state: &StateFolder) -> SqliteJournal {
    SqliteJournal::new(Database::open(&state.database()).unwrap(), state.clone())
}

#[tokio::test]
async fn a_run_of_format_1_is_read_and_goes_on_with_checksums() {
    let (_folder, state) = old(&[started("7Q4M"), due(1), due(2)], "stopped");
    let journal = reopened(&state);
    assert_eq!(journal.load(&id("7Q4M")).await, Ok(vec![started("7Q4M"), due(1), due(2)]));
    append(&journal, "7Q4M", due(3), Durability::Synced).await.unwrap();
    append(&journal, "7Q4M", due(4), Durability::Synced).await.unwrap();
    let all = [started("7Q4M"), due(1), due(2), due(3), due(4)];
    assert_eq!(journal.load(&id("7Q4M")).await.as_deref(), Ok(&all[..]));
    drop(journal);
    assert_eq!(reopened(&state).load(&id("7Q4M")).await.as_deref(), Ok(&all[..]));
    let database = rusqlite::Connection::open(state.database()).unwrap();
    let without = "SELECT count(*) FROM events WHERE checksum IS NULL";
    assert_eq!(database.query_row(without, [], |row| row.get::<_, i64>(0)), Ok(3));
    assert_eq!(database.query_row("PRAGMA user_version", [], |row| row.get::<_, i64>(0)), Ok(7));
}

#[tokio::test]
async fn a_run_of_format_1_that_had_ended_and_lost_its_end_is_damaged() {
    let (_folder, state) = old(&[started("7Q4M"), due(1)], "succeeded");
    let detail = "it is missing: the run had ended".to_owned();
    let damaged = JournalError::Corrupt { run: id("7Q4M"), seq: 2, detail };
    assert_eq!(reopened(&state).load(&id("7Q4M")).await, Err(damaged));
}

#[tokio::test]
async fn without_a_checksum_an_instant_that_is_none_is_still_named() {
    let (_folder, state) = old(&[started("7Q4M"), due(1)], "stopped");
    let database = rusqlite::Connection::open(state.database()).unwrap();
    database.execute("UPDATE events SET at = 'noon' WHERE seq = 1", []).unwrap();
    let damaged = JournalError::Corrupt { run: id("7Q4M"), seq: 1, detail: "`noon` is no instant".to_owned() };
    assert_eq!(reopened(&state).load(&id("7Q4M")).await, Err(damaged));
}

#[test]
fn a_file_that_many_bring_to_this_format_at_once_is_brought_there_once() {
    let (_folder, state) = old(&[started("7Q4M")], "stopped");
    std::thread::scope(|scope| {
        let openers: Vec<_> = (0..6).map(|_| scope.spawn(|| Database::open(&state.database()).map(drop))).collect();
        openers.into_iter().for_each(|opener| assert_eq!(opener.join().unwrap(), Ok(())));
    });
}
