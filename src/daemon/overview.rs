//! Runs as lists and figures show them, and who may see and steer them: what pages read of a state folder.

use crate::access::Access;
use crate::daemon::pulse::Pulse;
use crate::daemon::runs::{Runs, RunsError};
use crate::fires::Fires;
use crate::ids::RunId;
use crate::journal::{JournalError, Totals};

pub use crate::journal::{Counts, Reach, RunFilter, RunRow, RunStatus, RunSummary};

impl Runs {
    /// The run with exactly this id.
    pub async fn row(&self, run: &RunId) -> Result<Option<RunRow>, RunsError> {
        Ok(self.kept.row(run).await?)
    }

    /// The runs that a filter lets through, newest first.
    pub async fn list(&self, filter: &RunFilter) -> Result<Vec<RunRow>, RunsError> {
        Ok(self.journal().runs(filter).await?)
    }

    /// The last run of each file.
    pub async fn latest_of_files(&self) -> Result<Vec<RunRow>, RunsError> {
        Ok(self.kept.latest_of_files().await?)
    }

    /// The runs whose row says that they go on, each with its last record.
    pub async fn under_way(&self) -> Result<Vec<Reach>, RunsError> {
        Ok(self.kept.under_way().await?)
    }

    /// All runs in figures.
    pub async fn totals(&self) -> Result<Totals, RunsError> {
        Ok(self.kept.totals().await?)
    }

    /// Tells when anything was committed.
    pub fn pulse(&self) -> Pulse {
        Pulse::of(self.kept.clone())
    }

    /// Who may look and steer over the network.
    pub fn access(&self) -> Access {
        Access::new(self.kept.database())
    }

    /// What became of every time that was due.
    pub fn fires(&self) -> Fires {
        Fires::new(self.kept.database())
    }
}

impl RunsError {
    /// Tells whether there is no such run.
    pub fn is_no_run(&self) -> bool {
        matches!(self, Self::Journal(JournalError::NoRun(_)))
    }
}
