use std::sync::Arc;

use serde_json::{Value, json};

use super::*;
use crate::duration::Millis;
use crate::engine::command::WaitReason;
use crate::engine::event::{Event, Rendering, Speech, StopReason, Withholding};
use crate::outcome::{Exchange, Failure};
use crate::report::moment::{Change, ChangedTo};
use crate::report::sample::{BEGAN, Sample, addressing};

const LOOP: u32 = 6;

fn campaign(keys: &[&str], lines: u32) -> Sample {
    let mut sample = Sample::new();
    Arc::make_mut(&mut sample.start).plan.nodes[LOOP as usize].work = Work::Loop(Box::new(addressing(lines)));
    let keys = keys.iter().map(|key| (*key).to_owned()).collect();
    sample.tell(10, Event::ItemsListed { step: StepKey::node(LOOP), keys, values: Vec::new() }, []);
    sample
}

fn attempt(sample: &mut Sample, step: StepKey, (at, text): (i64, &str), to: ChangedTo) {
    let rendering = Box::new(Rendering {
        speech: Some(Speech { text: text.to_owned(), length: Millis(0) }),
        room: Some("lobby".into()),
        variant: Some("warm".into()),
        timezone: Some("Asia/Kolkata".into()),
        ..Rendering::default()
    });
    sample.tell(at, Event::AttemptStarted { step, attempt: 1, rendering }, []);
    let exchange = match &to {
        ChangedTo::Failed { failure } => Exchange::Failed { failure: failure.clone() },
        _ => Exchange::Done { result: Value::Null },
    };
    sample.tell(at + 10, Event::AttemptEnded { step, exchange }, [Change { step, to }]);
}

fn heard(rooms: u32) -> ChangedTo {
    ChangedTo::Succeeded { result: json!({ "delivered_to_rooms": rooms }), hold: None }
}

fn skipped(sample: &mut Sample, step: StepKey, (reason, detail): (&str, &str)) {
    let to = ChangedTo::Skipped { reason: reason.to_owned(), detail: Some(detail.to_owned()) };
    sample.tell(50, Event::Expired { step }, [Change { step, to }]);
}

fn people_of(sample: &Sample) -> People {
    let mut people = People::new(sample.view());
    for (record, changes) in &sample.told {
        people.take(&Moment { record, changes, past: false });
    }
    people
}

fn text(people: &People, form: Form) -> String {
    let mut text = Vec::new();
    table::write(people, form, &mut text).unwrap();
    String::from_utf8(text).unwrap()
}

/// One of each kind: heard twice, failed, skipped by a rule, outside the window, never reached.
fn mixed() -> Sample {
    let mut sample = campaign(&["=ada", "bob", "cy", "dee", "eve"], 2);
    let line = |index, inner| StepKey::item(LOOP, index, inner);
    attempt(&mut sample, line(0, 0), (1_000, "Hello, \"Ada\"."), heard(1));
    attempt(&mut sample, line(0, 1), (5_000, "Call +33 6 12 34."), heard(2));
    let failure = Failure::rejected("VALIDATION_ERROR", "the message is empty\u{7}");
    attempt(&mut sample, line(1, 0), (2_000, "=1+1, Bob."), ChangedTo::Failed { failure });
    skipped(&mut sample, line(2, 0), ("already_sent", "already sent in 3X2F at 2026-11-20T09:00:00.000Z"));
    skipped(&mut sample, line(2, 1), ("already_sent", "already sent in 3X2F at 2026-11-20T09:05:00.000Z"));
    let until = Timestamp(BEGAN + 3_600_000);
    let step = line(3, 0);
    let to = ChangedTo::Waiting { until, reason: WaitReason::Window };
    let withheld = Event::Withheld { step, until, by: Withholding::Window, expires: None };
    sample.tell(60, withheld, [Change { step, to }]);
    sample.tell(9_000, Event::Stopped { reason: StopReason::Person }, []);
    sample
}

#[test]
fn every_person_has_a_row_and_several_lines_stand_in_one() {
    insta::assert_snapshot!(text(&people_of(&mixed()), Form::Csv), @r#"
    "step","key","outcome","variant","line","room","rooms","attempts","first_sent_at","sent_at","local_time","run","error_code","error","detail"
    "greet","=ada","heard","warm","Hello, ""Ada"".
    Call [input phone].","lobby","2","2","2026-11-23T09:14:01.000Z","2026-11-23T09:14:05.000Z","2026-11-23T14:44:05+05:30","7Q4M","","",""
    "greet","bob","failed","warm","'=1+1, Bob.","lobby","","1","2026-11-23T09:14:02.000Z","2026-11-23T09:14:02.000Z","2026-11-23T14:44:02+05:30","7Q4M","VALIDATION_ERROR","the message is empty�",""
    "greet","cy","already_sent","","","","","0","","","","7Q4M","","","already sent in 3X2F at 2026-11-20T09:05:00.000Z"
    "greet","dee","outside_window","","","","","0","","","","7Q4M","","","until 2026-11-23T10:14:00.000Z"
    "greet","eve","to_come","","","","","0","","","","7Q4M","","",""
    "#);
}

#[test]
fn the_json_has_the_same_people_and_a_summary_that_adds_up() {
    let whole: Value = serde_json::from_str(&text(&people_of(&mixed()), Form::Json)).unwrap();
    let counts = &whole["summary"]["loops"][0];
    assert_eq!((&whole["runsheet_people"], &whole["summary"]["status"]), (&json!(1), &json!("stopped")));
    assert_eq!((&counts["people"], &counts["heard"], &counts["to_come"]), (&json!(5), &json!(1), &json!(1)));
    assert_eq!(counts["variants"], json!({ "warm": 1 }));
    assert_eq!(whole["people"].as_array().unwrap().len(), 5);
    assert_eq!(whole["people"][0]["rooms"], json!(2));
    assert!(!whole.to_string().contains("+33 6 12 34"), "a sensitive input");
}

#[test]
fn of_a_person_whose_turn_is_over_only_the_row_is_kept() {
    let people = people_of(&mixed());
    assert!(people.over.contains_key(&(LOOP, 0)) && !people.over.contains_key(&(LOOP, 1)));
    assert!(people.view.step(StepKey::item(LOOP, 0, 0)).is_none());
    assert!(people.view.step(StepKey::item(LOOP, 1, 0)).is_some(), "its second line is to come");
}

#[test]
fn a_table_is_known_again_by_its_beginning() {
    let people = people_of(&mixed());
    for form in [Form::Csv, Form::Json] {
        assert!(is_table(text(&people, form).as_bytes()));
    }
    assert!(!is_table(b"id,name\n1,Ada\n"));
}

#[test]
fn a_loop_without_rules_has_its_people_too() {
    let people = people_of(&Sample::whole());
    let outcomes: Vec<_> = people.rows().map(|row| (row.key.to_string(), row.person.outcome.word())).collect();
    let expected = [("ada", "heard"), ("bob", "failed"), ("=cyd", "heard")];
    assert_eq!(outcomes, expected.map(|(key, outcome)| (key.to_owned(), outcome)));
}
