//! The account's buckets: those of the service, and ours for probes.

use std::time::Duration;

use tokio::time::Instant;

use crate::bithuman::account_tier::Limits;
use crate::bithuman::bucket::{Bucket, Source};
use crate::outcome::Tier;

/// A bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lane {
    /// Every GET.
    Read,
    /// Every POST and DELETE but `generate`.
    Write,
    /// `generate`.
    Generate,
    /// Half of the write limit, for lines that are tried in a room that may be empty.
    Probe,
}

impl Lane {
    /// The bucket of a tier; none where nothing is limited.
    pub(super) fn of(tier: Tier) -> Option<Self> {
        match tier {
            Tier::None => None,
            Tier::Read => Some(Self::Read),
            Tier::Write => Some(Self::Write),
            Tier::Generate => Some(Self::Generate),
        }
    }

    pub(super) fn of_limits(self, limits: Limits) -> u32 {
        match self {
            Self::Read => limits.read,
            Self::Write => limits.write,
            Self::Generate => limits.generate,
            Self::Probe => limits.write / 2,
        }
    }
}

/// All buckets of one account.
#[derive(Debug)]
pub(super) struct Buckets([Bucket; 4]);

impl Buckets {
    /// Buckets without a limit.
    pub(super) fn new(now: Instant) -> Self {
        Self(std::array::from_fn(|_| Bucket::new(now)))
    }

    pub(super) fn of(&self, lane: Lane) -> &Bucket {
        &self.0[lane as usize]
    }

    pub(super) fn of_mut(&mut self, lane: Lane) -> &mut Bucket {
        &mut self.0[lane as usize]
    }

    /// The time until a token is there; zero when it is, and for ever where nothing is limited.
    pub(super) fn wait(&self, lane: Option<Lane>, now: Instant) -> Duration {
        lane.map_or(Duration::ZERO, |lane| self.of(lane).wait(1, now))
    }

    /// Teaches a lane its limit; that of the probes follows the write limit.
    pub(super) fn learn(&mut self, lane: Lane, limit: u32, source: Source, now: Instant) {
        self.of_mut(lane).learn(limit, source, now);
        if let (Lane::Write, Some(limit)) = (lane, self.of(lane).limit()) {
            self.of_mut(Lane::Probe).learn(limit / 2, source, now);
        }
    }
}
