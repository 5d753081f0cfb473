//! The way of steps: order, conditions, timing.

use crate::engine::StepState;
use crate::engine::event::RunOutcome;
use crate::engine::testing::{Play, join, speak};
use crate::plan::model::StepKey;

#[test]
fn a_script_runs_top_to_bottom() {
    let mut play = Play::of(vec![speak("a"), speak("b").after(&[0]), join("c").after(&[1])]);
    play.play_well();
    assert_eq!(play.sent(), [StepKey::node(0), StepKey::node(1)]);
    assert_eq!(play.state(2), StepState::Succeeded);
    assert_eq!(play.run.outcome(), Some(RunOutcome::Succeeded));
}
