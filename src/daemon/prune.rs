//! Removing runs that nobody will look at again, with what only they needed.
//!
//! A run goes whole: its records, its wishes, its lock, the state of its sandbox, and files that no other run reads.
//! What became of scheduled times as old goes too; its counts stay. Purchases stay whatever became of their run: they are what keeps a face from being bought twice. A run that a
//! process drives is never touched, and one that can still be resumed only where that is wished.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::PathBuf;

use crate::clock::Timestamp;
use crate::daemon::runs::{Runs, RunsError};
use crate::duration::Millis;
use crate::ids::RunId;
use crate::journal::blobs::Blobs;
use crate::journal::lock::{LockError, RunLock};
use crate::journal::{Journal as _, RunFilter, RunRow, RunStatus};

/// Which runs to remove.
#[derive(Clone, Debug)]
pub struct Prune {
    /// Those whose last record is older.
    pub older_than: Millis,
    /// Also those that stopped or crashed, and could be resumed.
    pub stopped: bool,
    /// Only tell what would be removed.
    pub dry_run: bool,
}

/// What was removed, or would be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pruned {
    /// The runs, newest first.
    pub runs: Vec<RunRow>,
    /// Their records.
    pub records: u64,
    /// Files that no run reads any more, and states of sandboxes.
    pub files: u64,
    /// The bytes of all that.
    pub bytes: u64,
    /// Whether the database is as large as before, for a run is under way.
    pub is_unshrunk: bool,
}

impl Runs {
    /// Removes what is no longer wanted.
    pub async fn prune(&self, wish: &Prune, now: Timestamp) -> Result<Pruned, RunsError> {
        let rows = self.kept.runs(&RunFilter::default()).await?;
        let is_unshrunk = rows.iter().any(|row| row.summary.status == RunStatus::Running);
        let (extents, mut states) = (self.kept.extents().await?, self.states().map_err(cannot)?);
        let mut pruned = Pruned { is_unshrunk, ..Pruned::default() };
        // One after the other: a lock is an open file, and there may be more runs than a process may open.
        for row in rows {
            let Some(lock) = self.choose(&row, wish, now).await? else { continue };
            let extent = extents.get(&row.id).copied().unwrap_or_default();
            pruned.records += extent.records;
            pruned.bytes += extent.bytes;
            pruned.take(states.remove(&row.id).unwrap_or_default(), wish.dry_run).map_err(cannot)?;
            if let Some(lock) = lock {
                self.kept.forget(&row.id).await?;
                lock.remove().map_err(cannot)?;
            }
            pruned.runs.push(row);
        }
        if !wish.dry_run {
            // No time starts again for it: see there.
            let before = Timestamp(now.0.saturating_sub_unsigned(wish.older_than.0));
            self.fires().forget_before(before).await?;
        }
        let gone = pruned.runs.iter().map(|row| row.id.clone()).collect();
        let wanted = self.kept.files_but_of(gone).await?;
        pruned.take(Blobs::new(&self.folder).unwanted(&wanted).map_err(cannot)?, wish.dry_run).map_err(cannot)?;
        if !wish.dry_run && !is_unshrunk && !pruned.runs.is_empty() {
            // A run that began just now comes first; the room is used again all the same.
            pruned.is_unshrunk = self.kept.shrink().await.is_err();
        }
        Ok(pruned)
    }

    /// Whether a run is to go, with its lock where it really goes.
    async fn choose(&self, row: &RunRow, wish: &Prune, now: Timestamp) -> Result<Option<Option<RunLock>>, RunsError> {
        let status = row.summary.status;
        let may_go = status.is_final() || (status == RunStatus::Stopped && wish.stopped);
        if !may_go || now.since(row.started_at) < wish.older_than {
            return Ok(None);
        }
        // Held before its age is asked for: nobody takes it up in between.
        let lock = match wish.dry_run {
            true => None,
            false => match RunLock::acquire(&self.folder, &row.id) {
                Ok(lock) => Some(lock),
                Err(LockError::Held { .. }) => return Ok(None),
                Err(error) => return Err(error.into()),
            },
        };
        let is_old = now.since(self.last_of(row).await) >= wish.older_than;
        Ok(is_old.then_some(lock))
    }

    /// When a run was last heard of. What is damaged tells by its row alone.
    async fn last_of(&self, row: &RunRow) -> Timestamp {
        let told = row.summary.ended_at.unwrap_or(row.started_at);
        if row.summary.status.is_final() {
            return told;
        }
        let records = self.kept.load(&row.id).await.unwrap_or_default();
        records.last().map_or(told, |record| record.at.max(told))
    }

    /// What lies beside the lock of each run.
    fn states(&self) -> io::Result<HashMap<RunId, Vec<(PathBuf, u64)>>> {
        let mut states: HashMap<RunId, Vec<(PathBuf, u64)>> = HashMap::new();
        for entry in fs::read_dir(self.folder.runs())? {
            let entry = entry?;
            let name = entry.file_name();
            if let Some((run, _)) = name.to_string_lossy().split_once('.').filter(|(_, kind)| *kind != "lock") {
                states.entry(RunId::from_typed(run)).or_default().push((entry.path(), entry.metadata()?.len()));
            }
        }
        Ok(states)
    }
}

impl Pruned {
    /// Counts files, and removes them unless that is only rehearsed.
    fn take(&mut self, files: Vec<(PathBuf, u64)>, dry_run: bool) -> io::Result<()> {
        for (path, bytes) in files {
            if !dry_run {
                fs::remove_file(path)?;
            }
            self.files += 1;
            self.bytes += bytes;
        }
        Ok(())
    }
}

fn cannot(error: io::Error) -> RunsError {
    RunsError::Removing(error.to_string())
}
