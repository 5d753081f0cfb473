use std::path::PathBuf;
use std::sync::mpsc::channel;

use rusqlite::params;
use tempfile::TempDir;

use super::*;

fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.db");
    (folder, path)
}

fn insert(id: i64) -> impl FnOnce(&Connection) -> rusqlite::Result<usize> + Send + 'static {
    move |connection| {
        connection.execute("INSERT INTO requests (id, run, kind, body) VALUES (?1, 'R', 'go', 'null')", [id])
    }
}

async fn count(database: &Database) -> i64 {
    database.read(|c| c.query_row("SELECT count(*) FROM requests", [], |row| row.get(0))).await.unwrap()
}

/// Keeps the writer busy until the sender is dropped, so that what is queued meanwhile makes one batch.
async fn occupy(database: &Database) -> (std::sync::mpsc::Sender<()>, Queued<()>) {
    let (release, released) = channel::<()>();
    let (begin, begun) = oneshot::channel();
    let work = move |_: &Connection| {
        begin.send(()).ok();
        released.recv().ok();
        Ok(())
    };
    let queued = database.write(Durability::Lazy, work).await;
    begun.await.unwrap();
    (release, queued)
}

#[tokio::test]
async fn a_batch_is_flushed_only_when_it_holds_a_synced_write() {
    let (_folder, path) = place();
    let database = Database::open(&path).unwrap();
    let level = |c: &Connection| c.query_row("PRAGMA synchronous", [], |row| row.get::<_, i64>(0));
    assert_eq!(database.write(Durability::Lazy, level).await.done().await, Ok(1));
    assert_eq!(database.syncs(), 0);
    assert_eq!(database.write(Durability::Synced, level).await.done().await, Ok(2));
    assert_eq!(database.syncs(), 1);
    assert_eq!(database.write(Durability::Lazy, level).await.done().await, Ok(1));

    let (release, busy) = occupy(&database).await;
    let lazy = database.write(Durability::Lazy, level).await;
    let synced = database.write(Durability::Synced, level).await;
    drop(release);
    busy.done().await.unwrap();
    assert_eq!((lazy.done().await, synced.done().await), (Ok(2), Ok(2)));
    assert_eq!(database.syncs(), 2);
}

#[tokio::test]
async fn what_waits_is_committed_at_once_and_in_order() {
    let (_folder, path) = place();
    let database = Database::open(&path).unwrap();
    let (release, busy) = occupy(&database).await;
    let mut queued = Vec::new();
    for id in 0..100 {
        let last = move |c: &Connection| {
            let last = c.query_row("SELECT coalesce(max(id), -1) FROM requests", [], |row| row.get::<_, i64>(0))?;
            insert(id)(c)?;
            Ok(last)
        };
        queued.push(database.write(Durability::Synced, last).await);
    }
    drop(release);
    busy.done().await.unwrap();
    for (id, queued) in (0..100).zip(queued) {
        assert_eq!(queued.done().await, Ok(id - 1));
    }
    assert_eq!(database.syncs(), 1);
    assert_eq!(count(&database).await, 100);
}

#[tokio::test]
async fn a_write_that_fails_undoes_all_of_itself_and_nothing_else() {
    let (_folder, path) = place();
    let database = Database::open(&path).unwrap();
    let (release, busy) = occupy(&database).await;
    let first = database.write(Durability::Lazy, insert(1)).await;
    let twice = |c: &Connection| {
        insert(2)(c)?;
        insert(1)(c)
    };
    let second = database.write(Durability::Lazy, twice).await;
    let third = database.write(Durability::Lazy, insert(3)).await;
    drop(release);
    busy.done().await.unwrap();
    assert_eq!(first.done().await, Ok(1));
    assert!(matches!(second.done().await, Err(DatabaseError::Failed { .. })));
    assert_eq!(third.done().await, Ok(1));
    assert_eq!(count(&database).await, 2);
}

#[tokio::test]
async fn a_full_disk_is_an_error_and_leaves_nothing_half_written() {
    let (_folder, path) = place();
    let database = Database::open(&path).unwrap();
    let pages = |most: i64| {
        move |c: &Connection| c.query_row(&format!("PRAGMA max_page_count = {most}"), [], |row| row.get::<_, i64>(0))
    };
    // As few as there are: the next page does not fit.
    database.write(Durability::Lazy, pages(1)).await.done().await.unwrap();
    let large = |c: &Connection| {
        insert(7)(c)?;
        c.execute("INSERT INTO requests (run, kind, body) VALUES ('R', 'go', ?1)", params!["x".repeat(100_000)])
    };
    let refused = database.write(Durability::Synced, large).await.done().await;
    assert!(matches!(&refused, Err(DatabaseError::Failed { detail, .. }) if detail.contains("full")), "{refused:?}");
    assert_eq!(count(&database).await, 0);

    database.write(Durability::Lazy, pages(1_000_000)).await.done().await.unwrap();
    database.write(Durability::Synced, large).await.done().await.unwrap();
    assert_eq!(count(&database).await, 2);
}

