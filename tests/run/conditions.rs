//! What is skipped and why, and what is done when the rest has ended.

use serde_json::json;

use crate::support::{Stage, scripted};

#[test]
fn a_false_condition_is_passed_over_as_if_it_had_succeeded() {
    let workflow = scripted("- { if: inputs.vip, speak: A seat for you }\n- speak: Welcome")
        .replace("steps:", "inputs: { vip: { type: boolean, default: false } }\nsteps:");
    let stage = Stage::new(&workflow);
    stage.run(&[]).exits(0).ended("speak_1", "skipped:condition").ended("speak_2", "succeeded");
    stage.run(&["--input", "vip=true"]).exits(0);
    assert_eq!(stage.heard(), ["Welcome", "A seat for you", "Welcome"]);
}

#[test]
fn what_needs_a_failure_is_skipped_to_the_end_and_other_branches_go_on() {
    let stage = Stage::new(
        "- { id: lost, get_agent:, agent: A00NOBODY0 }
- { id: after, speak: Never }
- { id: later, speak: Never either }
- { id: apart, needs: [], speak: Elsewhere }
- { id: told, needs: [lost], if: failed(), speak: 'Sorry: {{ steps.lost.error.code }}' }",
    );
    let ended = stage.run(&[]);
    ended
        .exits(1)
        .ended("lost", "failed:rejected")
        .ended("after", "skipped:upstream")
        .ended("later", "skipped:upstream");
    ended.ended("apart", "succeeded").ended("told", "succeeded");
    let mut heard = stage.heard();
    heard.sort();
    assert_eq!(heard, ["Elsewhere", "Sorry: AGENT_NOT_FOUND"]);
}

#[test]
fn scripts_for_failure_and_for_the_end_run_once_each() {
    let workflow = "- { get_agent:, agent: A00NOBODY0 }
- speak: Never
on_failure:
  - speak: We are sorry
finally:
  - speak: Good night";
    let stage = Stage::new(workflow);
    stage.run(&[]).exits(1);
    assert_eq!(stage.heard(), ["We are sorry", "Good night"]);
    stage.resume().exits(1).tells("has ended");
    assert_eq!(stage.heard().len(), 2);
}

#[test]
fn a_script_for_failure_is_not_needed_when_all_is_well() {
    let stage =
        Stage::new("- speak: Hello\non_failure: [{ id: sorry, speak: Sorry }]\nfinally: [{ speak: Good night }]");
    stage.run(&[]).exits(0).ended("sorry", "skipped:not_needed");
    assert_eq!(stage.heard(), ["Hello", "Good night"]);
}

#[test]
fn a_failure_that_counts_as_success_is_still_told() {
    let stage = Stage::new(
        "- { id: lost, get_agent:, agent: A00NOBODY0, continue_on_error: true }
- speak: 'It is {{ steps.lost.state }}, {{ steps.lost.ok }}'",
    );
    stage.run(&[]).exits(0).ended("lost", "failed:rejected");
    assert_eq!(stage.heard(), ["It is failed, false"]);
}

#[test]
fn a_line_that_cannot_go_out_in_time_is_left_out() {
    let slow = json!({ "answer": { "status": 429, "code": "RATE_LIMITED", "retry_after": "1s" } });
    let faults = json!([{ "method": "POST", "path": "/v1/agent/*/speak", "nth": 1, "then": slow }]);
    let stage = Stage::with_faults("- { speak: Three, expires: 200ms }\n- speak: Welcome", faults);
    stage.run(&[]).exits(0).ended("speak_1", "skipped:expired").ended("speak_2", "succeeded");
    assert_eq!(stage.heard(), ["Welcome"]);
}

#[test]
fn a_result_that_is_not_there_fails_its_reader_unless_there_is_a_default() {
    let stage = Stage::new(
        "- { id: vip, if: '1 == 2', get_agent: }
- { id: whole, speak: \"{{ default steps.vip.name 'friend' }}\" }
- { id: bare, speak: '{{ steps.vip.name }}' }",
    );
    let ended = stage.run(&[]);
    ended.exits(1).ended("whole", "succeeded").ended("bare", "failed:rejected").tried("bare", 0);
    assert_eq!(stage.heard(), ["friend"]);
}

#[test]
fn a_run_that_takes_too_long_fails_and_its_last_script_is_played() {
    let workflow = scripted("- speak: Hello\n- wait: 1h\n- speak: Never\nfinally: [{ speak: Good night }]");
    let stage = Stage::new(&workflow.replace("steps:", "timeout: 300ms\nsteps:"));
    let ended = stage.run(&[]);
    ended.exits(1).ended("speak_2", "cancelled").tells("the run takes longer than its `timeout: 300ms`");
    assert_eq!(ended.last()["error"]["code"], "timeout");
    assert_eq!(stage.heard(), ["Hello", "Good night"]);
}
