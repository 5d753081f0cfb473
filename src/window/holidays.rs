//! Instants and days on which nobody is addressed.

use std::fmt;

use jiff::civil::{Date, DateTime};

use super::spans::Spans;
use super::{calendar, dates};
use crate::clock::Timestamp;
use crate::zone::{DAY, Stretch, Wall};

/// Days and times on which nobody is addressed.
///
/// Days, and times that are written without a zone, hold in everybody's own zone; other times are instants.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holidays {
    local: Spans<Wall>,
    instants: Spans<Timestamp>,
}

/// Why a file holds no holidays that can be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct HolidaysError {
    /// The file, as it was named.
    pub path: String,
    /// Its line, from 1; none where the file as a whole is wrong.
    pub line: Option<usize>,
    /// What is wrong: lower case, without a full stop.
    pub message: String,
    /// The fix.
    pub hint: String,
}

/// A span of time in which nobody is addressed, as a file names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Span {
    /// On everybody's own clock.
    Local(DateTime, DateTime),
    /// Everywhere at once.
    Instants(jiff::Timestamp, jiff::Timestamp),
}

/// A mistake in a file, before the file has a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mistake {
    pub(super) line: Option<usize>,
    pub(super) message: String,
    pub(super) hint: String,
}

impl Mistake {
    pub(super) fn at(line: usize, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { line: Some(line), message: message.into(), hint: hint.into() }
    }

    pub(super) fn whole(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { line: None, message: message.into(), hint: hint.into() }
    }
}

impl Holidays {
    /// Whole days, in everybody's own zone.
    pub fn of_dates(dates: impl IntoIterator<Item = Date>) -> Self {
        let day = |date: Date| Wall::of(date.at(0, 0, 0, 0));
        let local = dates.into_iter().map(|date| (day(date), day(date).plus(DAY))).collect();
        Self { local: Spans::of(local), instants: Spans::default() }
    }

    /// Spans from a first instant, inclusive, to a last one, exclusive.
    pub fn of_instants(spans: impl IntoIterator<Item = (Timestamp, Timestamp)>) -> Self {
        Self { local: Spans::default(), instants: Spans::of(spans.into_iter().collect()) }
    }

    pub(super) fn of_spans(spans: &[Span]) -> Self {
        let (mut local, mut instants) = (Vec::new(), Vec::new());
        let whole = |instant: jiff::Timestamp| Timestamp(instant.as_millisecond());
        for span in spans {
            match span {
                Span::Local(start, end) => local.push((Wall::of(*start), Wall::of(*end))),
                Span::Instants(start, end) => instants.push((whole(*start), whole(*end))),
            }
        }
        Self { local: Spans::of(local), instants: Spans::of(instants) }
    }

    /// Reads an iCalendar file, or a list of dates, one a line; `path` is only named.
    ///
    /// What cannot be read is an error, never left out: somebody would be addressed on that day. Events that come
    /// again every year are followed to the end of the year 2200.
    pub fn parse(path: &str, bytes: &[u8]) -> Result<Self, HolidaysError> {
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        let spans = if calendar::is_one(bytes) { calendar::read(bytes) } else { dates::read(bytes) };
        let named = |Mistake { line, message, hint }| HolidaysError { path: path.to_owned(), line, message, hint };
        spans.map(|spans| Self::of_spans(&spans)).map_err(named)
    }

    /// Adds those of another list.
    pub fn extend(&mut self, other: Self) {
        self.local.extend(other.local);
        self.instants.extend(other.instants);
    }

    /// Tells whether there are none.
    pub fn is_empty(&self) -> bool {
        self.local.is_empty() && self.instants.is_empty()
    }

    /// The first of them that ends after an instant of a stretch, were the stretch without end.
    pub(super) fn from(&self, at: Timestamp, stretch: Stretch) -> Option<(Timestamp, Timestamp)> {
        let local = self.local.from(stretch.wall(at));
        let local = local.map(|(start, end)| (stretch.instant(start), stretch.instant(end)));
        local.into_iter().chain(self.instants.from(at)).min()
    }
}

/// `holidays.ics:14: what is wrong; the fix`.
impl fmt::Display for HolidaysError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": {}; {}", self.message, self.hint)
    }
}
