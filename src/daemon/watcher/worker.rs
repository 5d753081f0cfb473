//! The one worker: looks where it is told to, and tells what has come to rest.
//!
//! A thread of its own: it reads files, and its clock must not wait for anybody else's work. A folder is heard of
//! before it is looked through, so that nothing made meanwhile is missed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::time::{Duration, Instant, SystemTime};

use tokio::sync::mpsc;

use super::settle::{QUIET, Seen, Settle};
use super::source::{self, Look, POLL, Source};
use super::tree::{Found, MOST_FOLDERS, Stamp, Tree, is_ignored, see, stamp};

/// How many looks may be waiting before they become one at everything.
const LOOKS: usize = 8192;
/// How many batches may be waiting to be heard.
const BATCHES: usize = 64;
/// The time of a file may be so much older than its last write: the system's clock for files ticks.
const TICK: Duration = Duration::from_millis(10);
/// Everything is looked at so often, for what no event told.
const NOW_AND_THEN: Duration = Duration::from_secs(60);

/// What to watch.
#[derive(Clone, Debug, Default)]
pub struct Watch {
    /// The folders of workflows, with symlinks resolved.
    pub folders: Vec<PathBuf>,
    /// Single files beside them.
    pub files: Vec<PathBuf>,
    /// Whether to look from time to time in place of hearing events.
    pub poll: bool,
}

impl Watch {
    /// Why to look from time to time: it was asked for, or so it must be on a file system of this kind.
    fn must_poll(&self, kind_of: impl Fn(&Path) -> Option<String>) -> Option<String> {
        if self.poll {
            return Some("as asked".to_owned());
        }
        let folders = self.folders.iter().map(PathBuf::as_path);
        let kind = folders.chain(self.files.iter().filter_map(|file| file.parent())).find_map(kind_of)?;
        Some(format!("`{kind}` tells no events"))
    }
}

/// Files that came to rest, each with what is there now.
pub type Saved = Vec<(PathBuf, Seen)>;

/// Files that are named, and since when they were read.
type Named = (Vec<PathBuf>, SystemTime);

/// Watches until dropped.
pub struct Watcher {
    looks: SyncSender<Look>,
    files: Sender<Named>,
    /// Why it polls, if it does.
    pub polls: Option<String>,
}

/// Why nothing can be watched.
#[derive(Debug, thiserror::Error)]
pub enum WatcherError {
    /// The thread cannot be made.
    #[error("nothing can be watched: {0}")]
    Thread(#[from] std::io::Error),
    /// There are too many folders.
    #[error("`{}` has more than {MOST_FOLDERS} folders", .0.display())]
    TooMany(PathBuf),
}

impl Watcher {
    /// Begins to watch. What is there now counts as known.
    pub fn start(watch: Watch) -> Result<(Self, mpsc::Receiver<Saved>), WatcherError> {
        let (looks, inbox) = sync_channel(LOOKS);
        let (saved, heard) = mpsc::channel(BATCHES);
        let mut polls = watch.must_poll(source::must_poll);
        let source = match (&polls, Source::events(looks.clone())) {
            (None, Ok(source)) => source,
            (None, Err(error)) => {
                polls = Some(format!("the system tells no events: {error}"));
                Source::Clock
            }
            (Some(_), _) => Source::Clock,
        };
        let tree = Tree { folders: watch.folders, files: watch.files.into_iter().collect() };
        let (files, lists) = channel();
        let mut worker = Worker::new(tree, source, lists);
        if let (Some(folder), true) = (worker.tree.folders.first(), worker.found.is_cut) {
            return Err(WatcherError::TooMany(folder.clone()));
        }
        polls = polls.or(worker.deaf.take());
        std::thread::Builder::new().name("watcher".to_owned()).spawn(move || worker.run(&inbox, &saved))?;
        Ok((Self { looks, files, polls }, heard))
    }

