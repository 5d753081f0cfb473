//! `--report jsonl`: one public event a line, written at once.
//!
//! To a file goes the whole run, so that the file of a resumed run is complete; to stdout what is new, for
//! whoever reads along has had the rest.

use std::io::{self, Write};

use crate::report::Report;
use crate::report::event::PublicEvent;
use crate::report::moment::Moment;
use crate::report::projection::RunView;
use crate::report::translate::Translator;

/// Writes public events as lines.
pub(crate) struct JsonLines {
    translator: Translator,
    output: Box<dyn Write + Send>,
    with_past: bool,
    has_written: bool,
    error: Option<io::Error>,
}

impl JsonLines {
    /// Writes to an output; `with_past` also what happened before the run was resumed.
    pub(crate) fn new(view: RunView, output: Box<dyn Write + Send>, with_past: bool) -> Self {
        Self { translator: Translator::new(view), output, with_past, has_written: false, error: None }
    }

    fn write(&mut self, event: &PublicEvent) {
        self.has_written = true;
        if self.error.is_none() {
            // At once: other runs may write to the same output.
            let line = format!("{}\n", line(event));
            let written = self.output.write_all(line.as_bytes()).and_then(|()| self.output.flush());
            self.error = written.err();
        }
    }
}

impl Report for JsonLines {
    fn event(&mut self, moment: &Moment) {
        for event in self.translator.translate(moment) {
            if self.with_past || !moment.past {
                self.write(&event);
            }
        }
    }

    fn finish(&mut self) -> io::Result<()> {
        if let Some(event) = self.translator.close().filter(|_| self.has_written) {
            self.write(&event);
        }
        match self.error.take() {
            // Whoever read along has seen enough.
            Some(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            Some(error) => Err(error),
            None => Ok(()),
        }
    }
}

/// The line of an event. JSON escapes the control characters below U+0020 only; a terminal obeys others too.
pub(crate) fn line(event: &PublicEvent) -> String {
    let text = serde_json::to_string(event).unwrap_or_default();
    if !text.contains(is_control) {
        return text;
    }
    text.chars().fold(String::with_capacity(text.len() + 8), |mut line, character| {
        if is_control(character) {
            line.push_str(&format!("\\u{:04x}", character as u32));
        } else {
            line.push(character);
        }
        line
    })
}

fn is_control(character: char) -> bool {
    matches!(character, '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}')
}
