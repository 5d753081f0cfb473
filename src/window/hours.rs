//! Times of the day, and the hours between two of them.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The minutes of a day.
const WHOLE_DAY: u16 = 24 * 60;

/// A time of the day in whole minutes, from `00:00` to `24:00`, which only an end can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TimeOfDay(u16);

/// The hours from one time of the day to another; over midnight where the second is the earlier one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Bounds", into = "Bounds")]
pub struct Hours {
    from: TimeOfDay,
    to: TimeOfDay,
}

/// Hours as they are written, before anybody has looked.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Bounds {
    from: TimeOfDay,
    to: TimeOfDay,
}

/// Why a text is no time of the day, or two times are no hours.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}; {hint}")]
pub struct HoursError {
    /// What is wrong: lower case, without a full stop.
    pub message: String,
    /// The fix.
    pub hint: String,
}

impl TimeOfDay {
    /// Reads `09:00`, `9:00`, `24:00`.
    pub fn parse(text: &str) -> Result<Self, HoursError> {
        let text = text.trim();
        let (hour, minute) = text.split_once(':').and_then(digits).ok_or_else(|| unreadable(text))?;
        let beyond = |unit, count| {
            let message = format!("`{text}` has {unit} {count}");
            HoursError { message, hint: "a day goes from `00:00` to `24:00`".to_owned() }
        };
        match (hour, minute) {
            (_, 60..) => Err(beyond("minute", minute)),
            (24, 1..) | (25.., _) => Err(beyond("hour", hour)),
            _ => Ok(Self(hour * 60 + minute)),
        }
    }

    /// The minutes since midnight, from 0 to 1,440.
    pub const fn minutes(self) -> u16 {
        self.0
    }

    /// The time since midnight in milliseconds of local time.
    pub(crate) fn millis(self) -> i64 {
        i64::from(self.0) * 60_000
    }
}

fn digits((hour, minute): (&str, &str)) -> Option<(u16, u16)> {
    let number = |text: &str| text.bytes().all(|one| one.is_ascii_digit()).then(|| text.parse().ok())?;
    let is_formed = (1..=2).contains(&hour.len()) && minute.len() == 2;
    is_formed.then(|| Some((number(hour)?, number(minute)?)))?
}

fn unreadable(text: &str) -> HoursError {
    let hint = match meant(text) {
        Some(meant) => format!("write it as `{meant}`"),
        None => "write hours and minutes of 24 hours: `09:00`".to_owned(),
    };
    HoursError { message: format!("`{}` is no time of the day", crate::text::cut(text, 20)), hint }
}

/// What was probably meant by `9`, `9am`, `9:30 pm`, `9h`, `9.30`, `0930`, `09:00:00`.
fn meant(text: &str) -> Option<TimeOfDay> {
    let lower = text.to_ascii_lowercase().replace(['.', 'h'], ":");
    let (number, afternoon) = match (lower.strip_suffix("am"), lower.strip_suffix("pm")) {
        (Some(number), _) => (number, Some(false)),
        (_, Some(number)) => (number, Some(true)),
        _ => (lower.as_str(), None),
    };
    let number = number.trim().trim_end_matches(':');
    let mut parts = number.split(':');
    let (hour, minute) = match (parts.next()?, parts.next()) {
        (together, None) if together.is_ascii() && together.len() == 4 => together.split_at(2),
        (hour, minute) => (hour, minute.unwrap_or("00")),
    };
    let (hour, minute) = digits((hour, minute))?;
    let hour = match afternoon {
        None => hour,
        Some(_) if hour > 12 => return None,
        Some(is_afternoon) => hour % 12 + if is_afternoon { 12 } else { 0 },
    };
    TimeOfDay::parse(&format!("{hour:02}:{minute:02}")).ok()
}

impl Hours {
    /// The hours from `from`, inclusive, to `to`, exclusive; over midnight where `to` is the earlier one.
    pub fn new(from: TimeOfDay, to: TimeOfDay) -> Result<Self, HoursError> {
        let whole = || "the whole day is `00:00` to `24:00`".to_owned();
        if from == to {
            return Err(HoursError { message: format!("the hours begin and end at `{from}`"), hint: whole() });
        }
        if from.0 == WHOLE_DAY {
            let message = "`24:00` is the end of a day, and hours cannot begin there".to_owned();
            return Err(HoursError { message, hint: "write `00:00`".to_owned() });
        }
        Ok(Self { from, to })
    }

