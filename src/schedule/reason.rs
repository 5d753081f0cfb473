//! Why something was decided, in words for people.

use std::fmt;

use jiff::civil::DateTime;

use crate::clock::Timestamp;
use crate::duration::Millis;

/// Why something was decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It is due and nothing is in its way.
    Due,
    /// The clocks skip the nominal time.
    NotShown {
        /// The nominal time.
        nominal: DateTime,
    },
    /// The clocks show the nominal time twice, and this is the second time.
    ShownTwice {
        /// The nominal time.
        nominal: DateTime,
    },
    /// Another nominal time is due at the same instant.
    Together,
    /// A run is under way.
    UnderWay,
    /// A run is under way, and another one waits.
    QueueFull,
    /// It waits for the run under way.
    Queued,
    /// It waits for room in its group.
    GroupFull,
    /// No run is under way, but another time waits for room in the group.
    AnotherWaits,
    /// It has waited.
    Waited {
        /// Since when.
        since: Timestamp,
        /// How long.
        waited: Millis,
    },
    /// It starts, and the run under way is cancelled.
    Cancels,
    /// A later time has taken its place.
    Superseded,
    /// It was missed and is made up for.
    MadeUp {
        /// How late.
        late: Millis,
    },
    /// It was missed, and nothing is made up for.
    NotMadeUp,
    /// It was missed too long ago.
    TooOld {
        /// How long a missed time is made up for.
        window: Millis,
    },
    /// It was missed, and a later one is made up for.
    LaterMadeUp,
    /// It was missed, with more of them than are made up for at once.
    TooMany,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Due => f.write_str("due"),
            Self::NotShown { nominal } => {
                write!(f, "the clocks skip {}: due as soon as they have changed", nominal.strftime("%H:%M"))
            }
            Self::ShownTwice { nominal } => {
                write!(f, "the clocks show {} a second time: due the first time only", nominal.strftime("%H:%M"))
            }
            Self::Together => f.write_str("another time is due at the same instant: one run for both"),
            Self::UnderWay => f.write_str("a run is under way (`overlap: skip`)"),
            Self::QueueFull => f.write_str("a run is under way and another one waits (`overlap: queue`)"),
            Self::Queued => f.write_str("waits for the run under way (`overlap: queue`)"),
            Self::GroupFull => f.write_str("waits for room in its group (`concurrency`)"),
            Self::AnotherWaits => f.write_str("another time waits for room in its group (`concurrency`)"),
            Self::Waited { waited, .. } => write!(f, "waited {} for its turn", short(*waited)),
            Self::Cancels => f.write_str("due; the run under way is cancelled (`overlap: cancel`)"),
            Self::Superseded => f.write_str("a later time takes its place (`overlap: cancel`)"),
            Self::MadeUp { late } => write!(f, "missed, and made up for {} late", short(*late)),
            Self::NotMadeUp => f.write_str("missed; missed times are not made up for (`catchup: none`)"),
            Self::TooOld { window } => {
                write!(f, "missed by more than {} (`catchup_window`)", window.to_text())
            }
            Self::LaterMadeUp => f.write_str("missed; a later one is made up for (`catchup: latest`)"),
            Self::TooMany => f.write_str("missed, with more than are made up for at once"),
        }
    }
}

/// A length in whole seconds, as `1h30m`; shorter ones as they are.
fn short(length: Millis) -> String {
    let whole = Millis(length.0 - length.0 % 1000);
    if length.0 < 1000 { length.to_text() } else { whole.to_text() }
}
