//! What becomes of a step for everything that the wire can do: the table of classes and effects, end to end.

use serde_json::{Value, json};

use super::nothing_was_heard_twice;
use crate::support::{AGENT, Ended, Gate, Stage};

/// A step and the endpoint that it reaches for.
struct Reach {
    action: &'static str,
    step: &'static str,
    method: &'static str,
    path: &'static str,
}

const GET_AGENT: Reach = Reach { action: "get_agent", step: "get_agent:", method: "GET", path: "/v1/agent/{code}" };
const SET_PROMPT: Reach =
    Reach { action: "set_prompt", step: "set_prompt: Be brief", method: "POST", path: "/v1/agent/{code}" };
const GENERATE: Reach =
    Reach { action: "generate", step: "generate: A host", method: "POST", path: "/v1/agent/generate" };
const SPEAK: Reach = Reach { action: "speak", step: "speak: Hello", method: "POST", path: "/v1/agent/{code}/speak" };
const ADD_CONTEXT: Reach = Reach {
    action: "add_context",
    step: "add_context: Alex is here",
    method: "POST",
    path: "/v1/agent/{code}/add-context",
};
/// What may be repeated.
const HARMLESS: [Reach; 3] = [GET_AGENT, SET_PROMPT, GENERATE];
/// What goes out once.
const ONCE: [Reach; 2] = [SPEAK, ADD_CONTEXT];

/// How a step with a fault ends.
struct Ends {
    exits: i32,
    state: &'static str,
    attempts: u64,
    requests: u64,
}

const fn ends(exits: i32, state: &'static str, attempts: u64, requests: u64) -> Ends {
    Ends { exits, state, attempts, requests }
}

impl Reach {
    fn endpoint(&self) -> String {
        let path =
            if self.action == "get_agent" || self.action == "set_prompt" { "/v1/agent/{code}" } else { self.path };
        format!("{} {path}", self.method)
    }

    /// A stage where the step meets a mishap, the first time or every time.
    fn meets(&self, then: &Value, always: bool) -> Stage {
        let path = if self.action == "generate" { self.path.to_owned() } else { self.path.replace("{code}", AGENT) };
        let mut fault = json!({ "method": self.method, "path": path, "then": then });
        if !always {
            fault["nth"] = json!(1);
        }
        Stage::with_faults(&format!("- {}\n  timeout: 2s", self.step), json!([fault]))
    }

    #[track_caller]
    fn comes_to(&self, then: &Value, always: bool, expected: &Ends) -> (Stage, Ended) {
        let stage = self.meets(then, always);
        let ended = stage.run(&[]);
        let step = format!("{}_1", self.action);
        ended.exits(expected.exits).ended(&step, expected.state).tried(&step, expected.attempts);
        assert_eq!(stage.requests(&self.endpoint()), expected.requests, "{} with {then}", self.action);
        nothing_was_heard_twice(&stage);
        (stage, ended)
    }
}

fn answer(status: u16, code: &str) -> Value {
    json!({ "answer": { "status": status, "code": code, "message": "as the test wishes" } })
}

#[test]
fn a_rate_limit_is_waited_out_and_is_no_attempt() {
    let then = json!({ "answer": { "status": 429, "code": "RATE_LIMITED", "retry_after": "1s" } });
    for reach in HARMLESS.iter().chain(&ONCE) {
        reach.comes_to(&then, false, &ends(0, "succeeded", 1, 2));
    }
}

#[test]
fn a_busy_service_and_an_agent_that_is_not_ready_are_tried_again_up_to_a_bound() {
    for (status, code, failed) in
        [(503, "NO_AVAILABLE_WORKERS", "failed:busy"), (409, "AGENT_NOT_READY", "failed:not_ready")]
    {
        for reach in HARMLESS.iter().chain(&ONCE) {
            reach.comes_to(&answer(status, code), false, &ends(0, "succeeded", 2, 2));
            let (stage, _) = reach.comes_to(&answer(status, code), true, &ends(1, failed, 4, 4));
            assert_eq!(stage.heard().len(), 0);
        }
    }
}

#[test]
fn a_wrong_secret_stops_the_run_which_goes_on_when_it_is_right() {
    for reach in HARMLESS.iter().chain(&ONCE) {
        for status in [401, 403] {
            let stopped = ends(3, "blocked:unauthorized", 1, 1);
            let (stage, ended) = reach.comes_to(&answer(status, "UNAUTHORIZED"), false, &stopped);
            assert_eq!(ended.last()["reason"], "unauthorized");
            stage.resume().exits(0).ended(&format!("{}_1", reach.action), "succeeded");
            nothing_was_heard_twice(&stage);
        }
    }
}

#[test]
fn an_account_without_credits_stops_the_run_which_goes_on_when_it_has_some() {
    for reach in HARMLESS.iter().chain(&ONCE) {
        let stopped = ends(4, "blocked:out_of_credits", 1, 1);
        let (stage, ended) = reach.comes_to(&answer(402, "INSUFFICIENT_BALANCE"), false, &stopped);
        ended.tells("out of credits").tells("next: runsheet resume");
        stage.resume().exits(0).ended(&format!("{}_1", reach.action), "succeeded");
        nothing_was_heard_twice(&stage);
    }
}

