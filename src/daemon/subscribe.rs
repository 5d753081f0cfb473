//! The public events of a run: from any number on, those that were and those that come.
//!
//! A run is never slowed by who listens: its events go to a bounded channel that drops the oldest, and a subscriber
//! who fell behind reads what it missed in the journal, where every event was before it was told. So each event comes
//! once, in order. A run that another process drives is looked at in the journal once a second.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::broadcast::{self, error::RecvError};

use crate::daemon::active::Channels;
use crate::daemon::runs::{Runs, RunsError};
use crate::engine::event::{Event, Record, Start};
use crate::executors::driver;
use crate::ids::RunId;
use crate::journal::lock;
use crate::report::event::PublicEvent;
use crate::report::{Moment, Report, RunView, Translator};

/// How often the journal is looked at for a run of another process.
const LOOK: Duration = Duration::from_secs(1);

/// Tells the subscribers of a run what happened.
pub(crate) struct Announcer {
    translator: Translator,
    channels: Channels,
}

impl Announcer {
    pub(crate) fn new(start: &Start, channels: Channels) -> Self {
        Self { translator: Translator::new(RunView::new(Arc::new(start.clone()))), channels }
    }
}

impl Report for Announcer {
    fn event(&mut self, moment: &Moment) {
        for event in self.translator.translate(moment).into_iter().filter(|_| !moment.past).map(Arc::new) {
            for channel in &self.channels {
                // Nobody may be listening.
                drop(channel.send(event.clone()));
            }
        }
    }

    fn finish(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The events of one run, each once and in order.
pub struct Subscription {
    runs: Runs,
    run: RunId,
    /// The number of the event to come.
    next: u64,
    past: VecDeque<Arc<PublicEvent>>,
    live: Option<broadcast::Receiver<Arc<PublicEvent>>>,
}

impl Runs {
    /// The events of a run, from a number on: 0 for all of them.
    pub async fn subscribe(&self, run: &RunId, from: u64) -> Result<Subscription, RunsError> {
        // Listened to before the journal is read, so that nothing falls between.
        let live = self.active().get(run).map(|handle| handle.events());
        let mut subscription =
            Subscription { runs: self.clone(), run: run.clone(), next: from, past: VecDeque::new(), live };
        subscription.read_journal().await?;
        Ok(subscription)
    }
}

impl Subscription {
    /// The next event; none when no more can come, until the run is resumed.
    pub async fn next(&mut self) -> Result<Option<Arc<PublicEvent>>, RunsError> {
        loop {
            if let Some(event) = self.past.pop_front() {
                self.next = event.seq + 1;
                return Ok(Some(event));
            }
            let Some(live) = &mut self.live else {
                if !self.look_again().await? {
                    return Ok(None);
                }
                continue;
            };
            match live.recv().await {
                Ok(event) if event.seq == self.next => {
                    self.next += 1;
                    return Ok(Some(event));
                }
                Ok(event) if event.seq < self.next => {}
                Ok(_) | Err(RecvError::Lagged(_)) => self.read_journal().await?,
                Err(RecvError::Closed) => {
                    self.live = None;
                    self.read_journal().await?;
                }
            }
        }
    }

    /// Looks for a run that another process drives. Tells whether there may be more.
    async fn look_again(&mut self) -> Result<bool, RunsError> {
        if let Some(handle) = self.runs.active().get(&self.run) {
            self.live = Some(handle.events());
            self.read_journal().await?;
            return Ok(true);
        }
        let is_driven = lock::is_held(self.runs.folder(), &self.run);
        if is_driven {
            tokio::time::sleep(LOOK).await;
        }
        self.read_journal().await?;
        Ok(is_driven || !self.past.is_empty())
    }

    async fn read_journal(&mut self) -> Result<(), RunsError> {
        let records = self.runs.journal().load(&self.run).await?;
        self.past = public(&records)?.into_iter().filter(|event| event.seq >= self.next).map(Arc::new).collect();
        Ok(())
    }
}

/// The public events of records.
pub fn public(records: &[Record]) -> Result<Vec<PublicEvent>, RunsError> {
    let Some(Record { event: Event::Started(start), .. }) = records.first() else { return Ok(Vec::new()) };
    let mut translator = Translator::new(RunView::new(Arc::new(start.as_ref().clone())));
    let mut events = Vec::new();
    driver::replay(records, |moment| events.extend(translator.translate(&moment)))?;
    Ok(events)
}
