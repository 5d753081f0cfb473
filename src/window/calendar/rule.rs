//! What comes again every year: `RRULE` with `FREQ=YEARLY`.
//!
//! Holidays come again by date, or by day of the week in a month; nothing else is read, and all else is refused.

use std::str::FromStr;

use jiff::civil::{Date, DateTime};

use super::lines::Line;
use super::moment::{Kind, Moment};
use super::{Mistake, shown};

/// The last year into which a rule without an end is followed.
const LAST_YEAR: i16 = 2200;

const FORMS: &str = "holidays come again with `FREQ=YEARLY`, `INTERVAL`, `COUNT`, `UNTIL`, and `BYMONTH` with `BYMONTHDAY` or \
                     `BYDAY`; write other days as events of their own";

const WEEKDAYS: [&str; 7] = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];

/// A rule of yearly days.
#[derive(Debug, Default)]
pub(super) struct Rule {
    interval: Option<i16>,
    count: Option<usize>,
    until: Option<Moment>,
    months: Vec<i8>,
    /// From 1, or from the end of the month with -1.
    days: Vec<i8>,
    /// The which one in the month, 0 for every one, with the day of the week from Monday as 0.
    weekdays: Vec<(i8, i8)>,
}

impl Rule {
    /// Reads the value of an `RRULE`.
    pub(super) fn read(line: &Line) -> Result<Self, Mistake> {
        let (mut rule, mut seen) = (Self::default(), Vec::new());
        for part in line.value.split(';').filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            let (name, value) = (name.trim().to_ascii_uppercase(), value.trim().to_ascii_uppercase());
            let is_read = rule
                .take(&name, &value)
                .ok_or_else(|| line.wrong(format!("`{}` of `RRULE` is not read", shown(part)), FORMS));
            is_read?;
            if seen.contains(&name) {
                return Err(line.wrong(format!("`RRULE` has two `{name}`"), "leave one out"));
            }
            seen.push(name);
        }
        match rule.misfit(&seen) {
            Some(misfit) => Err(line.wrong(format!("`RRULE` {misfit}"), FORMS)),
            None => Ok(rule),
        }
    }

    fn take(&mut self, name: &str, value: &str) -> Option<()> {
        match name {
            "FREQ" => (value == "YEARLY").then_some(()),
            // Weeks matter to rules by week only.
            "WKST" => WEEKDAYS.contains(&value).then_some(()),
            "INTERVAL" => value.parse().ok().filter(|years| *years > 0).map(|years| self.interval = Some(years)),
            "COUNT" => value.parse().ok().filter(|count| *count > 0).map(|count| self.count = Some(count)),
            "UNTIL" => Moment::parse(value).map(|until| self.until = Some(until)),
            "BYMONTH" => list(value, |month| (1..=12).contains(month)).map(|months| self.months = months),
            "BYMONTHDAY" => list(value, |day: &i8| (1..=31).contains(&day.unsigned_abs())).map(|days| self.days = days),
            "BYDAY" => value.split(',').map(weekday).collect::<Option<_>>().map(|days| self.weekdays = days),
            _ => None,
        }
    }

    /// What the parts lack, or why they do not go together.
    fn misfit(&self, seen: &[String]) -> Option<&'static str> {
        let has_ordinal = self.weekdays.iter().any(|(which, _)| *which != 0);
        if !seen.iter().any(|name| name == "FREQ") {
            Some("has no `FREQ`")
        } else if self.count.is_some() && self.until.is_some() {
            Some("has both `COUNT` and `UNTIL`")
        } else if self.months.is_empty() && !(self.days.is_empty() && self.weekdays.is_empty()) {
            Some("has days without `BYMONTH`")
        } else if has_ordinal && !self.days.is_empty() {
            Some("has both `BYMONTHDAY` and a counted `BYDAY`")
        } else {
            None
        }
    }

    /// All beginnings from the first one on, which counts whether or not the rule names it.
    pub(super) fn starts(&self, first: &Moment) -> Vec<Moment> {
        let begin = first.local;
        let step = usize::try_from(self.interval.unwrap_or(1)).unwrap_or(1);
        let later = (begin.year()..=LAST_YEAR).step_by(step).flat_map(|year| self.in_year(year, begin));
        let later = later.filter(|local| *local > begin).map(|local| first.on(local));
        let all = std::iter::once(first.clone()).chain(later).take(self.count.unwrap_or(usize::MAX));
        all.take_while(|start| self.until.as_ref().is_none_or(|until| !is_after(start, until))).collect()
    }

    fn in_year(&self, year: i16, begin: DateTime) -> Vec<DateTime> {
        let months = if self.months.is_empty() { vec![begin.month()] } else { self.months.clone() };
        let firsts = months.into_iter().filter_map(|month| Date::new(year, month, 1).ok());
        let mut dates: Vec<Date> = firsts.flat_map(|first| self.in_month(first, begin.day())).collect();
        dates.sort_unstable();
        dates.dedup();
        dates.into_iter().map(|date| date.to_datetime(begin.time())).collect()
    }

    fn in_month(&self, first: Date, day: i8) -> Vec<Date> {
        let length = first.days_in_month();
        let is_named = |date: &Date| {
            let (from_start, from_end) = (date.day(), date.day() - length - 1);
            let is_day = self.days.contains(&from_start) || self.days.contains(&from_end);
            let is_weekday = self.weekdays.iter().any(|(which, weekday)| {
                let is_which = *which == 0 || *which == (from_start - 1) / 7 + 1 || *which == (from_end + 1) / 7 - 1;
                is_which && date.weekday().to_monday_zero_offset() == *weekday
            });
            match (self.days.is_empty(), self.weekdays.is_empty()) {
                (true, true) => from_start == day,
                (no_days, no_weekdays) => (no_days || is_day) && (no_weekdays || is_weekday),
            }
        };
        (1..=length).filter_map(|day| Date::new(first.year(), first.month(), day).ok()).filter(is_named).collect()
    }
}

fn is_after(start: &Moment, until: &Moment) -> bool {
    match (start.instant(), until.instant()) {
        (Some(start), Some(until)) => start > until,
        _ if until.kind == Kind::Date || start.kind == Kind::Date => start.local.date() > until.local.date(),
        _ => start.local > until.local,
    }
}

fn list<T: FromStr>(value: &str, is_valid: impl Fn(&T) -> bool) -> Option<Vec<T>> {
    value.split(',').map(|one| one.parse().ok().filter(&is_valid)).collect()
}

/// Reads `MO`, `3MO`, `-1MO`.
fn weekday(text: &str) -> Option<(i8, i8)> {
    let (which, word) = text.split_at_checked(text.len().checked_sub(2)?)?;
    let weekday = WEEKDAYS.iter().position(|known| *known == word)?;
    let which = if which.is_empty() {
        Some(0)
    } else {
        which.parse::<i8>().ok().filter(|n| (1..=5).contains(&n.unsigned_abs()))
    };
    Some((which?, i8::try_from(weekday).ok()?))
}
