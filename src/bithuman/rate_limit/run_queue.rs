//! What a run brings to the account's buckets, and what it gets there.

use std::sync::Arc;

use tokio::time::Instant;

use super::RateLimits;
use super::arbiter::MemberId;
use super::shared::Shared;
use crate::clock::Timestamp;
use crate::outcome::Tier;
use crate::share::{Priority, Throttle};

/// How a run takes turns with the others.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RunTurn {
    /// Whether it goes before or after others.
    pub priority: Priority,
    /// How fast its lines go out at the most.
    pub throttle: Option<Throttle>,
    /// How many exchanges it may have in flight, at least 1; none for as many as there are.
    pub slots: Option<u32>,
}

/// What somebody waits for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Claim {
    /// The bucket.
    pub tier: Tier,
    /// What is to be sent.
    pub kind: Kind,
    /// After when it is too late.
    pub until: Option<Until>,
}

/// What is to be sent, as far as turns care.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// What may be repeated: no throttle holds it.
    Request,
    /// A *once* exchange.
    Line,
    /// A *once* exchange that has met no room yet: at most half of the write limit.
    Probe,
}

/// The last instant that is not too late.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Until {
    /// On the clock of the run: the same for all who were given the same.
    pub timestamp: Timestamp,
    /// On this machine's, which cannot be set.
    pub instant: Instant,
}

/// A run's place at the account's buckets. Dropped, the run is forgotten there.
#[derive(Debug)]
pub struct RunQueue {
    shared: Arc<Shared>,
    member: MemberId,
}

/// A token that was taken and a slot that is held; the slot is free again when it is dropped.
#[derive(Debug)]
pub struct Grant {
    shared: Arc<Shared>,
    member: MemberId,
}

impl RateLimits {
    /// Takes a run among those that share the account. It begins with no credit for the past.
    pub fn join(&self, turn: RunTurn) -> RunQueue {
        let shared = self.0.clone();
        let member = shared.change(|arbiter, now| arbiter.join(turn, now));
        RunQueue { shared, member }
    }
}

impl RunQueue {
    /// Waits for a token and a slot together; none when it is too late. Dropped while it waits, it leaves no trace.
    pub async fn wait(&self, claim: Claim) -> Option<Grant> {
        self.shared.wait(self.member, claim).await?;
        Some(Grant { shared: self.shared.clone(), member: self.member })
    }
}

impl Drop for RunQueue {
    fn drop(&mut self) {
        self.shared.change(|arbiter, _| arbiter.leave(self.member));
    }
}

impl Drop for Grant {
    fn drop(&mut self) {
        self.shared.change(|arbiter, _| arbiter.release(self.member));
    }
}
