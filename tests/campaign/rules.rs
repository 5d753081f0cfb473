//! What keeps a line from going out, run by run.

use serde_json::{Value, json};

use crate::support::{AGENT, Stage};

const ONCE: &str = "version: 1
name: renewals
agent: A91XMB7113
defaults: { hold: 0s, retry: { delay: 10ms } }
steps:
  - id: contact
    foreach: { csv: customers.csv, exclude: { csv: opt-outs.csv, column: id } }
    as: customer
    key: customer.id
    steps:
      - speak: \"Hello {{ customer.name }}.\"
        room: lobby
        once_per: \"{{ customer.id }}\"
";

fn campaign(workflow: &str) -> Stage {
    let stage = Stage::new(workflow);
    stage.write("customers.csv", "id,name\n1,Ada\n2,Bob\n3,Cy\n");
    stage.write("opt-outs.csv", "id\n");
    stage
}

#[test]
fn a_value_is_said_once_over_all_runs_of_the_workflow() {
    let stage = campaign(ONCE);
    stage.run(&[]).exits(0);
    assert_eq!(stage.heard(), ["Hello Ada.", "Hello Bob.", "Hello Cy."]);
    stage.write("customers.csv", "id,name\n4,Dee\n1,Ada\n2,Bob\n3,Cy\n");
    stage.run(&[]).exits(0).ended("contact.speak_1[1]", "skipped:already_sent");
    assert_eq!(stage.heard(), ["Hello Ada.", "Hello Bob.", "Hello Cy.", "Hello Dee."]);
}

#[test]
fn who_is_to_be_left_out_is_looked_for_before_each_item() {
    let stage = campaign(ONCE);
    stage.write("opt-outs.csv", "id,since\n 2 ,yesterday\n");
    stage.run(&[]).exits(0).ended("contact.speak_1[2]", "skipped:excluded");
    assert_eq!(stage.heard(), ["Hello Ada.", "Hello Cy."]);
}

#[test]
fn a_file_of_who_said_no_that_is_missing_is_an_error_and_nothing_is_said() {
    let stage = campaign(ONCE);
    std::fs::remove_file(stage.path().join("workflows/opt-outs.csv")).unwrap();
    stage.run(&[]).exits(2).tells("opt-outs.csv");
    assert!(stage.heard().is_empty());
    // One that goes away while the run is under way.
    stage.write("opt-outs.csv", "id\n");
    let workflow = ONCE.replace("    steps:\n", "    steps:\n      - wait: 1s\n");
    stage.rewrite(&workflow);
    let running = stage.start(&[]);
    stage.wait_for(|stage| stage.state().join("runs.db").exists());
    std::fs::write(stage.path().join("workflows/opt-outs.csv"), "").unwrap();
    let ended = running.end();
    ended.exits(1).ended("contact.speak_1[1]", "failed:rejected");
    assert!(ended.message("contact.speak_1[1]").contains("nothing is sent"));
    assert!(stage.heard().is_empty());
}

#[test]
fn a_window_lets_a_line_wait_until_it_opens_and_what_is_critical_passes_it() {
    let workflow = "version: 1
agent: A91XMB7113
room: lobby
defaults: { hold: 0s }
window: { days: mon-fri, from: '10:00', to: '11:00', timezone: Europe/Paris }
steps:
  - { speak: Fire!, critical: true }
  - speak: Good morning
";
    let stage = Stage::new(workflow);
    let ended = stage.run(&["--clock", "2026-12-05T12:00:00Z", "--speed", "200000"]);
    ended.exits(0);
    let at = |step: &str| {
        let started = |event: &&Value| event["event"] == "step_started" && event["step"] == step;
        ended.events().iter().find(started).unwrap()["at"].as_str().unwrap().to_owned()
    };
    assert!(at("speak_1").starts_with("2026-12-05T1"), "{}", at("speak_1"));
    let opened = at("speak_2");
    // A Saturday: the window opens on Monday at ten in Paris.
    assert!(("2026-12-07T09:00:00".."2026-12-07T10:00:00").contains(&opened.as_str()), "{opened}");
    let waits = |event: &Value| event["event"] == "step_waiting" && event["reason"] == "window";
    assert!(ended.events().iter().any(waits));
}

#[test]
fn a_cap_is_shared_by_the_workflows_of_a_group() {
    let capped = ONCE
        .replace("    steps:\n", "    cap: { max: 1, every: 72h, per: customer.id, group: outbound }\n    steps:\n");
    let stage = campaign(&capped);
    stage.run(&[]).exits(0);
    stage.rewrite(&capped.replace("renewals", "survey").replace("once_per", "expires: 1h\n        once_per"));
    stage.write("customers.csv", "id,name\n3,Cy\n4,Dee\n");
    stage.run(&[]).exits(0).ended("contact.speak_1[3]", "skipped:capped").ended("contact.speak_1[4]", "succeeded");
    assert_eq!(stage.heard(), ["Hello Ada.", "Hello Bob.", "Hello Cy.", "Hello Dee."]);
}

