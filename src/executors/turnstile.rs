//! Where a try waits for its turn: a rate token and a slot together, neither held while waiting for the other.
//!
//! Each bucket has a queue of its own, and probes have one: who came first goes first, only the first of a queue
//! looks, and no queue waits for another. So reads and polls go out however many lines wait for their tokens.

use std::sync::Arc;

use tokio::sync::{Mutex, Semaphore};

use crate::bithuman::RateLimits;
use crate::executors::executor::Permit;
use crate::outcome::Tier;

/// The turnstile of one run.
pub struct Turnstile {
    limits: RateLimits,
    slots: Arc<Semaphore>,
    /// One queue for each bucket, and the last one for probes.
    queues: [Mutex<()>; 5],
}

impl Turnstile {
    /// A turnstile at an account's buckets, with so many requests in flight at once.
    pub fn new(limits: RateLimits, slots: u32) -> Self {
        Self { limits, slots: Arc::new(Semaphore::new(slots.max(1) as usize)), queues: Default::default() }
    }

    /// Waits for the right to make one exchange.
    pub async fn pass(&self, tier: Tier, is_probe: bool) -> Permit {
        let queue = if is_probe { self.queues.len() - 1 } else { tier as usize };
        let _turn = self.queues[queue].lock().await;
        loop {
            // The token is taken only with a slot in hand, and no slot is held while waiting for a token.
            let Ok(slot) = self.slots.clone().acquire_owned().await else { return Permit(None) };
            let taken = if is_probe { self.limits.try_acquire_probe() } else { self.limits.try_acquire(tier) };
            match taken {
                Ok(()) => return Permit(Some(slot)),
                Err(wait) => {
                    drop(slot);
                    tracing::debug!(?tier, is_probe, wait_ms = wait.as_millis() as u64, "waits for the rate limit");
                    tokio::time::sleep(wait).await;
                }
            }
        }
    }
}
