//! When a file has come to rest. Pure: the worker brings what it saw and the time.
//!
//! Each path has a clock of its own, so that noise elsewhere cannot hold it up; paths that come to rest within a
//! moment of each other are told together, so that a checkout is one batch.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A file has come to rest when its content was the same for so long, where events tell when it is closed.
pub const QUIET: Duration = Duration::from_millis(40);
/// Nothing at a path, or an empty file, is mostly an editor between two calls.
const BETWEEN: Duration = Duration::from_millis(400);
/// A file that was written to and not closed is mostly not written yet.
const WRITING: Duration = Duration::from_secs(1);
/// A file that never comes to rest is told at least so often.
const CAP: Duration = Duration::from_secs(2);
/// The same for one that is still open.
const OPEN_CAP: Duration = Duration::from_secs(10);
/// What has come to rest waits for what is about to at the most so long.
const GATHER: Duration = Duration::from_millis(300);

/// An instant: the time since the worker began.
pub type Instant = Duration;

/// What is at a path.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Seen {
    /// Nothing, or nothing that can be read.
    Absent,
    /// A file with this content.
    Content {
        /// The SHA-256, in hexadecimal.
        sha256: String,
        /// Whether there is none.
        is_empty: bool,
    },
}

/// What is known of the paths, and which of them are moving.
#[derive(Debug)]
pub struct Settle {
    quiet: Duration,
    known: BTreeMap<PathBuf, Seen>,
    moving: BTreeMap<PathBuf, Moving>,
    /// When the first of those that wait to be told came to rest.
    resting_since: Option<Instant>,
}

/// A path whose content is not what was last told.
#[derive(Debug)]
struct Moving {
    seen: Seen,
    first: Instant,
    last: Instant,
    is_open: bool,
}

impl Moving {
    /// Tells whether it is as it was left, as far as anybody can tell.
    fn is_whole(&self) -> bool {
        matches!(self.seen, Seen::Content { is_empty: false, .. }) && !self.is_open
    }

    fn rests_at(&self, quiet: Duration) -> Instant {
        let patience = match &self.seen {
            _ if self.is_whole() => quiet,
            Seen::Content { .. } if self.is_open => WRITING,
            Seen::Content { .. } | Seen::Absent => BETWEEN.max(quiet),
        };
        let cap = if self.is_open { OPEN_CAP } else { CAP };
        (self.last + patience).min(self.first + cap)
    }
}

impl Default for Settle {
    fn default() -> Self {
        Self::after(QUIET)
    }
}

impl Settle {
    /// A file has come to rest when its content was the same for so long.
    pub fn after(quiet: Duration) -> Self {
        Self { quiet, known: BTreeMap::new(), moving: BTreeMap::new(), resting_since: None }
    }

    /// Changes how long a content must stay the same.
    pub fn set_quiet(&mut self, quiet: Duration) {
        self.quiet = quiet;
    }

    /// Takes what is at a path for known, and nothing to tell.
    pub fn expect(&mut self, path: &Path, seen: Seen) {
        self.moving.remove(path);
        self.known.insert(path.to_owned(), seen);
    }

    /// Forgets a path that nobody is interested in any more.
    pub fn forget(&mut self, path: &Path) {
        self.moving.remove(path);
        self.known.remove(path);
    }

    /// The paths that it knows.
    pub fn paths(&self) -> impl Iterator<Item = &PathBuf> {
        self.known.keys().chain(self.moving.keys().filter(|path| !self.known.contains_key(*path)))
    }

    /// Takes what is at a path now.
    pub fn look(&mut self, path: &Path, seen: Seen, now: Instant) {
        if *self.known.get(path).unwrap_or(&Seen::Absent) == seen {
            // An open file may yet be written; one that was closed, or is as it was, has nothing to tell.
            self.moving.remove(path);
            return;
        }
        match self.moving.get_mut(path) {
            Some(moving) if moving.seen == seen => {}
            Some(moving) => {
                moving.seen = seen;
                moving.last = now;
            }
            None => {
                let moving = Moving { seen, first: now, last: now, is_open: false };
                self.moving.insert(path.to_owned(), moving);
            }
        }
    }

    /// Notes that a path is being written to, or was closed.
    pub fn note_open(&mut self, path: &Path, is_open: bool) {
        if let Some(moving) = self.moving.get_mut(path) {
            moving.is_open = is_open;
        }
    }

    /// The paths that would be told now: look at them once more before.
    pub fn resting(&self, now: Instant) -> Vec<PathBuf> {
        let resting = self.moving.iter().filter(|(_, moving)| moving.rests_at(self.quiet) <= now);
        resting.map(|(path, _)| path.clone()).collect()
    }

    /// What has come to rest, once, if nothing else is about to.
    pub fn take(&mut self, now: Instant) -> Vec<(PathBuf, Seen)> {
        let resting = self.resting(now);
        if resting.is_empty() {
            self.resting_since = None;
            return Vec::new();
        }
        let since = *self.resting_since.get_or_insert(now);
        let is_about_to = |moving: &Moving| moving.rests_at(self.quiet) > now && moving.is_whole();
        if now < since + GATHER && self.moving.values().any(is_about_to) {
            return Vec::new();
        }
        self.resting_since = None;
        let mut told = Vec::new();
        for path in resting {
            if let Some(moving) = self.moving.remove(&path) {
                match &moving.seen {
                    Seen::Absent => drop(self.known.remove(&path)),
                    seen => drop(self.known.insert(path.clone(), seen.clone())),
                }
                told.push((path, moving.seen));
            }
        }
        told
    }

