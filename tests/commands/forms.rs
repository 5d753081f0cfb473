//! The forms in which commands answer programs: their names and their keys are a contract.

use serde_json::Value;

use super::Project;

const WRONG: &str = "version: 1\nagent: A91XMB7113\nsteps:\n  - speek: Hello\n";

#[test]
fn check_answers_in_every_form() {
    let project = Project::new().file("workflows/a.yaml", WRONG);
    let text = project.run(&["check", "--format", "text"]).exits(2);
    text.says("error[unknown-key]").says("a.yaml:4:5").says("did you mean `speak`?");
    let json = project.run(&["check", "--format", "json"]).exits(2);
    let mistakes: Value = serde_json::from_str(&json.stdout).unwrap();
    let keys: Vec<&str> = mistakes[0].as_object().unwrap().keys().map(String::as_str).collect();
    let expected = ["code", "severity", "message", "hint", "file", "line", "column", "end_line", "end_column"];
    assert_eq!(keys, expected);
    assert_eq!((&mistakes[0]["line"], &mistakes[0]["column"]), (&4.into(), &5.into()));
    let github = project.run(&["check", "--format", "github"]).exits(2);
    assert!(
        github.stdout.starts_with("::error file=") && github.stdout.contains("line=4,endLine=4,col=5"),
        "{}",
        github.stdout
    );
}

#[test]
fn a_count_that_becomes_nothing_is_refused_before_anything_runs() {
    let text = "version: 1\ninputs: { n: { type: integer, default: 0 } }\nagent: A91XMB7113\nsteps:\n  - speak: Hi\n    retry: { max_attempts: \"{{ inputs.n }}\" }\n";
    let project = Project::new().file("workflows/a.yaml", text);
    project.run(&["run", "--sandbox"]).exits(2).says("is not a whole number from 1").says("a.yaml:6");
}

#[test]
fn a_plan_answers_programs_with_nodes_and_an_estimate() {
    let text = "version: 1\nsteps:\n  - id: host\n    generate: A host.\n  - speak: Hello there\n    room: all\n";
    let project = Project::new().file("workflows/a.yaml", text);
    let plan: Value = serde_json::from_str(&project.run(&["plan", "--format", "json"]).exits(0).stdout).unwrap();
    assert_eq!(plan["estimate"]["credits"], 250);
    assert_eq!(plan["nodes"][1]["effect"], "once");
    assert_eq!(plan["nodes"][1]["needs"][0]["id"], "host");
    assert!(plan["nodes"][1]["needs"][0]["why"].is_string());
    for key in ["requests", "seconds", "at_least"] {
        assert!(!plan["estimate"][key].is_null(), "{key}");
    }
}
