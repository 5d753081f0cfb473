//! Six thousand people of two runs on one account: all of it is used, fairly, and each of them is woken once.

use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::task::JoinSet;

use super::*;
use crate::clock::Timestamp;

const EACH: usize = 1_500;
/// How long the service takes to answer.
const LATENCY: Duration = Duration::from_millis(60);
/// What a `pro` account may write: at once after a rest, and a second.
const WRITES: (f64, f64) = (180.0, 3.0);

/// The service's own bucket, which must never be asked for more than it has.
struct Service {
    bucket: Mutex<(f64, Instant)>,
    said: Mutex<Vec<(usize, Kind, Instant)>>,
    polls: AtomicUsize,
}

impl Service {
    fn hears(&self, run: usize, kind: Kind) {
        let now = Instant::now();
        let mut bucket = self.bucket.lock().expect("the bucket");
        bucket.0 = (bucket.0 + (now - bucket.1).as_secs_f64() * WRITES.1).min(WRITES.0);
        bucket.1 = now;
        // A clock that counts milliseconds may be a hair early.
        assert!(bucket.0 > 0.999, "the service would refuse");
        bucket.0 -= 1.0;
        self.said.lock().expect("what was said").push((run, kind, now));
    }

    /// How often those who wait look up is counted.
    async fn waits(&self, queue: &RunQueue, claim: Claim) -> Option<Grant> {
        let mut waiting = Box::pin(queue.wait(claim));
        std::future::poll_fn(move |context| {
            self.polls.fetch_add(1, Ordering::Relaxed);
            waiting.as_mut().poll(context)
        })
        .await
    }
}

#[tokio::test(start_paused = true)]
async fn three_thousand_lines_and_three_thousand_probes_of_two_runs_use_all_of_an_account_fairly() {
    let began = std::time::Instant::now();
    let (limits, start) = (RateLimits::new(), Instant::now());
    limits.preset(AccountTier::Pro);
    let bucket = Mutex::new((WRITES.0, start));
    let service = Arc::new(Service { bucket, said: Mutex::default(), polls: AtomicUsize::new(0) });
    let runs = [(); 2].map(|()| Arc::new(limits.join(RunTurn { slots: Some(16), ..RunTurn::default() })));
    let mut everybody = JoinSet::new();
    for number in 0..EACH * 4 {
        let (run, kind) = (number % 2, if number % 4 < 2 { Kind::Line } else { Kind::Probe });
        let (queue, service) = (runs[run].clone(), service.clone());
        // A day and something, the later the sooner.
        let seconds = 90_000 - number as u64;
        let until =
            Until { timestamp: Timestamp(seconds as i64 * 1000), instant: start + Duration::from_secs(seconds) };
        everybody.spawn(async move {
            let claim = Claim { tier: Tier::Write, kind, until: Some(until) };
            let grant = service.waits(&queue, claim).await.expect("in time");
            service.hears(run, kind);
            tokio::time::sleep(LATENCY).await;
            drop(grant);
        });
    }
    everybody.join_all().await;

    let said = service.said.lock().expect("what was said");
    assert_eq!(said.len(), EACH * 4);
    let last_line = said.iter().rposition(|(_, kind, _)| *kind == Kind::Line).expect("lines");
    let passed = (said[last_line].2 - start).as_secs_f64();
    let (used, allowed) = ((last_line + 1) as f64, WRITES.0 + passed * WRITES.1);
    assert!(used >= allowed * 0.99, "{used} of {allowed}");
    let mut ahead = 0i64;
    // Slots bind in the burst of the beginning: from then on the account alone does.
    for (run, ..) in &said[200..last_line - 100] {
        ahead += if *run == 0 { 1 } else { -1 };
        assert!(ahead.abs() <= 2, "ahead by {ahead}");
    }
    let probes = said[..last_line].iter().filter(|(_, kind, _)| *kind == Kind::Probe).count();
    assert!(probes as f64 > used * 0.45, "{probes} probes of {used}");
    let polls = service.polls.load(Ordering::Relaxed);
    assert!(polls <= EACH * 4 * 2, "{polls} looks: to enter, and to be answered");
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
}
