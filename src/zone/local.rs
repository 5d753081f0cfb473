//! Local time as whole milliseconds, and the stretches in which it is UTC and a constant.
//!
//! Whoever compares local times by the hundred thousand does it here, with integers: no calendar, no text. At a
//! change of the clocks a stretch ends and the next one begins with a leap, forward over times that are never shown,
//! or back to times that are shown again.

use jiff::civil::Date;
use jiff::tz::Offset;

use super::Zone;
use crate::clock::Timestamp;

/// A day of the calendar, in milliseconds of local time.
pub(crate) const DAY: i64 = 24 * 3_600_000;

/// Longer than any day lasts, in milliseconds.
const LONGER_THAN_A_DAY: i64 = 50 * 3_600_000;

/// A local time, as the clocks show it: milliseconds since they showed 1970-01-01T00:00.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Wall(pub i64);

impl Wall {
    /// A local time of the calendar.
    pub(crate) fn of(time: jiff::civil::DateTime) -> Self {
        // Only the last hours of the calendar lie beyond what an instant can be.
        let whole = |instant: jiff::Timestamp| instant.as_nanosecond().div_euclid(1_000_000);
        let millis = Offset::UTC.to_timestamp(time).ok().and_then(|instant| i64::try_from(whole(instant)).ok());
        Self(millis.unwrap_or(i64::MAX))
    }

    /// Midnight at which its day begins.
    pub(crate) fn midnight(self) -> Self {
        Self(self.0.div_euclid(DAY).saturating_mul(DAY))
    }

    /// The day of the week, from Monday as 0.
    pub(crate) fn weekday(self) -> u8 {
        // The first day of 1970 was a Thursday. The remainder of seven fits.
        (self.0.div_euclid(DAY) + 3).rem_euclid(7) as u8
    }

    /// A later time.
    pub(crate) fn plus(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis))
    }
}

/// A stretch of time with one offset.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stretch {
    /// Where it begins, or where one began to look.
    pub(crate) start: Timestamp,
    /// The first instant after it; none where the clocks change no more.
    pub(crate) end: Option<Timestamp>,
    /// Local time less UTC, in milliseconds.
    offset: i64,
}

impl Stretch {
    /// The local time at an instant of the stretch.
    pub(crate) fn wall(&self, at: Timestamp) -> Wall {
        Wall(at.0.saturating_add(self.offset))
    }

    /// The instant of the stretch at which a local time would be shown, were there no ends to it.
    pub(crate) fn instant(&self, wall: Wall) -> Timestamp {
        Timestamp(wall.0.saturating_sub(self.offset))
    }
}

