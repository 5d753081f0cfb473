//! What people see of the sample run: the snapshots that guard the look of a run.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use crate::clock::Timestamp;
use crate::engine::event::{Event, StopReason};
use crate::engine::selection::{Carried, CarriedEnd, Selection};
use crate::ids::RunId;
use crate::outcome::{ErrorClass, Failure};
use crate::plan::model::StepKey;
use crate::report::Report;
use crate::report::moment::{Change, ChangedTo, Moment};
use crate::report::sample::{BEGAN, Sample};
use crate::report::terminal::live::Live;
use crate::report::terminal::scene::Scene;
use crate::report::terminal::{Look, open};
use crate::text::{Line, width};

/// An output that can be read while a report writes to it.
#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Shared {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }
}

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn live() -> Look {
    Look { moves: true, cuts: true, ..Look::default() }
}

fn shown(sample: &Sample, look: Look) -> String {
    let output = Shared::default();
    let mut report = open(sample.view(), look, Box::new(output.clone()));
    sample.play(report.as_mut());
    report.finish().unwrap();
    output.text()
}

/// The region after what the sample told, so many milliseconds into the run.
fn frame(sample: &Sample, look: Look, millis: i64) -> String {
    let mut live = Live::new(Scene::new(sample.view(), look), Box::new(io::sink()));
    for (record, changes) in &sample.told {
        live.event(&Moment { record, changes, past: false });
    }
    let rows: Vec<String> = live.rows(Timestamp(BEGAN + millis)).iter().map(|line: &Line| line.paint(false)).collect();
    rows.join("\n")
}

/// The screen of a terminal that obeys just what the live region uses.
fn screen(output: &str) -> Vec<String> {
    let (mut rows, mut row) = (vec![String::new()], 0_usize);
    let mut rest = output;
    while let Some(character) = rest.chars().next() {
        rest = &rest[character.len_utf8()..];
        match character {
            '\r' => {}
            '\n' => {
                row += 1;
                rows.resize(rows.len().max(row + 1), String::new());
            }
            '\x1b' => {
                let end = rest.find(|c: char| c.is_ascii_alphabetic()).unwrap();
                let (parameter, command) = (&rest[1..end], &rest[end..=end]);
                rest = &rest[end + 1..];
                match command {
                    "A" => row -= parameter.parse::<usize>().unwrap(),
                    "K" => rows[row].clear(),
                    "J" => rows.truncate(row),
                    _ => assert!(matches!(command, "h" | "l" | "m"), "{command}"),
                }
                rows.resize(rows.len().max(row + 1), String::new());
            }
            other => rows[row].push(other),
        }
    }
    rows
}

