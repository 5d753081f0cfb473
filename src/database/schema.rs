//! The tables, and how a file of an earlier format becomes one of this.
//!
//! Everything is text that the `sqlite3` shell shows as it is. A change of format is a new entry of [`MIGRATIONS`];
//! an entry that was released is never edited.

use std::fs::OpenOptions;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode};

use super::DatabaseError;

/// How long a connection waits for another process.
const PATIENCE: Duration = Duration::from_millis(5000);

/// The statements that lead from each format to the next; a new file is of format 0.
const MIGRATIONS: [&str; 7] = [
    "
    CREATE TABLE runs (
        id TEXT PRIMARY KEY,
        workflow TEXT NOT NULL,
        file TEXT NOT NULL,
        service TEXT NOT NULL,
        sandbox INTEGER NOT NULL,
        started_at TEXT NOT NULL,
        status TEXT NOT NULL,
        ended_at TEXT,
        credits INTEGER NOT NULL,
        succeeded INTEGER NOT NULL,
        failed INTEGER NOT NULL,
        skipped INTEGER NOT NULL,
        unknown INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX runs_by_start ON runs (started_at);
    CREATE TABLE events (
        run TEXT NOT NULL REFERENCES runs (id),
        seq INTEGER NOT NULL,
        at TEXT NOT NULL,
        type TEXT NOT NULL,
        body TEXT NOT NULL,
        PRIMARY KEY (run, seq)
    ) STRICT;
    CREATE TABLE requests (
        id INTEGER PRIMARY KEY,
        run TEXT NOT NULL,
        kind TEXT NOT NULL,
        body TEXT NOT NULL,
        at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
    ) STRICT;
    CREATE INDEX requests_by_run ON requests (run);
    CREATE TABLE purchases (
        idempotency_key TEXT PRIMARY KEY,
        face TEXT NOT NULL,
        ordinal INTEGER NOT NULL,
        service TEXT NOT NULL,
        workflow TEXT NOT NULL,
        prompt_sha256 TEXT NOT NULL,
        step TEXT NOT NULL,
        rank INTEGER NOT NULL,
        agent TEXT,
        state TEXT NOT NULL,
        at TEXT NOT NULL,
        run TEXT NOT NULL,
        credits INTEGER NOT NULL,
        UNIQUE (face, ordinal)
    ) STRICT;
    CREATE INDEX purchases_by_agent ON purchases (service, agent);
",
    // What format 1 wrote has none of these, and is read as it is.
    "
    ALTER TABLE events ADD COLUMN checksum TEXT;
    ALTER TABLE runs ADD COLUMN records INTEGER;
",
    // Times that start runs: what each schedule has decided, and what became of each time.
    "
    CREATE TABLE schedules (
        service TEXT NOT NULL,
        workflow TEXT NOT NULL,
        definition TEXT NOT NULL,
        active INTEGER NOT NULL,
        seen_at TEXT NOT NULL,
        decided_until TEXT NOT NULL,
        fired INTEGER NOT NULL DEFAULT 0,
        caught_up INTEGER NOT NULL DEFAULT 0,
        skipped INTEGER NOT NULL DEFAULT 0,
        missed INTEGER NOT NULL DEFAULT 0,
        late INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (service, workflow)
    ) STRICT;
    CREATE TABLE fires (
        service TEXT NOT NULL,
        workflow TEXT NOT NULL,
        due TEXT NOT NULL,
        nominal TEXT,
        decision TEXT NOT NULL,
        reason TEXT NOT NULL,
        times INTEGER NOT NULL,
        decided_at TEXT NOT NULL,
        state TEXT NOT NULL,
        run TEXT,
        PRIMARY KEY (service, workflow, due)
    ) STRICT;
    CREATE INDEX fires_that_wait ON fires (service, state) WHERE state IN ('waiting', 'claimed');
",
    // Who may look and steer from elsewhere, which requests were answered already, and who let a run begin.
    "
    CREATE TABLE origins (
        run TEXT PRIMARY KEY,
        by TEXT NOT NULL,
        drained INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE tokens (
        id TEXT PRIMARY KEY,
        sha256 TEXT NOT NULL UNIQUE,
        role TEXT NOT NULL,
        created_at TEXT NOT NULL,
        revoked_at TEXT
    ) STRICT;
    CREATE TABLE answered (
        key TEXT PRIMARY KEY,
        request TEXT NOT NULL,
        run TEXT NOT NULL,
        at TEXT NOT NULL
    ) STRICT;
",
    // Since when a time could have started that had to wait; of what format 4 wrote it is when it was due. Since when
    // somebody keeps a schedule, and when they last did. Up to where started times are forgotten.
    "
    ALTER TABLE fires ADD COLUMN turn_at TEXT;
    ALTER TABLE schedules ADD COLUMN attended_since TEXT;
    ALTER TABLE schedules ADD COLUMN attended_at TEXT;
    ALTER TABLE schedules ADD COLUMN forgotten_until TEXT;
",
    // Lines that go out once for a value, or that a cap counts: those that wait, and those that went out.
    "
    CREATE TABLE lines (
        service TEXT NOT NULL,
        workflow TEXT NOT NULL,
        run TEXT NOT NULL,
        run_began TEXT NOT NULL,
        node INTEGER NOT NULL,
        item INTEGER NOT NULL,
        inner INTEGER NOT NULL,
        step TEXT NOT NULL,
        once_per TEXT,
        cap_group TEXT,
        person TEXT,
        at TEXT NOT NULL,
        settles_at TEXT NOT NULL,
        state TEXT NOT NULL,
        PRIMARY KEY (service, run, node, item, inner)
    ) STRICT;
    CREATE INDEX lines_by_value ON lines (service, workflow, once_per) WHERE once_per IS NOT NULL;
    CREATE INDEX lines_by_person ON lines (service, cap_group, person) WHERE person IS NOT NULL;
",
    // Whether a run said anything, and what goes with it when it is removed.
    "CREATE INDEX lines_by_run ON lines (run)",
];

/// The format of this version.
const FORMAT: i64 = MIGRATIONS.len() as i64;

/// Opens a connection to the file, which is made or brought to this format when it has to be.
pub(super) fn open(path: &Path) -> Result<Connection, DatabaseError> {
    create_private(path).map_err(|error| DatabaseError::Failed { path: path.to_owned(), detail: error.to_string() })?;
    let failed = |error: rusqlite::Error| DatabaseError::from_sqlite(path, &error);
    let connection = Connection::open(path).map_err(failed)?;
    configure(&connection).map_err(failed)?;
    let found = format_of(&connection).map_err(failed)?;
    if found > FORMAT {
        return Err(DatabaseError::Newer { path: path.to_owned(), found, known: FORMAT });
    }
    if found < FORMAT {
        migrate(&connection).map_err(failed)?;
    }
    Ok(connection)
}

/// Makes the file readable by its owner only; SQLite gives its own files beside it the same mode.
fn create_private(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt as _;
    OpenOptions::new().create(true).append(true).mode(0o600).open(path).map(drop)
}

fn configure(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(PATIENCE)?;
    let mode = write_ahead(connection)?;
    if mode != "wal" {
        let message = format!("the file system does not bear a write-ahead log (`{mode}`)");
        return Err(rusqlite::Error::ToSqlConversionFailure(message.into()));
    }
    // macOS answers an ordinary flush before the disk has it; elsewhere this changes nothing.
    connection.pragma_update(None, "fullfsync", true)?;
    connection.pragma_update(None, "checkpoint_fullfsync", true)?;
    connection.pragma_update(None, "foreign_keys", true)
}

/// Turns the write-ahead log on. Two processes that make the file at once hinder each other here without the
/// patience of `busy_timeout`, so the loser looks again.
fn write_ahead(connection: &Connection) -> rusqlite::Result<String> {
    let switch = || connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0));
    for _ in 0..100 {
        match switch() {
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => {
                std::thread::sleep(Duration::from_millis(20));
            }
            ended => return ended,
        }
    }
    switch()
}

fn format_of(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("PRAGMA user_version", [], |row| row.get(0))
}

/// Brings the file to this format, unless another process did so in the meantime.
fn migrate(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch("PRAGMA synchronous = FULL; BEGIN IMMEDIATE")?;
    let steps = || {
        let found = usize::try_from(format_of(connection)?).unwrap_or(0);
        MIGRATIONS.iter().skip(found).try_for_each(|step| connection.execute_batch(step))?;
        connection.pragma_update(None, "user_version", FORMAT)?;
        connection.execute_batch("COMMIT")
    };
    let migrated = steps();
    if migrated.is_err() && !connection.is_autocommit() {
        connection.execute_batch("ROLLBACK")?;
    }
    migrated
}
