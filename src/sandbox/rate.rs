//! Token buckets, one for each class of endpoints, whose burst is a minute's worth.
//!
//! They are not part of the saved state: a bucket is full again long before anybody resumes.

use crate::clock::Timestamp;
use crate::duration::Millis;
use crate::outcome::Tier;
use crate::sandbox::answers::Refusal;
use crate::sandbox::settings::AccountTier;

/// The buckets of one account.
#[derive(Debug)]
pub(crate) struct Buckets {
    tier: AccountTier,
    speed: f64,
    buckets: Vec<Bucket>,
}

#[derive(Debug)]
struct Bucket {
    class: Tier,
    tokens: f64,
    at: Timestamp,
}

/// What a limited request is told of its bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Allowance {
    /// Requests a minute.
    pub(crate) limit: u32,
    /// Requests left now.
    pub(crate) remaining: u32,
    /// When the bucket is full again, in seconds since 1970.
    pub(crate) reset: i64,
    /// How long until the next token, when there was none.
    pub(crate) refused: Option<Millis>,
}

impl Buckets {
    /// Full buckets, which a speed fills faster.
    pub(crate) fn new(tier: AccountTier, speed: f64) -> Self {
        Self { tier, speed, buckets: Vec::new() }
    }

    /// Takes a token; answers nothing when the class is not limited.
    pub(crate) fn take(&mut self, class: Tier, now: Timestamp) -> Option<Allowance> {
        let limit = self.tier.per_minute(class)?;
        let per_milli = f64::from(limit) / 60_000.0 * self.speed;
        let index = self.buckets.iter().position(|bucket| bucket.class == class).unwrap_or_else(|| {
            self.buckets.push(Bucket { class, tokens: f64::from(limit), at: now });
            self.buckets.len() - 1
        });
        let bucket = &mut self.buckets[index];
        let gained = now.since(bucket.at).0 as f64 * per_milli;
        bucket.tokens = (bucket.tokens + gained).min(f64::from(limit));
        bucket.at = now;
        // A hair below one is one: the sum of many small gains may miss it.
        let refused = (bucket.tokens < 1.0 - 1e-9).then(|| Millis(((1.0 - bucket.tokens) / per_milli).ceil() as u64));
        if refused.is_none() {
            bucket.tokens = (bucket.tokens - 1.0).max(0.0);
        }
        let full = now + Millis(((f64::from(limit) - bucket.tokens) / per_milli).ceil() as u64);
        let reset = full.0.div_euclid(1000) + 1;
        Some(Allowance { limit, remaining: bucket.tokens as u32, reset, refused })
    }
}

impl Allowance {
    /// The three headers that tell it.
    pub(crate) fn headers(self) -> [(&'static str, String); 3] {
        [
            ("X-RateLimit-Limit", self.limit.to_string()),
            ("X-RateLimit-Remaining", self.remaining.to_string()),
            ("X-RateLimit-Reset", self.reset.to_string()),
        ]
    }

    /// The refusal, when there was no token.
    pub(crate) fn refusal(self) -> Option<Refusal> {
        let wait = self.refused?.0.div_ceil(1000).max(1);
        let message = format!("Rate limit exceeded: {} requests per minute", self.limit);
        Some(Refusal { retry_after: Some(wait), ..Refusal::new(429, "RATE_LIMITED", message) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_a_minutes_worth_and_tokens_come_back_evenly() {
        let mut buckets = Buckets::new(AccountTier::Free, 1.0);
        let start = Timestamp(1_000_000);
        for remaining in (0..4).rev() {
            let allowance = buckets.take(Tier::Generate, start).unwrap();
            assert_eq!((allowance.limit, allowance.remaining, allowance.refused), (4, remaining, None));
        }
        let refused = buckets.take(Tier::Generate, start).unwrap();
        assert_eq!(refused.refused, Some(Millis(15_000)));
        let refusal = refused.refusal().unwrap();
        assert_eq!((refusal.status, refusal.code.as_str(), refusal.retry_after), (429, "RATE_LIMITED", Some(15)));
        assert_eq!(buckets.take(Tier::Generate, start + Millis(15_000)).unwrap().refused, None);
        assert!(buckets.take(Tier::Generate, start + Millis(15_000)).unwrap().refused.is_some());
    }

    #[test]
    fn classes_do_not_share_a_bucket_and_speed_fills_them_faster() {
        let mut buckets = Buckets::new(AccountTier::Free, 10.0);
        let start = Timestamp(0);
        for _ in 0..5 {
            buckets.take(Tier::Generate, start);
        }
        assert_eq!(buckets.take(Tier::Write, start).unwrap().remaining, 29);
        assert_eq!(buckets.take(Tier::Generate, start + Millis(1_500)).unwrap().refused, None);
    }

    #[test]
    fn an_account_without_a_tier_has_no_limits() {
        assert_eq!(Buckets::new(AccountTier::None, 1.0).take(Tier::Generate, Timestamp(0)), None);
    }
}
