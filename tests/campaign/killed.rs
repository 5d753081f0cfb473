//! The example campaign, killed at any point and taken up: it comes to the same, but for lines that nobody knows about.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;

use crate::support::{Chance, Stage};

/// A day of the campaign passes in about two seconds.
const CLOCK: [&str; 5] = ["--sandbox", "--clock", "2026-12-01T06:00:00Z", "--speed", "20000"];
/// How often it is killed; `KILLS` takes another number.
const KILLS: u64 = 8;

/// The example, in a project of its own.
fn stage() -> Stage {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("workflows");
    let read = |name: &str| std::fs::read_to_string(example.join(name)).unwrap();
    let workflow = read("renewals.yaml").replace("{ csv: \"reports/{{ run.id }}.csv\" }", "{ json: report.json }");
    // What stands above is for readers.
    let stage = Stage::new(&workflow[workflow.find("version:").unwrap()..]);
    for name in ["data/renewals.csv", "data/opt-outs.csv", "data/holidays.ics"] {
        stage.write(name, &read(name));
    }
    stage
}

/// What became of each person.
fn outcomes(stage: &Stage) -> BTreeMap<String, String> {
    let text = std::fs::read_to_string(stage.path().join("report.json")).unwrap();
    let report: Value = serde_json::from_str(&text).unwrap();
    let word = |row: &Value, field: &str| row[field].as_str().unwrap().to_owned();
    let people = report["people"].as_array().unwrap();
    people.iter().map(|row| (word(row, "key"), word(row, "outcome"))).collect()
}

fn whole() -> BTreeMap<String, String> {
    let stage = stage();
    let run = stage.command(&["run", "workflows/show.yaml"]).args(CLOCK).output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    outcomes(&stage)
}

/// Kills a run after so long, and takes it up.
fn killed_after(length: Duration) -> BTreeMap<String, String> {
    let stage = stage();
    let mut command = stage.command(&["run", "workflows/show.yaml"]);
    let mut child = command.args(CLOCK).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    std::thread::sleep(length);
    child.kill().unwrap();
    let killed = !child.wait().unwrap().success();
    let began = stage.command(&["runs", "--format", "json"]).output().unwrap();
    let rows: Value = serde_json::from_slice(&began.stdout).unwrap_or_default();
    let verb = match rows.as_array().is_none_or(Vec::is_empty) {
        true => vec!["run", "workflows/show.yaml"],
        false if killed => vec!["resume"],
        false => return outcomes(&stage),
    };
    let clock = if verb[0] == "run" { &CLOCK[..] } else { &[] };
    let ended = stage.command(&verb).args(clock).output().unwrap();
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    outcomes(&stage)
}

#[test]
fn a_campaign_that_is_killed_anywhere_comes_to_the_same_but_for_what_nobody_knows() {
    let expected = whole();
    assert_eq!(expected.len(), 24);
    assert!(expected.values().filter(|outcome| *outcome == "heard").count() > 15, "{expected:?}");
    let kills = std::env::var("KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(KILLS);
    let mut chance = Chance::of(11);
    let moments: Vec<Duration> = (0..kills).map(|_| chance.up_to(Duration::from_millis(2600))).collect();
    for moments in moments.chunks(4) {
        std::thread::scope(|scope| {
            for moment in moments {
                let expected = &expected;
                scope.spawn(move || {
                    for (key, outcome) in killed_after(*moment) {
                        let may_be = expected[&key] == outcome || (expected[&key] == "heard" && outcome == "unknown");
                        assert!(may_be, "{key} after {moment:?}: {outcome}, not {}", expected[&key]);
                    }
                });
            }
        });
    }
}