#[test]
fn what_the_service_refuses_fails_at_once() {
    for reach in HARMLESS.iter().chain(&ONCE) {
        for (status, code) in [(422, "VALIDATION_ERROR"), (400, "MISSING_PARAM"), (404, "AGENT_NOT_FOUND")] {
            let (stage, ended) = reach.comes_to(&answer(status, code), true, &ends(1, "failed:rejected", 1, 1));
            ended.tells(code).tells(&status.to_string());
            assert_eq!(stage.heard().len(), 0);
        }
    }
}

#[test]
fn both_forms_of_no_room_fail_a_line_that_may_not_wait() {
    let live =
        json!({ "answer": { "status": 404, "code": "NOT_FOUND", "message": "No active rooms found for agent X" } });
    for reach in ONCE {
        for then in [answer(404, "NO_ACTIVE_ROOMS"), live.clone()] {
            reach.comes_to(&then, true, &ends(1, "failed:no_room", 1, 1));
        }
    }
}

#[test]
fn a_line_that_no_worker_speaks_is_heard_by_nobody_and_fails() {
    for reach in ONCE {
        let stage = Stage::with(&format!("- {}", reach.step), |settings| settings.rooms = Vec::new());
        let room = json!({ "room_id": "lobby", "worker": false });
        stage.ask("POST", &format!("/_sandbox/agents/{AGENT}/rooms"), room);
        stage.run(&[]).exits(1).ended(&format!("{}_1", reach.action), "failed:no_room");
        assert_eq!((stage.heard().len(), stage.requests(&reach.endpoint())), (0, 1));
    }
}

/// Everything after which nobody knows, and whether it was done.
fn without_an_answer() -> Vec<(Value, bool)> {
    vec![
        (answer(500, "INTERNAL_ERROR"), false),
        (json!({ "answer": { "status": 502 } }), false),
        (json!({ "answer": { "status": 503 } }), false),
        (json!({ "answer": { "status": 302 } }), false),
        (json!("close_before"), false),
        (json!("close_after"), true),
        (json!("garble"), true),
    ]
}

#[test]
fn what_may_be_repeated_is_repeated_when_nobody_knows() {
    for (then, _) in without_an_answer() {
        for reach in &HARMLESS {
            let (stage, _) = reach.comes_to(&then, false, &ends(0, "succeeded", 2, 2));
            assert_eq!(stage.spent(), if reach.action == "generate" { 250 } else { 0 }, "{then}");
        }
    }
}

#[test]
fn what_may_be_repeated_fails_when_nobody_ever_knows() {
    for (then, was_done) in without_an_answer() {
        for reach in &HARMLESS {
            let (stage, _) = reach.comes_to(&then, true, &ends(1, "failed:unknown", 4, 4));
            let bought = reach.action == "generate" && was_done;
            assert_eq!(stage.spent(), if bought { 250 } else { 0 }, "{then}");
        }
    }
}

#[test]
fn what_goes_out_once_is_left_to_a_person_when_nobody_knows() {
    for (then, was_done) in without_an_answer() {
        for reach in ONCE {
            let (stage, ended) = reach.comes_to(&then, false, &ends(5, "unknown", 1, 1));
            assert_eq!(stage.heard().len(), usize::from(was_done), "{then}");
            assert_eq!(ended.last()["reason"], "unknown");
            stage.resume().exits(5);
            assert_eq!(stage.requests(&reach.endpoint()), 1, "{then}");
        }
    }
}

#[test]
fn an_answer_that_comes_too_late_is_none() {
    for (reach, exits, state) in
        [(GET_AGENT, 0, "succeeded"), (SET_PROMPT, 0, "succeeded"), (GENERATE, 0, "succeeded"), (SPEAK, 5, "unknown")]
    {
        let stage = reach.meets(&json!({ "delay": "6s" }), false);
        stage.run(&[]).exits(exits).ended(&format!("{}_1", reach.action), state);
        nothing_was_heard_twice(&stage);
        let expected = if reach.action == "speak" { 1 } else { 2 };
        assert_eq!(stage.requests(&reach.endpoint()), expected, "{}", reach.action);
    }
}

#[test]
fn a_look_at_a_creation_bears_a_bad_wire() {
    for then in without_an_answer().into_iter().map(|(then, _)| then).chain([answer(503, "BUSY")]) {
        let path = format!("/v1/agent/status/{AGENT}");
        let fault = json!([{ "path": path, "nth": 1, "then": then }]);
        let stage = Stage::with_faults("- wait_ready: { poll: 20ms, within: 20s }", fault);
        stage.run(&[]).exits(0).ended("wait_ready_1", "succeeded").tried("wait_ready_1", 1);
        assert_eq!(stage.requests("GET /v1/agent/status/{code}"), 2, "{then}");
    }
}

#[test]
fn a_service_that_is_gone_stops_the_run_and_the_line_waits_for_it() {
    let state = tempfile::tempdir().unwrap();
    let gate = Gate::new();
    let workflow = format!("- http: {}\n- speak: Hello\n- speak: Goodbye", gate.url());
    let mut stage = Stage::with(&workflow, |settings| settings.state_file = Some(state.path().join("sandbox.jsonl")));
    let running = stage.start(&[]);
    gate.reached();
    stage.close();
    gate.open();
    let ended = running.end();
    ended.exits(4).ended("http_1", "succeeded").ended("speak_1", "blocked:unsent").tried("speak_1", 4);
    ended.tells("the service cannot be reached").tells("next: runsheet resume");
    stage.resume().exits(4).tells("cannot be reached");
    stage.reopen();
    stage.resume().exits(0).ended("speak_2", "succeeded");
    assert_eq!(stage.heard(), ["Hello", "Goodbye"]);
}
