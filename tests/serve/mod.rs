//! `runsheet serve` as the thing that stays running: what is due starts once, and what was under way goes on.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic, also in what tests share")]

mod broken;
mod crowd;
mod overlaps;
pub mod serving;

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use serving::Serving;

/// A workflow that is due in a moment and says three lines with a pause between.
fn due(name: &str, at: Timestamp) -> String {
    let line = |n: u8| format!("  - speak: {name} says {n}\n    delay: 300ms\n");
    let lines: String = (1..=3).map(line).collect();
    format!(
        "version: 1\nname: {name}\nagent: A91XMB7113\nroom: lobby\ndefaults: {{ hold: 0s, on_unknown: skip }}\n\
         schedule: [{{ at: \"{at}\" }}]\nsteps:\n{lines}"
    )
}

fn soon(milliseconds: i64) -> Timestamp {
    Timestamp::now() + SignedDuration::from_millis(milliseconds)
}

fn status(run: &Value) -> &str {
    run["status"].as_str().unwrap_or_default()
}

/// How many runs each workflow has.
fn counts(serving: &Serving) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for run in serving.runs() {
        *counts.entry(run["workflow"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    counts
}

fn names() -> Vec<String> {
    (0..10).map(|n| format!("show-{n}")).collect()
}

#[test]
fn ten_scheduled_runs_survive_a_kill_and_nothing_is_heard_twice() {
    let mut serving = Serving::of(&[]);
    let at = soon(2_000);
    for name in names() {
        serving.write(&format!("{name}.yaml"), &due(&name, at));
    }
    serving.until("ten runs have begun to speak", |serving| serving.heard().len() >= 12);
    serving.kill();
    serving.start_again();
    serving.until("all have ended", |serving| {
        let runs = serving.runs();
        runs.len() == 10 && runs.iter().all(|run| status(run) == "succeeded")
    });
    let mut heard = serving.heard();
    let all = heard.len();
    heard.sort();
    heard.dedup();
    assert_eq!(heard.len(), all, "a line was heard twice");
    // A line that was on its way at the kill may or may not have been heard: one a run at the most.
    assert!((20..=30).contains(&all), "{all} lines were heard");
    assert!(counts(&serving).values().all(|count| *count == 1), "{:?}", counts(&serving));
}

#[test]
fn two_servers_on_one_state_folder_start_a_time_once() {
    let serving = Serving::of(&[]);
    let _beside = serving.beside();
    let at = soon(2_000);
    for name in names() {
        serving.write(&format!("{name}.yaml"), &due(&name, at));
    }
    serving.until("all have ended", |serving| {
        let runs = serving.runs();
        runs.len() >= 10 && runs.iter().all(|run| status(run) == "succeeded")
    });
    assert_eq!(serving.heard().len(), 30);
    assert!(counts(&serving).values().all(|count| *count == 1), "{:?}", counts(&serving));
}

#[test]
fn what_has_gone_by_is_not_started_by_an_edit_or_a_new_start() {
    let mut serving = Serving::of(&[]);
    serving.write("show-0.yaml", &due("show-0", soon(2_000)));
    serving.until("it has run", |serving| serving.runs().iter().any(|run| status(run) == "succeeded"));
    serving.write("show-0.yaml", &due("show-0", Timestamp::now() - SignedDuration::from_secs(5)));
    serving.write("show-1.yaml", &due("show-1", Timestamp::now() - SignedDuration::from_secs(5)));
    serving.write("show-2.yaml", &due("show-2", soon(2_000)));
    serving.until("the later one has run", |serving| counts(serving).contains_key("show-2"));
    serving.restart();
    serving.write("show-3.yaml", &due("show-3", soon(2_000)));
    serving.until("the last one has run", |serving| counts(serving).contains_key("show-3"));
    let expected = ["show-0", "show-2", "show-3"].map(|name| (name.to_owned(), 1));
    assert_eq!(counts(&serving), BTreeMap::from(expected));
}

#[test]
fn a_drained_server_goes_on_with_its_runs_and_leaves_those_of_people_alone() {
    let mut serving = Serving::of(&[]);
    serving.write("show-0.yaml", &due("show-0", soon(2_000)));
    serving.until("the first line is out", |serving| !serving.heard().is_empty());
    serving.drain();
    assert_eq!(serving.runs().iter().map(status).collect::<Vec<_>>(), ["stopped"]);
    serving.write("typed.yaml", "version: 1\nagent: A91XMB7113\nroom: lobby\nsteps:\n  - pause\n  - speak: typed\n");
    serving.call(&["run", "workflows/typed.yaml"]).exits(5);
    serving.start_again();
    serving.until("it has ended", |serving| serving.runs().iter().any(|run| status(run) == "succeeded"));
    assert_eq!(serving.heard(), ["show-0 says 1", "show-0 says 2", "show-0 says 3"]);
    assert_eq!(serving.runs().iter().map(status).collect::<Vec<_>>(), ["stopped", "succeeded"]);
}
