//! One token bucket, as arithmetic over instants.
//!
//! Without a limit it only counts, so that a limit learned later knows what has been spent of it.

use std::time::Duration;

use tokio::time::Instant;

/// The longest pause that a service can ask for.
const LONGEST_BLOCK: Duration = Duration::from_secs(24 * 3600);

/// How a limit came to be known, the least certain first: a better source replaces a worse one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Source {
    /// Worked out from a 429.
    Refusal,
    /// The numbers of the account's plan.
    Plan,
    /// Said by a person.
    Person,
    /// Said by the service, for this very bucket.
    Header,
}

/// A bucket whose burst is its limit a minute.
#[derive(Debug)]
pub(super) struct Bucket {
    limit: Option<(u32, Source)>,
    /// Left to spend; below zero once more than a limit was spent before it was known.
    tokens: f64,
    updated: Instant,
    blocked_until: Option<Instant>,
    /// How often the service has said that it holds less.
    lowered: u32,
}

impl Bucket {
    pub(super) fn new(now: Instant) -> Self {
        Self { limit: None, tokens: 0.0, updated: now, blocked_until: None, lowered: 0 }
    }

    /// The limit a minute, when one is known.
    pub(super) fn limit(&self) -> Option<u32> {
        self.limit.map(|(limit, _)| limit)
    }

    /// The time until `count` tokens are there; zero when they are.
    pub(super) fn wait(&self, count: u32, now: Instant) -> Duration {
        let blocked = self.blocked_until.map_or(Duration::ZERO, |until| until.saturating_duration_since(now));
        let Some((limit, _)) = self.limit else { return blocked };
        // The blocked time is time in which the bucket fills as well.
        let missing = f64::from(count) - self.tokens_at(now);
        let seconds = (missing * 60.0 / f64::from(limit)).max(0.0);
        let filling = Duration::from_millis((seconds * 1000.0 - 1e-6).ceil().max(0.0) as u64);
        blocked.max(filling)
    }

    /// Spends one token; the mark that it answers with gives it back.
    pub(super) fn take(&mut self, now: Instant) -> u32 {
        self.fill(now);
        self.tokens -= 1.0;
        self.lowered
    }

    /// Takes back a token that was not used, unless the service has counted meanwhile without it.
    pub(super) fn give_back(&mut self, mark: u32, now: Instant) {
        if mark == self.lowered {
            self.fill(now);
            let most = self.limit().map_or(f64::MAX, f64::from);
            self.tokens = (self.tokens + 1.0).min(most);
        }
    }

    /// Learns the limit, unless a better source has spoken.
    pub(super) fn learn(&mut self, limit: u32, source: Source, now: Instant) {
        let limit = limit.max(1);
        match self.limit {
            Some((_, known)) if known > source => return,
            Some(_) => self.fill(now),
            None => {
                let filled = now.duration_since(self.updated).as_secs_f64() * f64::from(limit) / 60.0;
                self.tokens += f64::from(limit) + filled;
            }
        }
        self.limit = Some((limit, source));
        self.tokens = self.tokens.min(f64::from(limit));
        self.updated = now;
    }

    /// Learns how many tokens the service still holds; never more than are held here.
    pub(super) fn learn_remaining(&mut self, remaining: u32, now: Instant) {
        if self.limit.is_some() {
            self.fill(now);
            if self.tokens > f64::from(remaining) {
                self.tokens = f64::from(remaining);
                self.lowered = self.lowered.wrapping_add(1);
            }
        }
    }

    /// Nothing may be taken for a while.
    pub(super) fn block(&mut self, length: Duration, now: Instant) {
        let until = now + length.min(LONGEST_BLOCK);
        self.blocked_until = self.blocked_until.max(Some(until));
    }

    fn tokens_at(&self, now: Instant) -> f64 {
        let Some((limit, _)) = self.limit else { return self.tokens };
        let limit = f64::from(limit);
        (self.tokens + now.duration_since(self.updated).as_secs_f64() * limit / 60.0).min(limit)
    }

    /// Without a limit `updated` stays where it is: what fills is worked out once the limit is known.
    fn fill(&mut self, now: Instant) {
        if self.limit.is_some() {
            self.tokens = self.tokens_at(now);
            self.updated = now;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_limit_learned_late_knows_what_was_spent() {
        let start = Instant::now();
        let mut bucket = Bucket::new(start);
        for _ in 0..6 {
            assert_eq!(bucket.wait(1, start), Duration::ZERO);
            bucket.take(start);
        }
        bucket.learn(4, Source::Plan, start);
        assert_eq!(bucket.wait(1, start), 45 * SECOND);
        assert_eq!(bucket.wait(1, start + 15 * SECOND), 30 * SECOND);
    }

    #[test]
    fn a_better_source_wins_whenever_it_speaks() {
        let start = Instant::now();
        let mut bucket = Bucket::new(start);
        bucket.learn(60, Source::Person, start);
        bucket.learn(30, Source::Plan, start);
        assert_eq!(bucket.limit(), Some(60));
        bucket.learn(10, Source::Header, start);
        assert_eq!(bucket.limit(), Some(10));
        assert_eq!(bucket.wait(11, start), 6 * SECOND);
    }

    #[test]
    fn what_the_service_holds_lowers_what_is_held_here_and_never_raises_it() {
        let start = Instant::now();
        let mut bucket = Bucket::new(start);
        bucket.learn(60, Source::Plan, start);
        bucket.learn_remaining(2, start);
        bucket.learn_remaining(50, start);
        assert_eq!(bucket.wait(2, start), Duration::ZERO);
        assert_eq!(bucket.wait(3, start), SECOND);
    }

    #[test]
    fn a_block_holds_also_where_no_limit_is_known() {
        let start = Instant::now();
        let mut bucket = Bucket::new(start);
        bucket.block(7 * SECOND, start);
        bucket.block(3 * SECOND, start);
        assert_eq!(bucket.wait(1, start), 7 * SECOND);
        bucket.block(Duration::MAX, start);
        assert_eq!(bucket.wait(1, start), LONGEST_BLOCK);
    }
}
