//! Calendars in the form of RFC 5545, read for one purpose: on which days and at which times nobody is addressed.
//!
//! Every event counts, also one that leaves its owner free (`TRANSP:TRANSPARENT`), but for those that were cancelled.
//! What would change the days and is not understood is an error with its line: somebody would be addressed on a day
//! off. Properties that change no days, and components that are no events, are passed over.

mod event;
mod lines;
mod moment;
mod rule;
#[cfg(test)]
mod tests;

use super::holidays::{Mistake, Span};
use event::Event;
use lines::{Line, Raw, unfold};

/// The most spans that one calendar may name: far over any real one, and soon read.
const MOST: usize = 100_000;

/// Tells whether bytes are meant as a calendar.
pub(super) fn is_one(bytes: &[u8]) -> bool {
    let begins = |line: &[u8]| line.get(..6).is_some_and(|begin| begin.eq_ignore_ascii_case(b"BEGIN:"));
    bytes.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).find(|line| !line.is_empty()).is_some_and(begins)
        || bytes.split(|byte| *byte == b'\n').any(|line| line.trim_ascii().eq_ignore_ascii_case(b"BEGIN:VCALENDAR"))
}

/// Reads one calendar, or several that follow each other.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<Span>, Mistake> {
    let mut reading = Reading::default();
    for raw in unfold(bytes)? {
        reading.take(&raw)?;
    }
    reading.finish()
}

/// Where a reader is.
#[derive(Default)]
struct Reading {
    /// The components that were begun and not ended, outermost first.
    within: Vec<String>,
    event: Option<(usize, Vec<Line>)>,
    cancelled: usize,
    spans: Vec<Span>,
}

impl Reading {
    fn take(&mut self, raw: &Raw) -> Result<(), Mistake> {
        if let Some(name) = raw.after("BEGIN:") {
            return self.begin(raw.number, &name);
        }
        if let Some(name) = raw.after("END:") {
            return self.end(raw.number, &name);
        }
        match &mut self.event {
            Some((_, lines)) if self.within.len() == 2 => lines.push(Line::parse(raw)?),
            None if self.within.is_empty() => {
                let message = format!("`{}` stands outside the calendar", crate::text::cut(&raw.text, 40));
                return Err(Mistake::at(
                    raw.number,
                    message,
                    "a calendar goes from `BEGIN:VCALENDAR` to `END:VCALENDAR`",
                ));
            }
            _ => {}
        }
        Ok(())
    }

    fn begin(&mut self, line: usize, name: &str) -> Result<(), Mistake> {
        let is_calendar = name == "VCALENDAR";
        if is_calendar != self.within.is_empty() {
            let message =
                format!("`BEGIN:{}` stands {} a calendar", shown(name), if is_calendar { "within" } else { "outside" });
            return Err(Mistake::at(line, message, "a calendar goes from `BEGIN:VCALENDAR` to `END:VCALENDAR`"));
        }
        if name == "VEVENT" {
            if self.within.len() > 1 {
                let message = format!("an event begins before `END:{}`", shown(&self.within[self.within.len() - 1]));
                return Err(Mistake::at(line, message, "export the calendar again: a line of it is lost"));
            }
            self.event = Some((line, Vec::new()));
        }
        self.within.push(name.to_owned());
        Ok(())
    }

    fn end(&mut self, line: usize, name: &str) -> Result<(), Mistake> {
        let begun = self.within.pop();
        if begun.as_deref() != Some(name) {
            let message = match begun {
                Some(begun) => format!("`END:{}` stands where `{}` ends", shown(name), shown(&begun)),
                None => format!("`END:{}` ends what was not begun", shown(name)),
            };
            return Err(Mistake::at(line, message, "export the calendar again: a line of it is lost"));
        }
        let is_event = self.within.len() == 1 && name == "VEVENT";
        if let Some((begun, lines)) = is_event.then(|| self.event.take()).flatten() {
            match Event::read(begun, &lines)? {
                Some(event) => self.spans.extend(event.spans()?),
                None => self.cancelled += 1,
            }
            if self.spans.len() > MOST {
                let message = format!("the calendar names more than {MOST} days and times up to here");
                return Err(Mistake::at(begun, message, "keep holidays only, in a calendar of their own"));
            }
        }
        Ok(())
    }

    fn finish(self) -> Result<Vec<Span>, Mistake> {
        if let Some(open) = self.within.first() {
            let message = format!("the calendar is cut short: `END:{}` is missing", shown(open));
            return Err(Mistake::whole(message, "export or download it again"));
        }
        if self.spans.is_empty() {
            let cancelled = if self.cancelled > 0 { " that counts: all are cancelled" } else { "" };
            let hint = "take the calendar out, or put its events in";
            return Err(Mistake::whole(format!("the calendar holds no event{cancelled}"), hint));
        }
        Ok(self.spans)
    }
}

/// A piece of the file as a message shows it.
fn shown(text: &str) -> String {
    crate::text::cut(text, 40)
}
