//! A journal that ends with its process: for tests and for runs that reach nobody.
//!
//! It refuses what the other one refuses, so that a driver cannot tell them apart.

use std::pin::Pin;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{Ack, Durability, Journal, JournalError, Reply, Request, RunFilter, RunRow, RunSummary};
use crate::database::DatabaseError;
use crate::engine::event::Record;
use crate::ids::RunId;

/// A journal in memory.
#[derive(Debug, Default)]
pub struct MemoryJournal(Mutex<Kept>);

#[derive(Clone, Debug, Default)]
struct Kept {
    runs: Vec<Run>,
    /// How many appends and creations were synced.
    syncs: u64,
    /// Whether every write is refused.
    closed: bool,
}

#[derive(Clone, Debug)]
struct Run {
    row: RunRow,
    records: Vec<Record>,
    /// How many of the records would survive a power cut.
    synced: usize,
    requests: Vec<Request>,
}

impl MemoryJournal {
    /// What would be left after a power cut now: each run up to its last synced record.
    pub fn synced_only(&self) -> Self {
        let mut kept = self.kept().clone();
        kept.runs.iter_mut().for_each(|run| run.records.truncate(run.synced));
        Self(Mutex::new(kept))
    }

    /// Refuses every write from now on, as a full disk does.
    pub fn close(&self) {
        self.kept().closed = true;
    }

    /// How many times a disk would have been waited for.
    pub fn syncs(&self) -> u64 {
        self.kept().syncs
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn open(&mut self) -> Result<&mut Self, JournalError> {
        let refused = || DatabaseError::Failed { path: "memory".into(), detail: "it is closed".to_owned() };
        if self.closed { Err(refused().into()) } else { Ok(self) }
    }

    fn run(&mut self, id: &RunId) -> Result<&mut Run, JournalError> {
        self.runs.iter_mut().find(|run| run.row.id == *id).ok_or_else(|| JournalError::NoRun(id.clone()))
    }

    /// Makes everything kept so far survive a power cut.
    fn sync(&mut self) {
        self.syncs += 1;
        self.runs.iter_mut().for_each(|run| run.synced = run.records.len());
    }

    fn create(&mut self, row: &RunRow, record0: &Record) -> Result<(), JournalError> {
        self.open()?;
        if self.runs.iter().any(|run| run.row.id == row.id) {
            return Err(JournalError::Taken(row.id.clone()));
        }
        if record0.seq != 0 {
            return Err(JournalError::OutOfOrder { run: row.id.clone(), seq: record0.seq });
        }
        self.runs.push(Run { row: row.clone(), records: vec![record0.clone()], synced: 0, requests: Vec::new() });
        self.sync();
        Ok(())
    }

    fn append(&mut self, id: &RunId, record: &Record, durability: Durability) -> Result<(), JournalError> {
        let run = self.open()?.run(id)?;
        if record.seq != run.records.len() as u64 {
            return Err(JournalError::OutOfOrder { run: id.clone(), seq: record.seq });
        }
        run.records.push(record.clone());
        if durability == Durability::Synced {
            self.sync();
        }
        Ok(())
    }

    fn list(&self, filter: &RunFilter) -> Vec<RunRow> {
        // Whoever reads this memory is the process that drives its runs.
        let mut rows: Vec<RunRow> = self.runs.iter().rev().map(|run| run.row.clone().seen(|_| true)).collect();
        rows.sort_by_key(|row| std::cmp::Reverse(row.started_at));
        if let Some(before) = &filter.before {
            let place = rows.iter().position(|row| row.id == *before).map_or(rows.len(), |place| place + 1);
            rows.drain(..place);
        }
        rows.into_iter().filter(|row| filter.accepts(row)).take(filter.most()).collect()
    }
}

impl Journal for MemoryJournal {
    fn create<'a>(&'a self, row: &RunRow, record0: &Record) -> Reply<'a, ()> {
        ready(self.kept().create(row, record0))
    }

    fn append<'a>(
        &'a self,
        run: &RunId,
        record: &Record,
        durability: Durability,
    ) -> Pin<Box<dyn Future<Output = Ack> + Send + 'a>> {
        let ack: Ack = ready(self.kept().append(run, record, durability));
        Box::pin(std::future::ready(ack))
    }

    fn load<'a>(&'a self, run: &RunId) -> Reply<'a, Vec<Record>> {
        ready(self.kept().run(run).map(|run| run.records.clone()))
    }

    fn runs<'a>(&'a self, filter: &RunFilter) -> Reply<'a, Vec<RunRow>> {
        ready(Ok(self.kept().list(filter)))
    }

    fn set_status<'a>(&'a self, run: &RunId, summary: &RunSummary) -> Reply<'a, ()> {
        ready(self.kept().open().and_then(|kept| kept.run(run)).map(|run| run.row.summary = summary.clone()))
    }

    fn put_request<'a>(&'a self, run: &RunId, request: &Request) -> Reply<'a, ()> {
        ready(self.kept().open().and_then(|kept| kept.run(run)).map(|run| run.requests.push(request.clone())))
    }

    fn take_requests<'a>(&'a self, run: &RunId) -> Reply<'a, Vec<Request>> {
        ready(self.kept().run(run).map(|run| std::mem::take(&mut run.requests)))
    }
}

fn ready<'a, T: Send + 'a>(result: Result<T, JournalError>) -> Reply<'a, T> {
    Box::pin(std::future::ready(result))
}
