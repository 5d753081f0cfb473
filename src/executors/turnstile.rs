//! Where a try of one run waits for its turn: a rate token and a slot together, neither held while waiting for the
//! other. Who goes first, in the run and among runs, is decided where the account's buckets are.

use tokio::time::Instant;

use crate::bithuman::{Claim, Kind, RateLimits, RunQueue, RunTurn, Until};
use crate::clock::Clock;
use crate::executors::executor::{Permit, Place};

/// The turnstile of one run.
pub struct Turnstile(RunQueue);

impl Turnstile {
    /// A turnstile at an account's buckets.
    pub fn new(limits: &RateLimits, turn: RunTurn) -> Self {
        Self(limits.join(turn))
    }

    /// Waits for the right to make one exchange; none when it is too late by the clock of the place's deadline.
    pub async fn pass(&self, place: Place, clock: &dyn Clock) -> Option<Permit> {
        if place.until.is_some_and(|until| clock.now() > until) {
            return None;
        }
        let instant = Instant::now();
        let until = place.until.map(|until| Until { timestamp: until, instant: instant + clock.until(until) });
        let kind = match (place.is_line, place.is_probe) {
            (_, true) => Kind::Probe,
            (true, false) => Kind::Line,
            (false, false) => Kind::Request,
        };
        let grant = self.0.wait(Claim { tier: place.tier, kind, until }).await;
        let (waited_ms, is_late) = (instant.elapsed().as_millis() as u64, grant.is_none());
        if waited_ms > 0 {
            tracing::debug!(tier = ?place.tier, ?kind, waited_ms, is_late, "waited for its turn");
        }
        grant.map(|grant| Permit(Some(grant)))
    }
}
