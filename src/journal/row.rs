//! A run as lists show it.

use crate::clock::Timestamp;
use crate::ids::RunId;

/// One run in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunRow {
    /// Its id.
    pub id: RunId,
    /// The workflow's name.
    pub workflow: String,
    /// The workflow's file, relative to the project.
    pub file: String,
    /// The key of the service it speaks to.
    pub service: String,
    /// Whether that is a sandbox.
    pub sandbox: bool,
    /// When it began.
    pub started_at: Timestamp,
    /// How it stands.
    pub summary: RunSummary,
    /// Whether its process died without a word: it is shown as stopped, and can be resumed. Never stored.
    pub crashed: bool,
}

/// How a run stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunSummary {
    /// Whether it goes on, and else how it ended.
    pub status: RunStatus,
    /// When it ended or stopped.
    pub ended_at: Option<Timestamp>,
    /// The credits it spent.
    pub credits: u64,
    /// How its steps ended.
    pub counts: Counts,
}

/// How many steps ended in which way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// As they should.
    pub succeeded: u32,
    /// Wrong.
    pub failed: u32,
    /// Not begun.
    pub skipped: u32,
    /// Nobody knows how.
    pub unknown: u32,
}

/// Whether a run goes on, and else how it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RunStatus {
    /// It goes on.
    Running,
    /// It can go on later.
    Stopped,
    /// Ended as it should.
    Succeeded,
    /// Ended wrong.
    Failed,
    /// A person ended it.
    Cancelled,
}

/// Which runs to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunFilter {
    /// With an id that begins so.
    pub prefix: Option<RunId>,
    /// Of this workflow only.
    pub workflow: Option<String>,
    /// Of this file only.
    pub file: Option<String>,
    /// Of this status only; a crashed run is stopped.
    pub status: Option<RunStatus>,
    /// Only those that are running or stopped.
    pub unfinished: bool,
    /// Only those that began before this one; none where it is not kept.
    pub before: Option<RunId>,
    /// No more than this many, the newest.
    pub limit: Option<usize>,
}

impl RunSummary {
    /// The summary of a run that has just begun.
    pub fn running() -> Self {
        Self { status: RunStatus::Running, ended_at: None, credits: 0, counts: Counts::default() }
    }
}

impl RunStatus {
    /// Every status.
    const ALL: [Self; 5] = [Self::Running, Self::Stopped, Self::Succeeded, Self::Failed, Self::Cancelled];

    /// The word people read, also in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Stopped => "stopped",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// Reads the word back.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == word)
    }

    /// Whether it has ended for good.
    pub fn is_final(self) -> bool {
        !matches!(self, Self::Running | Self::Stopped)
    }
}

impl RunRow {
    /// The row as shown, given whether some process holds the run's lock.
    pub(super) fn seen(mut self, held: impl FnOnce(&RunId) -> bool) -> Self {
        if self.summary.status == RunStatus::Running && !held(&self.id) {
            self.summary.status = RunStatus::Stopped;
            self.crashed = true;
        }
        self
    }
}

impl RunFilter {
    /// Whether it lets a row through.
    pub(super) fn accepts(&self, row: &RunRow) -> bool {
        let same = |wanted: &Option<String>, is: &str| wanted.as_deref().is_none_or(|wanted| wanted == is);
        self.prefix.as_ref().is_none_or(|prefix| row.id.as_str().starts_with(prefix.as_str()))
            && same(&self.workflow, &row.workflow)
            && same(&self.file, &row.file)
            && self.status.is_none_or(|status| status == row.summary.status)
            && !(self.unfinished && row.summary.status.is_final())
    }

    /// The words in the database of those that it may let through; none for all. One that crashed is still running
    /// there.
    pub(super) fn stored(&self) -> Option<[&'static str; 2]> {
        let unfinished = [RunStatus::Running.as_str(), RunStatus::Stopped.as_str()];
        match self.status {
            Some(RunStatus::Stopped) => Some(unfinished),
            Some(status) => Some([status.as_str(); 2]),
            None => self.unfinished.then_some(unfinished),
        }
    }

    /// The limit as a count.
    pub(super) fn most(&self) -> usize {
        self.limit.unwrap_or(usize::MAX)
    }
}
