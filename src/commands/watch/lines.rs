//! Whole lines of several runs on one terminal, each with the name of its workflow.

use std::io::{self, Write};

use crate::commands::output;

/// Writes whole lines to stderr, behind a tag.
pub struct Tagged {
    tag: String,
    line: Vec<u8>,
}

impl Tagged {
    /// A tag is what stands before each line; nothing where one run is shown at a time.
    pub fn new(tag: String) -> Self {
        Self { tag, line: Vec::new() }
    }

    fn end_line(&mut self) {
        let line = std::mem::take(&mut self.line);
        let line = format!("{}{}", self.tag, String::from_utf8_lossy(&line));
        output::tell(format_args!("{}\n", line.trim_end()));
    }
}

impl Write for Tagged {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for byte in bytes {
            match byte {
                b'\n' => self.end_line(),
                byte => self.line.push(*byte),
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Tagged {
    fn drop(&mut self) {
        if !self.line.is_empty() {
            self.end_line();
        }
    }
}
