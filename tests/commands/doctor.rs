//! `doctor`: what it finds, and with which exit code.

use super::{AGENT, Project, SECRET, sandbox};

const BUYING: &str = "\
version: 1
room: lobby
steps:
  - id: host
    generate: A warm, quick-witted host
  - wait_ready:
  - speak: Hello!
    agent: host
";

fn speaking(agent: &str) -> String {
    format!("version: 1\nagent: {agent}\nroom: lobby\nsteps:\n  - speak: Hello!\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn all_is_well_where_key_service_credits_and_agents_are_there() {
    let sandbox = sandbox(|settings| settings.tier = runsheet::sandbox::AccountTier::Pro).await;
    let project = Project::new().on(&sandbox).file("workflows/a.yaml", &speaking(AGENT));
    let found = project.run(&["doctor", "workflows/a.yaml"]).exits(0);
    for text in [
        "✔ key       set by `BITHUMAN_API_SECRET`",
        "· SANDBOX",
        "pro: 180 lines a minute",
        "✔ clock",
        "✔ credits   none needed",
        "A91XMB7113 is ready",
        "· rooms     not tested",
    ] {
        assert!(found.stdout.contains(text), "`{text}` in\n{}", found.stdout);
    }
    assert!(!format!("{found:?}").contains(SECRET), "{found:?}");
    assert!(!project.path(".runsheet").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_bought_before_costs_nothing() {
    let poor = sandbox(|settings| (settings.credits, settings.speed) = (300, 1000.0)).await;
    let project = Project::new().on(&poor).file("workflows/a.yaml", BUYING);
    project.run(&["doctor", "workflows/a.yaml"]).exits(0).says("250 credits needed");
    project.run(&["run", "--yes", "workflows/a.yaml"]).exits(0);
    project.run(&["doctor", "workflows/a.yaml"]).exits(0).says("none needed").says("50 credits");
    let dearer = BUYING.replace("generate: ", "generate:\n      version: v2\n      prompt: ");
    let project = project.file("workflows/b.yaml", &dearer);
    project.run(&["doctor", "workflows/b.yaml"]).exits(4).says("2,000 credits needed, 1,950 lacking");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_that_is_not_there_is_the_files_mistake() {
    let sandbox = sandbox(|_| {}).await;
    let project = Project::new().on(&sandbox).file("workflows/a.yaml", &speaking("A00XMB7113"));
    project.run(&["doctor", "workflows/a.yaml"]).exits(2).says("A00XMB7113 is not an agent of this account");
    let project = project.file("workflows/b.yaml", "version: 1\nsteps:\n  - speek: Hello\n");
    project.run(&["doctor", "workflows/b.yaml"]).exits(2).says("did you mean `speak`?").says("✖ file");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_and_a_wrong_key_are_told_without_a_value() {
    let sandbox = sandbox(|_| {}).await;
    let project = Project::new();
    project.run(&["doctor"]).exits(3).says("✖ key").says("no API secret is set");
    let url = sandbox.url();
    let project = project.file(".env", "BITHUMAN_API_SECRET=another-canary\n");
    let found = project.run(&["doctor", "--api-url", &url]).exits(3).says("refuses the key").says(".env:1)");
    assert!(!format!("{found:?}").contains("another-canary"), "{found:?}");
}

#[test]
fn a_service_that_is_not_there_is_unreachable() {
    let project = Project::new().set("BITHUMAN_API_SECRET", SECRET);
    project.run(&["doctor", "--api-url", "http://127.0.0.1:1"]).exits(4).says("✖ service");
}
