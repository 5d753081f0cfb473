//! What is said when the program itself is at fault: where, what, and that the run is safe; never a secret.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::panic::PanicHookInfo;

use crate::report::terminal::aside;
use crate::secret::withheld;

/// Takes the place of the hook of the language, which would print whatever a message holds.
pub(super) fn install() {
    std::panic::set_hook(Box::new(|panic| {
        let backtrace = Backtrace::capture();
        let trace = match backtrace.status() {
            BacktraceStatus::Captured => format!("{backtrace}\n"),
            _ => String::new(),
        };
        aside::print_now(&withheld::redact(&format!("{}{trace}", words(panic))));
    }));
}

fn words(panic: &PanicHookInfo<'_>) -> String {
    let place = panic.location().map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
    let what = panic.payload_as_str().unwrap_or("it does not say why");
    format!(
        "error: runsheet itself is at fault, at {place}: {what}\n  = hint: what was recorded is kept, and `runsheet resume` goes on; please report this message\n"
    )
}