impl Zone {
    /// The stretches from an instant on.
    pub(crate) fn stretches(&self, from: Timestamp) -> impl Iterator<Item = Stretch> + '_ {
        let stretch = |start: jiff::Timestamp, offset: Offset| Stretch {
            start: Timestamp(start.as_millisecond()),
            end: self.next_change(start).map(|(change, _)| Timestamp(change.as_millisecond())),
            offset: i64::from(offset.seconds()) * 1000,
        };
        let (start, offset) = (from.to_jiff(), self.offset(from.to_jiff()));
        std::iter::successors(Some(stretch(start, offset)), move |before| {
            let change = before.end?.to_jiff();
            Some(stretch(change, self.offset(change)))
        })
    }

    /// The local time at an instant.
    pub(crate) fn wall(&self, at: Timestamp) -> Wall {
        Wall(at.0.saturating_add(i64::from(self.offset(at.to_jiff()).seconds()) * 1000))
    }

    /// The first instant, from one on, at which the clocks show a time or a later one.
    fn first_showing(&self, wall: Wall, from: Timestamp) -> Timestamp {
        let shown = self.stretches(from).find_map(|stretch| {
            let at = stretch.instant(wall).max(stretch.start);
            stretch.end.is_none_or(|end| at < end).then_some(at)
        });
        // The last stretch has no end and shows everything; the calendar ends before it can be missed.
        shown.unwrap_or(from)
    }

    /// The instant of a local time: as long after a change as it is into what the change skips, and the first of two.
    pub(crate) fn instant(&self, local: jiff::civil::DateTime) -> Option<jiff::Timestamp> {
        self.rules.to_ambiguous_timestamp(local).compatible().ok()
    }

    /// The local time at an instant, as RFC 3339 with its offset, to the second.
    pub fn local(&self, at: Timestamp) -> String {
        let at = at.to_jiff();
        format!("{:.0}", at.display_with_offset(self.offset(at)))
    }

    /// The local day at an instant.
    pub fn day(&self, at: Timestamp) -> Date {
        self.rules.to_datetime(at.to_jiff()).date()
    }

    /// The local hour at an instant, from 0 to 23.
    pub fn hour(&self, at: Timestamp) -> u8 {
        self.rules.to_datetime(at.to_jiff()).hour().unsigned_abs()
    }

    /// The first instant of the local day at an instant: midnight, or the first valid one after it.
    pub fn start_of_day(&self, at: Timestamp) -> Timestamp {
        let before = Timestamp(at.0.saturating_sub(LONGER_THAN_A_DAY));
        self.first_showing(self.wall(at).midnight(), before).min(at)
    }

    /// The first instant after one at which another, later day is shown.
    pub fn midnight_after(&self, at: Timestamp) -> Timestamp {
        self.first_showing(self.wall(at).midnight().plus(DAY), at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    fn day(zone: &str, instant: &str) -> [String; 2] {
        let zone = Zone::named(zone).unwrap();
        [zone.start_of_day(at(instant)), zone.midnight_after(at(instant))].map(|at| zone.local(at))
    }

    #[test]
    fn local_times_are_told_with_their_offset_to_the_second() {
        let kathmandu = Zone::named("Asia/Kathmandu").unwrap();
        let instant = at("2026-03-29T20:30:15.999Z");
        assert_eq!(kathmandu.local(instant), "2026-03-30T02:15:15+05:45");
        assert_eq!((kathmandu.hour(instant), kathmandu.day(instant)), (2, jiff::civil::date(2026, 3, 30)));
        assert_eq!(Zone::utc().local(instant), "2026-03-29T20:30:15+00:00");
    }

    #[test]
    fn days_begin_at_midnight_or_when_the_clocks_first_show_them() {
        let plain = ["2026-11-25T00:00:00+01:00", "2026-11-26T00:00:00+01:00"].map(str::to_owned);
        assert_eq!(day("Europe/Paris", "2026-11-25T12:00:00Z"), plain);
        assert_eq!(day("Europe/Paris", "2026-11-24T23:00:00Z"), plain, "midnight belongs to its day");
        let short = ["2018-11-04T01:00:00-02:00", "2018-11-05T00:00:00-02:00"];
        assert_eq!(day("America/Sao_Paulo", "2018-11-04T12:00:00Z"), short);
        let skipped = ["2011-12-29T00:00:00-10:00", "2011-12-31T00:00:00+14:00"];
        assert_eq!(day("Pacific/Apia", "2011-12-30T09:59:59Z"), skipped);
        assert_eq!(day("Pacific/Apia", "2011-12-30T10:00:00Z")[0], "2011-12-31T00:00:00+14:00");
    }

    #[test]
    fn the_next_day_lies_ahead_also_where_the_clocks_go_back_over_midnight() {
        // At 00:01 on 7 November 2010 the clocks of St John's showed 23:01 of the 6th again.
        let again = ["2010-11-06T00:00:00-02:30", "2010-11-07T00:00:00-03:30"];
        assert_eq!(day("America/St_Johns", "2010-11-07T02:40:00Z"), again);
        // And 23:00 twice on a Saturday in Brazil.
        let long = ["2018-02-17T00:00:00-02:00", "2018-02-18T00:00:00-03:00"];
        assert_eq!(day("America/Sao_Paulo", "2018-02-18T01:30:00Z"), long);
        assert_eq!(day("America/Sao_Paulo", "2018-02-18T02:30:00Z"), long);
    }

    #[test]
    fn the_ends_of_the_calendar_are_borne() {
        let zone = Zone::named("Europe/Paris").unwrap();
        for instant in [i64::MIN, i64::MAX, 253_402_207_200_000, -377_705_023_201_000] {
            zone.start_of_day(Timestamp(instant));
            zone.midnight_after(Timestamp(instant));
            zone.local(Timestamp(instant));
        }
    }
}
