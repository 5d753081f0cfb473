//! What holds for every plan, however its steps end and in whatever order things happen.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::json;

use crate::duration::Millis;
use crate::engine::command::Command;
use crate::engine::event::{Event, Record, Resolution};
use crate::engine::run::Run;
use crate::engine::state::{SkipReason, StepState};
use crate::engine::testing::{Chance, Stage, each, failed, join, look, pause, speak, wait};
use crate::outcome::{Effect, ErrorClass, Exchange};
use crate::plan::model::{Hold, Node, OnUnknown, Section, StepKey, Work};

/// Some details of a step, each a number that shrinks to the plainest.
pub(super) type Detail = (u8, u16, u8, u8, u8);

pub(super) fn details(most: usize) -> impl Strategy<Value = Vec<Detail>> {
    prop::collection::vec((0..8u8, any::<u16>(), 0..8u8, 0..8u8, 0..8u8), 1..most)
}

fn plain_node(kind: u8, id: &str) -> Node {
    match kind {
        0..=2 => speak(id),
        3 | 4 => look(id),
        5 => wait(id),
        6 => pause(id),
        _ => join(id),
    }
}

fn node_of(place: usize, detail: Detail, node: Node) -> Node {
    let (_, needs, condition, policy, timing) = detail;
    let needs: Vec<u32> = (0..place as u32).filter(|need| needs >> (need % 16) & 1 == 1).collect();
    let node = node.after(&needs);
    let node = match condition {
        5 => node.when("false"),
        6 => node.when("true"),
        7 => node.when_always(),
        _ => node,
    };
    let node = node.treated(|treated| {
        treated.continue_on_error = policy == 1;
        treated.on_unknown = [OnUnknown::Ask, OnUnknown::Skip, OnUnknown::Resend][policy as usize % 3];
        treated.retry.max_attempts = 2;
    });
    node.timed(|timed| match timing {
        4 => timed.delay = Millis(300),
        5 => timed.hold = Hold::Speech,
        6 => timed.at = Some(Millis(2000)),
        7 => timed.expires = Some(Millis(900)),
        _ => {}
    })
}

/// Steps of three sections; edges within a section only.
pub(super) fn plan_of(script: Vec<Detail>, body: Vec<Detail>, others: (usize, usize)) -> Vec<Node> {
    let count = script.len();
    let section_of = |place: usize| match count - place {
        rest if rest <= others.1 => Section::Finally,
        rest if rest <= others.0 + others.1 => Section::OnFailure,
        _ => Section::Main,
    };
    let inner = |body: &[Detail]| -> Vec<Node> {
        body.iter().enumerate().map(|(at, detail)| node_of(at, *detail, plain_node(detail.0, "inner"))).collect()
    };
    let mut nodes: Vec<Node> = Vec::new();
    for (place, detail) in script.into_iter().enumerate() {
        let looped = detail.3 >= 6;
        let items = each("each", detail.2 as usize, u32::from(detail.4 % 3), inner(&body));
        let plain = if looped { items } else { plain_node(detail.0, "step") };
        let mut node = node_of(place, detail, plain).within(section_of(place));
        node.needs.retain(|edge| section_of(edge.node as usize) == section_of(place));
        nodes.push(node.looped(|inner| inner.fail_fast = detail.4 == 1));
    }
    nodes
}

/// How a try ends: any way at first, well in the end, so that every run ends.
fn exchange(chance: &mut Chance, tries: usize) -> Exchange {
    let classes = [
        ErrorClass::Unsent,
        ErrorClass::RateLimited,
        ErrorClass::Busy,
        ErrorClass::NoRoom,
        ErrorClass::Unauthorized,
        ErrorClass::OutOfCredits,
        ErrorClass::Rejected,
        ErrorClass::Unknown,
        ErrorClass::Unknown,
    ];
    match chance.below(24) {
        drawn if drawn < classes.len() && tries < 5 => failed(classes[drawn]),
        drawn if drawn < 12 && tries < 5 => crate::engine::testing::again(700),
        _ => Exchange::Done { result: json!(tries) },
    }
}

/// Plays to the end, in any order, with people interfering at times; looks at the run after every event.
pub(super) fn play_out(stage: &mut Stage, mut people: usize) {
    while !stage.play.run.finished() {
        assert!(stage.play.records.len() < 20_000, "the run never ends");
        if people > 0 && stage.chance.below(6) == 0 {
            people -= 1;
            interfere(stage);
        } else {
            stage.advance(exchange);
        }
        look_at(&stage.play.run);
    }
}

fn interfere(stage: &mut Stage) {
    let nodes = stage.play.run.plan().nodes.len();
    let step = StepKey::node(stage.chance.below(nodes) as u32);
    let event = match stage.chance.below(12) {
        0 => Event::StopRequested,
        1 => Event::CancelRequested,
        2 | 3 => Event::Resumed,
        4 | 5 => Event::Suspended,
        6 | 7 => Event::Released,
        _ => Event::SkippedByPerson { step },
    };
    let crashed = matches!(event, Event::Resumed);
    if stage.play.attempt(event).is_ok() && crashed {
        stage.in_flight.clear();
    }
}