    /// When to come again after `now`; none while nothing moves.
    pub fn next(&self, now: Instant) -> Option<Instant> {
        let rests: Vec<Instant> = self.moving.values().map(|moving| moving.rests_at(self.quiet)).collect();
        let coming = rests.iter().copied().filter(|at| *at > now).min();
        // What rests already waits for what is about to.
        let waiting = rests.iter().any(|at| *at <= now).then(|| self.resting_since.unwrap_or(now) + GATHER);
        [coming, waiting].into_iter().flatten().min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(ms: u64) -> Instant {
        Duration::from_millis(ms)
    }

    fn text(text: &str) -> Seen {
        Seen::Content { sha256: text.to_owned(), is_empty: text.is_empty() }
    }

    /// Moves the clock a millisecond at a time; answers what was told, and when.
    struct Desk {
        settle: Settle,
        now: u64,
        told: Vec<(u64, Vec<String>)>,
    }

    impl Desk {
        fn new(known: &[&str]) -> Self {
            let mut settle = Settle::default();
            known.iter().for_each(|path| settle.expect(Path::new(path), text("old")));
            Self { settle, now: 0, told: Vec::new() }
        }

        fn see(&mut self, path: &str, seen: Seen) -> &mut Self {
            self.settle.look(Path::new(path), seen, ms(self.now));
            self
        }

        fn open(&mut self, path: &str, is_open: bool) -> &mut Self {
            self.settle.note_open(Path::new(path), is_open);
            self
        }

        fn until(&mut self, at: u64) -> &mut Self {
            while self.now < at {
                self.now += 1;
                let told = self.settle.take(ms(self.now));
                if !told.is_empty() {
                    let paths = told.iter().map(|(path, _)| path.display().to_string());
                    self.told.push((self.now, paths.collect()));
                }
            }
            self
        }

        fn told(&self) -> Vec<(u64, Vec<&str>)> {
            self.told.iter().map(|(at, paths)| (*at, paths.iter().map(String::as_str).collect())).collect()
        }
    }

    #[test]
    fn truncate_and_write_is_one_save() {
        let mut desk = Desk::new(&["a"]);
        desk.see("a", text("")).until(120).see("a", text("half")).until(130).see("a", text("new")).until(900);
        assert_eq!(desk.told(), [(170, vec!["a"])]);
    }

    #[test]
    fn delete_and_create_is_one_save_and_the_same_content_is_none() {
        let mut desk = Desk::new(&["a", "b"]);
        desk.see("a", Seen::Absent).see("b", Seen::Absent).until(250);
        desk.see("a", text("new")).see("b", text("old")).until(2_000);
        assert_eq!(desk.told(), [(290, vec!["a"])]);
    }

    #[test]
    fn what_stays_away_is_told_as_gone() {
        let mut desk = Desk::new(&["a"]);
        desk.see("a", Seen::Absent).until(1_000).see("a", text("new")).until(2_000);
        assert_eq!(desk.told(), [(400, vec!["a"]), (1_040, vec!["a"])]);
    }

    #[test]
    fn a_file_that_is_still_open_is_waited_for() {
        let mut desk = Desk::new(&["a"]);
        desk.see("a", text("half")).open("a", true).until(500).see("a", text("new")).until(520).open("a", false);
        desk.until(2_000);
        assert_eq!(desk.told(), [(540, vec!["a"])]);
        let mut desk = Desk::new(&["a"]);
        desk.see("a", text("never closed")).open("a", true).until(3_000);
        assert_eq!(desk.told(), [(1_000, vec!["a"])]);
    }

    #[test]
    fn noise_elsewhere_holds_nothing_up_for_long() {
        let mut desk = Desk::new(&["a", "noise"]);
        for n in 0..400 {
            desk.see("noise", text(&n.to_string()));
            if n == 50 {
                desk.see("a", text("new"));
            }
            desk.until((n + 1) * 10);
        }
        let (at, _) = *desk.told().iter().find(|(_, paths)| paths.contains(&"a")).unwrap();
        assert!((540..=841).contains(&at), "{at}");
        let noise = desk.told().iter().filter(|(_, paths)| paths.contains(&"noise")).count();
        assert!((1..=2).contains(&noise), "{noise}");
    }

    #[test]
    fn a_checkout_is_one_batch() {
        let mut desk = Desk::new(&[]);
        for n in 0..20_u64 {
            desk.see(&format!("{n:02}"), text("new")).until((n + 1) * 7);
        }
        desk.until(1_000);
        assert_eq!(desk.told().len(), 1);
        assert_eq!(desk.told()[0].1.len(), 20);
        assert!(desk.told()[0].0 <= 180, "{:?}", desk.told());
    }

    #[test]
    fn the_next_look_is_when_something_comes_to_rest() {
        let mut settle = Settle::default();
        assert_eq!(settle.next(ms(0)), None);
        settle.look(Path::new("a"), text("new"), ms(10));
        assert_eq!(settle.next(ms(10)), Some(ms(50)));
        settle.look(Path::new("b"), text("new"), ms(40));
        assert!(settle.take(ms(50)).is_empty());
        assert_eq!(settle.next(ms(50)), Some(ms(80)));
        assert_eq!(settle.take(ms(80)).len(), 2);
        assert_eq!(settle.next(ms(80)), None);
    }
}
