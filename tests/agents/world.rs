//! The world moves: what was changed, deleted or failed on the service is told, with the next command.

use serde_json::json;

use super::*;

#[test]
fn an_agent_that_was_deleted_by_hand_is_made_again() {
    let stage = stage();
    agents(&stage, &["apply"]).exits(0);
    let gone = code(&stage, "judge");
    stage.ask("DELETE", &format!("/v1/agent/{gone}"), Value::Null);
    agents(&stage, &["drift"]).exits(6).says(&format!("{gone} was deleted on the service"));
    agents(&stage, &["apply"]).exits(0);
    assert_eq!(stage.spent(), 1000);
    assert_ne!(code(&stage, "judge"), gone);
}

#[test]
fn a_prompt_that_was_edited_on_the_service_is_adopted_or_set_back() {
    let stage = stage();
    agents(&stage, &["apply"]).exits(0);
    let edit = |name: &str| {
        let path = format!("/v1/agent/{}", code(&stage, name));
        stage.ask("POST", &path, json!({ "system_prompt": "Theirs,\nin two lines." }));
    };
    edit("guest");
    edit("judge");
    agents(&stage, &["drift"]).exits(6).says("changed on the service").says("- Theirs,");
    agents(&stage, &["adopt", "guest"]).exits(0).tells("prompts/guest.md");
    assert_eq!(get(stage.path(), "prompts/guest.md"), "Theirs,\nin two lines.\n");
    agents(&stage, &["adopt", "judge"]).exits(0).tells("agents/team.yaml");
    let team = get(stage.path(), "agents/team.yaml");
    assert_eq!(team, TEAM.replace("You judge.", "\"Theirs,\\nin two lines.\""));
    // Nothing is sent for what is declared as the service has it; the lock follows.
    assert_eq!(planned(&stage).iter().filter(|(_, change, _)| change == "record").count(), 2);
    agents(&stage, &["apply"]).exits(0);
    agents(&stage, &["plan", "--exit-code"]).exits(0);
    // A template is not overwritten by what came of it.
    edit("host");
    agents(&stage, &["adopt", "host"]).exits(2).tells("is a template");
    agents(&stage, &["apply"]).exits(2).tells("would be lost").tells("agents adopt");
    stage.run(&["--apply-agents"]).exits(2).tells("would be lost");
    agents(&stage, &["apply", "--overwrite"]).exits(0);
    agents(&stage, &["drift"]).exits(0);
    assert_eq!(stage.spent(), 750);
}

#[test]
fn what_is_declared_no_more_is_deleted_only_when_that_is_allowed() {
    let stage = stage();
    agents(&stage, &["apply"]).exits(0);
    let judge = code(&stage, "judge");
    put(stage.path(), "agents/team.yaml", &TEAM[..TEAM.find("  judge").unwrap()]);
    agents(&stage, &["apply", "--yes"]).exits(2).tells("`judge` would be deleted").tells("--allow-destroy");
    agents(&stage, &["apply", "--allow-destroy"]).exits(0);
    assert!(!lock(&stage).contains(&judge));
    assert_eq!(stage.ask("GET", &format!("/v1/agent/{judge}"), Value::Null)["status_code"], 404);
}

#[test]
fn what_must_stay_is_neither_deleted_nor_replaced() {
    let stage = stage();
    let held = TEAM.replace("aspect_ratio: \"9:16\"", "aspect_ratio: \"9:16\", lifecycle: { prevent_destroy: true }");
    put(stage.path(), "agents/team.yaml", &held);
    agents(&stage, &["apply"]).exits(0);
    agents(&stage, &["destroy", "judge", "--allow-destroy"]).exits(2).tells("prevent_destroy");
    put(stage.path(), "agents/team.yaml", &held.replace("9:16", "1:1"));
    agents(&stage, &["apply", "--allow-replace"]).exits(2).tells("prevent_destroy");
    put(stage.path(), "agents/team.yaml", &held[..held.find("  judge").unwrap()]);
    agents(&stage, &["apply", "--allow-destroy"]).exits(2).tells("prevent_destroy");
    assert_eq!(stage.spent(), 750);
}

#[test]
fn a_creation_that_failed_leaves_a_word_and_is_made_again() {
    let faults = json!([{ "path": "/v1/agent/generate", "nth": 1, "then": { "fail_creation": "no face found" } }]);
    let stage = Stage::with_faults(
        "version: 1\nname: show\nagents: { host: { prompt: Hi. } }\nsteps: [ { wait: 1s } ]\n",
        faults,
    );
    let first = agents(&stage, &["apply"]);
    if first.has_code(0) {
        panic!("the creation did not fail:\n{}", first.stderr());
    }
    assert_eq!(stage.spent(), 0, "a failed creation is refunded");
    agents(&stage, &["apply"]).exits(0);
    assert_eq!(stage.spent(), 250);
    agents(&stage, &["plan", "--exit-code"]).exits(0);
}

#[test]
fn an_agent_that_exists_is_imported_and_costs_nothing() {
    let stage = stage();
    agents(&stage, &["import", "host", crate::support::AGENT]).exits(0);
    assert_eq!(code(&stage, "host"), crate::support::AGENT);
    let changes = planned(&stage);
    assert_eq!(changes[..2].iter().map(|(_, change, _)| change.as_str()).collect::<Vec<_>>(), ["create", "create"]);
    assert_eq!(changes[2], ("host".to_owned(), "update".to_owned(), 0));
    agents(&stage, &["import", "host", "A00AAA0000"]).exits(2).tells("no agent A00AAA0000");
    agents(&stage, &["import", "hots", crate::support::AGENT]).exits(2).tells("did you mean `host`?");
}