    /// The first time that belongs to them.
    pub const fn from(self) -> TimeOfDay {
        self.from
    }

    /// The first time after them.
    pub const fn to(self) -> TimeOfDay {
        self.to
    }

    /// Tells whether they end on the day after the one on which they begin.
    pub fn are_over_midnight(self) -> bool {
        self.to < self.from
    }
}

impl TryFrom<Bounds> for Hours {
    type Error = HoursError;
    fn try_from(bounds: Bounds) -> Result<Self, HoursError> {
        Self::new(bounds.from, bounds.to)
    }
}

impl From<Hours> for Bounds {
    fn from(hours: Hours) -> Self {
        Self { from: hours.from, to: hours.to }
    }
}

impl TryFrom<String> for TimeOfDay {
    type Error = HoursError;
    fn try_from(text: String) -> Result<Self, HoursError> {
        Self::parse(&text)
    }
}

impl From<TimeOfDay> for String {
    fn from(time: TimeOfDay) -> Self {
        time.to_string()
    }
}

/// `09:00`.
impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

/// `09:00-17:00`.
impl fmt::Display for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.from, self.to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> TimeOfDay {
        TimeOfDay::parse(text).unwrap()
    }

    #[test]
    fn times_have_hours_and_minutes() {
        for (text, minutes, told) in [("09:00", 540, "09:00"), ("9:05", 545, "09:05"), ("24:00", 1440, "24:00")] {
            assert_eq!((time(text).minutes(), time(text).to_string().as_str()), (minutes, told));
        }
    }

    #[test]
    fn a_time_that_is_none_is_answered_with_the_one_that_was_meant() {
        for (text, meant) in [
            ("9", "09:00"),
            ("9am", "09:00"),
            ("9:30 pm", "21:30"),
            ("12am", "00:00"),
            ("12pm", "12:00"),
            ("9h", "09:00"),
            ("9.30", "09:30"),
            ("0930", "09:30"),
            ("09:00:00", "09:00"),
        ] {
            let error = TimeOfDay::parse(text).unwrap_err();
            assert_eq!(error.message, format!("`{text}` is no time of the day"));
            assert_eq!(error.hint, format!("write it as `{meant}`"));
        }
        assert_eq!(TimeOfDay::parse("25:00").unwrap_err().message, "`25:00` has hour 25");
        assert_eq!(TimeOfDay::parse("24:01").unwrap_err().message, "`24:01` has hour 24");
        assert_eq!(TimeOfDay::parse("09:60").unwrap_err().message, "`09:60` has minute 60");
        for text in ["", "noon", ":", "9:0", "-1:00", "+9:00", "٩:٠٠", "99pm", "é00a"] {
            assert!(TimeOfDay::parse(text).unwrap_err().hint.contains("`09:00`"), "{text}");
        }
    }

    #[test]
    fn hours_may_go_over_midnight_and_have_a_length() {
        assert!(!Hours::new(time("09:00"), time("17:00")).unwrap().are_over_midnight());
        assert!(Hours::new(time("22:00"), time("06:00")).unwrap().are_over_midnight());
        let equal = Hours::new(time("09:00"), time("09:00")).unwrap_err();
        assert_eq!(equal.hint, "the whole day is `00:00` to `24:00`");
        assert!(Hours::new(time("24:00"), time("06:00")).unwrap_err().message.starts_with("`24:00` is the end"));
    }

    #[test]
    fn hours_are_checked_also_when_they_are_read_back() {
        let text = serde_json::to_string(&Hours::new(time("22:00"), time("06:00")).unwrap()).unwrap();
        assert_eq!(text, r#"{"from":"22:00","to":"06:00"}"#);
        assert!(serde_json::from_str::<Hours>(&text).is_ok());
        assert!(serde_json::from_str::<Hours>(r#"{"from":"09:00","to":"09:00"}"#).is_err());
    }
}
