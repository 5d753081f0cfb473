//! `say`: one line, heard once.

use runsheet::diagnostic::Source;
use runsheet::sandbox::{RunningSandbox, faults};
use serde_json::Value;

use super::{AGENT, Project, sandbox};

async fn heard(sandbox: &RunningSandbox) -> Vec<Value> {
    let url = format!("{}/_sandbox/heard", sandbox.url());
    let answer: Value = reqwest::get(url).await.unwrap().json().await.unwrap();
    answer.as_array().or_else(|| answer["heard"].as_array()).unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_is_heard_once_in_the_room_that_is_named() {
    let sandbox = sandbox(|_| {}).await;
    let project = Project::new().on(&sandbox);
    let line = "Use {{ braces }} & quotes\" freely";
    let said = project.run(&["say", AGENT, line, "--room", "lobby"]).exits(0).says("→ lobby (1 room)");
    assert!(said.stderr.contains(line) && !said.stderr.contains("every room"), "{}", said.stderr);
    let heard = heard(&sandbox).await;
    assert_eq!(heard.len(), 1, "{heard:?}");
    assert_eq!((&heard[0]["text"], &heard[0]["room_id"]), (&line.into(), &"lobby".into()));
    project.run(&["show"]).exits(0).says(line);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_without_a_room_says_that_every_room_hears_it() {
    let sandbox = sandbox(|_| {}).await;
    let project = Project::new().on(&sandbox);
    project.run(&["say", AGENT, "Hello"]).exits(0).says("→ every room\n");
    project.run(&["say", AGENT, "Hello", "--room", "nowhere"]).exits(1).says("“Hello”");
    assert_eq!(heard(&sandbox).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_nobody_answers_for_is_not_said_again() {
    let text =
        "kind: faults\nversion: 1\nfaults:\n  - { method: POST, path: '/v1/agent/{code}/speak', then: close_after }\n";
    let faults = faults::read(&Source::new("faults.yaml", text)).unwrap();
    let sandbox = sandbox(|settings| settings.faults = faults).await;
    let project = Project::new().on(&sandbox);
    project.run(&["say", AGENT, "Hello", "--room", "lobby"]).exits(5).says("runsheet resolve ");
    assert_eq!(heard(&sandbox).await.len(), 1);
}

#[test]
fn what_cannot_be_meant_is_refused_before_anything_is_sent() {
    let project = Project::new();
    project.run(&["say", "a91xmb7113", "Hello"]).exits(2).says("did you mean `A91XMB7113`?");
    project.run(&["say", "host", "Hello"]).exits(2).says("nothing was sent");
    project.run(&["say", AGENT, " "]).exits(2).says("nothing to say");
    assert!(!project.path(".runsheet").exists());
    project.run(&["say", AGENT, "Hello"]).exits(3).says("no API secret is set");
    project.run(&["say", AGENT, "Hello", "--sandbox"]).exits(0).says("SANDBOX");
}
