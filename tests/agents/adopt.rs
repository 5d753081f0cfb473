//! A prompt that was edited on the service is written back only where nothing of anybody is lost.

use serde_json::json;

use super::*;

/// Three agents as declared, with another prompt of one on the service.
fn edited(name: &str, theirs: &str) -> Stage {
    let stage = stage();
    agents(&stage, &["apply"]).exits(0);
    let path = format!("/v1/agent/{}", code(&stage, name));
    stage.ask("POST", &path, json!({ "system_prompt": theirs }));
    stage
}

#[test]
fn braces_of_the_service_are_text_here() {
    for name in ["guest", "judge"] {
        let stage = edited(name, "Call them {{name}}.");
        agents(&stage, &["adopt", name]).exits(0);
        ended(&mut stage.command(&["check"])).exits(0);
        assert!(planned(&stage).iter().any(|(one, change, _)| one == name && change == "record"));
        agents(&stage, &["apply"]).exits(0);
        agents(&stage, &["drift"]).exits(0);
        // And it can be adopted again.
        let path = format!("/v1/agent/{}", code(&stage, name));
        stage.ask("POST", &path, json!({ "system_prompt": "Call them anything." }));
        agents(&stage, &["adopt", name]).exits(0);
        agents(&stage, &["plan"]).exits(0);
    }
    let stage = edited("guest", r"A \\{{ b");
    agents(&stage, &["adopt", "guest"]).exits(2).tells("braces");
    assert_eq!(get(stage.path(), "prompts/guest.md"), "You are a guest.\n");
}

#[test]
fn a_file_of_two_agents_is_not_changed_for_one() {
    let stage = stage();
    let team = TEAM.replace("prompt: You judge.", "prompt: { file: ../prompts/guest.md }");
    put(stage.path(), "agents/team.yaml", &team);
    agents(&stage, &["apply"]).exits(0);
    let path = format!("/v1/agent/{}", code(&stage, "judge"));
    stage.ask("POST", &path, json!({ "system_prompt": "Theirs." }));
    agents(&stage, &["adopt", "judge"]).exits(2).tells("which agent `guest` has too");
    assert_eq!(get(stage.path(), "prompts/guest.md"), "You are a guest.\n");
}

#[test]
fn a_change_that_was_not_applied_is_given_up_only_when_that_is_said() {
    let stage = edited("guest", "Theirs.");
    put(stage.path(), "prompts/guest.md", "Ours, tomorrow.\n");
    agents(&stage, &["adopt", "guest"]).exits(2).tells("never applied").tells("--overwrite");
    assert_eq!(get(stage.path(), "prompts/guest.md"), "Ours, tomorrow.\n");
    agents(&stage, &["adopt", "guest", "--overwrite"]).exits(0);
    assert_eq!(get(stage.path(), "prompts/guest.md"), "Theirs.\n");
}
