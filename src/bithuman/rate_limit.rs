//! The account's rate limit, shared by every run of the process.
//!
//! Whoever drives a run takes a token here before it calls the client; the client only teaches the buckets what
//! each answer says. Nothing known means no limit. Who goes first is decided by the [`arbiter`].
//! A speech probe draws from a bucket of half the write limit besides, so that probing cannot starve speaking.

mod arbiter;
mod gauge;
mod lane;
mod member;
mod run_queue;
mod shared;

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::account_tier::{AccountTier, Limits};
use super::bucket::Source;
use super::headers::RateHeaders;
use crate::outcome::Tier;
use lane::{Buckets, Lane};
pub use run_queue::{Claim, Grant, Kind, RunQueue, RunTurn, Until};
use shared::Shared;

/// How long to hold back after a 429 that does not say how long.
const UNSAID_RETRY: Duration = Duration::from_secs(5);

/// The buckets of one account. Clones share them.
#[derive(Clone, Debug)]
pub struct RateLimits(Arc<Shared>);

impl Default for RateLimits {
    fn default() -> Self {
        Self::new()
    }
}

impl RateLimits {
    /// Buckets without a limit.
    pub fn new() -> Self {
        Self(Arc::new(Shared::new()))
    }

    /// Waits for a token of a tier and takes it, before all runs but those of high priority; tier `none` has always one.
    pub async fn acquire(&self, tier: Tier) {
        self.take(tier, Kind::Request).await;
    }

    /// Waits for a token to try a line in a room that may be empty: at most half of the write limit.
    pub async fn acquire_probe(&self) {
        self.take(Tier::Write, Kind::Probe).await;
    }

    /// How long one more request of a tier would wait, behind all that wait already.
    pub fn expected_wait(&self, tier: Tier) -> Duration {
        let Some(lane) = Lane::of(tier) else { return Duration::ZERO };
        self.0.look(|arbiter, now| arbiter.buckets.of(lane).wait(arbiter.waiting(tier).saturating_add(1), now))
    }

    /// The limit a minute of a tier, when one is known.
    pub fn limit(&self, tier: Tier) -> Option<u32> {
        let lane = Lane::of(tier)?;
        self.0.look(|arbiter, _| arbiter.buckets.of(lane).limit())
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
        self.change(|buckets, now| {
            if let Some(limit) = headers.limit {
                buckets.learn(lane, limit, Source::Header, now);
            }
            let bucket = buckets.of_mut(lane);
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
        self.change(|buckets, now| {
            if let Some(after) = retry_after
                && buckets.of(lane).limit().is_none()
            {
                // An empty bucket says when its next token comes, so that time is the reciprocal of the limit; no
                // account has less than the slowest one.
                let slowest = lane.of_limits(AccountTier::Free.limits());
                let guess = (60.0 / after.as_secs_f64().max(0.02)) as u32;
                buckets.learn(lane, guess.max(slowest), Source::Refusal, now);
            }
            let bucket = buckets.of_mut(lane);
            bucket.learn_remaining(0, now);
            bucket.block(retry_after.unwrap_or(UNSAID_RETRY), now);
        });
    }

    fn learn_limits(&self, limits: Limits, source: Source) {
        self.change(|buckets, now| {
            for lane in [Lane::Read, Lane::Write, Lane::Generate] {
                buckets.learn(lane, lane.of_limits(limits), source, now);
            }
        });
    }

    async fn take(&self, tier: Tier, kind: Kind) {
        // Without a deadline it is never too late, and this member never leaves: the answer can only be yes.
        let _ = self.0.wait(self.0.own, Claim { tier, kind, until: None }).await;
    }

    /// Teaches the buckets something; whoever it concerns hears of it.
    fn change(&self, learn: impl FnOnce(&mut Buckets, Instant)) {
        self.0.change(|arbiter, now| learn(&mut arbiter.buckets, now));
    }
}

#[cfg(test)]
mod tests;
