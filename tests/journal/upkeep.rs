//! `runs export`, `runs prune` and the part of `doctor` that reads the journal back.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use rusqlite::Connection;
use serde_json::Value;

use crate::support::{Ended, Running, Stage, scripted};

fn call(stage: &Stage, arguments: &[&str]) -> Ended {
    Running::spawn(&mut stage.command(arguments)).end()
}

fn database(stage: &Stage) -> Connection {
    Connection::open(stage.state().join("runs.db")).unwrap()
}

fn count(stage: &Stage, table: &str) -> i64 {
    database(stage).query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap()
}

/// Makes every run look as if it had been that many days ago.
fn age(stage: &Stage, days: u32) {
    let database = database(stage);
    let ago = format!("-{days} days");
    let shift = |column: &str| format!("{column} = strftime('%Y-%m-%dT%H:%M:%fZ', {column}, ?1)");
    let rows = format!("UPDATE runs SET {}, {}", shift("started_at"), shift("ended_at"));
    assert!(database.execute(&rows, [&ago]).unwrap() > 0);
    // As records of format 1 have none, none is asked of these.
    database.execute(&format!("UPDATE events SET {}, checksum = NULL", shift("at")), [&ago]).unwrap();
}

fn names(folder: &Path) -> BTreeSet<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect()
}

fn age_files(folder: &Path) {
    let long_ago = std::time::SystemTime::now() - std::time::Duration::from_secs(7200);
    for name in names(folder) {
        std::fs::File::options().append(true).open(folder.join(name)).unwrap().set_modified(long_ago).unwrap();
    }
}

#[test]
fn an_export_is_the_journal_a_line_a_record() {
    let stage = Stage::new("- speak: Hello\n- wait: 10ms");
    stage.run(&[]).exits(0);
    let run = stage.latest();
    let exported = call(&stage, &["runs", "export", &run.to_lowercase()]);
    exported.exits(0).hides(crate::support::SECRET);
    let lines = exported.events();
    assert_eq!(lines.len() as i64, count(&stage, "events"));
    for (seq, line) in lines.iter().enumerate() {
        let keys: Vec<_> = line.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(keys, ["v", "seq", "at", "event"]);
        assert_eq!((&line["v"], &line["seq"]), (&1.into(), &seq.into()));
    }
    assert_eq!((&lines[0]["event"]["type"], &lines[0]["event"]["run"]), (&"started".into(), &run.into()));
    assert_eq!(exported.last()["event"]["type"], "finished");

    let file = stage.path().join("kept.jsonl");
    call(&stage, &["runs", "export", "--output", "kept.jsonl"]).exits(0).tells("records are in `kept.jsonl`");
    let text = std::fs::read_to_string(&file).unwrap();
    let read: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(read, lines);
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    call(&stage, &["runs", "export", "--output", "no/such/folder/x"]).exits(2).tells("cannot be written");
    call(&stage, &["runs", "export", "ZZZZ9"]).exits(2).tells("`runsheet runs` lists them");
}

#[test]
fn old_runs_go_with_what_only_they_needed_and_the_rest_stays() {
    let reading = |file: &str| {
        let steps = format!(
            "- foreach: {{ csv: {file} }}\n  key: item.name\n  speak: 'Hello {{{{ item.name }}}}'\n  room: lobby"
        );
        scripted(&steps)
    };
    let stage = Stage::new(&reading("old.csv"));
    stage.write("old.csv", "name\nann\n");
    stage.write("both.csv", "name\nbob\n");
    stage.run(&[]).exits(0);
    let old = stage.latest();
    stage.run(&["--sandbox"]).exits(0);
    let rehearsed = stage.latest();
    stage.rewrite(&reading("both.csv"));
    stage.run(&[]).exits(0);
    stage.rewrite("- pause");
    stage.run(&[]).exits(5);
    let stopped = stage.latest();
    age(&stage, 40);
    stage.rewrite(&reading("both.csv"));
    stage.run(&[]).exits(0);
    let new = stage.latest();
    age_files(&stage.state().join("files"));
    assert_eq!((count(&stage, "runs"), names(&stage.state().join("files")).len()), (5, 2));
    assert!(names(&stage.state().join("runs")).contains(&format!("{rehearsed}.sandbox.jsonl")));

    let before = (count(&stage, "runs"), count(&stage, "events"), names(&stage.state().join("runs")));
    let dry = call(&stage, &["runs", "prune", "--older-than", "30d", "--dry-run"]);
    dry.exits(0).says("would remove 3 runs").says(&old).says("2 files; would free about");
    assert_eq!((count(&stage, "runs"), count(&stage, "events"), names(&stage.state().join("runs"))), before);

    let pruned = call(&stage, &["runs", "prune", "--older-than", "30d"]);
    pruned.exits(0).says("removed 3 runs").says("2 files; freed about");
    assert_eq!(count(&stage, "runs"), 2);
    let locks: BTreeSet<_> = [format!("{new}.lock"), format!("{stopped}.lock")].into();
    assert_eq!((names(&stage.state().join("runs")), names(&stage.state().join("files")).len()), (locks, 1));
    assert_eq!(database(&stage).query_row("PRAGMA freelist_count", [], |row| row.get::<_, i64>(0)), Ok(0));
    call(&stage, &["show", &new]).exits(0);
    call(&stage, &["show", &old]).exits(2);
    call(&stage, &["doctor"]).exits(0).says("✔ journal   2 runs with");

    call(&stage, &["runs", "prune", "--older-than", "30d"]).exits(0).says("removed 0 runs");
    call(&stage, &["runs", "prune", "--older-than", "30d", "--stopped"]).exits(0).says(&stopped);
    assert_eq!(count(&stage, "runs"), 1);
}

