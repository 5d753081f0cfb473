//! Where log lines leave the program: whole, without secrets, and beside a run's report.
//!
//! Libraries log too, and know of no secret. So nothing is written before its event is complete: what is hidden is
//! looked for in the whole of it, not in the pieces in which it was written.

use std::io::{self, Write};

use tracing_subscriber::fmt::MakeWriter;

use crate::report::terminal::aside;
use crate::secret::withheld;

/// Makes a writer for each event.
pub(super) struct Lines;

/// The lines of one event, printed when it is dropped.
#[derive(Default)]
pub(super) struct Event(Vec<u8>);

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Event;

    fn make_writer(&'a self) -> Event {
        Event::default()
    }
}

impl Write for Event {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Event {
    fn text(&self) -> String {
        withheld::redact(&String::from_utf8_lossy(&self.0)).into_owned()
    }
}

impl Drop for Event {
    fn drop(&mut self) {
        if !self.0.is_empty() {
            aside::print(&self.text());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Redactor;

    #[test]
    fn a_secret_that_is_written_in_pieces_is_found() {
        let mut redactor = Redactor::default();
        redactor.add("logged", "log-line-canary-7");
        withheld::add(&redactor);
        let mut event = Lines.make_writer();
        for piece in ["DEBUG key=log-li", "ne-can", "ary-7 more\n"] {
            event.write_all(piece.as_bytes()).unwrap();
            event.flush().unwrap();
        }
        assert_eq!(event.text(), "DEBUG key=[logged] more\n");
        event.0.clear();
    }
}
