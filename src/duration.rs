//! Lengths of time as people write them, and as whole milliseconds everywhere else.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, Div};
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The longest duration that a file may name: ten years, far from any overflow.
const LONGEST: u64 = 10 * 366 * 24 * 3_600_000;

/// A length of time in whole milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Millis(pub u64);

/// Why a text is no duration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DurationError {
    /// A bare number: nobody can tell what it counts.
    #[error("a duration needs a unit")]
    NoUnit,
    /// A length below zero.
    #[error("a duration cannot be negative")]
    Negative,
    /// Anything else that cannot be read.
    #[error("not a duration")]
    Unreadable,
    /// Over ten years.
    #[error("a duration of more than ten years")]
    TooLong,
}

impl Millis {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// A length in whole seconds.
    pub const fn from_secs(seconds: u64) -> Self {
        Self(seconds * 1000)
    }

    /// Reads `500ms`, `2s`, `1m30s`, `2h`; also the longer forms that people try, as `5 seconds` or `PT5S`.
    pub fn parse(text: &str) -> Result<Self, DurationError> {
        let text = text.trim();
        if text.starts_with('-') || text.ends_with("ago") {
            return Err(DurationError::Negative);
        }
        if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit() || b == b'.' || b == b'_') {
            return Err(DurationError::NoUnit);
        }
        if text.contains(':') {
            return Err(DurationError::Unreadable);
        }
        let span: jiff::SignedDuration = text.parse().map_err(|_| DurationError::Unreadable)?;
        match u64::try_from(span.as_millis()) {
            Err(_) => Err(DurationError::Negative),
            Ok(millis) if millis > LONGEST => Err(DurationError::TooLong),
            Ok(millis) => Ok(Self(millis)),
        }
    }

    /// The length as the standard library's type.
    pub const fn as_duration(self) -> Duration {
        Duration::from_millis(self.0)
    }

    /// The length in seconds, as a fraction.
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / 1000.0
    }

    /// Divides the length by a speed; a speed of 1 or less than a thousandth changes nothing.
    pub fn at_speed(self, speed: f64) -> Self {
        if speed == 1.0 || !speed.is_finite() || speed < 0.001 {
            self
        } else {
            Self((self.0 as f64 / speed).ceil() as u64)
        }
    }

    /// The exact length in the language's own form: `1m30s`, `1.5s`, `500ms`.
    pub fn to_text(self) -> String {
        let (hours, rest) = (self.0 / 3_600_000, self.0 % 3_600_000);
        let (minutes, rest) = (rest / 60_000, rest % 60_000);
        let (seconds, millis) = (rest / 1000, rest % 1000);
        let mut text = String::new();
        for (count, unit) in [(hours, "h"), (minutes, "m"), (seconds, "s"), (millis, "ms")] {
            if count > 0 {
                text.push_str(&format!("{count}{unit}"));
            }
        }
        if text.is_empty() { "0s".to_owned() } else { text }
    }
}

/// For people: `0.4s`, `12.3s`, `4m05s`, `2h10m`.
impl fmt::Display for Millis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = (self.0 + 500) / 1000;
        let text = match self.0 {
            0..60_000 => format!("{:.1}s", self.as_secs_f64()),
            60_000..3_600_000 => format!("{}m{:02}s", seconds / 60, seconds % 60),
            _ => format!("{}h{:02}m", seconds / 3600, seconds / 60 % 60),
        };
        f.pad(&text)
    }
}

impl From<Duration> for Millis {
    fn from(duration: Duration) -> Self {
        Self(duration.as_millis() as u64)
    }
}

impl Add for Millis {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Div<u64> for Millis {
    type Output = Self;
    fn div(self, divisor: u64) -> Self {
        Self(self.0 / divisor.max(1))
    }
}

impl Sum for Millis {
    fn sum<I: Iterator<Item = Self>>(items: I) -> Self {
        items.fold(Self::ZERO, Add::add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_need_a_unit_and_a_sign_they_can_have() {
        let cases = [("500ms", 500), ("2s", 2_000), ("1m30s", 90_000), ("2h", 7_200_000), ("1.5s", 1_500), ("0s", 0)];
        for (text, millis) in cases {
            assert_eq!(Millis::parse(text), Ok(Millis(millis)), "{text}");
        }
        assert_eq!(Millis::parse("5"), Err(DurationError::NoUnit));
        assert_eq!(Millis::parse("-5s"), Err(DurationError::Negative));
        for text in ["soon", "", "5 parsecs", "00:05", "s"] {
            assert_eq!(Millis::parse(text), Err(DurationError::Unreadable), "{text}");
        }
        assert_eq!(Millis::parse("900000h"), Err(DurationError::TooLong));
    }

    #[test]
    fn the_exact_form_reads_back() {
        for millis in [0, 1, 999, 1_500, 90_000, 3_600_000, 86_399_999] {
            assert_eq!(Millis::parse(&Millis(millis).to_text()), Ok(Millis(millis)));
        }
    }

    #[test]
    fn people_see_few_digits() {
        let shown = [400, 12_340, 245_000, 7_800_000].map(|m| Millis(m).to_string());
        assert_eq!(shown, ["0.4s", "12.3s", "4m05s", "2h10m"]);
    }
}
