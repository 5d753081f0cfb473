//! The account's rate limit, shared by every step of the process.
//!
//! Whoever drives a run takes a token here before it calls the client; the client only teaches the buckets what
//! each answer says. Nothing known means no limit. Those who wait are served in the order they came.
//! A speech probe draws from a bucket of half the write limit besides, so that probing cannot starve speaking.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use super::account_tier::{AccountTier, Limits};
use super::bucket::{Bucket, Source};
use super::headers::RateHeaders;
use crate::outcome::Tier;

/// How long to hold back after a 429 that does not say how long.
const UNSAID_RETRY: Duration = Duration::from_secs(5);

/// The buckets of one account. Clones share them.
#[derive(Clone, Debug)]
pub struct RateLimits(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    lanes: Mutex<Lanes>,
    /// One fair queue for each lane: its first waiter alone looks at the bucket.
    turns: [tokio::sync::Mutex<()>; 4],
    /// Rung whenever a bucket learned something.
    changed: Notify,
}

#[derive(Debug)]
struct Lanes {
    buckets: [Bucket; 4],
    waiting: [u32; 4],
}

/// The buckets: those of the service and ours for probes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lane {
    Read,
    Write,
    Generate,
    Probe,
}

impl Default for RateLimits {
    fn default() -> Self {
        Self::new()
    }
}

impl RateLimits {
    /// Buckets without a limit.
    pub fn new() -> Self {
        let now = Instant::now();
        let lanes = Lanes { buckets: std::array::from_fn(|_| Bucket::new(now)), waiting: [0; 4] };
        Self(Arc::new(Shared { lanes: Mutex::new(lanes), turns: Default::default(), changed: Notify::new() }))
    }

    /// Waits for a token of a tier and takes it; tier `none` has always one.
    pub async fn acquire(&self, tier: Tier) {
        if let Some(lane) = Lane::of(tier) {
            self.take_from(lane).await;
        }
    }

    /// Waits for a token to try a line in a room that may be empty: at most half of the write limit.
    pub async fn acquire_probe(&self) {
        self.take_from(Lane::Probe).await;
        self.take_from(Lane::Write).await;
    }

    /// Takes a token if one is there and nobody waits for it; else tells how long to wait before trying again.
    pub fn try_acquire(&self, tier: Tier) -> Result<(), Duration> {
        Lane::of(tier).map_or(Ok(()), |lane| self.try_take(&[lane]))
    }

    /// As [`Self::try_acquire`], for a probe.
    pub fn try_acquire_probe(&self) -> Result<(), Duration> {
        self.try_take(&[Lane::Probe, Lane::Write])
    }

    /// How long one more request of a tier would wait, behind those that wait already.
    pub fn expected_wait(&self, tier: Tier) -> Duration {
        let wait = |lane: Lane| self.lanes().wait_behind_others(lane, Instant::now());
        Lane::of(tier).map_or(Duration::ZERO, wait)
    }

    /// The limit a minute of a tier, when one is known.
    pub fn limit(&self, tier: Tier) -> Option<u32> {
        self.lanes().buckets[Lane::of(tier)? as usize].limit()
    }

    /// Sets the limits of a rate class that a person named.
    pub fn preset(&self, account: AccountTier) {
        self.learn_limits(account.limits(), Source::Person);
    }

    /// Learns the rate class from the account's plan.
    pub fn learn_plan(&self, account: AccountTier) {
        self.learn_limits(account.limits(), Source::Plan);
    }

    /// Learns from the `X-RateLimit-*` headers of an answer to a request of a tier.
    pub fn learn_from(&self, tier: Tier, headers: &RateHeaders) {
        let Some(lane) = Lane::of(tier) else { return };
        self.change(|lanes, now| {
            if let Some(limit) = headers.limit {
                lanes.learn(lane, limit, Source::Header, now);
            }
            let bucket = &mut lanes.buckets[lane as usize];
            match (headers.remaining, headers.reset) {
                (Some(0), Some(reset)) if bucket.limit().is_none() => bucket.block(reset.as_duration(), now),
                (Some(remaining), _) => bucket.learn_remaining(remaining, now),
                (None, _) => {}
            }
        });
    }

