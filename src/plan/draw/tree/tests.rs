//! Trees as people see them.

use std::collections::HashMap;

use super::*;
use crate::plan::estimate::{Known, estimate};
use crate::plan::sample::{rich, small};

fn shown(plan: &Plan, names_rooms: bool, missing: &[String], paper: Paper) -> String {
    let known = Known { rows: &HashMap::new(), price: &|_, _| 250 };
    let estimate = estimate(plan, &known);
    tree(&View { plan, estimate: &estimate, known: &known, names_rooms, missing, campaign: None }, paper)
}

#[test]
fn a_straight_script_stays_calm() {
    insta::assert_snapshot!(shown(&small(), false, &[], Paper::default()), @r##"
    launch-demo                                           workflows/launch-demo.yaml
    customer = Alex

    steps   ↓ after the line above (order)
        host          generate “You are a warm, quick-witted launch host.”
                      250 credits when new
      ↓ wait_ready_1  host
                      after host (agent)
      ↓ set_prompt_1  “You host Alex. Keep answers short.”
                      after host (agent)
      ↓ speak_1       “Hello Alex, welcome to the launch!” → every room
                      delay 2s · hold speech ≈3.0s · after host (agent)
      ↓ pause_1       “House lights to half, wait for applause”
      ↓ speak_2       “Let me show you what is new.” → every room
                      hold speech ≈3.2s · after host (agent)

    credits   up to 250 for 1 new agent; what was bought before costs nothing
    requests  1 generate · 3 write · 1 read
    time      at least 8.2s
    rooms     every room: the file names none
    "##);
}

#[test]
fn groups_loops_and_reasons_are_told() {
    insta::assert_snapshot!(shown(&rich(), true, &[], Paper::default()), @r##"
    launch-demo                                           workflows/launch-demo.yaml
    customer = Alex

    steps   ↓ after the line above (order)
        host           generate “A host.”
                       image assets/host.png · 250 credits when new
        poll           http GET https://api.crm.example/polls/7
                       starts at once
      ↓ wait_ready_1   host
                       after host (agent)
     ┌─ together, after wait_ready_1 (order)
     ├─ speak_1        “Curtain up! & "<lights>" #1” → stage
     │                 at 1m · hold speech ≈2.0s · after host (agent)
     ├─ add_context_1  “{{ steps.poll.body.total }} votes so far.” → lobby
     │                 if steps.poll.body.total >= 50
     │                 after host (agent), poll (reference)
     │ ↓ wait_1        5s
     └─ parallel_1     when all of them have ended
      ↓ greetings      for each guest of 3 items
                       2 at a time · key guest.name · after host (agent)
        │   greet      speak “Welcome, {{ guest.name }}.” → {{ guest.name }}
        │              hold speech
        │ ↓ note       http POST https://api.crm.example/notes
        late           speak “One more thing.” → stage
                       hold speech ≈1.6s · after host (agent), speak_1 (needs)

    on_failure   when the run failed, after all other steps
        sorry          speak “We will be right back.” → stage
                       hold speech ≈2.4s

    finally   after all other steps, however they ended
        clean          delete agent host
                       if always()

    credits   up to 250 for 1 new agent; what was bought before costs nothing
    requests  1 generate · 7 write · 1 read
    time      at least 1m05s, every condition taken as true
    rooms     stage, lobby, {{ guest.name }}
    "##);
}

#[test]
fn no_line_is_wider_than_the_paper() {
    for columns in [60, 80, 120] {
        let text = shown(&rich(), true, &[], Paper { columns, colour: false });
        assert!(text.lines().all(|line| width(line) <= columns), "{text}");
    }
}

#[test]
fn a_missing_input_stays_in_the_texts_and_is_named_below() {
    let mut plan = small();
    plan.inputs.clear();
    let text = shown(&plan, true, &["customer".to_owned()], Paper::default());
    assert!(text.contains("“Hello {{ inputs.customer }}, welcome to the launch!”"), "{text}");
    assert!(text.contains("missing   input `customer` has no value: add `--input customer=…`"), "{text}");
}

#[test]
fn colours_are_asked_for() {
    assert!(!shown(&rich(), true, &[], Paper::default()).contains('\x1b'));
    assert!(shown(&rich(), true, &[], Paper { columns: 80, colour: true }).contains('\x1b'));
}
