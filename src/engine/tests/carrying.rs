//! What holds for every run that takes over from another, however far that one came.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::properties::{details, plan_of, play_out};
use crate::engine::carry::Repeat;
use crate::engine::event::{Event, Record, Resolution};
use crate::engine::run::Run;
use crate::engine::testing::Stage;
use crate::outcome::{Effect, ErrorClass, Exchange};
use crate::plan::model::StepKey;

/// The *once* steps that were done in a run, or may have been, and about which nobody said otherwise.
fn said(records: &[Record]) -> BTreeSet<StepKey> {
    let run = Run::begin(&records[0]).unwrap();
    let is_once = |step: StepKey| run.plan().get(step).unwrap().effect() == Effect::Once;
    let mut said = BTreeSet::new();
    for record in records {
        match &record.event {
            // What reached out and was not answered may have been heard.
            Event::AttemptStarted { step, .. } if is_once(*step) => drop(said.insert(*step)),
            Event::AttemptEnded { step, exchange: Exchange::Failed { failure } }
                if failure.class != ErrorClass::Unknown =>
            {
                said.remove(step);
            }
            Event::AttemptEnded { step, exchange: Exchange::Again { .. } } => drop(said.remove(step)),
            Event::Resolved { step, resolution: Resolution::DidNotHappen } => drop(said.remove(step)),
            _ => {}
        }
    }
    said
}

fn is_carried(run: &Run, step: StepKey) -> bool {
    let of_item = |item: crate::plan::model::ItemStep| run.keys(StepKey::node(step.node))[item.index as usize].clone();
    run.start().selection.carried.iter().any(|carried| {
        let item = carried.item.as_ref().map(|item| (item.key.clone(), item.inner));
        carried.node == step.node && item == step.item.map(|item| (of_item(item), item.inner))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn what_is_carried_over_never_goes_out(
        script in details(9), body in details(4), others in (0..3usize, 0..3usize), seed: u64, cut: u16, from in 0..12u32,
    ) {
        let mut first = Stage::of(plan_of(script, body, others), seed);
        play_out(&mut first, 3);
        let records = &first.play.records[..1 + usize::from(cut) % first.play.records.len()];
        let before = Run::replay(records).unwrap();
        let from = from % before.plan().nodes.len() as u32;
        for repeat in [Repeat::Failed, Repeat::From(from), Repeat::Everything] {
            let selection = before.selection_of(repeat);
            let mut start = before.start().clone();
            start.selection = selection.clone();
            let mut next = Stage::starting(start, seed ^ 0x5eed);
            play_out(&mut next, 2);
            prop_assert_eq!(&Run::replay(&next.play.records).unwrap(), &next.play.run);
            for step in next.play.sent() {
                prop_assert!(!is_carried(&next.play.run, step), "{:?} is carried over and goes out", step);
                prop_assert!(step.item.is_some() || !selection.left_out.contains(&step.node));
                if repeat == Repeat::Failed && !resends(&before, step) {
                    prop_assert!(!said(records).contains(&step), "{:?} may have been heard and goes out", step);
                }
            }
        }
    }

    #[test]
    fn step_by_step_no_more_goes_out_than_a_person_lets(
        script in details(8), body in details(3), others in (0..2usize, 0..2usize), seed: u64, people in 0..4usize,
    ) {
        let mut start = crate::engine::testing::start_of(plan_of(script, body, others));
        start.selection.stepwise = true;
        let mut stage = Stage::starting(start, seed);
        play_out(&mut stage, people);
        let mut begun = BTreeSet::new();
        let (mut let_out, mut cancelled) = (0, false);
        for record in &stage.play.records {
            match &record.event {
                Event::Released => let_out += 1,
                Event::CancelRequested => cancelled = true,
                Event::AttemptStarted { step, .. } if begun.insert(*step) && !cancelled => {
                    prop_assert!(begun.len() <= let_out, "{} went out for {}", begun.len(), let_out);
                }
                _ => {}
            }
        }
        prop_assert_eq!(&Run::replay(&stage.play.records).unwrap(), &stage.play.run);
    }
}

/// A step that the file lets go out again though nobody knows: once it failed, it counts as what failed.
fn resends(run: &Run, step: StepKey) -> bool {
    run.plan().get(step).is_some_and(|node| node.policy.on_unknown == crate::plan::model::OnUnknown::Resend)
}
