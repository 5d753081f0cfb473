//! The walk through the clocks of a zone: what is open, piece by piece.
//!
//! Between two changes of the clocks local time is UTC and a constant, so days, hours and holidays are compared there
//! as they are. A change ends a piece. What an earlier stretch has shown, the hours that had ended by then included,
//! is remembered, and hours that have ended do not begin again.

use super::{Holidays, Window, Zone};
use crate::clock::Timestamp;
use crate::duration::Millis;
use crate::zone::{DAY, Stretch, Wall};

/// How far ahead an opening is looked for.
const FARTHEST: Millis = Millis(400 * 24 * 3_600_000);

/// How far ahead open time that does not end is told.
const LONGEST: Millis = Millis(8 * 24 * 3_600_000);

/// Whether somebody may be addressed at an instant, and until when that holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening {
    /// They may.
    Open {
        /// The first instant at which they may not; of open time without end, an instant over eight days ahead.
        closes: Timestamp,
    },
    /// They may not.
    Closed {
        /// The next instant at which they may; none where there is none within 400 days.
        opens: Option<Timestamp>,
    },
}

/// Open time without a change of the clocks or a holiday in it.
struct Piece {
    /// Midnight at the beginning of the day on which its window opens.
    day: Wall,
    start: Timestamp,
    end: Timestamp,
}

impl Window {
    /// Whether somebody may be addressed at an instant.
    pub fn at(&self, now: Timestamp, zone: &Zone, holidays: &Holidays) -> Opening {
        let mut pieces = self.pieces(now, now + FARTHEST, zone, holidays);
        let Some(first) = pieces.next() else { return Opening::Closed { opens: None } };
        if first.start > now {
            return Opening::Closed { opens: Some(first.start) };
        }
        let mut closes = first.end;
        while closes <= now + LONGEST
            && let Some(next) = pieces.next().filter(|next| next.start == closes)
        {
            closes = next.end;
        }
        Opening::Open { closes }
    }

    /// The end of the window that is open at an instant, else of the first one after it; none where none opens within
    /// 400 days.
    ///
    /// It is the end of one day's window, also where the next day's follows without a gap, and of what its holidays
    /// leave of it. A break within the window, as a timed holiday makes one, is no end.
    pub fn first_end(&self, moment: Timestamp, zone: &Zone, holidays: &Holidays) -> Option<Timestamp> {
        // A window that opens at the last is followed to its end.
        let mut pieces = self.pieces(moment, moment + FARTHEST + LONGEST, zone, holidays);
        let first = pieces.next().filter(|first| first.start < moment + FARTHEST)?;
        Some(pieces.take_while(|piece| piece.day == first.day).last().map_or(first.end, |last| last.end))
    }

    /// When it is open between two instants: spans in order, from their first instant to the first one after them.
    pub fn open_within(
        &self,
        from: Timestamp,
        to: Timestamp,
        zone: &Zone,
        holidays: &Holidays,
    ) -> Vec<(Timestamp, Timestamp)> {
        let mut open: Vec<(Timestamp, Timestamp)> = Vec::new();
        for piece in self.pieces(from, to, zone, holidays) {
            match open.last_mut().filter(|last| last.1 == piece.start) {
                Some(last) => last.1 = piece.end,
                None => open.push((piece.start, piece.end)),
            }
        }
        open
    }

    /// The open time between two instants, in order.
    fn pieces<'a>(
        &self,
        from: Timestamp,
        until: Timestamp,
        zone: &'a Zone,
        holidays: &'a Holidays,
    ) -> impl Iterator<Item = Piece> + 'a {
        let window = *self;
        let mut shown = Wall::of(zone.shown_until(from.to_jiff()));
        zone.stretches(from).take_while(move |stretch| stretch.start < until).flat_map(move |stretch| {
            let end = stretch.end.map_or(until, |end| end.min(until));
            let before = shown;
            shown = shown.max(stretch.wall(end).plus(-1));
            window
                .in_stretch(stretch, end)
                .filter(move |(hours, _)| hours.end > before)
                .flat_map(move |(hours, (start, end))| {
                    outside(holidays, stretch, start, end).map(move |open| (hours, open))
                })
                .map(|(hours, (start, end))| Piece { day: hours.day, start, end })
        })
    }

    /// The days' windows in a stretch up to an instant, with what the stretch shows of them.
    fn in_stretch(self, stretch: Stretch, end: Timestamp) -> impl Iterator<Item = (DaysHours, (Timestamp, Timestamp))> {
        let (from, to) = (self.hours.from().millis(), self.hours.to().millis());
        let to = if self.hours.are_over_midnight() { to + DAY } else { to };
        let (first, last) = (stretch.wall(stretch.start), stretch.wall(end));
        // A window of the day before may be open still.
        let days = std::iter::successors(Some(first.midnight().plus(-DAY)), |day| Some(day.plus(DAY)));
        days.take_while(move |day| day.plus(from) < last)
            .filter(move |day| self.days.has(day.weekday()))
            .map(move |day| {
                let shown = (day.plus(from).max(first), day.plus(to).min(last));
                (DaysHours { day, end: day.plus(to) }, (stretch.instant(shown.0), stretch.instant(shown.1)))
            })
            .filter(|(_, (start, end))| start < end)
    }
}

/// The hours of one day.
#[derive(Clone, Copy)]
struct DaysHours {
    day: Wall,
    end: Wall,
}

/// What holidays leave of a span within a stretch.
fn outside(
    holidays: &Holidays,
    stretch: Stretch,
    start: Timestamp,
    end: Timestamp,
) -> impl Iterator<Item = (Timestamp, Timestamp)> {
    let mut at = start;
    std::iter::from_fn(move || {
        while at < end {
            let next = holidays.from(at, stretch);
            match next {
                Some((begins, ends)) if begins <= at => at = ends,
                _ => {
                    let open = (at, next.map_or(end, |(begins, _)| begins.min(end)));
                    at = open.1;
                    return Some(open);
                }
            }
        }
        None
    })
}
