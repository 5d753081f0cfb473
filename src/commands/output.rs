//! What commands print: data to stdout, words for people to stderr.
//!
//! Whoever reads along may leave early, as `| head` does: that ends the printing, never the command.

use std::fmt::Display;
use std::io::{self, Write as _};

use crate::secret::withheld;

/// Prints data, without colours where stdout is not a terminal.
pub fn data(text: impl Display) -> io::Result<()> {
    let mut stdout = anstream::stdout().lock();
    match write!(stdout, "{text}").and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// Tells people something, without secrets; a closed stderr keeps nobody from going on.
pub fn tell(text: impl Display) {
    let text = text.to_string();
    drop(write!(anstream::stderr().lock(), "{}", withheld::redact(&text)));
}
