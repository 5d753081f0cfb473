//! When people may be addressed: days and hours on the clock of their own wall, without their holidays.
//!
//! ```text
//! Window (days, hours) + Zone + Holidays --at(instant)--> open until, or closed until
//! ```
//!
//! The driver asks at the instant of sending, a plan asks to predict; both get one answer, for there is one walk
//! through the clocks, in `opening`. Nothing here reads a file or the time, or knows of workflows.
//!
//! - Half-open: from the first minute, inclusive, to the last, exclusive. A window over midnight belongs to the day on
//!   which it opens: `fri, 22:00-06:00` is open on Saturday at 03:00 and not on Friday at 03:00.
//! - Open is what the clock on the wall shows within the hours, until it has shown their end once. So where the clocks
//!   go back, nobody is addressed while a clock shows a time outside the hours, whichever time it is, and an end that
//!   is shown twice closes the first time. Where they go forward over a bound, it is the first valid instant after it.
//! - A holiday is left out wherever the local date is that date, also after midnight in a window of the evening before.

mod calendar;
mod dates;
mod days;
mod holidays;
mod hours;
mod opening;
mod spans;
#[cfg(test)]
mod tests;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use crate::zone::{Zone, ZoneError};
pub use days::{Days, DaysError};
pub use holidays::{Holidays, HolidaysError};
pub use hours::{Hours, HoursError, TimeOfDay};
pub use opening::Opening;

/// When people may be addressed, on the clock of their own wall.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// The days on which it opens.
    pub days: Days,
    /// The hours during which it is open.
    pub hours: Hours,
}

/// `mon-fri, 09:00-17:00`.
impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}", self.days, self.hours)
    }
}