#[test]
fn who_is_not_in_their_room_keeps_nobody_waiting() {
    let workflow = "version: 1
agent: A91XMB7113
defaults: { hold: 0s }
steps:
  - foreach: [{ id: 1, room: attic }, { id: 2, room: lobby }]
    as: guest
    key: guest.id
    speak: { message: 'Hello {{ guest.id }}', wait_for_room: 5m }
    room: '{{ guest.room }}'
";
    let stage = Stage::new(workflow);
    let running = stage.start(&["--speed", "100"]);
    stage.wait_for(|stage| stage.heard() == ["Hello 2"]);
    stage.ask("POST", &format!("/_sandbox/agents/{AGENT}/rooms"), json!({ "room_id": "attic" }));
    running.end().exits(0);
    assert_eq!(stage.heard(), ["Hello 2", "Hello 1"]);
}

#[test]
fn a_crash_opens_no_value_that_may_have_been_said_and_loses_none_that_was_not() {
    for point in ["before_append", "after_append", "after_send", "after_answer"] {
        for pass in 1..=5 {
            let stage = campaign(&ONCE.replace("retry:", "on_unknown: skip, retry:"));
            let mut crashed = stage.command(&["run"]);
            crashed.env("RUNSHEET_CRASH", format!("{point}:{pass}")).output().unwrap();
            stage.command(&["resume", "--yes"]).output().unwrap();
            stage.run(&[]).exits(0);
            let mut heard = stage.heard();
            heard.sort();
            heard.dedup();
            assert_eq!(heard.len(), stage.heard().len(), "{point}:{pass}: {heard:?}");
            // At most the one line that was on its way is not heard, and is known as one that nobody knows of.
            let sent = stage.command(&["sent", "renewals", "--format", "csv"]).output().unwrap();
            let rows = String::from_utf8_lossy(&sent.stdout).lines().count() - 1;
            assert!(heard.len() >= 2 && rows == 3, "{point}:{pass}: {heard:?}, {rows}");
        }
    }
}

#[test]
fn a_face_in_a_loop_that_leaves_people_out_is_bought_once() {
    let workflow = "version: 1
name: faces
max_credits: 1000
steps:
  - foreach: { csv: customers.csv, exclude: { csv: opt-outs.csv, column: id } }
    as: customer
    key: customer.id
    generate: You are {{ customer.name }}
";
    let stage = campaign(workflow);
    stage.write("opt-outs.csv", "id\n3\n");
    stage.run(&[]).exits(0);
    assert_eq!(stage.spent(), 500);
    stage.run(&[]).exits(0);
    assert_eq!(stage.spent(), 500);
}

#[test]
fn what_was_claimed_when_a_run_is_cancelled_is_not_taken_for_said() {
    let stage = campaign(&ONCE.replace("room: lobby", "room: attic").replace(
        "speak: \"Hello {{ customer.name }}.\"",
        "speak: { message: \"Hello {{ customer.name }}.\", wait_for_room: 5m }",
    ));
    let running = stage.start(&["--speed", "20"]);
    stage.wait_for(|stage| stage.requests("POST /v1/agent/{code}/speak") >= 3);
    stage.answer("cancel", "null");
    running.end();
    stage.rewrite(ONCE);
    stage.run(&[]).exits(0);
    assert_eq!(stage.heard(), ["Hello Ada.", "Hello Bob.", "Hello Cy."]);
}

#[test]
fn the_texts_of_variants_may_stand_in_files() {
    let arms =
        "      - speak:\n        variants: { arms: { plain: { file: plain.md }, warm: { weight: 0, message: Hi } } }\n";
    let second = arms.replace("plain.md", "bye.md") + "        room: lobby\n";
    let workflow = ONCE.replace("      - speak: \"Hello {{ customer.name }}.\"\n", arms) + &second;
    let stage = campaign(&workflow);
    stage.write("plain.md", "Good day {{ customer.name }}.");
    stage.write("bye.md", "Bye.");
    stage.run(&["--item", "1"]).exits(0);
    assert_eq!(stage.heard(), ["Good day Ada.", "Bye."]);
}

#[test]
fn the_end_of_a_window_is_the_same_for_all_people_of_a_loop() {
    // One after the other: the second one's turn comes when the first window is over.
    let workflow = ONCE
        .replace("    steps:\n", "    window: { from: \"09:00\", to: \"10:00\", timezone: UTC }\n    steps:\n")
        .replace("        once_per: \"{{ customer.id }}\"\n", "        expires: end_of_window\n")
        + "      - speak: Bye.\n        room: lobby\n        expires: end_of_window\n        hold: 50m\n";
    let stage = campaign(&workflow);
    let clock = ["--clock", "2026-12-01T09:20:00Z", "--speed", "100000"];
    stage
        .run(&clock)
        .exits(0)
        .ended("contact.speak_1[2]", "skipped:expired")
        .ended("contact.speak_2[2]", "skipped:expired")
        .ended("contact.speak_1[3]", "skipped:expired");
    assert_eq!(stage.heard(), ["Hello Ada.", "Bye."]);
}

#[test]
fn a_cue_for_the_end_of_a_window_waits_for_it_to_open() {
    let workflow = "version: 1
agent: A91XMB7113
room: lobby
defaults: { hold: 0s }
window: { from: '09:00', to: '10:00', timezone: UTC }
steps:
  - { speak: Good morning, at: 30m, expires: end_of_window }
";
    let stage = Stage::new(workflow);
    stage.run(&["--clock", "2026-12-01T08:00:00Z", "--speed", "100000"]).exits(0);
    assert_eq!(stage.heard(), ["Good morning"]);
}
