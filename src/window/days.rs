//! Days of the week, as `mon-fri`.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::diagnostic::nearest;

const WORDS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

const ALL: u8 = 0b111_1111;

/// Days of the week, one at least. Read from `mon-fri`, `sat,sun`, `mon,wed-fri`, `fri-mon`, `daily`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Days(u8);

/// Why a text names no days.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}; {hint}")]
pub struct DaysError {
    /// What is wrong: lower case, without a full stop.
    pub message: String,
    /// The fix.
    pub hint: String,
}

impl Days {
    /// Every day.
    pub const DAILY: Self = Self(ALL);

    /// Reads days and ranges of days with commas between them; a range may go over the end of the week.
    pub fn parse(text: &str) -> Result<Self, DaysError> {
        if text.trim().is_empty() {
            let message = "no day is named".to_owned();
            return Err(DaysError { message, hint: "write `mon-fri`, `sat,sun` or `daily`".to_owned() });
        }
        text.split(',').try_fold(0, |days, part| Ok(days | range(part.trim())?)).map(Self)
    }

    /// Tells whether a day is among them; Monday is 0.
    pub(crate) fn has(self, weekday: u8) -> bool {
        self.0 & bit(weekday.into()) != 0
    }

    /// The runs of days that follow each other, as first day and length.
    fn runs(self) -> Vec<(usize, usize)> {
        let has = |day: usize| self.0 & bit(day) != 0;
        let starts = (0..WORDS.len()).filter(|day| has(*day) && !has(day + WORDS.len() - 1));
        starts.map(|start| (start, (start..).take_while(|day| has(*day)).count())).collect()
    }
}

fn bit(day: usize) -> u8 {
    1 << (day % WORDS.len())
}

fn range(part: &str) -> Result<u8, DaysError> {
    if part.eq_ignore_ascii_case("daily") {
        return Ok(ALL);
    }
    let Some((first, last)) = part.split_once('-') else { return day(part).map(bit) };
    let (first, last) = (day(first)?, day(last)?);
    if first == last {
        let word = WORDS[first];
        let message = format!("`{word}-{word}` begins and ends with one day");
        return Err(DaysError { message, hint: format!("write `{word}` for that day, or `daily` for all") });
    }
    let length = (last + WORDS.len() - first) % WORDS.len();
    Ok((first..=first + length).map(bit).fold(0, |days, day| days | day))
}

fn day(word: &str) -> Result<usize, DaysError> {
    let word = word.trim();
    let known = WORDS.iter().position(|known| known.eq_ignore_ascii_case(word));
    known.ok_or_else(|| DaysError { message: message(word), hint: hint(word) })
}

fn message(word: &str) -> String {
    match word {
        "" => "a day is missing".to_owned(),
        _ => format!("`{}` is no day", crate::text::cut(word, 20)),
    }
}

fn hint(word: &str) -> String {
    let lower = word.to_lowercase().replace(['–', '—'], "-");
    let begun = || WORDS.into_iter().find(|known| lower.starts_with(known));
    let meant = match lower.as_str() {
        "weekday" | "weekdays" | "workdays" => Some("mon-fri"),
        "weekend" | "weekends" => Some("sat,sun"),
        "all" | "always" | "every day" | "everyday" | "*" => Some("daily"),
        _ if lower.contains('-') && lower == word.to_lowercase() => {
            return "a range has two ends; write a comma between ranges: `mon-wed,fri`".to_owned();
        }
        _ if lower != word.to_lowercase() => return format!("did you mean `{}`?", crate::text::cut(&lower, 20)),
        _ => begun().or_else(|| nearest(word, WORDS.into_iter().chain(["daily"]))),
    };
    match meant {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => "the days are `mon`, `tue`, `wed`, `thu`, `fri`, `sat`, `sun`, or `daily`".to_owned(),
    }
}

/// As short as it can be said: `mon-fri`, `sat,sun`, `fri-mon`, `daily`.
impl fmt::Display for Days {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::DAILY {
            return f.write_str("daily");
        }
        let word = |day: usize| WORDS[day % WORDS.len()];
        let mut parts: Vec<(usize, String)> = Vec::new();
        for (start, length) in self.runs() {
            match length {
                3.. => parts.push((start, format!("{}-{}", word(start), word(start + length - 1)))),
                _ => parts.extend((start..start + length).map(|day| (day % WORDS.len(), word(day).to_owned()))),
            }
        }
        parts.sort();
        f.write_str(&parts.into_iter().map(|(_, part)| part).collect::<Vec<_>>().join(","))
    }
}

impl TryFrom<String> for Days {
    type Error = DaysError;
    fn try_from(text: String) -> Result<Self, DaysError> {
        Self::parse(&text)
    }
}

impl From<Days> for String {
    fn from(days: Days) -> Self {
        days.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_read_and_told_as_short_as_can_be() {
        for (text, told) in [
            ("mon-fri", "mon-fri"),
            ("sat,sun", "sat,sun"),
            ("Sun, SAT", "sat,sun"),
            ("mon,wed-fri", "mon,wed-fri"),
            ("fri-mon", "fri-mon"),
            ("sun,mon", "mon,sun"),
            ("mon,tue,wed,thu,fri", "mon-fri"),
            ("sat,sun,mon,wed", "wed,sat-mon"),
            ("mon - wed", "mon-wed"),
            ("tue-mon", "daily"),
            ("daily", "daily"),
            ("mon,mon", "mon"),
        ] {
            assert_eq!(Days::parse(text).unwrap().to_string(), told, "{text}");
        }
    }

    #[test]
    fn a_range_over_the_end_of_the_week_has_its_days_and_no_others() {
        let days = Days::parse("fri-mon").unwrap();
        let has = (0..7).map(|day| days.has(day)).collect::<Vec<_>>();
        assert_eq!(has, [true, false, false, false, true, true, true]);
    }

    #[test]
    fn every_set_of_days_reads_back() {
        for bits in 1..=ALL {
            assert_eq!(Days::parse(&Days(bits).to_string()), Ok(Days(bits)), "{bits:b}");
        }
        let text = serde_json::to_string(&Days(0b001_1111)).unwrap();
        assert_eq!(text, "\"mon-fri\"");
        assert_eq!(serde_json::from_str::<Days>(&text).unwrap(), Days(0b001_1111));
        assert!(serde_json::from_str::<Days>("\"\"").is_err());
    }

    #[test]
    fn a_word_that_is_no_day_is_named_with_the_one_that_was_meant() {
        for (text, word, hint) in [
            ("mon-fry", "fry", "did you mean `fri`?"),
            ("monday", "monday", "did you mean `mon`?"),
            ("weekdays", "weekdays", "did you mean `mon-fri`?"),
            ("sat,weekend", "weekend", "did you mean `sat,sun`?"),
            ("mon–fri", "mon–fri", "did you mean `mon-fri`?"),
            ("dayly", "dayly", "did you mean `daily`?"),
            ("mon-wed-fri", "wed-fri", "a range has two ends; write a comma between ranges: `mon-wed,fri`"),
        ] {
            let error = Days::parse(text).unwrap_err();
            assert_eq!((error.message.as_str(), error.hint.as_str()), (&*format!("`{word}` is no day"), hint));
        }
        assert!(Days::parse("montag-freitag").is_err());
        assert_eq!(Days::parse("mon,").unwrap_err().message, "a day is missing");
        assert_eq!(Days::parse(" ").unwrap_err().message, "no day is named");
        assert_eq!(Days::parse("mon-mon").unwrap_err().message, "`mon-mon` begins and ends with one day");
    }
}
