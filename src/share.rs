//! A run's share of its account: who goes first, and how fast its lines go out at the most.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The fastest rate that a file may name, a second: far above every account.
const FASTEST: f64 = 1000.0;
/// The slowest one: a line a year.
const SLOWEST: f64 = 1.0 / (366.0 * 24.0 * 3600.0);

/// Which run goes first where several wait for the same account.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    /// Before all others: people are listening.
    High,
    /// As most.
    #[default]
    Normal,
    /// With what the others leave.
    Low,
}

impl Priority {
    /// Every priority, the first to go first.
    pub const ALL: [Self; 3] = [Self::High, Self::Normal, Self::Low];

    /// Tells whether it is the one that holds where a file says nothing.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// How fast the *once* exchanges of a run may go out, below what its account allows.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Throttle {
    /// Lines a second.
    pub rate: f64,
    /// How many may go out at once after a rest, at least 1.
    pub burst: u32,
}

/// Why a text is no throttle.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ThrottleError {
    /// Not a number over a unit of time.
    #[error("not a rate: a number over `s`, `m` or `h` is one, such as `2/s`, `90/m`, `500/h`")]
    Unreadable,
    /// Nothing would ever go out, or less than once a year.
    #[error("a rate under one a year; to send nothing, leave the step out")]
    TooSlow,
    /// Faster than any account.
    #[error("a rate over 1000/s")]
    TooFast,
    /// No whole number of lines.
    #[error("not a burst: a whole number from 1 is one, such as `2/s, burst 5`")]
    Burst,
}

impl Throttle {
    /// The same rate with so many at once after a rest.
    pub fn with_burst(self, burst: u32) -> Self {
        Self { burst: burst.max(1), ..self }
    }
}

/// Reads `2/s`, `90/m`, `500/h`; one at a time, unless `, burst 5` follows.
impl FromStr for Throttle {
    type Err = ThrottleError;

    fn from_str(text: &str) -> Result<Self, ThrottleError> {
        let (rate, burst) = match text.split_once(',') {
            None => (text, 1),
            Some((rate, rest)) => {
                let count = rest.trim().strip_prefix("burst").and_then(|count| count.trim().parse().ok());
                (rate, count.filter(|count| *count > 0).ok_or(ThrottleError::Burst)?)
            }
        };
        let (count, unit) = rate.split_once('/').ok_or(ThrottleError::Unreadable)?;
        let seconds = match unit.trim() {
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            _ => return Err(ThrottleError::Unreadable),
        };
        // What the standard library reads as a number besides, as `inf` and `1e3`, is no number that people write.
        let is_plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        let count = Some(count.trim()).filter(|count| is_plain(count)).and_then(|count| count.parse::<f64>().ok());
        match count.ok_or(ThrottleError::Unreadable)? / seconds {
            rate if rate < SLOWEST => Err(ThrottleError::TooSlow),
            rate if rate > FASTEST => Err(ThrottleError::TooFast),
            rate => Ok(Self { rate, burst }),
        }
    }
}

/// The canonical form: over the shortest unit that makes it a whole number, else over an hour.
impl fmt::Display for Throttle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = [(1.0, "s"), (60.0, "m"), (3600.0, "h")];
        let is_whole = |count: f64| count >= 0.5 && (count - count.round()).abs() < 1e-6;
        match units.into_iter().find(|(seconds, _)| is_whole(self.rate * seconds)) {
            Some((seconds, unit)) => write!(f, "{}/{unit}", (self.rate * seconds).round())?,
            None => write!(f, "{}/h", self.rate * 3600.0)?,
        }
        if self.burst > 1 { write!(f, ", burst {}", self.burst) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_a_number_over_a_unit_and_prints_in_one_form() {
        for (text, rate, shown) in [
            ("2/s", 2.0, "2/s"),
            ("90/m", 1.5, "90/m"),
            ("120 / m", 2.0, "2/s"),
            ("1.5/s", 1.5, "90/m"),
            ("500/h", 500.0 / 3600.0, "500/h"),
            ("0.5/h", 0.5 / 3600.0, "0.5/h"),
        ] {
            let throttle: Throttle = text.parse().expect(text);
            assert!((throttle.rate - rate).abs() < 1e-12 && throttle.burst == 1, "{text}: {throttle:?}");
            assert_eq!(throttle.to_string(), shown);
            assert_eq!(shown.parse::<Throttle>().map(|read| read.to_string()), Ok(shown.to_owned()));
        }
    }

    #[test]
    fn a_burst_reads_back() {
        let throttle: Throttle = "2/s, burst 5".parse().expect("a throttle");
        assert_eq!(throttle, Throttle { rate: 2.0, burst: 1 }.with_burst(5));
        assert_eq!(throttle.to_string(), "2/s, burst 5");
    }

    #[test]
    fn what_is_no_rate_is_told_with_what_is_one() {
        for text in ["", "2", "2/d", "fast", "/s", "-2/s", "inf/s", "1e3/s", "2 per second"] {
            assert_eq!(text.parse::<Throttle>(), Err(ThrottleError::Unreadable), "{text}");
        }
        assert_eq!("0/s".parse::<Throttle>(), Err(ThrottleError::TooSlow));
        assert_eq!("1001/s".parse::<Throttle>(), Err(ThrottleError::TooFast));
        for text in ["2/s, burst 0", "2/s, 5", "2/s,"] {
            assert_eq!(text.parse::<Throttle>(), Err(ThrottleError::Burst), "{text}");
        }
        assert!(ThrottleError::Unreadable.to_string().contains("`2/s`, `90/m`, `500/h`"));
    }

    #[test]
    fn the_first_priority_goes_first_and_the_middle_one_is_the_default() {
        assert!(Priority::ALL.is_sorted());
        assert_eq!(serde_json::to_value(Priority::default()).expect("a word"), "normal");
    }
}
