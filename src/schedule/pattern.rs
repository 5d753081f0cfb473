//! Cron patterns: five fields over a calendar without a zone.
//!
//! `croner` reads them and knows what day matches. It sees civil time only: what a clock change does to a nominal time
//! is decided in `walk`, for every pattern alike.

use std::cmp::Ordering;
use std::fmt;

use croner::errors::CronError;
use croner::parser::{CronParser, Seconds, Year};
use croner::{CivilDateTime, Cron, CronDateTime, Resolution, Weekday};
use jiff::SignedDuration;
use jiff::civil::{Date, DateTime, Time};

/// The fields of a pattern, with what may stand in each.
const FIELDS: [(&str, &str); 5] = [
    ("minute", "0 to 59"),
    ("hour", "0 to 23"),
    ("day of the month", "1 to 31, or `L` for the last"),
    ("month", "1 to 12, or `JAN` to `DEC`"),
    ("day of the week", "0 to 7 with Sunday as 0 and 7, or `SUN` to `SAT`"),
];

/// A day that matches is looked for from here, so that a file means the same on every day.
const BEGINNING: Date = jiff::civil::date(2024, 1, 1);
/// The days of 28 years: every date with every day of the week is among them.
const EVERY_DAY: i64 = 28 * 366;

/// Short names, each with its pattern.
const NICKNAMES: [(&str, &str); 7] = [
    ("@hourly", "0 * * * *"),
    ("@daily", "0 0 * * *"),
    ("@midnight", "0 0 * * *"),
    ("@weekly", "0 0 * * 0"),
    ("@monthly", "0 0 1 * *"),
    ("@yearly", "0 0 1 1 *"),
    ("@annually", "0 0 1 1 *"),
];

/// A cron pattern that matches at least one day.
#[derive(Clone)]
pub struct Pattern {
    text: String,
    /// Midnight of every day that matches.
    days: Box<Cron>,
    /// The times of such a day, in order; one at least.
    times: Vec<Time>,
}

/// Why a text is no pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatternError {
    /// What is wrong: lower case, without a full stop.
    pub message: String,
    /// The fix.
    pub hint: String,
    /// The bytes of the pattern that are wrong; none stands for all of them.
    pub field: Option<std::ops::Range<usize>>,
}

impl Pattern {
    /// Reads a pattern of five fields, or `@daily` and its like.
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        if text.trim().starts_with('@') {
            let known = NICKNAMES.iter().find(|(name, _)| name.eq_ignore_ascii_case(text.trim()));
            let (name, pattern) = known.ok_or_else(|| unknown_nickname(text.trim()))?;
            return Ok(Self { text: (*name).to_owned(), ..Self::parse(pattern)? });
        }
        let fields = fields(text);
        let [_, _, day, month, weekday] = fields.as_slice() else { return Err(wrong_number(fields.len())) };
        let Ok(cron) = parser().parse(text) else { return Err(wrong_field(text, &fields)) };
        let [of_day, of_month, of_weekday] = [day, month, weekday].map(|at| &text[at.clone()]);
        let days = parser().parse(&format!("0 0 {of_day} {of_month} {of_weekday}"));
        let days = days.map(Box::new).map_err(|_| wrong_field(text, &fields))?;
        let times = times(&cron);
        let shown = fields.iter().map(|at| &text[at.clone()]).collect::<Vec<_>>().join(" ");
        let pattern = Self { text: shown, days, times };
        if pattern.times.is_empty() {
            return Err(wrong_field(text, &fields));
        }
        if pattern.ever_matches() { Ok(pattern) } else { Err(never(&fields)) }
    }

    /// Whether there is a day that matches. `croner` itself would look through three thousand years.
    fn ever_matches(&self) -> bool {
        let days = (0..EVERY_DAY).filter_map(|days| BEGINNING.checked_add(jiff::Span::new().days(days)).ok());
        let mut midnights = days.map(|day| Civil(day.at(0, 0, 0, 0)));
        midnights.any(|midnight| self.days.is_time_matching(&midnight).unwrap_or(false))
    }

    /// The first civil time at or after one that matches. A day that is known to match is not looked for again.
    pub(super) fn from(&self, time: DateTime, known: Option<Date>) -> Option<DateTime> {
        let mut day = if known == Some(time.date()) { time.date() } else { self.day_from(time.date())? };
        if day == time.date() {
            let next = self.times.partition_point(|one| *one < time.time());
            if let Some(next) = self.times.get(next) {
                return Some(day.to_datetime(*next));
            }
            day = self.day_from(day.tomorrow().ok()?)?;
        }
        self.times.first().map(|first| day.to_datetime(*first))
    }

    fn day_from(&self, day: Date) -> Option<Date> {
        let midnight = Civil(day.at(0, 0, 0, 0));
        self.days.find_next_occurrence(&midnight, true).ok().map(|found| found.0.date())
    }
}

