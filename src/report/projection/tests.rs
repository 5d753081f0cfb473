use serde_json::json;

use super::*;
use crate::engine::event::{Rendering, Resolution, Reuse};
use crate::outcome::Exchange;
use crate::report::sample::Sample;

fn view_of(sample: &Sample) -> RunView {
    let mut view = sample.view();
    for (record, changes) in &sample.told {
        view.apply(&Moment { record, changes, past: false });
    }
    view
}

#[test]
fn a_face_that_is_used_again_costs_nothing() {
    assert_eq!(view_of(&Sample::until(3_000)).credits, 250);
    let mut sample = Sample::new();
    let reuse = Some(Reuse {
        agent: "A91XMB7113".into(),
        status: "ready".into(),
        update_prompt: false,
        purchase: String::new(),
    });
    let rendering = Box::new(Rendering { credits: 250, reuse, ..Rendering::default() });
    let step = StepKey::node(0);
    let to = ChangedTo::Succeeded { result: json!({"agent_id": "A91XMB7113", "reused": true}), hold: None };
    sample.tell(1, Event::AttemptStarted { step, attempt: 1, rendering }, []);
    sample.tell(2, Event::AttemptEnded { step, exchange: Exchange::Done { result: json!({}) } }, [Change { step, to }]);
    assert_eq!(view_of(&sample).credits, 0);
}

#[test]
fn a_line_that_is_said_again_can_be_unknown_again() {
    let mut sample = Sample::until(29_000);
    let step = StepKey::node(7);
    let unknown = || [Change { step, to: ChangedTo::Unknown }];
    assert_eq!(view_of(&sample).step(step).unwrap().state, State::Asking);
    sample.tell(30_000, Event::Resolved { step, resolution: Resolution::DidNotHappen }, []);
    sample.tell(30_000, Event::AttemptStarted { step, attempt: 2, rendering: Box::default() }, []);
    sample.tell(31_000, Event::Resumed, unknown());
    assert_eq!(view_of(&sample).step(step).unwrap().state, State::Asking);
    sample.tell(32_000, Event::Resolved { step, resolution: Resolution::LeaveUnknown }, unknown());
    assert_eq!(view_of(&sample).step(step).unwrap().state, State::Unknown);
}

#[test]
fn what_is_under_way_and_what_comes_next_follow_the_run() {
    let view = view_of(&Sample::until(12_000));
    assert!(view.active.iter().eq([&StepKey::node(3)]));
    assert_eq!(view.next(), Some(StepKey::node(4)));
    let view = view_of(&Sample::whole());
    assert!(view.active.is_empty() && view.next().is_none());
    assert_eq!(view.ending, Some(Ending::Finished(RunOutcome::Failed)));
    assert_eq!(view.path(StepKey::item(6, 1, 0)), "greet");
    assert_eq!(view.item_key(StepKey::item(6, 1, 0)), Some("bob"));
}

#[test]
fn what_an_item_said_is_put_away_and_counted_unless_some_did_not_hear_it() {
    let mut view = view_of(&Sample::whole());
    let spoken = |view: &RunView| view.steps().filter(|(_, step)| step.speech().is_some()).count() as u64;
    let all = spoken(&view);
    let heard: Vec<StepKey> = view
        .steps()
        .filter(|(key, step)| key.item.is_some() && step.state == State::Succeeded && step.speech().is_some())
        .map(|(key, _)| key)
        .collect();
    let (first, second) = (heard[0], heard[1]);
    view.step_mut(second).result = Some(Box::new(json!({ "rooms_skipped_no_worker": 1 })));
    view.put_away(first);
    view.put_away(second);
    assert!(view.step(first).is_some_and(|step| step.rendering.is_none() && step.result.is_none()));
    assert!(view.step(second).is_some_and(|step| step.speech().is_some()), "its warning is to come");
    assert_eq!((view.away.spoken, spoken(&view)), (1, all - 1));
    view.put_away(first);
    assert_eq!(view.away.spoken, 1);
}