    /// Watches these files too, in place of those that were named before. What was saved since they were read counts
    /// as saved, though they are named only now.
    pub fn watch_files(&self, files: Vec<PathBuf>, read_since: SystemTime) {
        // A worker that has so much to look at is awake, and takes the list without being told.
        drop(self.files.send((files, read_since)));
        drop(self.looks.try_send(Look::Files));
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        drop(self.looks.try_send(Look::Never));
    }
}

struct Worker {
    tree: Tree,
    found: Found,
    source: Source,
    /// The files to look at besides.
    lists: Receiver<Named>,
    settle: Settle,
    stamps: BTreeMap<PathBuf, Stamp>,
    began: Instant,
    /// Why a folder cannot be heard of, once that was so: it is then looked at by the clock.
    deaf: Option<String>,
}

impl Worker {
    fn new(tree: Tree, source: Source, lists: Receiver<Named>) -> Self {
        let settle = Settle::after(quiet(&source));
        let mut worker = Self {
            tree,
            found: Found::default(),
            source,
            lists,
            settle,
            stamps: BTreeMap::new(),
            began: Instant::now(),
            deaf: None,
        };
        worker.find();
        for path in worker.paths() {
            let seen = worker.see(&path);
            worker.settle.expect(&path, seen);
        }
        worker
    }

