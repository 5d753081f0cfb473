//! Turns as those see them who wait: one run, two runs, deadlines, throttles, and what is dropped.

use super::*;
use crate::clock::Timestamp;
use crate::share::{Priority, Throttle};

type Served = Arc<Mutex<Vec<&'static str>>>;

/// An account whose write bucket is empty and fills with one token a second.
fn empty() -> RateLimits {
    let limits = RateLimits::new();
    limits.learn_from(Tier::Write, &RateHeaders { limit: Some(60), remaining: Some(0), reset: None });
    limits
}

fn line(tier: Tier) -> Claim {
    Claim { tier, kind: Kind::Line, until: None }
}

fn until(claim: Claim, seconds: u64) -> Claim {
    let until =
        Until { timestamp: Timestamp(seconds as i64 * 1000), instant: Instant::now() + Duration::from_secs(seconds) };
    Claim { until: Some(until), ..claim }
}

/// Waits beside the test; what it is called is noted when it is served.
async fn waits(
    queue: &Arc<RunQueue>,
    claim: Claim,
    name: &'static str,
    served: &Served,
) -> tokio::task::JoinHandle<()> {
    let (queue, served) = (queue.clone(), served.clone());
    let task = tokio::spawn(async move {
        if queue.wait(claim).await.is_some() {
            served.lock().expect("served").push(name);
        }
    });
    tokio::task::yield_now().await;
    task
}

fn names(served: &Served) -> String {
    served.lock().expect("served").join(" ")
}

