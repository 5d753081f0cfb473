//! Since when somebody has been there to start what is due.
//!
//! A machine that sleeps, a process that is stopped and a clock that leaps look alike from inside: more time has gone
//! by than there should have. What was due meanwhile was missed, and is made up for as after a restart.

use crate::clock::Timestamp;
use crate::duration::Millis;

/// Who notes the time less often than this was not there.
pub const LONGEST_SILENCE: Millis = Millis::from_secs(60);

/// When somebody was there the last time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Presence {
    last: Timestamp,
}

impl Presence {
    /// Somebody comes.
    pub fn from(now: Timestamp) -> Self {
        Self { last: now }
    }

    /// Somebody is there, to be called twice in [`LONGEST_SILENCE`] or oftener. Tells whether they were away.
    ///
    /// A clock that went back tells nothing of an absence.
    pub fn note(&mut self, now: Timestamp) -> bool {
        let was_away = now.since(self.last) > LONGEST_SILENCE;
        self.last = now;
        was_away
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_silence_is_an_absence_and_a_step_back_is_none() {
        let minute = |minutes: i64| Timestamp(minutes * 60_000);
        let mut presence = Presence::from(minute(0));
        let away = [1, 30, 31, 10, 11].map(|minutes| presence.note(minute(minutes)));
        assert_eq!(away, [false, true, false, false, false]);
    }
}
