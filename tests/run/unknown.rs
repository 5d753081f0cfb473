//! Nobody knows whether a line was heard: what is done then is a person's choice, made before or after.

use serde_json::{Value, json};

use crate::support::Stage;

const SPEAK: &str = "POST /v1/agent/{code}/speak";

fn lost(then: &str) -> Value {
    json!([{ "method": "POST", "path": "/v1/agent/*/speak", "nth": 1, "then": then }])
}

fn show(on_unknown: &str) -> String {
    format!("- {{ speak: Hello, on_unknown: {on_unknown} }}\n- speak: Goodbye")
}

#[test]
fn without_a_person_the_run_stops_and_says_what_is_open() {
    let stage = Stage::with_faults(&show("ask"), lost("close_after"));
    let ended = stage.run(&[]);
    ended.exits(5).ended("speak_1", "unknown").tells("it may have taken effect").tells("next: runsheet resolve");
    assert_eq!((ended.end_of("speak_2"), stage.heard()), ("none".to_owned(), vec!["Hello".to_owned()]));
}

#[test]
fn what_a_person_says_settles_it() {
    let cases = [
        ("close_after", "happened", vec!["Hello", "Goodbye"], 2),
        ("close_before", "did_not_happen", vec!["Hello", "Goodbye"], 3),
    ];
    for (then, resolution, heard, requests) in cases {
        let stage = Stage::with_faults(&show("ask"), lost(then));
        stage.run(&[]).exits(5);
        stage.answer("resolve", &json!({ "resolution": resolution }).to_string());
        stage.resume().exits(0);
        assert_eq!((stage.heard(), stage.requests(SPEAK)), (heard.into_iter().map(str::to_owned).collect(), requests));
    }
}

#[test]
fn a_line_that_may_be_skipped_stays_unknown_and_the_script_goes_on() {
    let stage = Stage::with_faults(&show("skip"), lost("close_after"));
    let ended = stage.run(&[]);
    ended.exits(0).ended("speak_1", "unknown").ended("speak_2", "succeeded");
    assert_eq!(stage.heard(), ["Hello", "Goodbye"]);
    assert_eq!(stage.requests(SPEAK), 2);
}

#[test]
fn a_line_that_may_be_resent_is_sent_again() {
    let stage = Stage::with_faults(&show("resend"), lost("close_before"));
    stage.run(&[]).exits(0).tried("speak_1", 2);
    assert_eq!(stage.heard(), ["Hello", "Goodbye"]);
}
