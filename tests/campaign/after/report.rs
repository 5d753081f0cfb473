use std::fs;
use std::os::unix::fs::symlink;

use serde_json::json;

use super::{RENEWALS, campaign, no_answer, outcomes, report};

#[test]
fn the_report_has_a_row_a_person_as_csv_and_as_json() {
    let stage = campaign(json!([]));
    stage.run(&[]).exits(1).tells(&format!("report: reports/{}.csv", stage.latest()));
    let found = report(&stage);
    assert_eq!(outcomes(&found), [("1", "heard"), ("2", "excluded"), ("3", "failed"), ("4", "heard")]);
    let ada = &found["people"][0];
    assert_eq!([&ada["line"], &ada["room"], &ada["rooms"]], [&json!("Hello Ada."), &json!("lobby"), &json!(1)]);
    assert!(ada["local_time"].as_str().unwrap().ends_with("+05:30"), "{ada}");
    assert!(found["people"][2]["error"].as_str().unwrap().contains("Mars/Base"), "{found}");
    assert!(found["people"][1]["detail"].as_str().unwrap().contains("opt-outs.csv"), "{found}");
    assert_eq!(found["summary"]["loops"][0]["people"], json!(4));
    let table = fs::read_to_string(stage.path().join(format!("reports/{}.csv", stage.latest()))).unwrap();
    let mut rows = csv::Reader::from_reader(table.as_bytes());
    let place = rows.headers().unwrap().iter().position(|name| name == "line").unwrap();
    let lines: Vec<String> = rows.records().map(|row| row.unwrap()[place].to_owned()).collect();
    assert_eq!(lines, ["Hello Ada.", "", "", "Hello Dee \"D\"."]);
}

#[test]
fn a_run_that_stopped_has_a_report_and_the_one_after_a_resume_covers_all_of_it() {
    let stage = campaign(no_answer());
    stage.run(&[]).exits(5);
    let stopped = report(&stage);
    assert_eq!(stopped["summary"]["status"], json!("stopped"));
    assert_eq!(outcomes(&stopped), [("1", "heard"), ("2", "excluded"), ("3", "failed"), ("4", "unknown")]);
    // Settling it goes on with the run, to its end.
    assert_eq!(stage.command(&["resolve", "--happened"]).output().unwrap().status.code(), Some(1));
    let ended = report(&stage);
    assert_eq!(ended["summary"]["status"], json!("failed"));
    assert_eq!(outcomes(&ended), [("1", "heard"), ("2", "excluded"), ("3", "failed"), ("4", "heard")]);
    assert_eq!(stage.heard(), ["Hello Ada.", "Hello Dee \"D\"."]);
}

#[test]
fn a_second_run_tells_where_the_line_was_said() {
    let stage = campaign(json!([]));
    stage.run(&[]).exits(1);
    let first = stage.latest();
    stage.run(&[]).exits(1);
    let found = report(&stage);
    assert_eq!(outcomes(&found), [("1", "already_sent"), ("2", "excluded"), ("3", "failed"), ("4", "already_sent")]);
    let detail = found["people"][0]["detail"].as_str().unwrap();
    assert!(detail.contains(&format!("already sent in {first} at ")), "{detail}");
}

#[test]
fn a_report_leaves_the_project_through_no_link_and_overwrites_nothing_else() {
    let stage = campaign(json!([]));
    let outside = tempfile::tempdir().unwrap();
    symlink(outside.path(), stage.path().join("reports")).unwrap();
    // The run ends as it would have: the report is told, and no more.
    stage.run(&[]).exits(1).tells("no report was written").tells("is outside the project");
    assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 0);
    stage.rewrite(&RENEWALS.replace("{{ vars.folder }}/{{ run.id }}.csv", "workflows/customers.csv"));
    let before = fs::read(stage.path().join("workflows/customers.csv")).unwrap();
    stage.run(&[]).exits(1).tells("is another file, which is kept");
    assert_eq!(fs::read(stage.path().join("workflows/customers.csv")).unwrap(), before);
}

#[test]
fn a_run_that_is_over_is_reported_again_by_hand() {
    let stage = campaign(json!([]));
    stage.run(&[]).exits(1);
    let made = stage.command(&["show", "--report", "people=again.json"]).output().unwrap();
    assert!(made.status.success());
    let again = fs::read_to_string(stage.path().join("again.json")).unwrap();
    let first = fs::read_to_string(stage.path().join(format!("reports/{}.json", stage.latest()))).unwrap();
    assert_eq!(again, first);
}
