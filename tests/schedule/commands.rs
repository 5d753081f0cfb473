//! `schedule explain` and `schedule list`, as people and programs call them.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

const PARIS: &str = "\
version: 1
schedule:
  - { cron: \"30 2 * * *\", timezone: Europe/Paris }
agent: A91XMB7113
steps:
  - speak: Good morning
";
const SEVERAL: &str = "\
version: 1
schedule:
  - { cron: \"0 9 * * 1-5\", timezone: America/New_York }
  - every: 6h
  - at: 2026-12-24T18:00:00+01:00
overlap: queue
catchup_window: 2h
agent: A91XMB7113
steps:
  - speak: Good morning
";

/// How a call ended, and what was printed.
struct Said {
    code: i32,
    stdout: String,
    stderr: String,
}

fn project(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("workflows")).unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join("workflows").join(name), text).unwrap();
    }
    folder
}

fn schedule(folder: &Path, arguments: &[&str]) -> Said {
    let mut command = Command::new(env!("CARGO_BIN_EXE_runsheet"));
    let output = command.current_dir(folder).env("TZ", "UTC").arg("schedule").args(arguments).output().unwrap();
    Said {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

#[test]
fn a_night_without_half_past_two_is_explained_to_programs() {
    let folder = project(&[("night.yaml", PARIS)]);
    let span = ["explain", "--from", "2026-03-28", "--to", "2026-03-31", "--format", "json"];
    let said = schedule(folder.path(), &span);
    assert_eq!((said.code, said.stderr.as_str()), (0, ""));
    let rows: Value = serde_json::from_str(&said.stdout).unwrap();
    let row = |nominal: &str, local: &str, utc: &str, decision: &str, reason: &str| {
        serde_json::json!({
            "nominal": nominal, "local": local, "utc": utc, "decision": decision, "reason": reason,
        })
    };
    let skipped = "the clocks skip 02:30: due as soon as they have changed";
    let expected = [
        row("2026-03-28T02:30:00", "2026-03-28T02:30:00+01:00", "2026-03-28T01:30:00Z", "fire", "due"),
        row("2026-03-29T02:30:00", "2026-03-29T03:00:00+02:00", "2026-03-29T01:00:00Z", "shift", skipped),
        row("2026-03-30T02:30:00", "2026-03-30T02:30:00+02:00", "2026-03-30T00:30:00Z", "fire", "due"),
    ];
    assert_eq!(rows, Value::from(expected.to_vec()));
}

#[test]
fn a_night_with_half_past_two_twice_is_explained_to_people() {
    let folder = project(&[("night.yaml", PARIS)]);
    let said = schedule(folder.path(), &["explain", "--from", "2026-10-24", "--to", "2026-10-26T12:00"]);
    insta::assert_snapshot!(said.stdout, @"
    night · overlap skip · catchup latest within 10m
      cron 30 2 * * * Europe/Paris

    Sat 24 Oct 2026
      02:30  02:30 +02  00:30Z  ▶ fire
    Sun 25 Oct 2026
      02:30  02:30 +02  00:30Z  ▶ fire
      02:30  02:30 +01  01:30Z  · skip  the clocks show 02:30 a second time: due the
                                        first time only
    Mon 26 Oct 2026
      02:30  02:30 +01  01:30Z  ▶ fire

    3 fire, 1 skip
    ");
}

#[test]
fn an_outage_is_explained_with_what_is_made_up_for() {
    let folder = project(&[("several.yaml", SEVERAL)]);
    let span = ["explain", "workflows/several.yaml", "--from", "2026-12-24T00:00Z", "--to", "2026-12-25T00:00Z"];
    let said = schedule(folder.path(), &[&span[..], &["--down", "2026-12-24T11:30Z..2026-12-24T18:30Z"]].concat());
    insta::assert_snapshot!(said.stdout, @"
    several · overlap queue · catchup latest within 2h, none for `at`
      1  cron 0 9 * * 1-5 America/New_York
      2  every 6h
      3  at 2026-12-24T18:00:00+01:00

    Thu 24 Dec 2026
      2  00:00  00:00 +00  00:00Z  ▶ fire
      2  06:00  06:00 +00  06:00Z  ▶ fire
      2  12:00  12:00 +00  12:00Z  ✖ missed   missed by more than 2h
                                              (`catchup_window`)
      1  09:00  09:00 -05  14:00Z  ✖ missed   missed by more than 2h
                                              (`catchup_window`)
      3  18:00  18:00 +01  17:00Z  ✖ missed   missed; missed times are not made up
                                              for (`catchup: none`)
      2  18:00  18:30 +00  18:30Z  ↺ catchup  missed, and made up for 30m late

    2 fire, 1 catchup, 3 missed
    ");
    assert!(said.stdout.lines().all(|line| line.chars().count() <= 80), "{}", said.stdout);
    let said = schedule(folder.path(), &[&span[..], &["--takes", "7h"]].concat());
    assert!(said.stdout.contains("waited 1h for its turn"), "{}", said.stdout);
}

#[test]
fn wrong_spans_and_files_without_a_schedule_are_refused_with_the_fix() {
    let folder = project(&[("night.yaml", PARIS), ("plain.yaml", "version: 1\nsteps:\n  - wait: 1s\n")]);
    let refused = |arguments: &[&str], hint: &str| {
        let said = schedule(folder.path(), arguments);
        assert_eq!(said.code, 2, "{arguments:?}: {}{}", said.stdout, said.stderr);
        assert!(said.stderr.contains(hint), "{arguments:?}: {}", said.stderr);
    };
    refused(&["explain", "workflows/plain.yaml"], "runsheet schedule list");
    refused(&["explain", "workflows/night.yaml", "--from", "2026-03-02", "--to", "2026-03-01"], "exchange them");
    refused(&["explain", "workflows/night.yaml", "--down", "2026-03-02..2026-03-01"], "with A first");
    refused(&["explain", "workflows/night.yaml", "--down", "2026-03-02"], "write `A..B`");
    refused(&["explain", "workflows/night.yaml", "--from", "tomorrow"], "write `2026-03-29`");
    refused(&["list", "nowhere"], "name a folder");
}

#[test]
fn the_next_times_of_a_folder_are_listed_the_soonest_first() {
    let never = PARIS.replace("{ cron: \"30 2 * * *\", timezone: Europe/Paris }", "at: 2019-01-01T00:00:00Z");
    let folder = project(&[
        ("yearly.yaml", &PARIS.replace("30 2 * * *", "@yearly")),
        ("often.yaml", &PARIS.replace("{ cron: \"30 2 * * *\", timezone: Europe/Paris }", "every: 1s")),
        ("past.yaml", &never),
        ("plain.yaml", "version: 1\nsteps:\n  - wait: 1s\n"),
    ]);
    let said = schedule(folder.path(), &["list"]);
    assert_eq!((said.code, said.stderr.as_str()), (0, ""), "{}", said.stdout);
    let names: Vec<_> = said.stdout.lines().map(|line| line.split(' ').next().unwrap()).collect();
    assert_eq!(names, ["WORKFLOW", "often", "yearly", "past"], "{}", said.stdout);
    assert!(said.stdout.contains("never again"), "{}", said.stdout);
    let json = schedule(folder.path(), &["list", "--next", "3", "--format", "json"]);
    let all: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!((all[0]["next"].as_array().unwrap().len(), &all[1]["workflow"]), (3, &"yearly".into()));
    assert_eq!(all[1]["schedule"][0], "cron @yearly Europe/Paris");
}

#[test]
fn a_file_with_mistakes_is_left_out_of_the_list_and_told() {
    let folder = project(&[("night.yaml", PARIS), ("wrong.yaml", &PARIS.replace("30 2", "30 25"))]);
    let said = schedule(folder.path(), &["list"]);
    assert_eq!(said.code, 2);
    assert!(said.stdout.contains("night") && said.stderr.contains("1 file with mistakes"), "{}", said.stderr);
    let none = schedule(project(&[]).path(), &["list"]);
    assert_eq!((none.code, none.stdout.as_str()), (0, ""));
    assert!(none.stderr.contains("no workflow here has a `schedule`"));
}
