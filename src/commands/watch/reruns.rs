//! The reruns under way: one a file, a few at a time, and what becomes of a file that is saved meanwhile.

use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use tokio::sync::mpsc;

use super::arguments::Busy;
use super::rerun::{Rerun, RerunEnd};
use crate::executors::people::{People, Says};
use crate::ids::RunId;

/// How many runs are under way at once.
const MOST: usize = 8;

/// The reruns under way, and those that wait for their turn.
pub struct Reruns {
    busy: Busy,
    running: BTreeMap<PathBuf, Running>,
    waiting: VecDeque<PathBuf>,
    done: mpsc::Sender<(PathBuf, RerunEnd)>,
}

struct Running {
    says: mpsc::Sender<Says>,
    run: Arc<OnceLock<RunId>>,
}

/// Whose turn it is.
#[derive(Debug, PartialEq, Eq)]
pub enum Turn {
    /// The file's, now.
    Now,
    /// That of a run which is under way; then the file's. The run's id, as soon as it is known.
    After(Option<RunId>),
    /// That of a run which was just told to end for good; then the file's.
    Instead(Option<RunId>),
    /// Other files'; then this one's.
    Later,
    /// Not the file's.
    Never(Option<RunId>),
}

impl Reruns {
    /// No reruns; their ends are told to `done`.
    pub fn new(busy: Busy, done: mpsc::Sender<(PathBuf, RerunEnd)>) -> Self {
        Self { busy, running: BTreeMap::new(), waiting: VecDeque::new(), done }
    }

    /// Decides whose turn it is when a file was saved.
    pub fn turn(&mut self, path: &Path) -> Turn {
        let Some(running) = self.running.get(path) else {
            if self.running.len() < MOST {
                return Turn::Now;
            }
            self.wait(path);
            return Turn::Later;
        };
        let run = running.run.get().cloned();
        match self.busy {
            Busy::Skip => return Turn::Never(run),
            Busy::Queue => {}
            // A run that has just ended hears nothing, and needs not.
            Busy::Restart => {
                let _ = running.says.try_send(Says::Cancel);
            }
        }
        self.wait(path);
        if self.busy == Busy::Restart { Turn::Instead(run) } else { Turn::After(run) }
    }

    /// Begins a rerun in a task of its own.
    pub fn begin(&mut self, rerun: Rerun) {
        let (path, done) = (rerun.path.clone(), self.done.clone());
        let (mut people, says) = People::somebody();
        people.present = false;
        let run = Arc::new(OnceLock::new());
        self.running.insert(path.clone(), Running { says, run: run.clone() });
        tokio::spawn(async move {
            let end = rerun.perform(people, run).await;
            // Nobody hears it when the watch is over.
            drop(done.send((path, end)).await);
        });
    }

    /// Notes the end of a rerun.
    pub fn end(&mut self, path: &Path) {
        self.running.remove(path);
    }

    /// A file whose turn it is now, which waits no more.
    pub fn next(&mut self) -> Option<PathBuf> {
        if self.running.len() >= MOST {
            return None;
        }
        let place = self.waiting.iter().position(|path| !self.running.contains_key(path))?;
        self.waiting.remove(place)
    }

    /// Stops every run, to be resumed, and forgets what waits. Tells whether there was any.
    pub fn stop(&mut self) -> bool {
        self.waiting.clear();
        for running in self.running.values() {
            let _ = running.says.try_send(Says::Stop);
        }
        !self.running.is_empty()
    }

    /// The runs under way whose ids are known.
    pub fn runs(&self) -> Vec<RunId> {
        self.running.values().filter_map(|running| running.run.get().cloned()).collect()
    }

    /// Tells whether nothing is under way.
    pub fn is_idle(&self) -> bool {
        self.running.is_empty()
    }

    fn wait(&mut self, path: &Path) {
        if !self.waiting.iter().any(|waiting| waiting == path) {
            self.waiting.push_back(path.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Bench {
        reruns: Reruns,
        heard: Vec<(PathBuf, mpsc::Receiver<Says>)>,
    }

    impl Bench {
        fn new(busy: Busy) -> Self {
            Self { reruns: Reruns::new(busy, mpsc::channel(1).0), heard: Vec::new() }
        }

        fn running(mut self, names: &[&str]) -> Self {
            for name in names {
                let (says, heard) = mpsc::channel(4);
                self.reruns.running.insert(name.into(), Running { says, run: Arc::default() });
                self.heard.push((name.into(), heard));
            }
            self
        }

        /// Ends a rerun. Answers whose turn it is then.
        fn end(&mut self, name: &str) -> Vec<PathBuf> {
            self.reruns.end(Path::new(name));
            std::iter::from_fn(|| self.reruns.next()).collect()
        }
    }

    #[test]
    fn a_file_saved_twice_while_its_run_is_under_way_is_run_once_more() {
        let mut bench = Bench::new(Busy::Queue).running(&["a"]);
        assert_eq!(bench.reruns.turn(Path::new("b")), Turn::Now);
        assert_eq!(bench.reruns.turn(Path::new("a")), Turn::After(None));
        assert_eq!(bench.reruns.turn(Path::new("a")), Turn::After(None));
        assert!(bench.heard[0].1.try_recv().is_err());
        assert_eq!(bench.end("a"), [PathBuf::from("a")]);
        assert!(bench.end("a").is_empty());
    }

    #[test]
    fn restart_cancels_and_skip_does_nothing() {
        let mut bench = Bench::new(Busy::Restart).running(&["a"]);
        assert_eq!(bench.reruns.turn(Path::new("a")), Turn::Instead(None));
        assert_eq!(bench.heard[0].1.try_recv(), Ok(Says::Cancel));
        assert_eq!(bench.end("a"), [PathBuf::from("a")]);
        let mut bench = Bench::new(Busy::Skip).running(&["a"]);
        assert_eq!(bench.reruns.turn(Path::new("a")), Turn::Never(None));
        assert!(bench.end("a").is_empty());
    }

    #[test]
    fn a_few_runs_are_under_way_at_once() {
        let names: Vec<String> = (0..MOST).map(|n| n.to_string()).collect();
        let mut bench = Bench::new(Busy::Queue).running(&names.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(bench.reruns.turn(Path::new("x")), Turn::Later);
        assert_eq!(bench.reruns.turn(Path::new("y")), Turn::Later);
        assert_eq!(bench.reruns.next(), None);
        bench.reruns.end(Path::new("3"));
        assert_eq!(bench.reruns.next(), Some("x".into()));
        // One that is not begun after all leaves its turn to the next.
        assert_eq!(bench.reruns.next(), Some("y".into()));
        assert!(bench.reruns.stop());
        assert_eq!(bench.heard[0].1.try_recv(), Ok(Says::Stop));
    }
}
