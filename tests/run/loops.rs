//! Items of loops: named by their keys, tried one by one, each with an end of its own.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};

use serde_json::json;

use crate::support::{Answer, Stage, Web};

#[test]
fn every_row_of_a_file_is_greeted_in_order() {
    let stage = Stage::new(
        "- id: greet
  foreach: { csv: guests.csv }
  as: guest
  key: guest.name
  speak: 'Hello {{ guest.name }}'
- speak: 'That were {{ steps.greet.succeeded }} of {{ steps.greet.count }}'",
    );
    stage.write("guests.csv", "name\nann\n\"b, ob\"\n{{ cat }}\n");
    stage.run(&[]).exits(0).ended("greet[{{ cat }}]", "succeeded");
    assert_eq!(stage.heard(), ["Hello ann", "Hello b, ob", "Hello {{ cat }}", "That were 3 of 3"]);
}

#[test]
fn two_equal_keys_name_both_rows_and_nothing_is_said() {
    let stage = Stage::new(
        "- foreach: { csv: guests.csv }
  as: guest
  key: guest.name
  speak: 'Hello {{ guest.name }}'",
    );
    stage.write("guests.csv", "name\nann\nbob\nann\n");
    let ended = stage.run(&[]);
    ended.tells("ann");
    assert!([1, 2].iter().any(|code| ended.has_code(*code)), "it ends with an error");
    for row in ["1", "3"] {
        assert!(ended.stderr().contains(row), "{}", ended.stderr());
    }
    assert_eq!(stage.heard().len(), 0);
}

#[test]
fn a_body_of_steps_is_played_for_one_item_after_another() {
    let stage = Stage::new(
        "- id: greet
  foreach: [ann, bob]
  as: guest
  key: guest
  steps:
    - { id: hello, speak: 'Hello {{ guest }}' }
    - { if: 'guest == \"bob\"', speak: 'A seat for {{ guest }}' }
    - speak: 'Bye {{ guest }}, {{ steps.hello.delivered_to_rooms }}'",
    );
    let ended = stage.run(&[]);
    ended.exits(0).ended("greet.hello[ann]", "succeeded").ended("greet.speak_2[ann]", "skipped:condition");
    assert_eq!(stage.heard(), ["Hello ann", "Bye ann, 1", "Hello bob", "A seat for bob", "Bye bob, 1"]);
}

#[test]
fn as_many_items_as_allowed_are_under_way_and_no_more() {
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (pair, counted) = (Barrier::new(2), most.clone());
    let web = Web::answering(move |_| {
        counted.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        // Answers only in pairs: one after another would never end.
        pair.wait();
        now.fetch_sub(1, Ordering::SeqCst);
        Answer::json("{}")
    });
    let stage = Stage::new(&format!(
        "- foreach: [1, 2, 3, 4, 5, 6]\n  as: n\n  key: n\n  max_parallel: 2\n  http: '{}?n={{{{ n }}}}'",
        web.url("/")
    ));
    stage.run(&[]).exits(0).ended("http_1[6]", "succeeded");
    assert_eq!((web.received().len(), most.load(Ordering::SeqCst)), (6, 2));
}

#[test]
fn every_item_is_tried_and_then_the_loop_has_failed() {
    let stage = Stage::new(LOOP);
    let ended = stage.run(&[]);
    ended.exits(1).ended("greet[ann]", "succeeded").ended("greet[bob]", "failed:rejected");
    ended.ended("greet[cat]", "succeeded").ended("speak_2", "skipped:upstream");
    assert_eq!(stage.heard(), ["Hello ann", "Hello cat"]);
}

#[test]
fn fail_fast_begins_no_new_items() {
    let stage = Stage::new(&LOOP.replace("  key: guest.name", "  key: guest.name\n  fail_fast: true"));
    let ended = stage.run(&[]);
    ended.exits(1).ended("greet[bob]", "failed:rejected").ended("greet[cat]", "skipped:fail_fast");
    assert_eq!(stage.heard(), ["Hello ann"]);
}

const LOOP: &str = "- id: greet
  foreach: [{ name: ann, room: lobby }, { name: bob, room: ' ' }, { name: cat, room: lobby }]
  as: guest
  key: guest.name
  speak: 'Hello {{ guest.name }}'
  room: '{{ guest.room }}'
- speak: All are here";

#[test]
fn an_unknown_item_stops_only_itself() {
    let lost = json!([{ "method": "POST", "path": "/v1/agent/*/speak", "nth": 2, "then": "close_after" }]);
    let workflow = "- id: greet
  foreach: [ann, bob, cat]
  as: guest
  key: guest
  max_parallel: 2
  speak: 'Hello {{ guest }}'";
    let stage = Stage::with_faults(workflow, lost);
    let ended = stage.run(&[]);
    ended.exits(5);
    // Which of them it is, is up to who asks second.
    let ends =
        |end: &str| ["greet[ann]", "greet[bob]", "greet[cat]"].iter().filter(|key| ended.end_of(key) == end).count();
    assert_eq!((ends("unknown"), ends("succeeded"), stage.heard().len()), (1, 2, 3));
    stage.resume().exits(5);
    assert_eq!(stage.heard().len(), 3);
}

#[test]
fn a_list_of_an_answer_is_looped_over() {
    let web = Web::answering(|_| Answer::json(r#"{"guests": [{"id": 7, "name": "Ann"}, {"id": 8, "name": "Bob"}]}"#));
    let stage = Stage::new(&format!(
        "- {{ id: crm, http: '{}' }}
- foreach: steps.crm.body.guests
  as: guest
  key: guest.id
  speak: 'Hello {{{{ guest.name }}}}'",
        web.url("/guests")
    ));
    stage.run(&[]).exits(0).ended("speak_1[8]", "succeeded");
    assert_eq!(stage.heard(), ["Hello Ann", "Hello Bob"]);
}