    fn run(mut self, inbox: &Receiver<Look>, saved: &mpsc::Sender<Saved>) {
        let mut last_round = Instant::now();
        loop {
            let every = if matches!(self.source, Source::Clock) { POLL } else { NOW_AND_THEN };
            let round = every.saturating_sub(last_round.elapsed());
            let now = self.now();
            let next = self.settle.next(now).map(|at| at.saturating_sub(now));
            let mut is_round = false;
            match inbox.recv_timeout(next.map_or(round, |next| next.min(round))) {
                Ok(look) => {
                    let looks: Vec<Look> = std::iter::once(look).chain(inbox.try_iter()).collect();
                    if looks.iter().any(|look| matches!(look, Look::Never)) {
                        return;
                    }
                    is_round = self.take(looks);
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            if is_round || self.source.was_behind() || last_round.elapsed() >= every {
                self.look_everywhere();
                last_round = Instant::now();
            }
            let batch = self.settled();
            if !batch.is_empty() && saved.blocking_send(batch).is_err() {
                return;
            }
        }
    }

    fn now(&self) -> Duration {
        self.began.elapsed()
    }

    /// Takes looks. Tells whether everything is to be looked at.
    fn take(&mut self, looks: Vec<Look>) -> bool {
        let mut is_round = false;
        let mut paths: BTreeMap<PathBuf, Option<bool>> = BTreeMap::new();
        for look in looks {
            match look {
                Look::At { path, is_open } => {
                    let known = paths.entry(path).or_default();
                    *known = is_open.or(*known);
                }
                Look::Everywhere => is_round = true,
                Look::Files | Look::Never => {}
            }
        }
        // One after the other: each knows since when its own files were read.
        for named in self.lists.try_iter().collect::<Vec<_>>() {
            self.watch_files(named);
        }
        for (path, is_open) in paths {
            if self.tree.holds(&path) {
                self.look(&path);
                if let Some(is_open) = is_open {
                    self.settle.note_open(&path, is_open);
                }
            }
            // A folder that came, or went, tells nothing of its files.
            is_round |= self.is_folder(&path);
        }
        is_round
    }

    /// Tells whether a path is, or was, a folder of interest. It may be another one of the same name by now: it, and
    /// those in it, are heard of anew.
    fn is_folder(&mut self, path: &Path) -> bool {
        let from = self.found.folders.range(path.to_owned()..);
        let stale: Vec<PathBuf> = from.take_while(|folder| folder.starts_with(path)).cloned().collect();
        for folder in &stale {
            self.source.remove(folder);
            self.found.folders.remove(folder);
        }
        let is_hidden = path.file_name().and_then(|name| name.to_str()).is_none_or(is_ignored);
        !stale.is_empty() || (path.is_dir() && !is_hidden)
    }

    /// The content of these files is known when they are named: they were just read, unless they changed since.
    fn watch_files(&mut self, (files, read_since): Named) {
        let files: BTreeSet<PathBuf> = files.into_iter().collect();
        let new: Vec<PathBuf> = files.difference(&self.tree.files).cloned().collect();
        let gone: Vec<PathBuf> = self.tree.files.difference(&files).cloned().collect();
        if new.is_empty() && gone.is_empty() {
            return;
        }
        self.tree.files = files;
        for path in gone.iter().filter(|path| !self.tree.holds(path)) {
            self.settle.forget(path);
            self.stamps.remove(path);
        }
        self.find();
        let is_known = |path: &PathBuf| self.found.workflows.contains(path);
        for path in &new.into_iter().filter(|path| !is_known(path)).collect::<Vec<_>>() {
            let seen = self.see(path);
            let modified = path.metadata().and_then(|found| found.modified());
            if modified.is_ok_and(|modified| modified + TICK >= read_since) {
                self.settle.expect(path, Seen::Absent);
                self.settle.look(path, seen, self.began.elapsed());
            } else {
                self.settle.expect(path, seen);
            }
        }
    }

    /// Finds the folders anew, and hears of them.
    fn find(&mut self) {
        loop {
            let found = self.tree.find();
            let new: Vec<PathBuf> = found.folders.difference(&self.found.folders).cloned().collect();
            for folder in self.found.folders.difference(&found.folders) {
                self.source.remove(folder);
            }
            self.found = found;
            for folder in &new {
                // One that went meanwhile is told by the one above it.
                if let Err(error) = self.source.add(folder)
                    && folder.is_dir()
                {
                    let why = format!("`{}` tells no events: {error}", folder.display());
                    tracing::warn!(%why, "files are looked at from time to time");
                    self.deaf = Some(why);
                    self.source = Source::Clock;
                    self.settle.set_quiet(quiet(&self.source));
                }
            }
            // What was made in a folder before it was heard of is found by looking once more.
            if new.is_empty() || self.found.is_cut {
                return;
            }
        }
    }

    fn look_everywhere(&mut self) {
        // A folder that was moved away and another of its name moved in is heard of anew.
        self.find();
        self.paths().iter().for_each(|path| self.look(path));
    }

    /// Every path that is or was looked at.
    fn paths(&self) -> BTreeSet<PathBuf> {
        self.found.workflows.iter().chain(&self.tree.files).chain(self.settle.paths()).cloned().collect()
    }

    fn look(&mut self, path: &Path) {
        if let (Some(earlier), Some(stamp)) = (self.stamps.get(path), stamp(path))
            && stamp.stands_for(earlier)
        {
            return;
        }
        let seen = self.see(path);
        self.settle.look(path, seen, self.began.elapsed());
    }

    fn see(&mut self, path: &Path) -> Seen {
        let stamp = stamp(path);
        let seen = see(path, stamp.as_ref());
        match stamp {
            Some(stamp) => drop(self.stamps.insert(path.to_owned(), stamp)),
            None => drop(self.stamps.remove(path)),
        }
        seen
    }

    /// What has come to rest; each is looked at once more, for an event may still be on its way.
    fn settled(&mut self) -> Saved {
        for path in self.settle.resting(self.now()) {
            let seen = self.see(&path);
            self.settle.look(&path, seen, self.began.elapsed());
        }
        self.settle.take(self.began.elapsed())
    }
}

/// How long a content must stay the same, by what tells that a file is still being written.
fn quiet(source: &Source) -> Duration {
    match source {
        Source::Events(..) if cfg!(target_os = "linux") => QUIET,
        Source::Events(..) => QUIET * 3,
        Source::Clock => POLL + POLL / 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_or_a_file_elsewhere_is_looked_at_from_time_to_time() {
        let kind_of = |path: &Path| path.starts_with("/far").then(|| "nfs".to_owned());
        let polls = |folder: &str, file: &str, poll: bool| {
            Watch { folders: vec![folder.into()], files: vec![file.into()], poll }.must_poll(kind_of)
        };
        let far = Some("`nfs` tells no events".to_owned());
        assert_eq!(polls("/near", "/near/a.yaml", false), None);
        assert_eq!(polls("/far/shows", "/near/a.yaml", false), far);
        assert_eq!(polls("/near", "/far/a.yaml", false), far);
        assert_eq!(polls("/near", "/near/a.yaml", true), Some("as asked".to_owned()));
    }
}
