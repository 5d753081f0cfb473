//! Named places where a test ends the process at once, as a power cut or `kill -9` would.
//!
//! `RUNSHEET_CRASH=after_append:3` ends it at the third pass of that place. Only a build with the feature
//! `crash-points` looks; in every other build [`point`] is nothing, and the variable means nothing.

/// Where a process may be ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Point {
    /// An event is about to be handed to the journal.
    BeforeAppend,
    /// The intent of a try is kept, and nothing of it was sent.
    AfterAppend,
    /// A request left this machine, and its answer was not looked at.
    AfterSend,
    /// A try was answered, and its outcome is not kept.
    AfterAnswer,
    /// The intent of a purchase is kept, and not yet its try.
    AfterIntent,
    /// What was bought is kept, and not yet the outcome of its try.
    AfterPurchase,
    /// An agent was made, and is not yet in the lock of the project.
    BeforeLock,
}

impl Point {
    /// Every place.
    pub const ALL: [Self; 7] = [
        Self::BeforeAppend,
        Self::AfterAppend,
        Self::AfterSend,
        Self::AfterAnswer,
        Self::AfterIntent,
        Self::AfterPurchase,
        Self::BeforeLock,
    ];

    /// The word of `RUNSHEET_CRASH`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BeforeAppend => "before_append",
            Self::AfterAppend => "after_append",
            Self::AfterSend => "after_send",
            Self::AfterAnswer => "after_answer",
            Self::AfterIntent => "after_intent",
            Self::AfterPurchase => "after_purchase",
            Self::BeforeLock => "before_lock",
        }
    }
}

/// Passes a place; a process that was to be ended here goes no further.
#[cfg(feature = "crash-points")]
pub fn point(point: Point) {
    if armed::is_reached(point) {
        std::process::abort();
    }
}

/// Passes a place.
#[cfg(not(feature = "crash-points"))]
#[inline(always)]
pub fn point(_: Point) {}

#[cfg(feature = "crash-points")]
mod armed {
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::Point;

    /// The place where this process ends, and at which pass.
    static TARGET: OnceLock<Option<(Point, u64)>> = OnceLock::new();
    static PASSES: AtomicU64 = AtomicU64::new(0);

    pub(super) fn is_reached(point: Point) -> bool {
        let target = TARGET.get_or_init(|| std::env::var("RUNSHEET_CRASH").ok().as_deref().and_then(read));
        match target {
            Some((wanted, pass)) if *wanted == point => PASSES.fetch_add(1, Ordering::Relaxed) + 1 == *pass,
            _ => false,
        }
    }

    /// Reads `after_append:3`; a word alone means the first pass.
    fn read(text: &str) -> Option<(Point, u64)> {
        let (word, pass) = text.split_once(':').unwrap_or((text, "1"));
        let point = Point::ALL.into_iter().find(|point| point.as_str() == word)?;
        Some((point, pass.parse().ok()?))
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn a_place_is_named_with_its_pass() {
            assert_eq!(read("after_send:12"), Some((Point::AfterSend, 12)));
            assert_eq!(read("before_append"), Some((Point::BeforeAppend, 1)));
            assert_eq!((read("nowhere:1"), read("after_send:soon")), (None, None));
        }
    }
}
