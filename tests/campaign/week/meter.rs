//! How much of what an account allows is used while somebody waits for it, by a bucket of the meter's own.

use runsheet::clock::Timestamp;

/// Lines a minute at the `pro` tier; probes may use half of it.
const LINES: f64 = 180.0;
const PROBES: f64 = 90.0;

/// A meter.
#[derive(Clone, Debug)]
pub struct Meter {
    at: Timestamp,
    lines: Lane,
    probes: Lane,
    /// For how long somebody waited, in milliseconds.
    busy: f64,
    /// For how long of that a token lay there for one of them.
    idle: f64,
}

#[derive(Clone, Debug)]
struct Lane {
    waiting: usize,
    tokens: f64,
    limit: f64,
}

impl Meter {
    /// A meter with full buckets.
    pub fn starting(at: Timestamp) -> Self {
        let lane = |limit| Lane { waiting: 0, tokens: limit, limit };
        Self { at, lines: lane(LINES), probes: lane(PROBES), busy: 0.0, idle: 0.0 }
    }

    /// Somebody waits for a turn.
    pub fn waits(&mut self, is_probe: bool, now: Timestamp) {
        self.pass_to(now);
        self.lane(is_probe).waiting += 1;
    }

    /// Somebody waits no more.
    pub fn waits_no_more(&mut self, is_probe: bool, now: Timestamp) {
        self.pass_to(now);
        self.lane(is_probe).waiting -= 1;
    }

    /// Somebody has a turn.
    pub fn takes(&mut self, is_probe: bool, now: Timestamp) {
        self.pass_to(now);
        self.lines.tokens -= 1.0;
        if is_probe {
            self.probes.tokens -= 1.0;
        }
    }

    /// The share of the time in which somebody waited and no token lay there for them.
    pub fn use_of_tier(&self) -> f64 {
        1.0 - self.idle / self.busy.max(1.0)
    }

    /// For how long somebody waited, in hours.
    pub fn busy_hours(&self) -> f64 {
        self.busy / 3_600_000.0
    }

    fn lane(&mut self, is_probe: bool) -> &mut Lane {
        if is_probe { &mut self.probes } else { &mut self.lines }
    }

    fn pass_to(&mut self, now: Timestamp) {
        let length = now.since(self.at).0 as f64;
        self.at = now;
        if length == 0.0 {
            return;
        }
        let waits = (self.lines.waiting > 0, self.probes.waiting > 0);
        // When a token is there for those who wait: from then on the time is lost.
        let ready = |lane: &Lane| ((1.0 - lane.tokens) * 60_000.0 / lane.limit).max(0.0);
        let for_lines = if waits.0 { ready(&self.lines) } else { f64::INFINITY };
        let for_probes = if waits.1 { ready(&self.lines).max(ready(&self.probes)) } else { f64::INFINITY };
        if waits.0 || waits.1 {
            self.busy += length;
            // A millisecond is what clocks round to.
            self.idle += (length - for_lines.min(for_probes) - 1.0).max(0.0);
        }
        for lane in [&mut self.lines, &mut self.probes] {
            lane.tokens = (lane.tokens + length * lane.limit / 60_000.0).min(lane.limit);
        }
    }
}

#[test]
fn time_is_lost_when_a_token_lies_there_and_somebody_waits() {
    let at = |second: i64| Timestamp(second * 1000);
    let mut meter = Meter::starting(at(0));
    for _ in 0..180 {
        meter.takes(false, at(0));
    }
    meter.waits(false, at(0));
    meter.waits_no_more(false, at(10));
    assert!((meter.use_of_tier() - 0.033).abs() < 0.002, "{}", meter.use_of_tier());
    meter.waits(true, at(10));
    meter.waits_no_more(true, at(11));
    assert!(meter.use_of_tier() < 0.04);
}