#[tokio::test(start_paused = true)]
async fn the_soonest_deadline_goes_first_then_who_came_first_among_lines_and_among_probes() {
    let (limits, served) = (empty(), Served::default());
    let run = Arc::new(limits.join(RunTurn::default()));
    let probe = Claim { kind: Kind::Probe, ..line(Tier::Write) };
    for claim in [line(Tier::Write), probe] {
        waits(&run, claim, if claim.kind == Kind::Probe { "p-never" } else { "never" }, &served).await;
    }
    for (seconds, l, p) in [(300, "late", "p-late"), (100, "soon", "p-soon"), (300, "late2", "p-late2")] {
        waits(&run, until(line(Tier::Write), seconds), l, &served).await;
        waits(&run, until(probe, seconds), p, &served).await;
    }
    tokio::time::sleep(20 * SECOND).await;
    let of = |probes: bool| {
        let served = served.lock().expect("served");
        served.iter().filter(|name| name.starts_with("p-") == probes).copied().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(of(false), "soon late late2 never");
    assert_eq!(of(true), "p-soon p-late p-late2 p-never");
}

#[tokio::test(start_paused = true)]
async fn whoever_is_too_late_hears_it_at_once_and_takes_no_token() {
    let limits = empty();
    limits.learn_429(Tier::Write, Some(60 * SECOND));
    let run = limits.join(RunTurn::default());
    let start = Instant::now();
    assert!(run.wait(until(line(Tier::Write), 7)).await.is_none());
    assert_eq!(start.elapsed(), 7 * SECOND + Duration::from_millis(1), "the deadline itself is not too late");
    tokio::time::sleep_until(start + 60 * SECOND).await;
    for _ in 0..60 {
        limits.acquire(Tier::Write).await;
    }
    assert_eq!(start.elapsed(), 60 * SECOND, "all that filled meanwhile is there");
}

#[tokio::test(start_paused = true)]
async fn runs_take_turns_whatever_they_bring_and_whenever_they_came() {
    let (limits, served) = (empty(), Served::default());
    let [first, second] = [(); 2].map(|()| Arc::new(limits.join(RunTurn::default())));
    for _ in 0..20 {
        waits(&first, line(Tier::Write), "a", &served).await;
    }
    tokio::time::sleep(5 * SECOND + SECOND / 2).await;
    for _ in 0..3 {
        waits(&second, line(Tier::Write), "b", &served).await;
    }
    tokio::time::sleep(8 * SECOND).await;
    // The second one was idle; it earned nothing by it.
    for _ in 0..3 {
        waits(&second, line(Tier::Write), "b", &served).await;
    }
    let third = Arc::new(limits.join(RunTurn::default()));
    for _ in 0..2 {
        waits(&third, line(Tier::Write), "c", &served).await;
    }
    tokio::time::sleep(7 * SECOND).await;
    assert_eq!(names(&served), "a a a a a b a b a b a a a c b a c b a b");
}

#[tokio::test(start_paused = true)]
async fn a_higher_priority_goes_first_as_long_as_it_can_go() {
    let (limits, served) = (empty(), Served::default());
    limits.learn_from(Tier::Read, &RateHeaders { limit: Some(60), remaining: Some(0), reset: None });
    let throttle = Some(Throttle { rate: 0.25, burst: 2 });
    let high = RunTurn { priority: Priority::High, throttle, slots: None };
    let low = Arc::new(limits.join(RunTurn { priority: Priority::Low, ..RunTurn::default() }));
    let normal = Arc::new(limits.join(RunTurn::default()));
    let high = Arc::new(limits.join(high));
    for (run, name) in [(&low, "low"), (&normal, "normal"), (&high, "high")] {
        for _ in 0..3 {
            waits(run, line(Tier::Write), name, &served).await;
        }
    }
    tokio::time::sleep(9 * SECOND + SECOND / 2).await;
    // Its third line waits four seconds from the first for its throttle; the others do not wait for it.
    assert_eq!(names(&served), "high high normal normal high normal low low low");
    served.lock().expect("served").clear();
    let read = Claim { kind: Kind::Request, ..line(Tier::Read) };
    limits.learn_from(Tier::Read, &RateHeaders { limit: None, remaining: Some(0), reset: None });
    waits(&low, read, "low", &served).await;
    waits(&high, read, "high", &served).await;
    tokio::time::sleep(2 * SECOND + SECOND / 2).await;
    assert_eq!(names(&served), "high low", "reads too, which no throttle holds");
}

#[tokio::test(start_paused = true)]
async fn a_throttle_holds_the_lines_of_its_run_and_nothing_else() {
    let limits = RateLimits::new();
    let slow = limits.join(RunTurn { throttle: Some(Throttle { rate: 0.5, burst: 2 }), ..RunTurn::default() });
    let other = limits.join(RunTurn::default());
    let start = Instant::now();
    let lines = async {
        for kind in [Kind::Line, Kind::Probe, Kind::Line, Kind::Probe, Kind::Line] {
            slow.wait(Claim { kind, ..line(Tier::Write) }).await;
        }
        start.elapsed()
    };
    let others = async {
        tokio::task::yield_now().await;
        other.wait(line(Tier::Write)).await;
        for tier in [Tier::Read, Tier::Write, Tier::Generate] {
            slow.wait(Claim { kind: Kind::Request, ..line(tier) }).await;
        }
        start.elapsed()
    };
    assert_eq!(tokio::join!(lines, others), (6 * SECOND, Duration::ZERO));
}

#[tokio::test(start_paused = true)]
async fn a_slot_is_taken_with_the_token_and_freed_for_whoever_waits() {
    let limits = empty();
    let run = limits.join(RunTurn { slots: Some(1), ..RunTurn::default() });
    let start = Instant::now();
    // A line waits for its token and holds no slot meanwhile.
    let read = async {
        tokio::task::yield_now().await;
        let read = run.wait(Claim { kind: Kind::Request, ..line(Tier::Read) }).await;
        tokio::time::sleep(3 * SECOND).await;
        drop(read);
    };
    let (spoke, ()) = tokio::join!(run.wait(line(Tier::Write)), read);
    assert_eq!(start.elapsed(), 3 * SECOND, "no token is taken before there is a slot");
    assert!(spoke.is_some());
    for _ in 0..2 {
        limits.acquire(Tier::Write).await;
    }
    assert_eq!(start.elapsed(), 3 * SECOND, "two seconds' tokens were left for others");
}

#[tokio::test(start_paused = true)]
async fn a_dropped_waiter_leaves_no_trace_and_the_next_one_goes_in_its_stead() {
    let (limits, served) = (empty(), Served::default());
    let run = Arc::new(limits.join(RunTurn { slots: Some(1), ..RunTurn::default() }));
    let start = Instant::now();
    let gone = waits(&run, until(line(Tier::Write), 60), "gone", &served).await;
    let next = waits(&run, until(line(Tier::Write), 80), "next", &served).await;
    gone.abort();
    next.await.expect("served");
    assert_eq!((names(&served).as_str(), start.elapsed()), ("next", SECOND));
    assert_eq!(limits.0.look(|arbiter, _| arbiter.waiting(Tier::Write)), 0);
}

/// Polls once.
async fn is_ready<T>(future: &mut (impl Future<Output = T> + Unpin)) -> bool {
    let mut future = std::pin::Pin::new(future);
    std::future::poll_fn(|context| std::task::Poll::Ready(future.as_mut().poll(context).is_ready())).await
}

#[tokio::test(start_paused = true)]
async fn a_grant_that_nobody_lives_to_see_gives_its_token_and_its_slot_back() {
    let limits = empty();
    let run = limits.join(RunTurn {
        slots: Some(1),
        throttle: Some(Throttle { rate: 0.01, burst: 1 }),
        ..RunTurn::default()
    });
    let mut served = Box::pin(run.wait(line(Tier::Write)));
    assert!(!is_ready(&mut served).await);
    let mut next = Box::pin(run.wait(line(Tier::Write)));
    assert!(!is_ready(&mut next).await);
    // The alarm serves the first one, which is never polled again.
    tokio::time::sleep(SECOND).await;
    assert!(!is_ready(&mut next).await);
    let start = Instant::now();
    drop(served);
    assert!(next.await.is_some());
    assert_eq!(start.elapsed(), Duration::ZERO);
}

#[test]
fn a_runtime_that_ends_takes_no_alarm_of_the_next_one_with_it() {
    let limits = RateLimits::new();
    let paused =
        || tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().expect("a runtime");
    paused().block_on(async {
        limits.learn_from(Tier::Write, &RateHeaders { limit: Some(60), remaining: Some(0), reset: None });
        assert!(tokio::time::timeout(SECOND / 2, limits.acquire(Tier::Write)).await.is_err());
        let waiting = limits.clone();
        tokio::spawn(async move { waiting.acquire(Tier::Write).await });
        tokio::task::yield_now().await;
    });
    paused().block_on(async {
        let waited = tokio::time::timeout(600 * SECOND, limits.acquire(Tier::Write)).await;
        assert!(waited.is_ok());
    });
}
