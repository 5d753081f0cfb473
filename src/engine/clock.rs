//! The run's own clock, which cues and the run's timeout go by.
//!
//! It starts with the run and stands still while the run is stopped, suspended, or a pause is open.

use crate::clock::Timestamp;
use crate::duration::Millis;

/// A clock that can stand still.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct RunClock {
    elapsed: Millis,
    running_since: Option<Timestamp>,
}

impl RunClock {
    /// A clock that starts now.
    pub fn starting(at: Timestamp) -> Self {
        Self { elapsed: Millis::ZERO, running_since: Some(at) }
    }

    /// What it shows.
    pub fn read(&self, now: Timestamp) -> Millis {
        self.elapsed + self.running_since.map_or(Millis::ZERO, |since| now.since(since))
    }

    /// Tells whether it runs.
    pub fn is_running(&self) -> bool {
        self.running_since.is_some()
    }

    /// Lets it stand still.
    pub fn halt(&mut self, at: Timestamp) {
        self.elapsed = self.read(at);
        self.running_since = None;
    }

    /// Lets it run; nothing happens when it does.
    pub fn go_on(&mut self, at: Timestamp) {
        self.running_since.get_or_insert(at);
    }

    /// The instant at which it will show this offset, or showed it; none while it stands still.
    pub fn instant_of(&self, offset: Millis) -> Option<Timestamp> {
        self.running_since.map(|since| since + Millis(offset.0.saturating_sub(self.elapsed.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cues_shift_by_the_time_it_stood_still() {
        let mut clock = RunClock::starting(Timestamp(100));
        assert_eq!(clock.instant_of(Millis(50)), Some(Timestamp(150)));
        clock.halt(Timestamp(120));
        assert_eq!(clock.instant_of(Millis(50)), None);
        assert_eq!(clock.read(Timestamp(900)), Millis(20));
        clock.go_on(Timestamp(1000));
        clock.go_on(Timestamp(1010));
        assert_eq!(clock.instant_of(Millis(50)), Some(Timestamp(1030)));
        assert_eq!(clock.read(Timestamp(1030)), Millis(50));
    }
}
