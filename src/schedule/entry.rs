//! The entries of a schedule: a cron pattern in a zone, an interval, one instant.

use std::fmt;

use jiff::civil::DateTime;
use jiff::tz::Offset;

use super::pattern::Pattern;
use super::walk::Walk;
use crate::clock::Timestamp;
use crate::duration::Millis;
use crate::zone::Zone;

/// A day of UTC.
const DAY: i64 = 24 * 3_600_000;

/// One entry of a schedule.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry {
    /// At the local times that a pattern matches.
    Cron {
        /// The pattern.
        pattern: Pattern,
        /// Whose local time.
        zone: Zone,
    },
    /// Again and again from midnight UTC on.
    Every(Interval),
    /// Once.
    At {
        /// When.
        instant: Timestamp,
        /// The offset that it was written with.
        offset: Offset,
    },
}

/// A length from a second to a day, in whole seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interval(Millis);

/// Why a length is no interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntervalError {
    /// Less than a second.
    TooShort,
    /// More than a day.
    TooLong,
    /// Not whole seconds.
    Fraction,
}

/// A time that an entry names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Occurrence {
    /// The entry, by its place in the schedule.
    pub entry: usize,
    /// The local time as the entry names it.
    pub nominal: DateTime,
    /// When it is due.
    pub due: Timestamp,
    /// What a change of the clocks made of it.
    pub change: Change,
}

/// What a change of the clocks made of a nominal time; in order of who goes first at one instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// Nothing.
    None,
    /// The clocks skip it: it is due when they have changed.
    Skipped,
    /// The clocks show it a second time.
    Repeated,
}

impl Interval {
    /// Reads a length.
    pub fn new(length: Millis) -> Result<Self, IntervalError> {
        match length.0 {
            0..1000 => Err(IntervalError::TooShort),
            millis if millis > DAY.unsigned_abs() => Err(IntervalError::TooLong),
            millis if !millis.is_multiple_of(1000) => Err(IntervalError::Fraction),
            _ => Ok(Self(length)),
        }
    }

    /// The length.
    pub fn length(self) -> Millis {
        self.0
    }

    /// Tells whether the last interval of a day is as long as the others.
    pub fn divides_a_day(self) -> bool {
        DAY.unsigned_abs().is_multiple_of(self.0.0)
    }

    /// The first time after an instant.
    fn after(self, instant: Timestamp) -> Timestamp {
        let midnight = instant.0 - instant.0.rem_euclid(DAY);
        let step = self.0.0.cast_signed();
        let next = midnight + ((instant.0 - midnight) / step + 1) * step;
        Timestamp(next.min(midnight + DAY))
    }
}

impl Entry {
    /// Every time after an instant, in order of when it is due.
    pub(super) fn after(&self, place: usize, instant: Timestamp) -> Box<dyn Iterator<Item = Occurrence> + '_> {
        let plain = move |due: Timestamp, offset: Offset| Occurrence {
            entry: place,
            nominal: offset.to_datetime(due.to_jiff()),
            due,
            change: Change::None,
        };
        match self {
            Self::Cron { pattern, zone } => Box::new(Walk::new(pattern, zone, instant).map(move |step| Occurrence {
                entry: place,
                nominal: step.nominal,
                due: step.due,
                change: step.change,
            })),
            Self::Every(interval) => {
                let times = std::iter::successors(Some(interval.after(instant)), |due| Some(interval.after(*due)));
                Box::new(times.map(move |due| plain(due, Offset::UTC)))
            }
            Self::At { instant: due, offset } => Box::new((*due > instant).then(|| plain(*due, *offset)).into_iter()),
        }
    }

    /// The offset that people read an instant of this entry with.
    pub fn offset(&self, at: Timestamp) -> Offset {
        match self {
            Self::Cron { zone, .. } => zone.offset(at.to_jiff()),
            Self::Every(_) => Offset::UTC,
            Self::At { offset, .. } => *offset,
        }
    }

    /// The name of its zone, where it has one.
    pub fn zone(&self) -> Option<&str> {
        match self {
            Self::Cron { zone, .. } => Some(zone.name()),
            Self::Every(_) => Some("UTC"),
            Self::At { .. } => None,
        }
    }
}

/// `cron 0 9 * * 1-5 Europe/Paris`, `every 15m`, `at 2026-12-24T18:00:00+01:00`: equal texts mean equal times.
impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cron { pattern, zone } => write!(f, "cron {pattern} {zone}"),
            Self::Every(interval) => write!(f, "every {}", interval.length().to_text()),
            Self::At { instant, offset } => write!(f, "at {}", instant.to_jiff().display_with_offset(*offset)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(entry: &Entry, after: &str, count: usize) -> Vec<String> {
        let after = Timestamp::parse(after).unwrap();
        entry.after(0, after).take(count).map(|found| found.due.to_jiff().to_string()).collect()
    }

    #[test]
    fn an_interval_is_counted_from_midnight_and_begins_anew_with_the_day() {
        let every = |text| Entry::Every(Interval::new(Millis::parse(text).unwrap()).unwrap());
        assert_eq!(times(&every("15m"), "2026-03-01T10:07:00Z", 2), ["2026-03-01T10:15:00Z", "2026-03-01T10:30:00Z"]);
        let sevens = ["2026-03-01T21:00:00Z", "2026-03-02T00:00:00Z", "2026-03-02T07:00:00Z"];
        assert_eq!(times(&every("7h"), "2026-03-01T14:00:00Z", 3), sevens);
        assert_eq!(times(&every("24h"), "2026-03-01T00:00:00Z", 1), ["2026-03-02T00:00:00Z"]);
        assert_eq!(times(&every("1h"), "1969-12-31T22:30:00Z", 2), ["1969-12-31T23:00:00Z", "1970-01-01T00:00:00Z"]);
    }

    #[test]
    fn an_interval_is_a_second_to_a_day() {
        let new = |text| Interval::new(Millis::parse(text).unwrap());
        assert_eq!(new("500ms"), Err(IntervalError::TooShort));
        assert_eq!(new("25h"), Err(IntervalError::TooLong));
        assert_eq!(new("1500ms"), Err(IntervalError::Fraction));
        assert!(new("1s").is_ok_and(Interval::divides_a_day) && new("7h").is_ok_and(|seven| !seven.divides_a_day()));
    }

    #[test]
    fn one_instant_comes_once() {
        let offset = jiff::tz::offset(1);
        let once = Entry::At { instant: Timestamp::parse("2026-12-24T18:00:00+01:00").unwrap(), offset };
        assert_eq!(times(&once, "2026-12-24T16:59:59Z", 5), ["2026-12-24T17:00:00Z"]);
        assert!(times(&once, "2026-12-24T17:00:00Z", 5).is_empty());
        assert_eq!(once.to_string(), "at 2026-12-24T18:00:00+01:00");
    }
}
