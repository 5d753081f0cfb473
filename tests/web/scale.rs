//! A thousand workflows and ten thousand runs: how long a list takes, and how much memory.

use std::time::{Duration, Instant};

use rusqlite::{Connection, params};

use super::request::Ask;
use super::served::Served;
use crate::support::Stage;

const WORKFLOWS: usize = 1_000;
const RUNS: usize = 10_000;

#[test]
fn a_thousand_workflows_and_ten_thousand_runs_are_listed_at_once() {
    let stage = Stage::new("- speak: Hello");
    for n in 0..WORKFLOWS {
        stage.write(
            &format!("w{n:04}.yaml"),
            "version: 1\nagent: A91XMB7113\nroom: lobby\nsteps:\n- speak: Hello\n- pause: Wait\n- speak: Bye\n",
        );
    }
    stage.run(&["workflows/show.yaml"]).exits(0);
    fill(&stage);
    let began = Instant::now();
    let served = Served::of(&stage);
    let started = began.elapsed();
    let timed = |path: &str| {
        let began = Instant::now();
        let got = served.ask(&Ask::get(path));
        assert_eq!(got.status, 200, "{got:?}");
        (began.elapsed(), got)
    };
    let (first, _) = timed("/api/v1/workflows");
    // The document is read and the answer held against it as well: the least of several is the server's.
    let least = |path: &str| {
        (0..5)
            .map(|_| Ask::get(path))
            .map(|ask| {
                let began = Instant::now();
                assert_eq!(ask.send(served.address).status, 200);
                began.elapsed()
            })
            .min()
            .unwrap_or_default()
    };
    let figures = [
        ("workflows", least("/api/v1/workflows")),
        ("runs", least("/api/v1/runs")),
        ("failed runs", least("/api/v1/runs?status=failed&limit=50")),
        ("health", least("/api/v1/health")),
        ("metrics", least("/metrics")),
    ];
    let memory = resident(served.id());
    println!("start {started:?}, first list {first:?}, {figures:?}, {} KiB resident", memory / 1024);
    // Twice what is promised of a release build: this one is a test's, on a machine that does more.
    assert!(figures.iter().all(|(_, took)| *took < Duration::from_millis(400)), "{figures:?}");
    assert!(memory < 100 << 20, "{memory} bytes");
}

/// Ten thousand rows as ended runs leave them.
fn fill(stage: &Stage) {
    let mut database = Connection::open(stage.state().join("runs.db")).unwrap();
    let transaction = database.transaction().unwrap();
    for n in 0..RUNS {
        let (file, status) =
            (format!("workflows/w{:04}.yaml", n % WORKFLOWS), if n % 10 == 0 { "failed" } else { "succeeded" });
        let at = format!("2026-11-{:02}T{:02}:{:02}:{:02}.000Z", 1 + n % 20, n / 20 % 24, n / 480 % 60, n % 60);
        let insert = "INSERT INTO runs (id, workflow, file, service, sandbox, started_at, status, ended_at, credits, succeeded, failed, skipped, unknown) \
                      VALUES (?1, ?2, ?3, 'sandbox', 1, ?4, ?5, ?4, 0, 3, 0, 0, 0)";
        transaction.execute(insert, params![format!("X{n:05}"), &file[10..15], file, at, status]).unwrap();
    }
    transaction.commit().unwrap();
}

/// The bytes that a process has in memory; 0 where nobody tells.
fn resident(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or("0");
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap_or(0) * 1024
}
