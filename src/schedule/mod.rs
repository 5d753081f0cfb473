//! When a workflow runs by itself: which times its schedule names, and what becomes of each.
//!
//! ```text
//! entries --times--> what is due, in order --decide--> fire, shift, catch up, skip, missed: each with its reason
//!                                             |
//!                          what waits, what is under way, since when somebody is there
//! ```
//!
//! [`decide`] is the one place where something is decided: the scheduler asks it as time goes by, and
//! [`explain`] asks it for a span of time that is imagined. So what is explained is what happens.
//!
//! - A nominal time is local time as the schedule names it. One that the clocks skip is due at the first valid
//!   instant after it; one that they show twice is due the first time only.
//! - Times of one workflow that are due at one instant are one run.
//! - What is decided once is not decided again: everything up to [`decide::Standing::decided_until`] is left alone,
//!   whatever the clock does.
//!
//! It is pure: instants come in from outside, and nothing is read, started or kept here.

pub mod decide;
mod due;
pub mod entry;
pub mod explain;
pub mod instant;
pub mod pattern;
pub mod presence;
mod reason;
mod walk;

use std::fmt;

pub use due::Due;
pub use reason::Reason;

use crate::clock::Timestamp;
use crate::duration::Millis;
use entry::Entry;

/// How long after its time a missed run is made up for, where the file does not say.
pub const CATCHUP_WINDOW: Millis = Millis::from_secs(600);

/// When a workflow runs by itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Schedule {
    /// When; at least one.
    pub entries: Vec<Entry>,
    /// What becomes of a time that is due while a run is under way.
    pub overlap: Overlap,
    /// Which missed times are made up for; what is none was not written.
    pub catchup: Option<Catchup>,
    /// How long after its time a missed run is made up for.
    pub catchup_window: Millis,
}

/// What becomes of a time that is due while a run of the workflow is under way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Overlap {
    /// It is left out.
    #[default]
    Skip,
    /// It waits, if no other waits.
    Queue,
    /// It starts, and the run under way is cancelled.
    Cancel,
    /// It starts beside it.
    Allow,
}

/// Which missed times are made up for; in order of how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Catchup {
    /// None.
    None,
    /// The latest one.
    Latest,
    /// All of them.
    All,
}

impl Schedule {
    /// A schedule with the language's defaults.
    pub fn new(entries: Vec<Entry>) -> Self {
        Self { entries, overlap: Overlap::default(), catchup: None, catchup_window: CATCHUP_WINDOW }
    }

    /// What is due after an instant, in order, without end where an entry has none.
    pub fn after(&self, instant: Timestamp) -> impl Iterator<Item = Due> + '_ {
        due::merged(self, instant)
    }

    /// The next instant after one at which a run is due.
    pub fn next(&self, after: Timestamp) -> Option<Due> {
        self.after(after).find(Due::starts)
    }

    /// Which missed times of an entry are made up for.
    pub fn catchup_of(&self, entry: usize) -> Catchup {
        let default = match self.entries.get(entry) {
            Some(Entry::At { .. }) => Catchup::None,
            _ => Catchup::Latest,
        };
        self.catchup.unwrap_or(default)
    }

    /// Everything that decides, as one text: a schedule whose text has changed is another one and begins anew.
    pub fn definition(&self) -> String {
        let entries: Vec<String> = self.entries.iter().map(ToString::to_string).collect();
        let catchup = self.catchup.map_or("default", Catchup::as_str);
        let window = self.catchup_window.to_text();
        format!("{}; overlap {}; catchup {catchup} within {window}", entries.join(", "), self.overlap)
    }
}

impl Overlap {
    /// Every way.
    pub const ALL: [Self; 4] = [Self::Skip, Self::Queue, Self::Cancel, Self::Allow];

    /// The word of the file.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Skip => "skip",
            Self::Queue => "queue",
            Self::Cancel => "cancel",
            Self::Allow => "allow",
        }
    }

    /// Reads the word of the file.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|overlap| overlap.as_str() == word)
    }
}

impl Catchup {
    /// Every way.
    pub const ALL: [Self; 3] = [Self::None, Self::Latest, Self::All];

    /// The word of the file.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Latest => "latest",
            Self::All => "all",
        }
    }

    /// Reads the word of the file.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|catchup| catchup.as_str() == word)
    }
}

impl fmt::Display for Overlap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Catchup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
