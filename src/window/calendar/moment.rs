//! When something begins or ends, as a calendar writes it: a date, a local time, or an instant; and how long it is.

use jiff::SignedDuration;
use jiff::civil::{Date, DateTime};

use super::lines::Line;
use super::{Mistake, shown};
use crate::zone::Zone;

const FORMS: &str = "write a date as `;VALUE=DATE:20261225`, a time as `20261224T180000`, in UTC with `Z`";

/// Seconds of a day without a change of the clocks.
const DAY: i64 = 24 * 3600;

/// A date, a local time, or an instant.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Moment {
    /// As it is written; midnight of a date.
    pub(super) local: DateTime,
    pub(super) kind: Kind,
}

/// Whose time it is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    /// A whole day, on everybody's own calendar.
    Date,
    /// On everybody's own clock.
    Floating,
    /// In a zone, so an instant.
    Zoned(Zone),
}

/// How long an event is: days by the calendar, then seconds that pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Length {
    pub(super) days: i64,
    pub(super) seconds: i64,
}

impl Moment {
    /// Reads the one value of a property.
    pub(super) fn read(line: &Line) -> Result<Self, Mistake> {
        Self::of(line, &line.value)
    }

    /// Reads a property that may have several values.
    pub(super) fn read_all(line: &Line) -> Result<Vec<Self>, Mistake> {
        line.value.split(',').map(|value| Self::of(line, value.trim())).collect()
    }

    fn of(line: &Line, value: &str) -> Result<Self, Mistake> {
        let wrong = |kind: &str| line.wrong(format!("`{}` of `{}` is no {kind}", shown(value), line.name), FORMS);
        let form = line.parameter("VALUE").map(str::to_ascii_uppercase);
        match form.as_deref() {
            Some("DATE") => Self::parse(value).filter(|it| it.kind == Kind::Date).ok_or_else(|| wrong("date")),
            None | Some("DATE-TIME") => {
                let moment = Self::parse(value).ok_or_else(|| wrong("date or time"))?;
                match (line.parameter("TZID"), &moment.kind) {
                    _ if form.is_some() && moment.kind == Kind::Date => Err(wrong("time")),
                    (Some(name), Kind::Floating) => Ok(Self { kind: Kind::Zoned(zone(line, name)?), ..moment }),
                    _ => Ok(moment),
                }
            }
            Some(other) => Err(line.wrong(format!("`{}` is written as `{}`", line.name, shown(other)), FORMS)),
        }
    }

    /// Reads `20261225`, `20261224T180000` or `20261224T180000Z`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (date, time) = text.split_once('T').map_or((text, None), |(date, time)| (date, Some(time)));
        let [year, month, day] = numbers(date, [4, 2, 2])?;
        let date = Date::new(year, month.try_into().ok()?, day.try_into().ok()?).ok()?;
        let Some(time) = time else { return Some(Self { local: date.at(0, 0, 0, 0), kind: Kind::Date }) };
        let (time, kind) = match time.strip_suffix('Z') {
            Some(time) => (time, Kind::Zoned(Zone::utc())),
            None => (time, Kind::Floating),
        };
        let [hour, minute, second] = numbers(time, [2, 2, 2])?;
        // A leap second is the last one of its minute.
        let [hour, minute, second] = [hour, minute, if second == 60 { 59 } else { second }].map(i8::try_from);
        let time = jiff::civil::Time::new(hour.ok()?, minute.ok()?, second.ok()?, 0).ok()?;
        Some(Self { local: date.to_datetime(time), kind })
    }

    /// The same kind of moment at another local time.
    pub(super) fn on(&self, local: DateTime) -> Self {
        Self { local, kind: self.kind.clone() }
    }

    /// The instant of a moment in a zone: after a local time that the clocks skip, and the first of two.
    pub(super) fn instant(&self) -> Option<jiff::Timestamp> {
        match &self.kind {
            Kind::Zoned(zone) => zone.instant(self.local),
            Kind::Date | Kind::Floating => None,
        }
    }

    /// Tells whether it is the same moment as another one, or the day on which that one begins.
    pub(super) fn names(&self, other: &Self) -> bool {
        match (&self.kind, self.instant(), other.instant()) {
            (Kind::Date, ..) => self.local.date() == other.local.date(),
            (_, Some(one), Some(other)) => one == other,
            (_, None, None) => self.local == other.local,
            _ => false,
        }
    }
}

fn zone(line: &Line, name: &str) -> Result<Zone, Mistake> {
    Zone::named(name).map_err(|error| line.wrong(format!("{error} (`TZID` of `{}`)", line.name), error.hint()))
}

fn numbers(text: &str, lengths: [usize; 3]) -> Option<[i16; 3]> {
    let is_formed = text.len() == lengths.iter().sum::<usize>() && text.bytes().all(|one| one.is_ascii_digit());
    let (first, rest) = is_formed.then(|| text.split_at(lengths[0]))?;
    let (second, third) = rest.split_at(lengths[1]);
    Some([first.parse().ok()?, second.parse().ok()?, third.parse().ok()?])
}

impl Length {
    /// Reads `P1D`, `P2W`, `PT2H30M`, `P1DT12H`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix('+').unwrap_or(text).strip_prefix('P')?;
        let (days, time) = rest.split_once('T').map_or((rest, None), |(days, time)| (days, Some(time)));
        if rest.is_empty() || time.is_some_and(str::is_empty) {
            return None;
        }
        let days = counted(days, &[('W', 7), ('D', 1)])?;
        Some(Self { days, seconds: counted(time.unwrap_or_default(), &[('H', 3600), ('M', 60), ('S', 1)])? })
    }

    /// From one moment to another of the same kind; none where they are of two kinds or do not follow each other.
    pub(super) fn between(start: &Moment, end: &Moment) -> Option<Self> {
        let elapsed = match (&start.kind, &end.kind) {
            (Kind::Date, Kind::Date) | (Kind::Floating, Kind::Floating) => start.local.duration_until(end.local),
            _ => end.instant()?.duration_since(start.instant()?),
        };
        let seconds = elapsed.as_secs();
        Some(match start.kind {
            Kind::Date => Self { days: seconds / DAY, seconds: 0 },
            _ => Self { days: 0, seconds },
        })
    }

    /// A local time after the days by the calendar.
    pub(super) fn days_after(self, local: DateTime) -> Option<DateTime> {
        local.checked_add(SignedDuration::from_secs(self.days.checked_mul(DAY)?)).ok()
    }
}

/// Sums numbers before units, each unit at most once and in the order given.
fn counted(text: &str, units: &[(char, i64)]) -> Option<i64> {
    let (mut rest, mut sum) = (text, 0_i64);
    for (unit, worth) in units {
        let digits = rest.find(|one: char| !one.is_ascii_digit()).unwrap_or(0);
        if digits > 0 && rest[digits..].starts_with(*unit) {
            sum = sum.checked_add(rest[..digits].parse::<i64>().ok()?.checked_mul(*worth)?)?;
            rest = &rest[digits + 1..];
        }
    }
    rest.is_empty().then_some(sum)
}
