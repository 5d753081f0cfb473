//! What a process holds now: open handles and resident memory, as Linux tells them.

use std::path::PathBuf;
use std::time::{Duration, Instant};

/// How long handles may take to be closed once nobody needs them: what was connected hears of the end.
const PATIENCE: Duration = Duration::from_secs(5);

/// A process that is looked at.
#[derive(Clone, Debug)]
pub struct Gauge(PathBuf);

impl Gauge {
    /// The gauge of a process; none where the system has no `/proc`.
    pub fn of(process: u32) -> Option<Self> {
        let folder = PathBuf::from(format!("/proc/{process}"));
        folder.join("fd").is_dir().then_some(Self(folder))
    }

    /// How many handles are open. The look at itself counts, and counts every time.
    pub fn handles(&self) -> usize {
        std::fs::read_dir(self.0.join("fd")).unwrap().count()
    }

    /// What each open handle is, for people.
    pub fn named_handles(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.0.join("fd")).unwrap().flatten();
        let mut names: Vec<String> = entries
            .filter_map(|entry| std::fs::read_link(entry.path()).ok())
            .map(|target| target.display().to_string())
            .collect();
        names.sort();
        names
    }

    /// Resident memory, in KiB.
    pub fn memory(&self) -> u64 {
        let status = std::fs::read_to_string(self.0.join("status")).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a process has memory");
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }

    /// Waits until no more handles are open than these, and answers how many there are.
    pub fn handles_down_to(&self, most: usize) -> usize {
        let until = Instant::now() + PATIENCE;
        loop {
            let handles = self.handles();
            if handles <= most || Instant::now() >= until {
                return handles;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// The fewest handles of this short while.
    pub fn fewest_handles_within(&self, length: Duration) -> usize {
        let until = Instant::now() + length;
        let mut fewest = self.handles();
        while Instant::now() < until {
            std::thread::sleep(Duration::from_millis(2));
            fewest = fewest.min(self.handles());
        }
        fewest
    }
}