fn look_at(run: &Run) {
    let asked: Vec<_> = run.decide().collect();
    assert!(run.decide().eq(asked.iter().copied()), "asking twice gives the same answer");
    assert!(asked.iter().all(|(ticket, _)| run.stands(*ticket)));
    for (node, items) in &run.loops {
        let limit = run.graph.loop_of(*node).unwrap().max_parallel.max(1) as usize;
        let going_on = |index: usize| {
            asked.iter().any(|(_, command)| match command {
                Command::Ask { .. } => false,
                // What a rule or an empty room lets wait needs no place.
                Command::Wait { step, .. } | Command::Attempt { step, .. }
                    if run.find(*step).is_some_and(|step| step.phase.needs_no_place()) =>
                {
                    false
                }
                Command::ReadCondition { step }
                | Command::Prepare { step }
                | Command::Wait { step, .. }
                | Command::Attempt { step, .. }
                | Command::Pause { step } => {
                    step.node == *node && step.item.is_some_and(|item| item.index as usize == index)
                }
                _ => false,
            })
        };
        let held = items.items.iter().enumerate().filter(|(index, item)| item.placed || going_on(*index)).count();
        assert!(held <= limit, "{held} of {limit}");
    }
}

/// What the journal of a whole run must show.
fn check_journal(records: &[Record]) {
    let mut run = Run::begin(&records[0]).unwrap();
    let mut doubtful: BTreeSet<StepKey> = BTreeSet::new();
    let mut in_flight: BTreeSet<StepKey> = BTreeSet::new();
    let mut done: BTreeSet<StepKey> = BTreeSet::new();
    for record in &records[1..] {
        match &record.event {
            Event::AttemptStarted { step, .. } => {
                check_needs(&run, *step);
                assert!(!doubtful.contains(step), "{step:?} goes out though nobody knows");
                assert!(!done.contains(step), "{step:?} goes out though it succeeded");
                in_flight.insert(*step);
            }
            Event::AttemptEnded { step, exchange } => {
                in_flight.remove(step);
                done.extend(matches!(exchange, Exchange::Done { .. }).then_some(*step));
                if matches!(exchange, Exchange::Failed { failure } if failure.class == ErrorClass::Unknown) {
                    doubtful.extend(once_without_resend(&run, *step));
                }
            }
            Event::Resumed => {
                let cut_short = std::mem::take(&mut in_flight);
                doubtful.extend(cut_short.into_iter().filter_map(|step| once_without_resend(&run, step)));
            }
            Event::Resolved { step, resolution: Resolution::DidNotHappen } => drop(doubtful.remove(step)),
            Event::Prepared { step, .. } | Event::ItemsListed { step, .. } => check_needs(&run, *step),
            _ => {}
        }
        run.apply(record).unwrap();
    }
    check_end(&run);
}

fn once_without_resend(run: &Run, step: StepKey) -> Option<StepKey> {
    let node = run.plan().get(step).unwrap();
    (node.effect() == Effect::Once && node.policy.on_unknown != OnUnknown::Resend).then_some(step)
}

fn check_needs(run: &Run, step: StepKey) {
    let node = run.plan().get(step).unwrap();
    for edge in &node.needs {
        let need = StepKey { node: edge.node, item: None };
        let need = step.item.map_or(need, |item| StepKey::item(step.node, item.index, edge.node));
        assert!(run.state(need).has_ended(), "{step:?} begins before {need:?} has ended");
    }
    let earlier = |other: &Node| other.section < node.section;
    let states = run.plan().nodes.iter().zip(0..).filter(|(other, _)| step.item.is_none() && earlier(other));
    assert!(states.map(|(_, place)| run.state(StepKey::node(place))).all(StepState::has_ended), "sections overlap");
}

/// Every step ended, and skips spread as they should.
fn check_end(run: &Run) {
    assert!(run.finished() && run.active.is_empty() && run.decide().next().is_none());
    for (place, node) in (0..).zip(&run.plan().nodes) {
        let state = run.state(StepKey::node(place));
        assert!(state.has_ended(), "{place} is {state:?}");
        let spreads = |need: u32| match run.state(StepKey::node(need)) {
            StepState::Failed => !run.plan().nodes[need as usize].policy.continue_on_error,
            state => state == StepState::Skipped(SkipReason::Upstream),
        };
        let above = node.needs.iter().any(|edge| spreads(edge.node));
        let blind = !node.condition.as_ref().is_some_and(|condition| condition.sees_failures);
        match state {
            StepState::Skipped(SkipReason::Upstream) => assert!(above && blind, "{place}"),
            StepState::Skipped(SkipReason::NotNeeded) => assert_eq!(node.section, Section::OnFailure),
            StepState::Cancelled => assert!(run.is_cancelling(), "{place}"),
            _ => assert!(!(above && blind), "{place} is {state:?} below a failure"),
        }
        if let Work::Loop(_) = &node.work {
            let counts = run.item_counts(StepKey::node(place));
            assert_eq!(counts.pending + counts.running, 0);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn every_run_ends_as_its_journal_says(
        script in details(10), body in details(4), others in (0..3usize, 0..3usize), seed: u64, people in 0..8usize,
    ) {
        let mut stage = Stage::of(plan_of(script, body, others), seed);
        play_out(&mut stage, people);
        check_journal(&stage.play.records);
        let replayed = Run::replay(&stage.play.records).unwrap();
        prop_assert_eq!(&replayed, &stage.play.run);
    }

    #[test]
    fn a_run_cut_short_anywhere_is_resumed_and_ends(
        script in details(8), body in details(3), others in (0..2usize, 0..2usize), seed: u64, people in 0..4usize,
    ) {
        let mut stage = Stage::of(plan_of(script, body, others), seed);
        play_out(&mut stage, people);
        let records = stage.play.records;
        for cut in (1..records.len()).step_by(1 + records.len() / 40) {
            let mut next = Stage::taken_up(&records[..cut], seed ^ cut as u64);
            next.play.say(Event::Resumed);
            play_out(&mut next, 0);
            check_journal(&next.play.records);
        }
    }
}
