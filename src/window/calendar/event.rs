//! One event: when it begins, how long it is, when it comes again.

use jiff::SignedDuration;

use super::lines::Line;
use super::moment::{Kind, Length, Moment};
use super::rule::Rule;
use super::{Mistake, shown};
use crate::window::holidays::Span;

/// Properties that an event has once at most, and that change its days.
const ONCE: [&str; 5] = ["DTSTART", "DTEND", "DURATION", "RRULE", "STATUS"];

/// Properties that change an event's days and are not read.
const REFUSED: [&str; 2] = ["RECURRENCE-ID", "EXRULE"];

/// An event that was not cancelled.
pub(super) struct Event {
    /// The line of its beginning, which is blamed for what comes of it.
    line: usize,
    start: Moment,
    length: Length,
    rule: Option<Rule>,
    added: Vec<Moment>,
    excluded: Vec<Moment>,
}

impl Event {
    /// Reads the properties between `BEGIN:VEVENT`, whose line is given, and its end; none where it was cancelled.
    pub(super) fn read(begun: usize, lines: &[Line]) -> Result<Option<Self>, Mistake> {
        for (at, line) in lines.iter().enumerate() {
            if REFUSED.contains(&line.name.as_str()) {
                let hint = "write the event without it: each changed day as an event of its own, and `EXDATE` for the day it replaces";
                return Err(line.wrong(format!("`{}` is not read", line.name), hint));
            }
            if ONCE.contains(&line.name.as_str()) && lines[..at].iter().any(|before| before.name == line.name) {
                return Err(line.wrong(format!("the event has two `{}`", line.name), "leave one out"));
            }
        }
        let one = |name: &str| lines.iter().find(|line| line.name == name);
        if one("STATUS").is_some_and(|line| line.value.eq_ignore_ascii_case("CANCELLED")) {
            return Ok(None);
        }
        let Some(first) = one("DTSTART") else {
            let hint = "add when it begins: `DTSTART;VALUE=DATE:20261225`";
            return Err(Mistake::at(begun, "the event has no `DTSTART`", hint));
        };
        let start = Moment::read(first)?;
        let length = length(first, &start, one("DTEND"), one("DURATION"))?;
        let rule = one("RRULE").map(Rule::read).transpose()?;
        let [added, excluded] = ["RDATE", "EXDATE"].map(|name| {
            let lists = lines.iter().filter(|line| line.name == name).map(Moment::read_all);
            lists.collect::<Result<Vec<_>, _>>().map(|lists| lists.concat())
        });
        let added = added?;
        if let Some(line) = one("RDATE")
            && added.iter().any(|moment| std::mem::discriminant(&moment.kind) != std::mem::discriminant(&start.kind))
        {
            return Err(line.wrong("`RDATE` and `DTSTART` are of two kinds", "write both as dates, or both as times"));
        }
        Ok(Some(Self { line: first.number, start, length, rule, added, excluded: excluded? }))
    }

    /// All its times.
    pub(super) fn spans(&self) -> Result<Vec<Span>, Mistake> {
        let mut starts = self.rule.as_ref().map_or_else(|| vec![self.start.clone()], |rule| rule.starts(&self.start));
        starts.extend(self.added.iter().cloned());
        starts.retain(|start| !self.excluded.iter().any(|excluded| excluded.names(start)));
        let beyond = || Mistake::at(self.line, "the event lies beyond the calendar", "write years up to 9998");
        starts.iter().map(|start| self.span(start).ok_or_else(beyond)).collect()
    }

    fn span(&self, start: &Moment) -> Option<Span> {
        let rest = SignedDuration::from_secs(self.length.seconds);
        let end = self.length.days_after(start.local)?;
        match &start.kind {
            Kind::Date | Kind::Floating => Some(Span::Local(start.local, end.checked_add(rest).ok()?)),
            Kind::Zoned(_) => Some(Span::Instants(start.instant()?, start.on(end).instant()?.checked_add(rest).ok()?)),
        }
    }
}

/// How long an event is that begins at a line.
fn length(first: &Line, start: &Moment, end: Option<&Line>, duration: Option<&Line>) -> Result<Length, Mistake> {
    let is_date = start.kind == Kind::Date;
    let (line, length) = match (end, duration) {
        (Some(_), Some(line)) => {
            return Err(line.wrong("the event has both `DTEND` and `DURATION`", "leave one out"));
        }
        (Some(line), None) => {
            let length = Length::between(start, &Moment::read(line)?);
            let hint = "write both as dates, or both as times, with a zone both or neither";
            (line, length.ok_or_else(|| line.wrong("`DTEND` and `DTSTART` are of two kinds", hint))?)
        }
        (None, Some(line)) => {
            let wrong = || line.wrong(format!("`{}` is no duration", shown(&line.value)), "write `P1D` or `PT2H30M`");
            (line, Length::parse(&line.value).ok_or_else(wrong)?)
        }
        (None, None) if is_date => (first, Length { days: 1, seconds: 0 }),
        (None, None) => {
            let hint = "add `DTEND`, `DURATION:PT1H`, or write a date for a whole day";
            return Err(first.wrong("the event has no length: it has neither `DTEND` nor `DURATION`", hint));
        }
    };
    if is_date && length.seconds != 0 {
        return Err(line.wrong("an event of whole days has a `DURATION` with hours", "write days: `DURATION:P1D`"));
    }
    if length.days < 0 || length.seconds < 0 || (length.days == 0 && length.seconds == 0) {
        let hint = "`DTEND` is the first day or time after the event";
        return Err(line.wrong("the event ends when it begins, or before", hint));
    }
    Ok(length)
}
