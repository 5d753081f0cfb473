//! One instant, as `at` takes it: a date, a time and its offset from UTC.

use jiff::fmt::temporal::Pieces;

use super::entry::Entry;
use crate::clock::Timestamp;

/// Why a text is no instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstantError {
    /// What is wrong: lower case, without a full stop.
    pub message: String,
    /// The fix.
    pub hint: String,
}

/// Reads `2026-12-24T18:00:00+01:00`, or the same with `Z`.
pub fn at(text: &str) -> Result<Entry, InstantError> {
    let wrong = |message: String, hint: String| InstantError { message, hint };
    let form = || "write it as `2026-12-24T18:00:00+01:00`, or in UTC as `2026-12-24T17:00:00Z`".to_owned();
    let pieces = Pieces::parse(text).map_err(|_| wrong(format!("`{text}` is no instant"), form()))?;
    let date = pieces.date();
    let Some(time) = pieces.time() else {
        let hint = format!("add the time and its offset from UTC: `{date}T18:00:00+01:00`");
        return Err(wrong(format!("`{text}` has no time"), hint));
    };
    let Some(offset) = pieces.to_numeric_offset() else {
        let hint = format!("add the offset from UTC: `{date}T{time}+01:00`, or `{date}T{time}Z`");
        return Err(wrong(format!("`{text}` has no offset, so nobody can tell whose time it is"), hint));
    };
    let instant = offset.to_timestamp(date.to_datetime(time)).map_err(|_| {
        let message = format!("`{text}` lies beyond the calendar");
        wrong(message, form())
    })?;
    Ok(Entry::At { instant: Timestamp(instant.as_millisecond()), offset })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_needs_a_time_and_an_offset() {
        let read = |text| at(text).map(|entry| entry.to_string());
        assert_eq!(read("2026-12-24T18:00:00+01:00").unwrap(), "at 2026-12-24T18:00:00+01:00");
        assert_eq!(read("2026-12-24T18:00:00Z").unwrap(), "at 2026-12-24T18:00:00+00:00");
        assert_eq!(read("2026-12-24 18:00+01").unwrap(), "at 2026-12-24T18:00:00+01:00");
        assert!(read("2026-12-24T18:00:00").unwrap_err().message.contains("has no offset"));
        assert!(read("2026-12-24").unwrap_err().hint.contains("`2026-12-24T18:00:00+01:00`"));
        for text in ["tomorrow", "2026-02-30T18:00:00Z", "", "18:00"] {
            assert!(read(text).unwrap_err().message.ends_with("is no instant"), "{text}");
        }
    }
}
