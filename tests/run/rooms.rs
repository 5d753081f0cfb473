//! Where a line is heard: where it was said to be, or nowhere.

use serde_json::{Value, json};

use crate::support::{AGENT, Stage, scripted};

#[test]
fn a_blank_cell_is_told_with_its_row_and_nothing_is_said() {
    let stage = Stage::with(
        "- foreach: { csv: guests.csv }
  as: guest
  key: guest.name
  speak: 'Hello {{ guest.name }}'
  room: '{{ guest.room }}'",
        |settings| settings.rooms = vec!["lobby".to_owned(), "balcony".to_owned()],
    );
    stage.write("guests.csv", "name,room\nann,lobby\nbob,\ncat,balcony\ndan, \n");
    let ended = stage.run(&[]);
    ended.exits(2).tells("guests.csv:3: row 2, column `room`").tells("guests.csv:5: row 4, column `room`");
    assert!(stage.heard().is_empty());
}

#[test]
fn every_room_hears_a_line_for_all() {
    let stage = Stage::with("- { speak: Hello, room: all }\n- speak: Here", |settings| {
        settings.rooms = vec!["lobby".to_owned(), "balcony".to_owned()];
    });
    stage.run(&[]).exits(0);
    let heard: Vec<_> = stage.heard_where().into_iter().map(|(room, text)| format!("{room}: {text}")).collect();
    assert_eq!(heard, ["lobby: Hello", "balcony: Hello", "lobby: Here"]);
}

#[test]
fn a_line_waits_for_a_room_and_is_heard_once_when_it_opens() {
    let stage = Stage::with("- speak: { message: Hello, wait_for_room: 1h }", |settings| settings.rooms = Vec::new());
    let mut running = stage.start(&["--speed", "100"]);
    running.until("step_progress", "speak_1");
    stage.ask("POST", &format!("/_sandbox/agents/{AGENT}/rooms"), json!({ "room_id": "lobby" }));
    running.end().exits(0).ended("speak_1", "succeeded").tried("speak_1", 1);
    assert_eq!(stage.heard(), ["Hello"]);
}

#[test]
fn a_line_whose_room_never_opens_fails_at_its_bound() {
    let stage = Stage::with("- speak: { message: Hello, wait_for_room: 30s }", |settings| settings.rooms = Vec::new());
    stage.run(&["--speed", "100"]).exits(1).ended("speak_1", "failed:no_room");
    assert_eq!(stage.heard().len(), 0);
    assert!(stage.requests("POST /v1/agent/{code}/speak") >= 2);
}

#[test]
fn some_rooms_without_a_worker_are_a_warning_and_no_repeat() {
    let stage = Stage::new("- { speak: Hello, room: all }");
    let room = json!({ "room_id": "annex", "worker": false });
    stage.ask("POST", &format!("/_sandbox/agents/{AGENT}/rooms"), room);
    let ended = stage.run(&[]);
    ended.exits(0).tells("warning: speak_1 was not heard in 1 room; it is not repeated");
    assert_eq!(stage.heard_where(), [("lobby".to_owned(), "Hello".to_owned())]);
}

#[test]
fn a_room_that_renders_to_nothing_is_never_everywhere() {
    let workflow = scripted("- { speak: Hello, room: '{{ inputs.where }}' }")
        .replace("steps:", "inputs: { where: { type: string, default: '' } }\nsteps:");
    let stage = Stage::new(&workflow);
    stage.run(&["--input", "where= "]).exits(1).ended("speak_1", "failed:rejected");
    assert_eq!((stage.heard().len(), stage.requests("POST /v1/agent/{code}/speak")), (0, 0));
    assert_eq!(stage.ask("GET", "/_sandbox/heard", Value::Null)["heard"], json!([]));
}
