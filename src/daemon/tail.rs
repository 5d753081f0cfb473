//! A run followed in its journal, whoever drives it: what it came to, and its public events as they are committed.
//!
//! A tail reads only what is behind the last record it has seen, a bounded piece at a time, so whoever listens is slow
//! alone. Events are numbered from the run's beginning; whoever listens again names the last number they have.

use std::sync::Arc;

use crate::daemon::runs::{Runs, RunsError};
use crate::engine::event::{Event, Record};
use crate::engine::run::Run;
use crate::executors::coming::{Line, coming};
use crate::executors::driver::Replay;
use crate::ids::RunId;
use crate::journal::sqlite::SqliteJournal;
use crate::report::event::PublicEvent;
use crate::report::{Moment, RunView, Translator};

/// How many records are read at once.
const PIECE: usize = 500;

/// A run as far as it was followed.
pub struct Tail {
    kept: Arc<SqliteJournal>,
    run: RunId,
    replay: Replay,
    translator: Option<Translator>,
    /// The number of the record to come.
    next: u64,
    events: u64,
}

impl Runs {
    /// Follows a run from its beginning; nothing is read yet.
    pub fn tail(&self, run: &RunId) -> Tail {
        let kept = self.kept.clone();
        Tail { kept, run: run.clone(), replay: Replay::default(), translator: None, next: 0, events: 0 }
    }

    /// Follows a run up to what is committed now.
    pub async fn tail_to_now(&self, run: &RunId, mut tell: impl FnMut(&Moment<'_>)) -> Result<Tail, RunsError> {
        let mut tail = self.tail(run);
        tail.to_now(&mut tell).await?;
        Ok(tail)
    }
}

impl Tail {
    /// The public events of the next piece of records; none when there is nothing new yet.
    pub async fn advance(&mut self) -> Result<Option<Vec<PublicEvent>>, RunsError> {
        self.read(&mut |_| ()).await
    }

    /// Follows on up to what is committed now.
    pub async fn to_now(&mut self, mut tell: impl FnMut(&Moment<'_>)) -> Result<(), RunsError> {
        while self.read(&mut tell).await?.is_some() {}
        Ok(())
    }

    async fn read(&mut self, tell: &mut impl FnMut(&Moment<'_>)) -> Result<Option<Vec<PublicEvent>>, RunsError> {
        let records = self.kept.tail(&self.run, self.next, PIECE).await?;
        if records.is_empty() {
            return Ok(None);
        }
        let mut events = Vec::new();
        for record in &records {
            let changes = self.replay.take(record)?;
            let moment = Moment { record, changes: &changes, past: false };
            tell(&moment);
            if let Some(translator) = self.translator(record) {
                events.extend(translator.translate(&moment));
            }
            self.next = record.seq + 1;
        }
        self.events += events.len() as u64;
        Ok(Some(events))
    }

    /// The translator, made with record 0.
    fn translator(&mut self, record: &Record) -> Option<&mut Translator> {
        if let (None, Event::Started(start)) = (&self.translator, &record.event) {
            self.translator = Some(Translator::new(RunView::new(Arc::new(start.as_ref().clone()))));
        }
        self.translator.as_mut()
    }

    /// The run as reports see it; none before its record 0 was read.
    pub fn view(&self) -> Option<&RunView> {
        self.translator.as_ref().map(Translator::view)
    }

    /// The run itself; none before its record 0 was read.
    pub fn run(&self) -> Option<&Run> {
        self.replay.run()
    }

    /// How many public events there are so far.
    pub fn events(&self) -> u64 {
        self.events
    }

    /// The first lines that are still to go out.
    pub fn next_lines(&self, runs: &Runs, most: usize) -> Vec<Line> {
        let Some(run) = self.run() else { return Vec::new() };
        let store = runs.store(run.start(), Default::default(), Default::default());
        coming(run, &store, None, most)
    }
}
