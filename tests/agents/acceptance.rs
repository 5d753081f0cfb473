//! The whole way: declare, plan, apply, commit, clone, run, change.

use super::*;

const UPDATE: &str = "POST /v1/agent/{code}";

#[test]
fn three_agents_are_made_once_and_found_by_another_clone() {
    let stage = stage();
    agents(&stage, &["plan", "--exit-code"]).exits(6).says("3 to create").says("750 credits");
    assert_eq!(stage.spent(), 0);
    agents(&stage, &["apply"]).exits(0);
    assert_eq!(stage.spent(), 750);
    agents(&stage, &["plan", "--exit-code"]).exits(0).says("Nothing to do");

    let elsewhere = clone(&stage);
    let there = |arguments: &[&str]| ended(stage.command(arguments).current_dir(elsewhere.path()));
    there(&["agents", "plan", "--exit-code"]).exits(0).says("Nothing to do");
    there(&["run", "workflows/show.yaml"]).exits(0);
    assert_eq!((stage.spent(), stage.heard()), (750, vec!["Hello".to_owned()]));
}

#[test]
fn a_prompt_is_one_update_and_a_face_is_refused_with_its_price() {
    let stage = stage();
    agents(&stage, &["apply"]).exits(0);
    let before = (stage.requests(UPDATE), lock(&stage));
    stage.rewrite(&SHOW.replace("tone: warm", "tone: dry"));
    agents(&stage, &["apply"]).exits(0).tells("- You are a warm host.").tells("+ You are a dry host.");
    assert_eq!((stage.requests(UPDATE), stage.spent()), (before.0 + 1, 750));
    assert_ne!(lock(&stage), before.1);

    stage.write("assets/host.png", "another face");
    let before = lock(&stage);
    agents(&stage, &["plan"]).exits(0).tells("`runsheet agents apply --allow-replace`");
    agents(&stage, &["apply", "--yes"]).exits(2).tells("250 credits").tells("--allow-replace");
    assert_eq!((stage.spent(), lock(&stage)), (750, before));
    let old = code(&stage, "host");
    agents(&stage, &["apply", "--allow-replace"]).exits(0);
    assert_eq!(stage.spent(), 1000);
    assert_ne!(code(&stage, "host"), old);
    // The old one is there, and is named.
    agents(&stage, &["plan", "--exit-code"]).exits(0).says(&old);
    agents(&stage, &["destroy", &old, "--allow-destroy"]).exits(0);
    assert!(!lock(&stage).contains(&old));
}

#[test]
fn apply_after_apply_sends_and_writes_nothing() {
    let stage = stage();
    agents(&stage, &["apply"]).exits(0);
    let path = stage.path().join("workflows/agents.lock.yaml");
    let (written, text) = (std::fs::metadata(&path).unwrap().modified().unwrap(), lock(&stage));
    let sent = |stage: &Stage| stage.requests("POST /v1/agent/generate") + stage.requests(UPDATE);
    let before = sent(&stage);
    agents(&stage, &["apply"]).exits(0);
    assert_eq!(sent(&stage), before);
    assert_eq!((std::fs::metadata(&path).unwrap().modified().unwrap(), lock(&stage)), (written, text));
}

#[test]
fn a_saved_plan_is_done_exactly_or_refused() {
    let stage = stage();
    agents(&stage, &["plan", "--out", "plan.json"]).exits(0);
    stage.rewrite(&SHOW.replace("tone: warm", "tone: dry"));
    agents(&stage, &["apply", "plan.json"]).exits(2).tells("`host` changed since the plan was saved");
    assert_eq!(stage.spent(), 0);
    stage.rewrite(SHOW);
    agents(&stage, &["apply", "plan.json"]).exits(0);
    // Again: all of it is done.
    agents(&stage, &["apply", "plan.json"]).exits(0);
    assert_eq!(stage.spent(), 750);
}
