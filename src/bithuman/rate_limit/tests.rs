//! Under paused time: a sleep moves the clock, so elapsed time is exact.

use std::sync::Mutex;

mod many;
mod rounds;
mod turns;

use super::*;
use crate::duration::Millis;

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test(start_paused = true)]
async fn nothing_known_means_no_limit() {
    let limits = RateLimits::new();
    let start = Instant::now();
    for _ in 0..10_000 {
        limits.acquire(Tier::Write).await;
    }
    assert_eq!(start.elapsed(), Duration::ZERO);
    assert_eq!(limits.limit(Tier::Write), None);
}

#[tokio::test(start_paused = true)]
async fn a_burst_goes_at_once_and_the_rest_at_the_rate() {
    let limits = RateLimits::new();
    limits.preset(AccountTier::Free);
    let start = Instant::now();
    for _ in 0..30 {
        limits.acquire(Tier::Write).await;
    }
    assert_eq!(start.elapsed(), Duration::ZERO);
    for _ in 0..5 {
        limits.acquire(Tier::Write).await;
    }
    assert_eq!(start.elapsed(), 10 * SECOND);
    limits.acquire(Tier::Read).await;
    assert_eq!(start.elapsed(), 10 * SECOND, "another tier has its own bucket");
}

#[tokio::test(start_paused = true)]
async fn those_who_wait_are_served_in_the_order_they_came() {
    let limits = RateLimits::new();
    limits.learn_from(Tier::Generate, &RateHeaders { limit: Some(4), remaining: Some(0), reset: None });
    let served = Arc::new(Mutex::new(Vec::new()));
    let mut tasks = Vec::new();
    for number in 0..8 {
        let (limits, served) = (limits.clone(), served.clone());
        tasks.push(tokio::spawn(async move {
            limits.acquire(Tier::Generate).await;
            served.lock().expect("served").push(number);
        }));
        tokio::task::yield_now().await;
    }
    assert_eq!(limits.expected_wait(Tier::Generate), 9 * 15 * SECOND, "nobody overtakes");
    for task in tasks {
        task.await.expect("served");
    }
    assert_eq!(*served.lock().expect("served"), (0..8).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn one_who_gives_up_holds_nobody_back() {
    let limits = RateLimits::new();
    limits.learn_from(Tier::Write, &RateHeaders { limit: Some(60), remaining: Some(0), reset: None });
    let given_up = tokio::time::timeout(SECOND / 2, limits.acquire(Tier::Write)).await;
    assert!(given_up.is_err());
    assert_eq!(limits.expected_wait(Tier::Write), SECOND / 2);
}

#[tokio::test(start_paused = true)]
async fn a_429_holds_the_whole_tier_back_and_teaches_its_rate() {
    let limits = RateLimits::new();
    limits.acquire(Tier::Generate).await;
    limits.learn_429(Tier::Generate, Some(15 * SECOND));
    assert_eq!(limits.limit(Tier::Generate), Some(4));
    let start = Instant::now();
    limits.acquire(Tier::Generate).await;
    assert_eq!(start.elapsed(), 15 * SECOND);
    limits.learn_429(Tier::Write, Some(60 * SECOND));
    assert_eq!(limits.limit(Tier::Write), Some(30), "no account has less than the slowest");
    limits.learn_429(Tier::Read, None);
    assert_eq!((limits.limit(Tier::Read), limits.expected_wait(Tier::Read)), (None, UNSAID_RETRY));
}

#[tokio::test(start_paused = true)]
async fn what_is_learned_wakes_those_who_wait() {
    let limits = RateLimits::new();
    limits.learn_from(Tier::Generate, &RateHeaders { limit: Some(1), remaining: Some(0), reset: None });
    let waiting = tokio::spawn({
        let limits = limits.clone();
        async move { limits.acquire(Tier::Generate).await }
    });
    tokio::task::yield_now().await;
    let start = Instant::now();
    limits.learn_from(Tier::Generate, &RateHeaders { limit: Some(60), remaining: None, reset: None });
    waiting.await.expect("served");
    assert_eq!(start.elapsed(), SECOND);
}

#[tokio::test(start_paused = true)]
async fn probes_use_at_most_half_of_the_write_limit() {
    let limits = RateLimits::new();
    limits.preset(AccountTier::Pro);
    for _ in 0..90 {
        limits.acquire_probe().await;
    }
    let start = Instant::now();
    let patience = Duration::from_millis(666);
    assert!(tokio::time::timeout(patience, limits.acquire_probe()).await.is_err());
    let start = start + patience;
    for _ in 0..90 {
        limits.acquire(Tier::Write).await;
    }
    assert_eq!(start.elapsed(), Duration::ZERO, "the other half is left for speaking");
}

#[tokio::test(start_paused = true)]
async fn a_plan_does_not_overrule_a_person_and_a_header_does() {
    let limits = RateLimits::new();
    limits.preset(AccountTier::Pro);
    limits.learn_plan(AccountTier::Free);
    assert_eq!(limits.limit(Tier::Read), Some(720));
    limits.learn_from(Tier::Read, &RateHeaders { limit: Some(240), remaining: Some(239), reset: None });
    assert_eq!((limits.limit(Tier::Read), limits.limit(Tier::Write)), (Some(240), Some(180)));
}

#[tokio::test(start_paused = true)]
async fn a_reset_counts_where_no_limit_is_known() {
    let limits = RateLimits::new();
    limits.learn_from(Tier::Read, &RateHeaders { limit: None, remaining: Some(0), reset: Some(Millis(8_000)) });
    assert_eq!(limits.expected_wait(Tier::Read), 8 * SECOND);
    assert_eq!(limits.expected_wait(Tier::None), Duration::ZERO);
}
