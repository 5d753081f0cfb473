//! The soak: runs that are killed and taken up for as long as somebody says. Memory and file handles stay flat, of a
//! process that drives run after run, and of a service that outlives the processes that speak with it.
//!
//! The normal form takes a few seconds; `RUNSHEET_SOAK=1h` says otherwise. Linux only: elsewhere it says so, and passes.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by a panic, also in what tests share"
)]

mod gauge;
mod watch;

use std::process::{Command, Stdio};
use std::time::Duration;

use runsheet::duration::Millis;
use serde_json::json;

use self::gauge::Gauge;
use self::watch::{Deeds, Watch};
use crate::faults::bench::{Bench, Course};
use crate::support::Chance;

/// How long the normal form takes.
const LENGTH: Duration = Duration::from_secs(5);
/// Set in the process that has nothing to do but to drive runs.
const ALONE: &str = "RUNSHEET_SOAK_ALONE";
/// How many runs a project has from one look to the next.
const RUNS: u64 = 3;
/// By how much the memory of a process may grow, in KiB: what an allocator keeps in pieces. It does not grow with time.
const GROWTH: u64 = 4 * 1024;
/// By how much the service's memory may grow for each run besides, in KiB: it remembers what it heard, and a trial asks
/// for all of it at once.
#[cfg(feature = "crash-points")]
const REMEMBERED: u64 = 64;

const SCRIPT: &str = "\
version: 1
name: soak
agent: host
room: lobby
max_credits: 500
defaults: { hold: 0s, timeout: 400ms, retry: { delay: 2ms, max_delay: 10ms, max_attempts: 8 } }
steps:
- { id: host, generate: A host }
- wait_ready: { poll: 5ms, within: 3s }
- set_prompt: Be brief
- parallel:
  - speak: Left
  - [{ wait: 5ms }, { speak: Right }]
  - add_context: Something new
- foreach: [ann, bob, cat, dan, eve, fay]
  as: name
  key: name
  max_parallel: 3
  steps:
  - speak: 'Hello {{ name }}'
  - add_context: 'About {{ name }}'
- list_agents: {}
- pause: Ready?
finally:
- speak: Good night
";

fn length() -> Duration {
    let Ok(said) = std::env::var("RUNSHEET_SOAK") else { return LENGTH };
    Millis::parse(&said).unwrap_or_else(|error| panic!("RUNSHEET_SOAK={said}: {error}")).as_duration()
}

/// Whether this is a process with nothing else to do but this test. If not, one is started, and judged: what other
/// tests open and hold meanwhile would count.
fn is_alone(test: &str) -> bool {
    if std::env::var_os(ALONE).is_some() {
        return true;
    }
    let alone = Command::new(std::env::current_exe().unwrap())
        .args([&format!("soak::{test}"), "--exact", "--nocapture"])
        .env(ALONE, "1")
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&alone.stdout);
    // A name that no test has would succeed too, and judge nothing.
    assert!(alone.status.success() && said.contains("1 passed"), "what is wrong stands above\n{said}");
    false
}

#[test]
fn a_process_that_drives_run_after_run_stays_flat() {
    if is_alone("a_process_that_drives_run_after_run_stays_flat") {
        drive_run_after_run();
    }
}

fn drive_run_after_run() {
    let Some(gauge) = Gauge::of(std::process::id()) else { return say_that_there_is_no_proc() };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let (mut watch, mut deeds) = (Watch::new(gauge, length()), Deeds::default());
    runtime.block_on(async {
        let mut chance = Chance::of(11);
        let mut standing = Bench::new(SCRIPT, &mishaps(), chance.next()).await;
        while watch.goes_on() {
            let passing = Bench::new(SCRIPT, &mishaps(), chance.next()).await;
            deeds.add(false, &passing.play().await);
            drop(passing);
            for _ in 0..RUNS {
                let (was_cut, course) = standing.play_cut_short(chance.up_to(Duration::from_millis(120))).await;
                deeds.add(was_cut, &course);
            }
            standing.renew_the_world(chance.next()).await;
            watch.look();
        }
    });
    watch.report("driver", deeds);
    let breaches = watch.breaches(GROWTH);
    assert!(breaches.is_empty(), "{}", breaches.join("\n"));
    assert!(deeds.kills > 0 && deeds.resumes > deeds.kills, "{deeds:?}");
}

/// A small share of what goes wrong at a service.
fn mishaps() -> serde_json::Value {
    json!([
        { "path": "/v1/agent/*", "share": 0.2, "then": { "delay": "4ms" } },
        { "path": "/v1/agent/*", "share": 0.03, "then": { "answer": { "status": 503, "code": "NO_AVAILABLE_WORKERS" } } },
        { "path": "/v1/agent/*", "share": 0.02, "then": "close_before" },
        { "path": "/v1/agent/{code}/speak", "share": 0.03, "then": "close_after" },
        { "path": "/v1/agent/{code}/add-context", "share": 0.02, "then": "garble" },
        { "path": "/v1/agent/{code}/speak", "share": 0.002, "then": { "delay": "600ms" } },
    ])
}

impl Deeds {
    fn add(&mut self, was_cut: bool, course: &Course) {
        self.runs += 1;
        self.kills += usize::from(was_cut);
        self.resumes += usize::from(was_cut) + course.resumes();
    }
}

#[cfg(feature = "crash-points")]
#[test]
fn a_service_that_outlives_killed_processes_stays_flat() {
    use crate::crash::sweep::trial;
    use crate::crash::theatre::Theatre;

    let place = tempfile::tempdir().unwrap();
    let theatre = Theatre::open(place.path(), 11);
    let Some(gauge) = Gauge::of(theatre.process()) else { return say_that_there_is_no_proc() };
    let (mut watch, mut deeds) = (Watch::new(gauge, length()), Deeds::default());
    while watch.goes_on() {
        let (tally, breaches) = trial(&theatre, 11, deeds.runs);
        assert!(breaches.is_empty(), "{}", breaches.join("\n"));
        deeds.runs += 1;
        deeds.kills += tally.kills();
        deeds.resumes += tally.resumes;
        watch.look();
    }
    watch.report("service", deeds);
    let breaches = watch.breaches(GROWTH + REMEMBERED * deeds.runs as u64);
    assert!(breaches.is_empty(), "{}", breaches.join("\n"));
}

#[test]
fn a_process_that_leaks_is_caught() {
    if !is_alone("a_process_that_leaks_is_caught") {
        return;
    }
    let Some(gauge) = Gauge::of(std::process::id()) else { return say_that_there_is_no_proc() };
    let (mut watch, mut kept) = (Watch::new(gauge.clone(), Duration::ZERO), Vec::new());
    while watch.goes_on() {
        kept.push(vec![1_u8; 1024 * 1024]);
        watch.look();
    }
    assert!(watch.breaches(GROWTH).concat().contains("memory grew"), "{:?}", watch.breaches(GROWTH));
    assert!(watch.breaches(8 * GROWTH).is_empty(), "{:?}", watch.breaches(8 * GROWTH));
    let (mut watch, mut open) = (Watch::new(gauge, Duration::ZERO), Vec::new());
    while watch.goes_on() {
        open.push(std::fs::File::open("/dev/null").unwrap());
        watch.look();
    }
    assert!(watch.breaches(GROWTH).concat().contains("/dev/null"), "{:?}", watch.breaches(GROWTH));
}

fn say_that_there_is_no_proc() {
    eprintln!("soak: skipped, since this system has no `/proc` to look at");
}
