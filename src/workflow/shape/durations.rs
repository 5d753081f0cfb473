//! Durations that cannot be read, each with the form that was meant.

use super::words;
use crate::duration::{DurationError, Millis};

/// What is wrong with a duration, and the right form; none if nothing is.
pub(super) fn mistake(text: &str) -> Option<(String, String)> {
    let shown = words::cut(text);
    let meant = text.trim().trim_start_matches('-').trim_end_matches("ago").trim();
    Some(match Millis::parse(text).err()? {
        DurationError::NoUnit if meant == "0" => {
            ("is `0`, and a duration needs a unit".to_owned(), "write `0s`".to_owned())
        }
        DurationError::NoUnit => {
            let hint = format!("write `{meant}s` for seconds, `{meant}m` for minutes");
            (format!("is `{shown}`, and a duration needs a unit"), hint)
        }
        DurationError::Negative => {
            let right = if Millis::parse(meant).is_ok() { meant } else { "5s" };
            (format!("is `{shown}`, and a duration cannot be negative"), format!("write `{right}`"))
        }
        DurationError::TooLong => (format!("is `{shown}`, more than ten years"), "write at most `87840h`".to_owned()),
        DurationError::Unreadable => {
            let hint = clock(meant).unwrap_or_else(|| "write it as `500ms`, `2s`, `1m30s` or `2h`".to_owned());
            (format!("takes a duration, not `{shown}`"), hint)
        }
    })
}

/// The hint for `1:30` or `00:01:30`.
fn clock(text: &str) -> Option<String> {
    let parts: Vec<u64> = text.split(':').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    let seconds = match parts.as_slice() {
        [minutes, seconds] => minutes.checked_mul(60)?.checked_add(*seconds)?,
        [hours, minutes, seconds] => {
            hours.checked_mul(3600)?.checked_add(minutes.checked_mul(60)?)?.checked_add(*seconds)?
        }
        _ => return None,
    };
    let right = Millis(seconds.checked_mul(1000)?).to_text();
    Millis::parse(&right).ok().map(|_| format!("write `{right}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mistake_is_answered_with_the_right_form() {
        let hint = |text| mistake(text).unwrap().1;
        assert_eq!(hint("5"), "write `5s` for seconds, `5m` for minutes");
        assert_eq!(hint("0"), "write `0s`");
        assert_eq!(hint("-5s"), "write `5s`");
        assert_eq!(hint("1:30"), "write `1m30s`");
        assert_eq!(hint("01:00:05"), "write `1h5s`");
        assert_eq!(hint("99999999999999999:1"), "write it as `500ms`, `2s`, `1m30s` or `2h`");
        assert_eq!(mistake("1m30s"), None);
    }
}