#[tokio::test]
async fn what_went_into_a_file_that_was_removed_is_not_said_to_be_kept() {
    for name in ["runs.db", "runs.db-wal"] {
        let (folder, path) = place();
        let database = Database::open(&path).unwrap();
        database.write(Durability::Synced, insert(1)).await.done().await.unwrap();
        std::fs::rename(folder.path().join(name), folder.path().join("aside")).unwrap();
        let removed = Err(DatabaseError::Removed { path: path.clone() });
        assert_eq!(database.write(Durability::Lazy, insert(2)).await.done().await, removed, "{name}");
        // Another one of the same name is another one.
        std::fs::write(folder.path().join(name), "").unwrap();
        assert_eq!(database.write(Durability::Synced, insert(3)).await.done().await, removed, "{name}");
        std::fs::rename(folder.path().join("aside"), folder.path().join(name)).unwrap();
        assert_eq!(database.write(Durability::Synced, insert(4)).await.done().await, Ok(1), "{name}");
    }
}

#[tokio::test]
async fn a_transaction_that_sqlite_ends_fails_every_write_of_its_batch() {
    let (_folder, path) = place();
    let database = Database::open(&path).unwrap();
    let (release, busy) = occupy(&database).await;
    let before = database.write(Durability::Lazy, insert(1)).await;
    let ending = database.write(Durability::Lazy, |c: &Connection| c.execute_batch("ROLLBACK; SELECT missing")).await;
    let after = database.write(Durability::Lazy, insert(2)).await;
    drop(release);
    busy.done().await.unwrap();
    let error = ending.done().await.unwrap_err();
    assert!(error.to_string().contains("no such column: missing"), "{error}");
    assert_eq!((before.done().await, after.done().await), (Err(error.clone()), Err(error)));
    assert_eq!(count(&database).await, 0);
    database.write(Durability::Lazy, insert(3)).await.done().await.unwrap();
    assert_eq!(count(&database).await, 1);
}

#[tokio::test]
async fn what_was_answered_survives_the_death_of_the_process() {
    let (_folder, path) = place();
    let (_other, copy) = place();
    let database = Database::open(&path).unwrap();
    for id in 0..10 {
        database.write(Durability::Lazy, insert(id)).await.done().await.unwrap();
    }
    // A process that dies leaves its two files as they are.
    std::fs::copy(&path, &copy).unwrap();
    std::fs::copy(path.with_extension("db-wal"), copy.with_extension("db-wal")).unwrap();
    assert_eq!(count(&Database::open(&copy).unwrap()).await, 10);
}

#[tokio::test]
async fn dropping_it_writes_what_is_queued() {
    let (_folder, path) = place();
    let database = Database::open(&path).unwrap();
    for id in 0..500 {
        drop(database.write(Durability::Lazy, insert(id)).await);
    }
    drop(database);
    assert_eq!(count(&Database::open(&path).unwrap()).await, 500);
}

#[test]
fn a_file_of_a_later_version_is_refused_and_left_as_it_is() {
    let (_folder, path) = place();
    drop(Database::open(&path).unwrap());
    let connection = Connection::open(&path).unwrap();
    connection.pragma_update(None, "user_version", 9).unwrap();
    let refused = Database::open(&path).unwrap_err();
    assert_eq!(refused, DatabaseError::Newer { path, found: 9, known: 7 });
    assert!(refused.to_string().contains("has format 9, and this version reads up to 7"));
    assert_eq!(connection.query_row("PRAGMA user_version", [], |row| row.get::<_, i64>(0)), Ok(9));
}

#[test]
fn a_file_that_is_no_database_is_refused_as_damaged() {
    let (_folder, path) = place();
    std::fs::write(&path, "not a database, but long enough to look like one".repeat(200)).unwrap();
    assert!(matches!(Database::open(&path), Err(DatabaseError::Corrupt { .. })));
}

#[test]
fn a_file_that_cannot_be_made_is_an_error_with_its_path() {
    let (folder, _) = place();
    let path = folder.path().join("no/such/folder/runs.db");
    let refused = Database::open(&path).unwrap_err();
    assert!(refused.to_string().starts_with(&format!("`{}` cannot be used", path.display())));
}

#[test]
fn many_may_make_the_file_at_once() {
    let (_folder, path) = place();
    std::thread::scope(|scope| {
        let openers: Vec<_> = (0..8).map(|_| scope.spawn(|| Database::open(&path).map(drop))).collect();
        openers.into_iter().for_each(|opener| assert_eq!(opener.join().unwrap(), Ok(())));
    });
}

#[tokio::test]
async fn the_file_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let (_folder, path) = place();
    let database = Database::open(&path).unwrap();
    database.write(Durability::Lazy, insert(1)).await.done().await.unwrap();
    for file in [path.clone(), path.with_extension("db-wal"), path.with_extension("db-shm")] {
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{}", file.display());
    }
}
