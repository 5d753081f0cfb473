//! Since when somebody has been there to start what is due.
//!
//! A machine that sleeps, a process that is stopped and a clock that leaps look alike from inside: more time has gone
//! by than there should have. What was due meanwhile was missed, and is made up for as after a restart.

use crate::clock::Timestamp;
use crate::duration::Millis;

/// Who notes the time less often than this was not there.
pub const LONGEST_SILENCE: Millis = Millis::from_secs(60);

/// Since when somebody has been there without a break.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Presence {
    since: Timestamp,
    last: Timestamp,
}

impl Presence {
    /// Somebody comes.
    pub fn from(now: Timestamp) -> Self {
        Self { since: now, last: now }
    }

    /// Somebody is still there; to be called twice in [`LONGEST_SILENCE`] or oftener.
    ///
    /// After a silence they have come anew. A clock that went back tells nothing of an absence.
    pub fn note(&mut self, now: Timestamp) {
        if now.since(self.last) > LONGEST_SILENCE {
            self.since = now;
        }
        self.since = self.since.min(now);
        self.last = now;
    }

    /// Since when.
    pub fn since(&self) -> Timestamp {
        self.since
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_silence_is_an_absence_and_a_step_back_is_none() {
        let minute = |minutes: i64| Timestamp(minutes * 60_000);
        let mut presence = Presence::from(minute(0));
        presence.note(minute(1));
        assert_eq!(presence.since(), minute(0));
        presence.note(minute(30));
        assert_eq!(presence.since(), minute(30));
        presence.note(minute(10));
        presence.note(minute(11));
        assert_eq!(presence.since(), minute(10));
    }
}
