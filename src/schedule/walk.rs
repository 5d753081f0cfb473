//! The walk of a cron pattern through the clocks of its zone.
//!
//! Between two changes of the clocks local time is UTC and a constant, so the pattern is asked there for civil times
//! only. At a change two things can happen. The clocks go forward: the times between are due at the change, the first
//! valid instant after each. They go back: what was shown before is shown again, and is named as a repetition, which
//! starts nothing. Both hold for every pattern, whether it names one time or many.

use jiff::civil::{Date, DateTime};
use jiff::tz::Offset;

use super::entry::Change;
use super::pattern::Pattern;
use crate::clock::Timestamp;
use crate::zone::{Zone, just_before};

/// A time that the pattern names.
pub(super) struct Step {
    pub(super) nominal: DateTime,
    pub(super) due: Timestamp,
    pub(super) change: Change,
}

/// A walk forward without end, up to where the calendar ends.
pub(super) struct Walk<'a> {
    pattern: &'a Pattern,
    zone: &'a Zone,
    /// The first local time of the stretch that was not asked for yet.
    from: DateTime,
    stretch: Stretch,
    /// Every local time up to this one was shown, or skipped, before the stretch began.
    shown: DateTime,
    /// The day of the last time that was found.
    day: Option<Date>,
}

/// A stretch of local time.
#[derive(Clone, Copy)]
enum Stretch {
    /// The clocks show it, up to the next change.
    Shown { offset: Offset, change: Option<(jiff::Timestamp, Offset)> },
    /// The clocks skip it at a change, and go on with another offset.
    Skipped { until: DateTime, at: jiff::Timestamp, offset: Offset },
}

impl<'a> Walk<'a> {
    /// A walk over what is due after an instant.
    pub(super) fn new(pattern: &'a Pattern, zone: &'a Zone, after: Timestamp) -> Self {
        let after = after.to_jiff();
        let offset = zone.offset(after);
        let from = ceil(just_after(offset.to_datetime(after)));
        let stretch = Stretch::Shown { offset, change: zone.next_change(after) };
        Self { pattern, zone, from, stretch, shown: zone.shown_until(after), day: None }
    }

    /// The next time in the stretch, and none when there is none left in it.
    fn in_stretch(&self) -> Option<Step> {
        let nominal = self.pattern.from(self.from, self.day)?;
        let change = |plain| if nominal <= self.shown { Change::Repeated } else { plain };
        match self.stretch {
            Stretch::Shown { offset, change: next } => {
                let due = offset.to_timestamp(nominal).ok()?;
                let is_in = next.is_none_or(|(at, _)| due < at);
                is_in.then(|| Step { nominal, due: timestamp(due), change: change(Change::None) })
            }
            Stretch::Skipped { until, at, .. } => {
                (nominal < until).then(|| Step { nominal, due: timestamp(at), change: change(Change::Skipped) })
            }
        }
    }

    /// Goes on to the next stretch; false at the end of the calendar.
    fn go_on(&mut self) -> bool {
        match self.stretch {
            Stretch::Shown { change: None, .. } => return false,
            Stretch::Shown { offset, change: Some((at, next)) } => {
                let (end, start) = (offset.to_datetime(at), next.to_datetime(at));
                if start > end {
                    self.from = ceil(end);
                    self.stretch = Stretch::Skipped { until: start, at, offset: next };
                } else {
                    self.shown = self.shown.max(just_before(end));
                    self.begin(at, next);
                }
            }
            Stretch::Skipped { until, at, offset } => {
                self.shown = self.shown.max(just_before(until));
                self.begin(at, offset);
            }
        }
        true
    }

    fn begin(&mut self, at: jiff::Timestamp, offset: Offset) {
        self.from = ceil(offset.to_datetime(at));
        self.stretch = Stretch::Shown { offset, change: self.zone.next_change(at) };
    }
}

impl Iterator for Walk<'_> {
    type Item = Step;

    fn next(&mut self) -> Option<Step> {
        loop {
            if let Some(step) = self.in_stretch() {
                self.day = Some(step.nominal.date());
                self.from = step.nominal.checked_add(jiff::SignedDuration::from_secs(1)).ok()?;
                return Some(step);
            }
            if !self.go_on() {
                return None;
            }
        }
    }
}

/// The first whole second at or after a time.
fn ceil(time: DateTime) -> DateTime {
    let whole = |time: DateTime| time.with().subsec_nanosecond(0).build().unwrap_or(time);
    match time.subsec_nanosecond() {
        0 => time,
        _ => time.checked_add(jiff::SignedDuration::from_secs(1)).map_or(time, whole),
    }
}

fn just_after(time: DateTime) -> DateTime {
    time.checked_add(jiff::SignedDuration::from_nanos(1)).unwrap_or(time)
}

fn timestamp(instant: jiff::Timestamp) -> Timestamp {
    Timestamp(instant.as_millisecond())
}
