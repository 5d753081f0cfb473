//! Instants as they are typed and as they are shown.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use crate::clock::Timestamp;
use crate::schedule::explain::Down;

/// An instant as it was typed: exact, or in the local time of the schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moment {
    Exact(Timestamp),
    Local(DateTime),
}

/// A span as it was typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span(Moment, Moment);

impl Moment {
    /// Reads `2026-03-29`, `2026-03-29T02:30` or `2026-03-29T02:30:00+01:00`.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        if let Some(instant) = Timestamp::parse(text) {
            return Ok(Self::Exact(instant));
        }
        let is_date = !text.contains(['T', 't', ' ']);
        let local = match is_date {
            true => text.parse().map(|date: Date| date.at(0, 0, 0, 0)),
            false => text.parse(),
        };
        let form = "write `2026-03-29`, `2026-03-29T02:30` in the schedule's own time, or `2026-03-29T01:30:00Z`";
        local.map(Self::Local).map_err(|_| form.to_owned())
    }

    /// The instant, in a zone. One that the clocks skip is the one as long after the change.
    pub(super) fn in_zone(self, zone: &TimeZone) -> Timestamp {
        match self {
            Self::Exact(instant) => instant,
            Self::Local(local) => {
                let instant = zone.to_ambiguous_timestamp(local).compatible();
                Timestamp(instant.unwrap_or(jiff::Timestamp::MAX).as_millisecond())
            }
        }
    }
}

impl Span {
    /// Reads `A..B`.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let (from, until) =
            text.split_once("..").ok_or("write `A..B`, such as `2026-03-29T08:00..2026-03-29T10:00`")?;
        Ok(Self(Moment::parse(from)?, Moment::parse(until)?))
    }

    /// The span in a zone; none if it ends before it begins.
    pub(super) fn in_zone(self, zone: &TimeZone) -> Option<Down> {
        let down = Down { from: self.0.in_zone(zone), until: self.1.in_zone(zone) };
        (down.from < down.until).then_some(down)
    }
}

/// `02:30`, and with seconds where there are any.
pub(super) fn clock(time: DateTime) -> String {
    time.strftime(if time.second() == 0 { "%H:%M" } else { "%H:%M:%S" }).to_string()
}

/// The same with its day, where that is not the one of the heading.
pub(super) fn clock_on(time: DateTime, heading: Date) -> String {
    if time.date() == heading { clock(time) } else { format!("{} {}", time.strftime("%-d %b"), clock(time)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_exact_or_local() {
        let paris = TimeZone::get("Europe/Paris").unwrap();
        let read = |text| Moment::parse(text).map(|moment| moment.in_zone(&paris).to_string());
        assert_eq!(read("2026-03-29").unwrap(), "2026-03-28T23:00:00.000Z");
        assert_eq!(read("2026-03-29T04:00").unwrap(), "2026-03-29T02:00:00.000Z");
        assert_eq!(read("2026-03-29T04:00:00+00:00").unwrap(), "2026-03-29T04:00:00.000Z");
        assert_eq!(read("2026-03-29T02:30").unwrap(), "2026-03-29T01:30:00.000Z");
        assert!(read("tomorrow").is_err() && read("").is_err());
        let span = |text| Span::parse(text).map(|span| span.in_zone(&paris).is_some());
        assert_eq!(span("2026-03-29T08:00..2026-03-29T10:00"), Ok(true));
        assert_eq!(span("2026-03-29T08:00..2026-03-29T08:00"), Ok(false));
        assert!(span("2026-03-29").is_err());
    }
}
