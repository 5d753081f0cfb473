//! How fast one run's lines may go out: its throttle, as arithmetic over instants.

use std::time::Duration;

use tokio::time::Instant;

use crate::share::Throttle;

/// What a rate that was read from no file is at the least, a second, so that no wait is endless.
const SLOWEST: f64 = 1e-9;

/// A throttle with what is left of its burst.
#[derive(Debug)]
pub(super) struct Gauge {
    rate: f64,
    burst: f64,
    left: f64,
    updated: Instant,
}

impl Gauge {
    /// A gauge after a rest.
    pub(super) fn new(throttle: Throttle, now: Instant) -> Self {
        let burst = f64::from(throttle.burst.max(1));
        let rate = if throttle.rate.is_finite() { throttle.rate.max(SLOWEST) } else { f64::MAX };
        Self { rate, burst, left: burst, updated: now }
    }

    /// The time until a line may go out; zero when it may.
    pub(super) fn wait(&self, now: Instant) -> Duration {
        let seconds = ((1.0 - self.left_at(now)) / self.rate).max(0.0);
        Duration::from_millis((seconds * 1000.0 - 1e-6).ceil().max(0.0) as u64)
    }

    /// Counts a line.
    pub(super) fn take(&mut self, now: Instant) {
        self.left = self.left_at(now) - 1.0;
        self.updated = now;
    }

    /// Takes back a line that did not go out.
    pub(super) fn give_back(&mut self, now: Instant) {
        self.left = (self.left_at(now) + 1.0).min(self.burst);
        self.updated = now;
    }

    fn left_at(&self, now: Instant) -> f64 {
        (self.left + now.duration_since(self.updated).as_secs_f64() * self.rate).min(self.burst)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_goes_at_once_and_what_follows_at_the_rate() {
        let start = Instant::now();
        let mut gauge = Gauge::new(Throttle { rate: 4.0, burst: 2 }, start);
        gauge.take(start);
        gauge.take(start);
        assert_eq!(gauge.wait(start), Duration::from_millis(250));
        let later = start + Duration::from_millis(250);
        assert_eq!(gauge.wait(later), Duration::ZERO);
        gauge.take(later);
        gauge.give_back(later);
        assert_eq!(gauge.wait(later), Duration::ZERO);
        let rested = later + Duration::from_secs(60);
        gauge.take(rested);
        gauge.take(rested);
        assert_eq!(gauge.wait(rested), Duration::from_millis(250), "a rest saves no more than a burst");
    }

    #[test]
    fn a_throttle_without_sense_neither_ends_nor_divides_by_zero() {
        let start = Instant::now();
        let mut gauge = Gauge::new(Throttle { rate: 0.0, burst: 0 }, start);
        assert_eq!(gauge.wait(start), Duration::ZERO);
        gauge.take(start);
        assert!(gauge.wait(start) > Duration::from_secs(3600));
    }
}
