//! What `generate` steps bought is shared through the lock.

use super::*;
use crate::support::casting;

#[test]
fn another_clone_finds_what_a_step_bought() {
    let steps = "  - { id: host, generate: { prompt: You are a host., aspect_ratio: \"9:16\" } }\n  - wait_ready: { poll: 20ms }\n  - { speak: Hello, room: lobby }\n";
    let stage = Stage::new(&casting(steps));
    stage.run(&[]).exits(0);
    assert_eq!(stage.spent(), 250);
    assert!(lock(&stage).contains("step: \"host\""));
    let elsewhere = clone(&stage);
    let again = ended(stage.command(&["run", "workflows/show.yaml"]).current_dir(elsewhere.path()));
    again.exits(0);
    assert_eq!((stage.spent(), stage.heard().len()), (250, 2));
    // Neither clone writes it a second time.
    let texts = (lock(&stage), get(elsewhere.path(), "workflows/agents.lock.yaml"));
    assert_eq!(texts.0, texts.1);
}