/// The times of a day that minutes and hours of a pattern name.
fn times(cron: &Cron) -> Vec<Time> {
    let (hours, minutes) = (cron.pattern.hours.values(), cron.pattern.minutes.values());
    let part = |value: u16| i8::try_from(value).ok();
    let pairs = hours.iter().flat_map(|hour| minutes.iter().map(move |minute| (*hour, *minute)));
    pairs.filter_map(|(hour, minute)| Time::new(part(hour)?, part(minute)?, 0, 0).ok()).collect()
}

/// The pattern as written, with single spaces.
impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pattern({})", self.text)
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

fn parser() -> CronParser {
    CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build()
}

/// The places of the fields in a pattern.
fn fields(text: &str) -> Vec<std::ops::Range<usize>> {
    let start = |field: &str| field.as_ptr() as usize - text.as_ptr() as usize;
    text.split_whitespace().map(|field| start(field)..start(field) + field.len()).collect()
}

fn wrong_number(found: usize) -> PatternError {
    let message = match found {
        0 => "the pattern is empty".to_owned(),
        1 => "the pattern has 1 field, and cron has 5".to_owned(),
        _ => format!("the pattern has {found} fields, and cron has 5"),
    };
    let hint = match found {
        6 | 7 => "leave out seconds and years: minute, hour, day, month, day of the week; `every: 10s` counts seconds",
        _ => "write minute, hour, day, month, day of the week: `0 9 * * 1-5` is 9:00 from Monday to Friday",
    };
    PatternError { message, hint: hint.to_owned(), field: None }
}

fn unknown_nickname(text: &str) -> PatternError {
    PatternError {
        message: format!("`{text}` is no cron pattern"),
        hint: "write `@hourly`, `@daily`, `@weekly`, `@monthly`, `@yearly`, or five fields".to_owned(),
        field: None,
    }
}

/// Names the first field that is wrong when the others are stars.
fn wrong_field(text: &str, fields: &[std::ops::Range<usize>]) -> PatternError {
    let is_wrong = |place: usize, field: &str| {
        let alone: Vec<&str> = (0..FIELDS.len()).map(|at| if at == place { field } else { "*" }).collect();
        parser().parse(&alone.join(" ")).is_err()
    };
    let wrong = fields.iter().enumerate().find(|(place, at)| is_wrong(*place, &text[(*at).clone()]));
    let Some((place, at)) = wrong else {
        let hint = "write minute, hour, day, month, day of the week".to_owned();
        return PatternError { message: "the pattern cannot be read".to_owned(), hint, field: None };
    };
    let (name, allowed) = FIELDS[place];
    let field = &text[at.clone()];
    let message = format!("`{field}` is no {name}");
    PatternError { message, hint: fix(field, name, allowed), field: Some(at.clone()) }
}

fn fix(field: &str, name: &str, allowed: &str) -> String {
    match field.split_once('/') {
        Some((start, step)) if start.parse::<u8>().is_ok() && step.parse::<u8>().is_ok_and(|step| step > 0) => {
            format!("a step needs a range: `*/{step}`, or `{start}-59/{step}` with the last {name}")
        }
        Some(("", step)) => format!("a step needs a range: `*/{step}`"),
        _ => format!(
            "{} {name} is {allowed}; also lists `1,2`, ranges `1-5` and steps `*/2`",
            if name == "hour" { "an" } else { "a" }
        ),
    }
}

