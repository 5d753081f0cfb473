//! A run read back from its records: what became of the steps by each, as it was when it happened.

use super::changes;
use crate::engine::error::EngineError;
use crate::engine::event::Record;
use crate::engine::run::Run;
use crate::report::{Change, Moment};

/// A run that is read back record by record, as far as its records go by now.
#[derive(Clone, Debug, Default)]
pub struct Replay {
    run: Option<Run>,
}

impl Replay {
    /// Takes the next record. Answers how the steps changed by it.
    pub fn take(&mut self, record: &Record) -> Result<Vec<Change>, EngineError> {
        match &mut self.run {
            Some(run) => {
                run.apply(record)?;
                Ok(changes::after(run, record))
            }
            None => Ok(changes::after(self.run.insert(Run::begin(record)?), record)),
        }
    }

    /// The run so far; none before its record 0.
    pub fn run(&self) -> Option<&Run> {
        self.run.as_ref()
    }
}

/// Hands out the moments of records, as they were when they happened.
pub fn replay(records: &[Record], mut tell: impl FnMut(Moment<'_>)) -> Result<(), EngineError> {
    let mut replay = Replay::default();
    for record in records {
        let changes = replay.take(record)?;
        tell(Moment { record, changes: &changes, past: false });
    }
    Ok(())
}
