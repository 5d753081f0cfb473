//! `runs` and `show`: what was run, looked at again.

use serde_json::Value;

use super::Project;

const FAILING: &str = "\
version: 1
agent: A91XMB7113
room: lobby
steps:
  - speak: Good evening.
  - http: http://127.0.0.1:1/nobody-listens
    retry: { max_attempts: 1 }
";
const PAUSING: &str = "\
version: 1
agent: A91XMB7113
room: lobby
steps:
  - speak: Good evening.
  - pause: Wait for applause
";

fn runs(project: &Project) -> Vec<Value> {
    serde_json::from_str(&project.run(&["runs", "--format", "json"]).exits(0).stdout).unwrap()
}

#[test]
fn where_nothing_was_run_looking_leaves_no_folder() {
    let project = Project::new();
    assert_eq!(project.run(&["runs"]).exits(0).says("nothing was run here yet").stdout, "");
    assert!(runs(&project).is_empty());
    project.run(&["show"]).exits(2).says("`runsheet run --sandbox` rehearses a workflow");
    assert!(!project.path(".runsheet").exists());
}

#[test]
fn a_failed_run_is_shown_as_it_was_and_that_is_no_failure() {
    let project = Project::new().file("workflows/a.yaml", FAILING);
    let live = project.run(&["run", "--sandbox", "--speed", "40"]).exits(1);
    let shown = project.run(&["show"]).exits(0);
    assert_eq!(shown.stdout, live.stderr);
    let listed = runs(&project);
    assert_eq!((&listed[0]["status"], &listed[0]["counts"]["failed"]), (&"failed".into(), &1.into()));
    let id = listed[0]["run"].as_str().unwrap();
    assert_eq!(project.run(&["show", &id.to_lowercase()]).exits(0).stdout, shown.stdout);
    project.run(&["runs"]).exits(0).says("✖ failed").says("SANDBOX").says("1 succeeded, 1 failed");
}

#[test]
fn events_take_stdout_and_the_text_gives_way() {
    let project = Project::new().file("workflows/a.yaml", FAILING);
    project.run(&["run", "--sandbox", "--speed", "40"]).exits(1);
    let shown = project.run(&["show", "--report", "jsonl", "--report", "csv=out/a.csv"]).exits(0);
    let events: Vec<Value> = shown.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(events[0]["event"], "run_started");
    assert!(events.iter().any(|event| event["event"] == "step_failed"), "{events:?}");
    assert!(shown.stderr.contains("failed after "), "{}", shown.stderr);
    assert!(std::fs::read_to_string(project.path("out/a.csv")).unwrap().contains("\"speak_1\""));
}

#[test]
fn a_stopped_run_ends_with_the_command_that_takes_it_up_again() {
    let project = Project::new().file("workflows/a.yaml", PAUSING);
    project.run(&["run", "--sandbox", "--speed", "40"]).exits(5);
    let id = runs(&project)[0]["run"].as_str().unwrap().to_owned();
    project.run(&["show"]).exits(0).says(&format!("runsheet go {id}"));
    project.run(&["runs"]).exits(0).says("■ stopped");
}

#[test]
fn a_crashed_run_is_told_from_a_stopped_one_and_can_be_taken_up() {
    let waiting = "version: 1\nsteps:\n  - wait: 1h\n";
    let project = Project::new().file("workflows/a.yaml", waiting);
    let mut child = project.command(&["run", "--sandbox"]).stderr(std::process::Stdio::null()).spawn().unwrap();
    let is_running = || runs(&project).first().is_some_and(|run| run["status"] == "running");
    let begun = std::time::Instant::now();
    while !is_running() {
        assert!(begun.elapsed().as_secs() < 30, "the run does not begin");
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let crashed = &runs(&project)[0];
    assert_eq!((&crashed["status"], &crashed["crashed"]), (&"stopped".into(), &true.into()));
    project.run(&["runs"]).exits(0).says("! crashed");
    let resume = format!("runsheet resume {}", crashed["run"].as_str().unwrap());
    project.run(&["show"]).exits(0).says(&resume);
    project.run(&["say", "A91XMB7113", "Later", "--sandbox"]).exits(0);
    project.run(&["resume"]).exits(0).says("has ended: succeeded").says(&resume);
    let id = resume.rsplit(' ').next().unwrap();
    let mut child = project.command(&["resume", id]).stderr(std::process::Stdio::null()).spawn().unwrap();
    while runs(&project)[1]["status"] != "running" {
        assert!(begun.elapsed().as_secs() < 60 && child.try_wait().unwrap().is_none(), "the run is not taken up");
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_run_that_has_ended_is_not_run_again() {
    let project = Project::new();
    project.run(&["say", "A91XMB7113", "Hello", "--sandbox"]).exits(0);
    project.run(&["resume"]).exits(0).says("has ended: succeeded");
}

#[test]
fn runs_are_newest_first_and_no_more_than_wanted() {
    let project = Project::new().file("workflows/a.yaml", PAUSING).file("workflows/b.yaml", FAILING);
    for file in ["workflows/a.yaml", "workflows/b.yaml"] {
        project.run(&["run", file, "--sandbox", "--speed", "40"]);
    }
    let names: Vec<_> = runs(&project).iter().map(|run| run["workflow"].as_str().unwrap().to_owned()).collect();
    assert_eq!(names, ["b", "a"]);
    let one = project.run(&["runs", "--limit", "1"]).exits(0).says("`--limit 2` shows more");
    assert_eq!(one.stdout.lines().count(), 2, "{}", one.stdout);
    let of_a = project.run(&["runs", "--workflow", "a"]).exits(0);
    assert_eq!(of_a.stdout.lines().count(), 2, "{}", of_a.stdout);
    project.run(&["runs", "--workflow", "aa"]).exits(2).says("did you mean `a`?");
    project.run(&["show", "ZZZZ9"]).exits(2).says("`runsheet runs` lists them");
}

#[test]
fn times_of_schedules_are_told_though_no_run_is_kept() {
    let project = Project::new();
    project.run(&["say", "A91XMB7113", "Hello", "--sandbox"]).exits(0);
    project.run(&["runs", "prune", "--older-than", "0s"]).exits(0);
    let database = rusqlite::Connection::open(project.path(".runsheet/runs.db")).unwrap();
    let missed = "INSERT INTO schedules (service, workflow, definition, active, seen_at, decided_until, missed)
        VALUES ('sandbox', 'morning', '', 1, '2026-11-23T09:00:00Z', '2026-11-23T09:00:00Z', 3)";
    database.execute(missed, []).unwrap();
    drop(database);
    let told = "no run is kept here\nschedule of morning · SANDBOX: 3 times due, 3 missed";
    project.run(&["runs"]).exits(0).says(told);
    project.run(&["runs", "--workflow", "morning"]).exits(0).says(told);
    project.run(&["runs", "--workflow", "evening"]).exits(2).says("no run of a workflow `evening` is kept here");
}