/// A date that no year has.
fn never(fields: &[std::ops::Range<usize>]) -> PatternError {
    let dates = fields.get(2).zip(fields.get(3)).map(|(day, month)| day.start..month.end);
    PatternError {
        message: "the pattern never matches: there is no such day in the month".to_owned(),
        hint: "give a day that the month has, or `L` for its last".to_owned(),
        field: dates,
    }
}

/// A civil time as `croner` takes it: of a calendar in which every time comes once.
#[derive(Clone, Copy)]
struct Civil(DateTime);

impl CronDateTime for Civil {
    fn to_civil(&self) -> CivilDateTime {
        let Self(time) = self;
        let [month, day, hour, minute, second] = [time.month(), time.day(), time.hour(), time.minute(), time.second()]
            .map(|part| part.unsigned_abs().into());
        CivilDateTime::from_ymd_hms_opt(time.year().into(), month, day, hour, minute, second)
            // A valid time of one calendar is one of the other; the epoch stands for what cannot be.
            .unwrap_or_else(|| Self(BEGINNING.at(0, 0, 0, 0)).to_civil())
    }

    fn civil_weekday(&self) -> Weekday {
        Weekday::from_days_from_sunday(self.0.weekday().to_sunday_zero_offset().unsigned_abs().into())
    }

    fn resolve_civil(&self, civil: CivilDateTime) -> Result<Resolution<Self>, CronError> {
        let year = i16::try_from(civil.year()).map_err(|_| CronError::InvalidDate)?;
        let part = |part: u32| i8::try_from(part).map_err(|_| CronError::InvalidDate);
        let [month, day] = [part(civil.month())?, part(civil.day())?];
        let [hour, minute, second] = [part(civil.hour())?, part(civil.minute())?, part(civil.second())?];
        let time = DateTime::new(year, month, day, hour, minute, second, 0).map_err(|_| CronError::InvalidDate)?;
        Ok(Resolution::Single(Self(time)))
    }

    fn checked_add_seconds(&self, seconds: i64) -> Option<Self> {
        self.0.checked_add(SignedDuration::from_secs(seconds)).ok().map(Self)
    }

    fn cmp_instant(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(text: &str) -> (String, Option<&str>) {
        let error = Pattern::parse(text).unwrap_err();
        (error.message, error.field.map(|at| &text[at]))
    }

    #[test]
    fn a_wrong_field_is_named_and_shown() {
        assert_eq!(wrong("61 9 * * *"), ("`61` is no minute".to_owned(), Some("61")));
        assert_eq!(wrong("0 9 * * MOON"), ("`MOON` is no day of the week".to_owned(), Some("MOON")));
        assert_eq!(wrong("0  24 * * *").1, Some("24"));
        assert_eq!(wrong("0 9 30 2 *").1, Some("30 2"));
        assert_eq!(wrong("0 9 * *").0, "the pattern has 4 fields, and cron has 5");
        assert_eq!(wrong("0 0 9 * * *").0, "the pattern has 6 fields, and cron has 5");
        assert_eq!(wrong("").0, "the pattern is empty");
        assert_eq!(wrong("@fortnightly").0, "`@fortnightly` is no cron pattern");
        assert!(Pattern::parse("5/15 * * * *").unwrap_err().hint.starts_with("a step needs a range: `*/15`"));
    }

    #[test]
    fn what_cron_knows_is_read() {
        for text in ["0 9 * * 1-5", "*/15 8-18 * * MON,WED", "0 0 29 2 *", "@daily", "0 12 L * *", "0 9 * JAN-MAR 7"] {
            assert_eq!(Pattern::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Pattern::parse("  0   9 * *  * ").unwrap().to_string(), "0 9 * * *");
    }

    #[test]
    fn a_date_that_is_rare_is_found_and_one_that_never_comes_is_found_out_in_no_time() {
        let leap = Pattern::parse("0 0 29 2 *").unwrap();
        let at = |year, month, day| jiff::civil::date(year, month, day).at(0, 0, 0, 0);
        assert_eq!(leap.from(at(2096, 3, 1), None), Some(at(2104, 2, 29)));
        let begun = std::time::Instant::now();
        for _ in 0..10 {
            assert!(Pattern::parse("0 0 31 2,4,6 *").is_err());
        }
        assert!(begun.elapsed().as_secs() < 2, "{:?}", begun.elapsed());
    }
}
