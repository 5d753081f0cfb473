//! A list of dates, one a line.

use jiff::civil::Date;

use super::holidays::{Mistake, Span};

const FORM: &str = "write one date a line, as `2026-12-25`, and comments after `#`";

/// Reads dates, with comments after `#` and blank lines.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<Span>, Mistake> {
    let mut spans = Vec::new();
    for (at, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        let Ok(line) = std::str::from_utf8(line) else {
            return Err(Mistake::at(at + 1, "the line is not UTF-8", "save the file as UTF-8"));
        };
        let text = line.split('#').next().unwrap_or_default().trim();
        if text.is_empty() {
            continue;
        }
        let date = date(text).ok_or_else(|| {
            let message = format!("`{}` is no date", crate::text::cut(text, 40));
            Mistake::at(at + 1, message, format!("{FORM}; a calendar begins with `BEGIN:VCALENDAR`"))
        })?;
        let beyond = |_| Mistake::at(at + 1, format!("`{text}` is the last day there is"), FORM);
        spans.push(Span::Local(date.at(0, 0, 0, 0), date.tomorrow().map_err(beyond)?.at(0, 0, 0, 0)));
    }
    if spans.is_empty() {
        return Err(Mistake::whole("the file holds no date", FORM));
    }
    Ok(spans)
}

/// Four digits, two and two: other forms have too many readings.
fn date(text: &str) -> Option<Date> {
    let is_formed = text.len() == 10 && text.bytes().all(|one| one.is_ascii_digit() || one == b'-');
    is_formed.then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use crate::window::Holidays;
    use jiff::civil::date;

    #[test]
    fn dates_may_have_comments_blank_lines_and_any_line_ends() {
        let text = "\u{feff}# Our days\r\n\r\n2026-12-25 # Christmas\n  2026-12-26\n2026-12-25";
        let days = [date(2026, 12, 25), date(2026, 12, 26)];
        assert_eq!(Holidays::parse("days.txt", text.as_bytes()), Ok(Holidays::of_dates(days)));
    }

    #[test]
    fn a_line_that_is_no_date_is_named() {
        let wrong = |bytes: &[u8]| Holidays::parse("days.txt", bytes).unwrap_err().to_string();
        for text in ["25.12.2026", "2026-02-30", "2026-12-25T00:00", "20261225", "<!DOCTYPE html>", "2026-12-25,x"] {
            let told = wrong(format!("2026-01-01\n{text}\n").as_bytes());
            assert!(told.starts_with(&format!("days.txt:2: `{text}` is no date; write one date a line")), "{told}");
        }
        assert!(wrong(b"2026-01-01\n\xff\xfe").starts_with("days.txt:2: the line is not UTF-8"));
        for text in ["", "\n\n", "# nothing yet\n"] {
            assert!(wrong(text.as_bytes()).starts_with("days.txt: the file holds no date"), "{text:?}");
        }
    }
}