    /// Learns from a 429: nothing of this tier goes out for that long.
    pub fn learn_429(&self, tier: Tier, retry_after: Option<Duration>) {
        let Some(lane) = Lane::of(tier) else { return };
        self.change(|lanes, now| {
            if let Some(after) = retry_after
                && lanes.buckets[lane as usize].limit().is_none()
            {
                // An empty bucket says when its next token comes, so that time is the reciprocal of the limit; no
                // account has less than the slowest one.
                let slowest = lane.of_limits(AccountTier::Free.limits());
                let guess = (60.0 / after.as_secs_f64().max(0.02)) as u32;
                lanes.learn(lane, guess.max(slowest), Source::Refusal, now);
            }
            let bucket = &mut lanes.buckets[lane as usize];
            bucket.learn_remaining(0, now);
            bucket.block(retry_after.unwrap_or(UNSAID_RETRY), now);
        });
    }

    fn learn_limits(&self, limits: Limits, source: Source) {
        self.change(|lanes, now| {
            for lane in [Lane::Read, Lane::Write, Lane::Generate] {
                lanes.learn(lane, lane.of_limits(limits), source, now);
            }
        });
    }

    async fn take_from(&self, lane: Lane) {
        let _waiting = Waiting::new(self, lane);
        let _turn = self.0.turns[lane as usize].lock().await;
        loop {
            // Made before the look at the bucket, so that nothing learned in between is missed.
            let changed = self.0.changed.notified();
            let wait = {
                let now = Instant::now();
                let bucket = &mut self.lanes().buckets[lane as usize];
                let wait = bucket.wait(1, now);
                if wait.is_zero() {
                    bucket.take(now);
                    return;
                }
                wait
            };
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = changed => {}
            }
        }
    }

    fn try_take(&self, from: &[Lane]) -> Result<(), Duration> {
        let now = Instant::now();
        let mut lanes = self.lanes();
        let wait = from.iter().map(|lane| lanes.wait_behind_others(*lane, now)).max().unwrap_or_default();
        if !wait.is_zero() {
            return Err(wait);
        }
        for lane in from {
            lanes.buckets[*lane as usize].take(now);
        }
        Ok(())
    }

    fn change(&self, learn: impl FnOnce(&mut Lanes, Instant)) {
        learn(&mut self.lanes(), Instant::now());
        self.0.changed.notify_waiters();
    }

    fn lanes(&self) -> MutexGuard<'_, Lanes> {
        self.0.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lane {
    fn of(tier: Tier) -> Option<Self> {
        match tier {
            Tier::None => None,
            Tier::Read => Some(Self::Read),
            Tier::Write => Some(Self::Write),
            Tier::Generate => Some(Self::Generate),
        }
    }

    fn of_limits(self, limits: Limits) -> u32 {
        match self {
            Self::Read => limits.read,
            Self::Write => limits.write,
            Self::Generate => limits.generate,
            Self::Probe => limits.write / 2,
        }
    }
}

impl Lanes {
    /// Teaches a lane its limit; that of the probes follows the write limit.
    fn learn(&mut self, lane: Lane, limit: u32, source: Source, now: Instant) {
        self.buckets[lane as usize].learn(limit, source, now);
        if let (Lane::Write, Some(limit)) = (lane, self.buckets[lane as usize].limit()) {
            self.buckets[Lane::Probe as usize].learn(limit / 2, source, now);
        }
    }

    fn wait_behind_others(&self, lane: Lane, now: Instant) -> Duration {
        self.buckets[lane as usize].wait(self.waiting[lane as usize].saturating_add(1), now)
    }
}

/// One who waits in a lane, counted until it is served or gives up.
struct Waiting<'a> {
    limits: &'a RateLimits,
    lane: Lane,
}

impl<'a> Waiting<'a> {
    fn new(limits: &'a RateLimits, lane: Lane) -> Self {
        limits.lanes().waiting[lane as usize] += 1;
        Self { limits, lane }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.limits.lanes().waiting[self.lane as usize] -= 1;
    }
}

#[cfg(test)]
mod tests;
