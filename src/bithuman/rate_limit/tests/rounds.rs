//! What comes again and again, as probes and the lines of a long loop: all who wait have their share, also of a limit
//! that is too small for them.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::clock::Timestamp;

/// How many people wait for their room; a probe of each every two minutes is more than the account allows.
const SOON: usize = 300;
const LATER: usize = 100;
/// Probes a minute of a `pro` account.
const PROBES: usize = 90;

#[tokio::test(start_paused = true)]
async fn those_whose_time_is_up_soonest_go_first_and_leave_the_others_their_share() {
    let limits = RateLimits::new();
    limits.preset(AccountTier::Pro);
    let run = Arc::new(limits.join(RunTurn::default()));
    let start = Instant::now();
    let tries: Arc<Vec<AtomicUsize>> = Arc::new((0..SOON + LATER).map(|_| AtomicUsize::new(0)).collect());
    for person in 0..SOON + LATER {
        let (run, tries) = (run.clone(), tries.clone());
        let hours = if person < SOON { 2 } else { 8 };
        let instant = start + hours * 60 * 60 * SECOND;
        let until = Some(Until { timestamp: Timestamp(i64::from(hours) * 3_600_000), instant });
        tokio::spawn(async move {
            while run.wait(Claim { tier: Tier::Write, kind: Kind::Probe, until }).await.is_some() {
                tries[person].fetch_add(1, Ordering::Relaxed);
                tokio::time::sleep(120 * SECOND).await;
            }
        });
    }
    let minutes = 60;
    tokio::time::sleep(minutes * 60 * SECOND).await;
    let of = |people: std::ops::Range<usize>| people.map(|person| tries[person].load(Ordering::Relaxed));
    let share = PROBES * minutes as usize / (SOON + LATER);
    let (least, all) = (of(0..SOON + LATER).min().expect("people"), of(0..SOON + LATER).sum::<usize>());
    assert!(least + 3 >= share, "somebody is tried {least} times, where a share is {share}");
    assert!(all >= PROBES * minutes as usize, "{all} tries: all of the limit is used");
    assert!(of(0..SOON).min() >= of(SOON..SOON + LATER).max().map(|most| most - 2), "and the sooner go first");
}

#[tokio::test(start_paused = true)]
async fn a_line_without_a_deadline_is_not_overtaken_for_ever_by_those_that_have_one() {
    let limits = RateLimits::new();
    limits.learn_from(Tier::Write, &RateHeaders { limit: Some(60), remaining: Some(0), reset: None });
    let run = Arc::new(limits.join(RunTurn::default()));
    let start = Instant::now();
    for _ in 0..50 {
        let run = run.clone();
        let instant = start + 8 * 60 * 60 * SECOND;
        let until = Some(Until { timestamp: Timestamp(8 * 3_600_000), instant });
        // A loop begins its next item as soon as one is served.
        tokio::spawn(
            async move { while run.wait(Claim { tier: Tier::Write, kind: Kind::Line, until }).await.is_some() {} },
        );
    }
    tokio::time::sleep(10 * SECOND).await;
    for (tier, kind) in [(Tier::Write, Kind::Line), (Tier::Write, Kind::Request)] {
        let came = Instant::now();
        let served = tokio::time::timeout(600 * SECOND, run.wait(Claim { tier, kind, until: None })).await;
        assert!(served.is_ok_and(|grant| grant.is_some()) && came.elapsed() <= 60 * SECOND, "{:?}", came.elapsed());
    }
}
