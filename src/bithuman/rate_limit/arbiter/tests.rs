//! Properties over made-up days: runs of all kinds, deadlines, drops, refusals; the model beside counts by itself.

mod model;

use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::bithuman::bucket::Source;
use crate::bithuman::rate_limit::run_queue::Kind;
use crate::share::Throttle;
use model::{LIMITS, Play};

/// What happens at some instant.
#[derive(Clone, Copy, Debug)]
enum Happening {
    /// So many come to wait.
    Come { run: usize, tier: Tier, kind: Kind, patience: Option<u64>, count: u8 },
    /// One that waits gives up.
    GiveUp(usize),
    /// An exchange in flight ends.
    End(usize),
    /// One that was granted did not live to see it.
    Vanish(usize),
    /// The service says what is left.
    Remaining(Lane, u32),
    /// The service refuses.
    Refuse(Lane, u64),
}

fn any_kind() -> impl Strategy<Value = Kind> {
    prop_oneof![Just(Kind::Request), Just(Kind::Line), Just(Kind::Probe)]
}

fn any_happening() -> impl Strategy<Value = Happening> {
    let lane = || prop_oneof![Just(Lane::Read), Just(Lane::Write), Just(Lane::Generate)];
    let patience = proptest::option::of(0u64..90_000);
    let come = (0usize..3, proptest::sample::select(&TIERS[..]), any_kind(), patience, 1u8..12);
    prop_oneof![
        6 => come.prop_map(|(run, tier, kind, patience, count)| Happening::Come { run, tier, kind, patience, count }),
        2 => any::<usize>().prop_map(Happening::GiveUp),
        4 => any::<usize>().prop_map(Happening::End),
        1 => any::<usize>().prop_map(Happening::Vanish),
        1 => (lane(), 0u32..6).prop_map(|(lane, left)| Happening::Remaining(lane, left)),
        1 => (lane(), 0u64..20_000).prop_map(|(lane, wait)| Happening::Refuse(lane, wait)),
    ]
}

fn any_turn() -> impl Strategy<Value = RunTurn> {
    let priority = prop_oneof![1 => Just(Priority::High), 4 => Just(Priority::Normal), 1 => Just(Priority::Low)];
    let rate = prop_oneof![Just(0.2), Just(0.05), Just(3.0)];
    let throttle = proptest::option::weighted(0.3, (rate, 1u32..4).prop_map(|(rate, burst)| Throttle { rate, burst }));
    let slots = proptest::option::weighted(0.5, 1u32..5);
    (priority, throttle, slots).prop_map(|(priority, throttle, slots)| RunTurn { priority, throttle, slots })
}

impl Play {
    fn happens(&mut self, happening: Happening) {
        match happening {
            Happening::Come { run, tier, kind, patience, count } => {
                (0..count).for_each(|_| self.come(run, tier, kind, patience));
            }
            Happening::GiveUp(which) => self.give_up(which),
            Happening::End(which) => self.end(which),
            Happening::Vanish(which) => self.vanish(which),
            Happening::Remaining(lane, left) => self.hear_of(lane, left, Duration::ZERO),
            Happening::Refuse(lane, wait) => self.hear_of(lane, 0, Duration::from_millis(wait)),
        }
        self.pump();
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn tokens_go_to_whom_they_should_at_once_and_never_too_many(
        turns in proptest::collection::vec(any_turn(), 2..=3),
        happenings in proptest::collection::vec((0u64..4_000, any_happening()), 1..120),
    ) {
        let mut play = Play::of(&turns);
        for (gap, happening) in happenings {
            play.pass(Duration::from_millis(gap));
            play.happens(happening);
        }
        play.play_out();
    }
}

#[test]
fn a_run_that_only_probes_and_one_that_also_speaks_both_probe() {
    let mut play = Play::of(&[RunTurn::default(); 2]);
    for _ in 0..200 {
        play.come(0, Tier::Write, Kind::Line, Some(3_600_000));
        play.come(0, Tier::Write, Kind::Probe, None);
        play.come(1, Tier::Write, Kind::Probe, None);
    }
    play.pump();
    play.pass(Duration::from_secs(600));
    let probes = [play.granted(0, Kind::Probe), play.granted(1, Kind::Probe)];
    let all = probes[0] + probes[1] + play.granted(0, Kind::Line);
    assert_eq!(all, LIMITS[Lane::Write as usize] as usize * 11, "nothing is left unused");
    assert!(probes[0].abs_diff(probes[1]) <= 1 && probes[0] > 20, "{probes:?}");
}

#[test]
fn a_run_that_speaks_has_half_of_the_writes_beside_one_that_speaks_and_probes() {
    let mut play = Play::of(&[RunTurn::default(); 2]);
    for _ in 0..200 {
        play.come(0, Tier::Write, Kind::Line, None);
        play.come(1, Tier::Write, Kind::Line, None);
        play.come(1, Tier::Write, Kind::Probe, None);
    }
    play.pump();
    play.pass(Duration::from_secs(600));
    let other = play.granted(1, Kind::Line) + play.granted(1, Kind::Probe);
    assert!(play.granted(0, Kind::Line).abs_diff(other) <= 1);
    assert!(play.granted(1, Kind::Line).abs_diff(play.granted(1, Kind::Probe)) <= 2);
}