#[test]
fn a_whole_run_in_plain_lines() {
    insta::assert_snapshot!(shown(&Sample::whole(), Look::default()), @r##"
    SANDBOX · nothing leaves this machine                         welcome · run 7Q4M
     ✔ host           generate     A91XMB7113 · 250 credits                     2.1s
     ✔ wait_ready_1   A91XMB7113 · ready                                        5.3s
     ✔ speak_1        “Hello Alex, call [input phone] to join!”  → lobby (1 room)  0.4s
    ⏸ House lights to half␛[31m, wait for applause — waiting for `runsheet go 7Q4M` · next: “A guest.”
     ✔ pause_1        “House lights to half, wait for applause” · go by person  4.0s
     – add_context_1  skipped: its condition is false
     ↻ speak_2        try 2 of 4 · the service is busy                         in 2s
     ✔ speak_2        “Let me show you what is new.”  → lobby (2 rooms, 1 skipped)  1.7s
     ✔ greet[ada]     “Welcome back.”  → lobby (1 room)                         0.5s
     ✖ greet[bob]     message is <empty> & "odd␇"                               0.5s
     ✔ greet[=cyd]    “Welcome back.”  → lobby (1 room)                         0.5s
     ✖ greet          ✔ 2  ✖ 1 of 3                                             2.5s
    ? speak_3  “…and that is the whole trick.”  sent 09:14:19, no answer
     ✔ speak_3        “…and that is the whole trick.”  → lobby                 12.0s
     ✖ speak_4        agent A91XMB7113 has no active rooms                      0.2s
     – speak_5        skipped: a step it needs did not succeed

    ✖ failed after 33.0s
      10 steps: 6 succeeded, 2 failed, 2 skipped · 5 lines spoken · 250 credits
      agent: A91XMB7113
      warning: speak_2 was not heard in 1 room; it is not repeated

    ✖ greet[bob] failed  workflows/welcome.yaml:21
        message is <empty> & "odd␇"
        VALIDATION_ERROR · 1 attempt
        not done: “Welcome back.”

    ✖ speak_4 failed  workflows/welcome.yaml:26
        agent A91XMB7113 has no active rooms
        status 404 · NO_ACTIVE_ROOMS · request req_81 · 1 attempt
        not done: “Thank you, and good night!”; speak_5

    next: runsheet rerun 7Q4M --failed
    "##);
}

#[test]
fn a_live_run_leaves_its_rows_on_the_screen_in_the_order_they_ended() {
    let rows = screen(&shown(&Sample::whole(), live()));
    insta::assert_snapshot!(rows.join("\n"), @r##"
    SANDBOX · nothing leaves this machine                         welcome · run 7Q4M
     ✔ host           generate     A91XMB7113 · 250 credits                     2.1s
     ✔ wait_ready_1   A91XMB7113 · ready                                        5.3s
     ✔ speak_1        “Hello Alex, call [input phone] to j…”  → lobby (1 room)  0.4s
     ✔ pause_1        “House lights to half, wait for applause” · go by person  4.0s
     – add_context_1  skipped: its condition is false
     ✔ speak_2        “Let me show you what is…”  → lobby (2 rooms, 1 skipped)  1.7s
     ✖ greet          ✔ 2  ✖ 1 of 3                                             2.5s
     ✔ speak_3        “…and that is the whole trick.”  → lobby                 12.0s
     ✖ speak_4        agent A91XMB7113 has no active rooms                      0.2s
     – speak_5        skipped: a step it needs did not succeed

    ✖ failed after 33.0s
      10 steps: 6 succeeded, 2 failed, 2 skipped · 5 lines spoken · 250 credits
      agent: A91XMB7113
      warning: speak_2 was not heard in 1 room; it is not repeated

    ✖ greet[bob] failed  workflows/welcome.yaml:21
        message is <empty> & "odd␇"
        VALIDATION_ERROR · 1 attempt
        not done: “Welcome back.”

    ✖ speak_4 failed  workflows/welcome.yaml:26
        agent A91XMB7113 has no active rooms
        status 404 · NO_ACTIVE_ROOMS · request req_81 · 1 attempt
        not done: “Thank you, and good night!”; speak_5

    next: runsheet rerun 7Q4M --failed
    "##);
}

#[test]
fn a_creation_shows_how_far_it_is_and_what_comes_next() {
    insta::assert_snapshot!(frame(&Sample::until(1_000), live(), 1_000), @r##"
    ⠋ host           generate     creating                                     1.0s
    · wait_ready_1   next: wait ready
    "##);
    insta::assert_snapshot!(frame(&Sample::until(4_250), live(), 4_250), @r##"
    ⠹ wait_ready_1   ━━━━╌╌╌╌╌╌ 44% rendering the face                         2.1s
    · speak_1        next: “Hello Alex, call [input phone] to join!”
    "##);
}

#[test]
fn a_line_shows_how_long_it_holds_and_when_the_next_goes_out() {
    insta::assert_snapshot!(frame(&Sample::until(8_900), live(), 8_900), @r##"
    ▶ speak_1        “Hello Alex, call [input phone…”  → lobby (1 room)  holds 1.5s
    · pause_1        next: “House lights to half, wait for applause”          in 2s
    "##);
}

#[test]
fn a_pause_asks_for_the_key_and_announces_the_next_line() {
    insta::assert_snapshot!(frame(&Sample::until(12_000), live(), 12_000), @r##"
    ⏸ House lights to half␛[31m, wait for applause — press Enter to go
      · next: “A guest.”
    "##);
    insta::assert_snapshot!(frame(&Sample::until(12_000), Look { columns: 120, ..live() }, 12_000), @r##"
    ⏸ House lights to half␛[31m, wait for applause — press Enter to go · next: “A guest.”
    "##);
}

#[test]
fn a_retry_and_a_loop_are_a_line_each() {
    insta::assert_snapshot!(frame(&Sample::until(14_900), live(), 14_900), @r##"
    ↻ speak_2        try 2 of 4 · the service is busy                         in 1s
    · greet          next: 0 items
    "##);
    insta::assert_snapshot!(frame(&Sample::until(18_200), live(), 18_200), @r##"
    ⠹ greet          ✔ 1  ✖ 1 of 3                                             2.1s
    · speak_3        next: “…and that is the whole trick.”
    "##);
}

#[test]
fn an_unknown_line_asks_what_became_of_it() {
    let sample = Sample::until(30_000);
    insta::assert_snapshot!(frame(&sample, live(), 30_000), @r##"
    ? speak_3  “…and that is the whole trick.”  sent 09:14:19, no answer
      Was it heard?   [y] yes   [n] no, say it now   [s] skip it   [q] stop
    "##);
    insta::assert_snapshot!(frame(&sample, Look { columns: 100, ..live() }, 30_000), @r##"
    ? speak_3  “…and that is the whole trick.”  sent 09:14:19, no answer
      Was it heard?   [y] yes, go on   [n] no, say it now   [s] skip it   [q] stop, resume later
    "##);
}

#[test]
fn a_stopped_run_says_why_and_how_to_go_on() {
    insta::assert_snapshot!(shown(&Sample::stopped(), Look::default()), @r##"
    SANDBOX · nothing leaves this machine                         welcome · run 7Q4M
     ✔ host           generate     A91XMB7113 · 250 credits                     2.1s
     ✔ wait_ready_1   A91XMB7113 · ready                                        5.3s
     ✔ speak_1        “Hello Alex, call [input phone] to join!”  → lobby (1 room)  0.4s
    ⏸ House lights to half␛[31m, wait for applause — waiting for `runsheet go 7Q4M` · next: “A guest.”
     ✔ pause_1        “House lights to half, wait for applause” · go by person  4.0s
     – add_context_1  skipped: its condition is false
     ↻ speak_2        try 2 of 4 · the service is busy                         in 2s
     ✔ speak_2        “Let me show you what is new.”  → lobby (2 rooms, 1 skipped)  1.7s
     ✔ greet[ada]     “Welcome back.”  → lobby (1 room)                         0.5s
     ✖ greet[bob]     message is <empty> & "odd␇"                               0.5s
     ✔ greet[=cyd]    “Welcome back.”  → lobby (1 room)                         0.5s
     ✖ greet          ✔ 2  ✖ 1 of 3                                             2.5s
    ? speak_3  “…and that is the whole trick.”  sent 09:14:19, no answer

    ■ stopped after 40.0s: nobody knows whether a step took effect
      10 steps: 5 succeeded, 1 failed, 1 skipped, 1 unknown, 2 not reached
      4 lines spoken · 250 credits
      warning: speak_2 was not heard in 1 room; it is not repeated

    ✖ greet[bob] failed  workflows/welcome.yaml:21
        message is <empty> & "odd␇"
        VALIDATION_ERROR · 1 attempt
        not done: “Welcome back.”

    ? speak_3 is unknown  workflows/welcome.yaml:24
        no answer within 30s
        timeout · 1 attempt
        it may have taken effect: it is repeated only if a person says so
        not done: speak_4, speak_5

    next: runsheet resolve 7Q4M --happened, or --did-not-happen to say it now
    "##);
}

#[test]
fn a_live_service_is_named_first_with_the_balance() {
    let mut sample = Sample::new();
    let start = Arc::make_mut(&mut sample.start);
    start.service.sandbox = false;
    let scene = Scene::new(sample.view(), Look { balance: Some(1_240.5), ..live() });
    insta::assert_snapshot!(scene.opening()[0].paint(false), @r##"
    LIVE api.bithuman.ai · acme · 1,240 credits                   welcome · run 7Q4M
    "##);
}

#[test]
fn no_row_is_wider_than_the_terminal_however_narrow() {
    for columns in [20, 33, 47, 80, 132] {
        let look = Look { columns, ..live() };
        for row in screen(&shown(&Sample::whole(), look.clone())).iter().take(12) {
            assert!(width(row) <= usize::from(columns), "{columns}: {row}");
        }
    }
}

#[test]
fn the_region_never_passes_the_height_of_the_terminal() {
    let mut sample = Sample::until(18_200);
    for node in [7, 8] {
        let failure = Failure::new(ErrorClass::Busy, "BUSY", "the service is busy");
        let to = ChangedTo::Retrying { attempt: 2, until: Timestamp(BEGAN + 20_000), failure };
        sample.tell(18_200, Event::Released, [Change { step: StepKey::node(node), to }]);
    }
    let rows = frame(&sample, Look { rows: 4, ..live() }, 18_500);
    insta::assert_snapshot!(rows, @r##"
    ⠴ greet          ✔ 1  ✖ 1 of 3                                             2.4s
      … and 2 more under way
    "##);
}

#[test]
fn nothing_is_written_while_nothing_moves() {
    let sample = Sample::until(12_000);
    let output = Shared::default();
    let mut report = open(sample.view(), live(), Box::new(output.clone()));
    sample.play(report.as_mut());
    let before = output.text();
    report.tick(Timestamp(BEGAN + 11_000));
    assert_eq!(output.text(), before);
}

#[test]
fn escapes_in_what_is_said_or_answered_reach_no_terminal() {
    let sample = Sample::until(12_000);
    let said = shown(&sample, Look::default());
    assert!(said.contains("half␛[31m"), "{said}");
    assert!(!said.contains('\x1b'));
    let said = shown(&sample, live());
    assert!(!said.contains("\x1b[31m"), "{said}");
}

#[test]
fn colours_are_used_only_where_they_are_wanted() {
    let sample = Sample::whole();
    assert!(!shown(&sample, Look::default()).contains('\x1b'));
    assert!(shown(&sample, Look { colour: true, ..Look::default() }).contains("\x1b[32m"));
}

#[test]
fn a_resumed_run_shows_only_what_is_new() {
    let sample = Sample::whole();
    let output = Shared::default();
    let mut report = open(sample.view(), Look::default(), Box::new(output.clone()));
    for (record, changes) in &sample.told {
        report.event(&Moment { record, changes, past: record.at < Timestamp(BEGAN + 19_000) });
    }
    report.finish().unwrap();
    let text = output.text();
    assert!(text.starts_with("SANDBOX") && !text.contains("speak_1") && text.contains("✖ speak_4"), "{text}");
    assert!(text.contains("10 steps"), "{text}");
}

#[test]
fn a_replayed_run_asks_nobody_for_anything() {
    let text = shown(&Sample::whole(), Look { replays: true, ..Look::default() });
    assert!(text.contains("✔ pause_1") && !text.contains("runsheet go") && !text.contains("no answer"), "{text}");
}

#[test]
fn a_plain_line_on_a_terminal_goes_back_to_the_first_column() {
    let text = shown(&Sample::whole(), Look { cuts: true, ..Look::default() });
    assert!(text.contains("press Enter to go") && text.lines().count() == text.matches("\r\n").count(), "{text}");
    assert!(!shown(&Sample::whole(), Look::default()).contains('\r'));
}

#[test]
fn a_rehearsal_that_failed_is_begun_again_as_a_rehearsal() {
    let mut sample = Sample::whole();
    let run = sample.start.run.clone();
    std::sync::Arc::make_mut(&mut sample.start).service.key = format!("sandbox:{run}");
    let text = shown(&sample, Look::default());
    assert!(text.contains("next: runsheet run workflows/welcome.yaml --sandbox"), "{text}");
}

#[test]
fn what_is_carried_over_left_out_or_held_is_told_as_such() {
    let mut sample = Sample::new();
    let start = Arc::make_mut(&mut sample.start);
    start.selection = Selection {
        left_out: vec![1, 3],
        from: Some(RunId::from_typed("5KD2")),
        carried: vec![Carried { node: 2, item: None, end: CarriedEnd::Succeeded { result: None } }],
        stepwise: true,
        ..Selection::default()
    };
    let told = [(2, ChangedTo::Succeeded { result: Value::Null, hold: None }), (5, ChangedTo::Held)];
    let changes = told.map(|(node, to)| Change { step: StepKey::node(node), to });
    sample.tell(0, Event::Stopped { reason: StopReason::Pause }, changes);
    insta::assert_snapshot!(shown(&sample, Look::default()), @"
    SANDBOX · nothing leaves this machine                         welcome · run 7Q4M
    left out: wait_ready_1, pause_1
    step by step: `runsheet go 7Q4M` lets one go out
     ✔ speak_1        as in run 5KD2
    ⏸ speak_2  “Let me show … what is new.” — waiting for `runsheet go 7Q4M`

    ■ stopped after 0.0s: a step waits for a person's go
      10 steps: 1 succeeded, 9 not reached; 1 as in run 5KD2 · 0 credits

    next: runsheet go 7Q4M
    ");
}
