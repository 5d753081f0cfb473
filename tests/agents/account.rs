//! What the account can pay, and who may apply.

use super::*;

fn poor(credits: u64) -> Stage {
    let stage = Stage::with(SHOW, |settings| settings.credits = credits);
    stage.write("assets/host.png", "the host's face");
    put(stage.path(), "agents/team.yaml", TEAM);
    put(stage.path(), "prompts/guest.md", "You are a guest.\n");
    stage
}

#[test]
fn a_balance_that_is_too_small_buys_nothing_unless_a_part_is_wanted() {
    let stage = poor(600);
    agents(&stage, &["apply"]).exits(4).tells("lacks 150");
    assert_eq!(stage.requests("POST /v1/agent/generate"), 0);
    agents(&stage, &["apply", "--partial"]).exits(0).tells("left out");
    assert_eq!(stage.requests("POST /v1/agent/generate"), 2);
    assert_eq!(planned(&stage).iter().filter(|(_, change, _)| change == "create").count(), 1);
}

#[test]
fn a_check_of_a_change_fails_when_something_would_be_bought() {
    let stage = stage();
    agents(&stage, &["plan", "--frozen"]).exits(2).tells("--frozen");
    agents(&stage, &["apply", "--frozen"]).exits(2).tells("--frozen");
    assert_eq!(stage.spent(), 0);
    agents(&stage, &["apply"]).exits(0);
    agents(&stage, &["plan", "--frozen"]).exits(0);
}

#[test]
fn the_second_who_applies_is_told_who_the_first_is() {
    let stage = stage();
    std::fs::create_dir_all(stage.state()).unwrap();
    let held = runsheet::held::HeldFile::acquire(&stage.state().join("agents.lock")).unwrap();
    agents(&stage, &["apply"]).exits(7).tells(&format!("process {}", std::process::id()));
    drop(held);
    agents(&stage, &["apply"]).exits(0);
}

#[test]
fn two_hundred_agents_stay_within_the_rates_of_the_account() {
    use std::fmt::Write as _;
    let mut text = "version: 1\nname: show\nagents:\n".to_owned();
    (0..200).for_each(|n| _ = writeln!(text, "  a{n}: {{ prompt: You are number {n}. }}"));
    text.push_str("steps:\n  - wait: 1s\n");
    let stage = Stage::with(&text, |settings| settings.credits = 1_000_000);
    agents(&stage, &["apply"]).exits(0);
    assert_eq!(stage.requests("POST /v1/agent/generate"), 200);
    agents(&stage, &["plan", "--exit-code"]).exits(0);
}

#[test]
fn a_secret_in_a_prompt_is_shown_nowhere() {
    use crate::support::SECRET;
    let stage = stage();
    agents(&stage, &["apply"]).exits(0);
    put(stage.path(), "prompts/guest.md", &format!("The key is {SECRET}.\n"));
    agents(&stage, &["plan", "--out", "plan.json"]).exits(0).says("update prompt").hides(SECRET);
    agents(&stage, &["plan", "--format", "json"]).exits(0).hides(SECRET);
    agents(&stage, &["drift"]).exits(6).hides(SECRET);
    agents(&stage, &["apply"]).exits(0).hides(SECRET);
    for file in ["plan.json", "workflows/agents.lock.yaml"] {
        assert!(!get(stage.path(), file).contains(SECRET), "{file}");
    }
}
