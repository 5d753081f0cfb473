//! The seam between a run and what performs its exchanges.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use crate::bithuman::Grant;
use crate::clock::Timestamp;
use crate::duration::Millis;
use crate::engine::event::Rendering;
use crate::outcome::{Exchange, Tier};

/// Something that comes later.
pub type Later<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// One exchange to make.
#[derive(Clone, Debug)]
pub struct Job {
    /// The action's name.
    pub action: String,
    /// What is sent.
    pub rendering: Rendering,
    /// The bound of the exchange.
    pub timeout: Millis,
    /// How long the step has been trying, at speed 1.
    pub waited: Millis,
    /// How often it has looked before.
    pub looks: u32,
    /// Whether agents may be deleted.
    pub allow_destroy: bool,
}

/// The right to make one exchange; the slot is free again when it is dropped.
#[derive(Debug)]
pub struct Permit(pub Option<Grant>);

/// A place in the queue for one exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The bucket that it draws from.
    pub tier: Tier,
    /// Whether it is a *once* exchange: the run's throttle counts it.
    pub is_line: bool,
    /// Whether it is a line that is tried in a room that may be empty.
    pub is_probe: bool,
    /// After when it is too late, on the executor's clock.
    pub until: Option<Timestamp>,
}

/// How a run passes time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// As the world does.
    Real,
    /// At once, to the next instant at which something is due.
    Virtual,
}

/// Who performs exchanges.
pub trait Executor: Send + Sync {
    /// Waits for a rate token and a slot together; neither is held while waiting for the other. None when it is too
    /// late: then nothing was taken.
    fn admit(&self, place: Place) -> Later<Option<Permit>>;

    /// Makes one exchange.
    fn exchange(&self, job: Job) -> Later<Exchange>;

    /// How its runs pass time.
    fn pace(&self) -> Pace;

    /// The present instant.
    fn now(&self) -> Timestamp;

    /// How long the world takes until its runs' clock shows an instant.
    fn until(&self, instant: Timestamp) -> Duration {
        instant.since(self.now()).as_duration()
    }

    /// Moves a virtual clock; a real one refuses silently.
    fn advance_to(&self, instant: Timestamp);
}