#[test]
fn what_was_bought_is_known_after_its_run_is_gone() {
    let stage = Stage::new("version: 1\nsteps:\n  - id: host\n    generate: A host\n  - wait_ready: { poll: 20ms }\n");
    stage.run(&["--yes"]).exits(0);
    let spent = stage.spent();
    age(&stage, 3);
    call(&stage, &["runs", "prune", "--older-than", "1d"]).exits(0).says("removed 1 run,");
    assert_eq!((count(&stage, "runs"), count(&stage, "purchases")), (0, 1));
    stage.run(&["--yes"]).exits(0);
    assert_eq!(stage.spent(), spent);
}

#[test]
fn a_run_under_way_is_never_removed() {
    let stage = Stage::new("- { speak: Hello, hold: 3s }\n- speak: Goodbye");
    let mut running = stage.start(&[]);
    running.until("step_succeeded", "speak_1");
    call(&stage, &["runs", "prune", "--older-than", "0s", "--stopped"]).exits(0).says("removed 0 runs");
    running.end().exits(0);
    assert_eq!(stage.heard(), ["Hello", "Goodbye"]);
}

#[test]
fn an_age_without_a_unit_is_refused() {
    let stage = Stage::new("- speak: Hello");
    call(&stage, &["runs", "prune", "--older-than", "30"]).exits(2).tells("an age needs a unit; write `30d`");
    call(&stage, &["runs", "prune"]).exits(2).tells("--older-than");
    call(&stage, &["runs", "prune", "--older-than", "1d"]).exits(0).says("nothing was run here yet");
    assert!(!stage.state().exists());
}

#[test]
fn doctor_names_the_damaged_run_and_its_record() {
    let stage = Stage::new("- speak: Hello\n- speak: Goodbye");
    stage.run(&[]).exits(0);
    let damaged = stage.latest();
    stage.run(&[]).exits(0);
    call(&stage, &["doctor"]).exits(0).says("✔ journal   2 runs with ");
    let edit = "UPDATE events SET body = replace(body, 'Goodbye', 'Good day') WHERE run = ?1 AND body LIKE '%Goodbye%' AND seq > 0";
    assert_eq!(database(&stage).execute(edit, [&damaged]).unwrap(), 1);
    let seq: i64 = database(&stage)
        .query_row("SELECT seq FROM events WHERE body LIKE '%Good day%'", [], |row| row.get(0))
        .unwrap();
    let told = format!("the journal of run `{damaged}` is damaged at record {seq}: its checksum is not");
    let found = call(&stage, &["doctor"]);
    found.exits(4).says(&told).says("a new run would say its lines again").says("· journal   1 run with ");
    call(&stage, &["show", &damaged]).exits(4).tells(&told);
    call(&stage, &["runs", "export", &damaged]).exits(4).tells(&told);

    database(&stage).execute("DELETE FROM runs WHERE id = ?1", [&damaged]).unwrap_err();
    database(&stage)
        .execute_batch(&format!("PRAGMA foreign_keys = OFF; DELETE FROM runs WHERE id = '{damaged}'"))
        .unwrap();
    call(&stage, &["doctor"]).exits(4).says(&format!("records of run `{damaged}`, and no such run"));
}

#[test]
fn doctor_misses_a_file_that_a_stopped_run_will_read_again() {
    let steps = "- foreach: { csv: guests.csv }\n  key: item.name\n  steps:\n    - pause\n    - { speak: 'Hi {{ item.name }}', room: lobby }";
    let stage = Stage::new(&scripted(steps));
    stage.write("guests.csv", "name\nann\n");
    stage.run(&[]).exits(5);
    call(&stage, &["doctor"]).exits(0);
    let files = stage.state().join("files");
    let name = names(&files).pop_first().unwrap();
    std::fs::write(files.join(name), "name\nzoe\n").unwrap();
    call(&stage, &["doctor"]).exits(4).says("is damaged").says("`guests.csv` is as it was when the run began");
}
