//! What this process has learnt that it must print nowhere.
//!
//! Outcomes are cleaned where they arrive. Log lines, panics and last words come from everywhere, also from libraries
//! that know of no secret: whoever learns one adds it here, and whoever prints such words lets them pass here.

use std::borrow::Cow;
use std::sync::{PoisonError, RwLock};

use super::Redactor;

static WITHHELD: RwLock<Option<Redactor>> = RwLock::new(None);

/// Adds what a filter knows.
pub fn add(redactor: &Redactor) {
    let mut withheld = WITHHELD.write().unwrap_or_else(PoisonError::into_inner);
    withheld.get_or_insert_default().add_all(redactor);
}

/// A text without any secret that was added.
pub fn redact(text: &str) -> Cow<'_, str> {
    let withheld = WITHHELD.read().unwrap_or_else(PoisonError::into_inner);
    match withheld.as_ref() {
        Some(redactor) => redactor.text(text),
        None => Cow::Borrowed(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_part_learns_no_other_prints() {
        let mut redactor = Redactor::default();
        redactor.add("held", "withheld-canary-1");
        assert_eq!(redact("a withheld-canary-1 b"), "a withheld-canary-1 b");
        add(&redactor);
        assert_eq!(std::thread::spawn(|| redact("a withheld-canary-1 b").into_owned()).join().unwrap(), "a [held] b");
    }
}
