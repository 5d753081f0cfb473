//! How runs reach the world: one account with its limits, the service behind it, and the clock on the wall. A run that
//! is killed reaches nothing more, and hears nothing of what left.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use runsheet::bithuman::RateLimits;
use runsheet::clock::{Clock, Timestamp};
use runsheet::duration::Millis;
use runsheet::executors::executor::{Executor, Job, Later, Pace, Permit, Place};
use runsheet::executors::turnstile::Turnstile;
use runsheet::outcome::{ErrorClass, Exchange, Failure, Progress};
use runsheet::sandbox::{StillAnswer, StillSandbox};
use serde_json::json;
use tokio::time::Instant;

use super::meter::Meter;
use crate::support::Chance;

/// How long a line waits for somebody to be in its room.
const WAITS: Millis = Millis::from_secs(8 * 3600);

/// What all runs share.
pub struct Shared {
    pub sandbox: Mutex<StillSandbox>,
    pub limits: RateLimits,
    pub meter: Mutex<Meter>,
    pub refusals: Mutex<u64>,
    pub chance: Mutex<Chance>,
    pub clock: WorldClock,
}

/// The world's clock: the runtime's, from an instant on.
#[derive(Clone, Copy)]
pub struct WorldClock {
    pub begins: Timestamp,
    pub began: Instant,
}

impl Clock for WorldClock {
    fn now(&self) -> Timestamp {
        self.begins + Millis(self.began.elapsed().as_millis() as u64)
    }
}

/// What a run reaches the world through, until it is killed.
pub struct Door {
    pub shared: Arc<Shared>,
    pub turnstile: Arc<Turnstile>,
    pub alive: Arc<AtomicBool>,
}

impl Executor for Door {
    fn admit(&self, place: Place) -> Later<Option<Permit>> {
        let (shared, turnstile, alive) = (self.shared.clone(), self.turnstile.clone(), self.alive.clone());
        Box::pin(async move {
            shared.meter.lock().unwrap().waits(place.is_probe, shared.clock.now());
            let waiting = Waiting { shared: shared.clone(), is_probe: place.is_probe };
            let permit = turnstile.pass(place, &shared.clock).await;
            drop(waiting);
            if !alive.load(Ordering::SeqCst) {
                return std::future::pending().await;
            }
            if permit.is_some() {
                shared.meter.lock().unwrap().takes(place.is_probe, shared.clock.now());
            }
            permit
        })
    }

    fn exchange(&self, job: Job) -> Later<Exchange> {
        let (shared, alive) = (self.shared.clone(), self.alive.clone());
        Box::pin(async move {
            // Of a run that is killed nothing more leaves, and nothing is heard of what left.
            if !alive.load(Ordering::SeqCst) {
                return std::future::pending().await;
            }
            let body = json!({ "message": job.rendering.fields["message"], "room_id": job.rendering.room });
            let path = format!("/v1/agent/{}/speak", job.rendering.agent.as_deref().unwrap());
            let answer = shared.sandbox.lock().unwrap().ask("POST", &path, &body, shared.clock.now()).unwrap();
            let latency = 20 + shared.chance.lock().unwrap().below(150);
            tokio::time::sleep(Duration::from_millis(latency)).await;
            if !alive.load(Ordering::SeqCst) {
                return std::future::pending().await;
            }
            shared.exchange_of(&answer, &job)
        })
    }

    fn pace(&self) -> Pace {
        Pace::Real
    }

    fn now(&self) -> Timestamp {
        self.shared.clock.now()
    }

    fn advance_to(&self, _: Timestamp) {}
}

/// Somebody who waits for their turn, until they have it or give up.
struct Waiting {
    pub shared: Arc<Shared>,
    is_probe: bool,
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.shared.meter.lock().unwrap().waits_no_more(self.is_probe, self.shared.clock.now());
    }
}

impl Shared {
    /// What a client makes of an answer.
    fn exchange_of(&self, answer: &StillAnswer, job: &Job) -> Exchange {
        let failed = |class| Exchange::Failed { failure: Failure::new(class, "code", "message") };
        let StillAnswer::Answered { status, body, .. } = answer else { return failed(ErrorClass::Unknown) };
        match status {
            200 => Exchange::Done { result: body.clone() },
            404 if job.waited < WAITS => {
                let after = (15_000.0 * 1.5f64.powi(job.looks.min(16) as i32)).min(120_000.0);
                Exchange::Again { after: Millis(after as u64), progress: Progress::default() }
            }
            404 => failed(ErrorClass::NoRoom),
            429 => {
                *self.refusals.lock().unwrap() += 1;
                failed(ErrorClass::RateLimited)
            }
            503 => failed(ErrorClass::Busy),
            _ => failed(ErrorClass::Unknown),
        }
    }
}
