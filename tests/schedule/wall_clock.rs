//! The reference for nominal times: somebody who looks at the clock on the wall every minute.

use std::collections::HashSet;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use runsheet::schedule::entry::Change;

use super::cron::Plain;

/// How long before the span the wall is looked at, to know what it has shown.
const BEFORE: i64 = 6 * 60;

/// A nominal time: when it is due, what the change of the clocks did to it, and its name.
pub type Named = (Timestamp, Change, DateTime);

/// What the wall shows, minute by minute.
pub struct Wall {
    minutes: Vec<(Timestamp, Vec<Seen>)>,
}

/// A local minute, when it is shown or skipped.
#[derive(Clone, Copy)]
struct Seen {
    local: DateTime,
    change: Change,
}

impl Wall {
    /// Looks at the wall for some minutes from an instant on.
    pub fn watch(zone: &TimeZone, from: Timestamp, minutes: i64) -> Self {
        let minute = SignedDuration::from_mins(1);
        let mut shown: HashSet<DateTime> = HashSet::new();
        let mut last: Option<DateTime> = None;
        let mut watched = Vec::new();
        for number in -BEFORE..minutes {
            let now = from + minute * i32::try_from(number).unwrap();
            let local = zone.to_datetime(now);
            let mut seen = Vec::new();
            // The hand has jumped: what it jumped over is due now.
            let mut between = last.map_or(local, |last| last + minute);
            while between < local {
                let is_new = shown.insert(between);
                seen.push(Seen { local: between, change: if is_new { Change::Skipped } else { Change::Repeated } });
                between += minute;
            }
            let change = if shown.insert(local) { Change::None } else { Change::Repeated };
            seen.push(Seen { local, change });
            last = Some(local);
            if number >= 0 {
                watched.push((now, seen));
            }
        }
        Self { minutes: watched }
    }

    /// The times that a pattern names, in order of when they are due.
    pub fn named(&self, pattern: &Plain) -> Vec<Named> {
        let mut named = Vec::new();
        for (now, seen) in &self.minutes {
            let named_now = seen.iter().filter(|seen| pattern.names(seen.local));
            named.extend(named_now.map(|seen| (*now, seen.change, seen.local)));
        }
        named.sort_unstable();
        named
    }
}

/// Every change of a zone's clocks in the years 2000 to 2040, found by looking every hour.
pub fn changes(zone: &TimeZone) -> Vec<Timestamp> {
    let start: Timestamp = "2000-01-01T00:00:00Z".parse().unwrap();
    let end: Timestamp = "2041-01-01T00:00:00Z".parse().unwrap();
    let (hour, minute) = (SignedDuration::from_hours(1), SignedDuration::from_mins(1));
    let mut changes = Vec::new();
    let (mut now, mut offset) = (start, zone.to_offset(start));
    while now < end {
        let next = now + hour;
        if zone.to_offset(next) != offset {
            let exact = (1..=60).map(|minutes| now + minute * minutes).find(|at| zone.to_offset(*at) != offset);
            changes.push(exact.unwrap());
            offset = zone.to_offset(next);
        }
        now = next;
    }
    changes
}
