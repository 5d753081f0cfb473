//! Instants, and where they come from.
//!
//! The engine takes the types and never the time: `now` is called by those who drive a run.

use std::fmt;
use std::ops::Add;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::duration::Millis;

/// An instant, in whole milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// The time since an earlier instant; zero when it is later.
    pub fn since(self, earlier: Self) -> Millis {
        Millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// Reads an RFC 3339 instant, offset included.
    pub fn parse(text: &str) -> Option<Self> {
        text.parse::<jiff::Timestamp>().ok().map(|instant| Self(instant.as_millisecond()))
    }

    /// The instant in jiff's type; the epoch when it lies beyond the year 9999.
    pub fn to_jiff(self) -> jiff::Timestamp {
        jiff::Timestamp::from_millisecond(self.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH)
    }
}

impl Add<Millis> for Timestamp {
    type Output = Self;
    fn add(self, length: Millis) -> Self {
        Self(self.0.saturating_add_unsigned(length.0))
    }
}

/// RFC 3339 in UTC, to the millisecond.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3}", self.to_jiff())
    }
}

/// Where the time comes from.
pub trait Clock: Send + Sync {
    /// The present instant.
    fn now(&self) -> Timestamp;

    /// How long the world takes until this clock shows an instant; nothing when it has.
    fn until(&self, instant: Timestamp) -> Duration {
        instant.since(self.now()).as_duration()
    }
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp(jiff::Timestamp::now().as_millisecond())
    }
}

/// A clock of a rehearsal: it begins where it is told, and runs so many times as fast as the world's.
#[derive(Clone, Copy, Debug)]
pub struct PacedClock {
    from: Timestamp,
    pace: f64,
    began: Instant,
}

impl PacedClock {
    /// A clock that shows `from` now, and runs `pace` times as fast.
    pub fn starting(from: Timestamp, pace: f64) -> Self {
        Self { from, pace, began: Instant::now() }
    }
}

impl Clock for PacedClock {
    fn now(&self) -> Timestamp {
        self.from + Millis((self.began.elapsed().as_secs_f64() * 1000.0 * self.pace) as u64)
    }

    fn until(&self, instant: Timestamp) -> Duration {
        instant.since(self.now()).as_duration().div_f64(self.pace)
    }
}

/// A clock that stands still until it is set.
#[derive(Debug, Default)]
pub struct VirtualClock(Mutex<Timestamp>);

impl VirtualClock {
    /// A clock that shows `start`.
    pub fn at(start: Timestamp) -> Self {
        Self(Mutex::new(start))
    }

    /// Moves the clock to a later instant; it never goes back.
    pub fn advance_to(&self, instant: Timestamp) {
        let mut shown = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *shown = (*shown).max(instant);
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_print_and_read_back() {
        let instant = Timestamp(1_795_000_000_123);
        assert_eq!(Timestamp::parse(&instant.to_string()), Some(instant));
        assert_eq!((instant + Millis(5)).since(instant), Millis(5));
        assert_eq!(instant.since(instant + Millis(5)), Millis::ZERO);
    }

    #[test]
    fn a_paced_clock_begins_where_it_is_told_and_shortens_waits() {
        let clock = PacedClock::starting(Timestamp(1_000_000), 1000.0);
        assert!(clock.now() >= Timestamp(1_000_000));
        let wait = clock.until(Timestamp(1_000_000 + 3_600_000));
        assert!(wait <= Duration::from_millis(3600) && wait > Duration::from_millis(1800), "{wait:?}");
        assert_eq!(clock.until(Timestamp(0)), Duration::ZERO);
    }

    #[test]
    fn a_virtual_clock_never_goes_back() {
        let clock = VirtualClock::at(Timestamp(10));
        clock.advance_to(Timestamp(20));
        clock.advance_to(Timestamp(15));
        assert_eq!(clock.now(), Timestamp(20));
    }
}
