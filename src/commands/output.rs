//! What commands print: data to stdout, words for people to stderr.
//!
//! Whoever reads along may leave early, as `| head` does: that ends the printing, never the command.

use std::fmt::Display;
use std::io::{self, Write as _};

/// Prints data, without colours where stdout is not a terminal.
pub fn data(text: impl Display) -> io::Result<()> {
    let mut stdout = anstream::stdout().lock();
    match write!(stdout, "{text}").and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// Tells people something; a closed stderr keeps nobody from going on.
pub fn tell(text: impl Display) {
    drop(write!(anstream::stderr().lock(), "{text}"));
}
