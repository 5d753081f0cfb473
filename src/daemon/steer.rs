//! Steering runs without a terminal: begun and taken up in tasks of their own, told what a person wishes.
//!
//! Somebody is thought to be there, however far: a pause stays open and an unknown line is asked about until a wish
//! comes. A run that another process drives is told there; one that nobody drives is taken up to heed.

use std::collections::HashSet;
use std::pin::pin;
use std::time::Duration;

use serde_json::{Value, json};

use crate::daemon::refused::Refused;
use crate::daemon::runs::{Runs, RunsError};
use crate::daemon::service::Reach;
use crate::daemon::standing::Standing;
use crate::daemon::start::Ready;
use crate::duration::Millis;
use crate::engine::event::{Resolution, Start, StopReason};
use crate::engine::run::Run;
use crate::engine::state::StepState;
pub use crate::executors::coming::Line;
use crate::executors::people::{People, Says};
use crate::ids::RunId;
pub use crate::journal::Request;
use crate::journal::{RequestKind, RunFilter, lock};
use crate::plan::model::{StepKey, Work};

/// How often is looked whether the last run has ended.
const DRAINED: Duration = Duration::from_millis(20);

/// Where runs of a server go.
#[derive(Clone)]
pub struct Reaches {
    /// Where a run goes that is begun.
    pub own: Reach,
    /// A sandbox beside the run.
    pub rehearsal: Reach,
}

/// What a person wishes of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// End it for good.
    Cancel,
    /// Go on after a pause, or let the next step out: this one and no other, where it is named.
    Go(Option<StepKey>),
    /// This became of a step that nobody knows about.
    Resolve(StepKey, Resolution),
}

/// Who lets a run be driven where nobody sits in front of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A person, over the network.
    Person,
    /// A webhook.
    Webhook,
    /// A time of its schedule.
    Schedule,
}

impl Origin {
    /// The word people read, also in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Person => "serve",
            Self::Webhook => "webhook",
            Self::Schedule => "schedule",
        }
    }
}

/// A run that nobody drives, and what it is to hear when it is taken up; nothing where it was told already.
pub struct Unheard {
    /// The run.
    pub standing: Standing,
    /// The wish.
    pub request: Option<Request>,
}

/// What became of the runs of a server that had not ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TakenUp {
    /// Those that go on.
    pub resumed: Vec<RunId>,
    /// How many wait for a person.
    pub waiting: usize,
}

impl Reaches {
    /// Where a run goes that began there.
    pub fn of(&self, start: &Start) -> Reach {
        if start.is_rehearsal() { self.rehearsal.clone() } else { self.own.clone() }
    }
}

impl Wish {
    fn request(self) -> Request {
        match self {
            Self::Cancel => Request { kind: RequestKind::Cancel, body: Value::Null },
            Self::Go(None) => Request { kind: RequestKind::Go, body: Value::Null },
            Self::Go(Some(step)) => Request { kind: RequestKind::Go, body: json!({ "step": step }) },
            Self::Resolve(step, resolution) => {
                Request { kind: RequestKind::Resolve, body: json!({ "step": step, "resolution": resolution }) }
            }
        }
    }
}

impl Runs {
    /// Begins or goes on with a run in a task of its own.
    async fn drive_alone(&self, ready: Ready) -> Result<RunId, RunsError> {
        let run = ready.start.run.clone();
        let started = ready.spawn(None, People::somebody().0).await?;
        let name = run.clone();
        tokio::spawn(async move {
            match started.ended.await {
                Ok(Ok(ended)) => tracing::info!(run = %name, ?ended, "the run is no longer driven"),
                Ok(Err(error)) => tracing::error!(run = %name, %error, "the run broke off; it can be resumed"),
                Err(_) => tracing::error!(run = %name, "the run broke off; it can be resumed"),
            }
        });
        Ok(run)
    }

    /// Begins a run in a task of its own, and remembers who let it begin: before it, so that a crash in between
    /// leaves no run that nobody owns.
    pub async fn begin_alone(&self, ready: Ready, origin: Origin) -> Result<RunId, RunsError> {
        self.kept.note_origin(&ready.start.run, origin.as_str()).await?;
        self.drive_alone(ready).await
    }

    /// Goes on with a run in a task of its own. What it is to hear first is left for it before.
    pub async fn take_up_alone(&self, ready: Ready, request: Option<&Request>) -> Result<RunId, RunsError> {
        if let Some(request) = request {
            self.tell(&ready.start.run, request).await?;
        }
        self.kept.note_drained(&ready.start.run, false).await?;
        self.drive_alone(ready).await
    }

    /// Lets a run hear a wish, wherever it is driven. One that nobody drives is answered, to be taken up.
    pub async fn wish(&self, run: &RunId, wish: Wish) -> Result<Option<Unheard>, RunsError> {
        let request = wish.request();
        let is_told = self.is_driven(run);
        if is_told {
            self.tell(run, &request).await?;
            if self.is_driven(run) {
                return Ok(None);
            }
        }
        let request = (!is_told).then_some(request);
        match (self.standing(run).await, request) {
            (Ok(standing), request) => Ok(Some(Unheard { standing, request })),
            // Somebody took it up in the meantime, and will heed.
            (Err(RunsError::Lock(_)), Some(request)) => self.tell(run, &request).await.map(|()| None),
            (Err(RunsError::Lock(_)), None) => Ok(None),
            (Err(error), _) => Err(error),
        }
    }

    /// Lets the runs of this process look at an agent now that wait for it to be ready. Those of other processes look
    /// when it is time.
    pub fn look_at(&self, agent: &str) {
        for handle in self.active().all() {
            // One that hears nothing now looks when it is time.
            handle.say(Says::Look(agent.to_owned()));
        }
    }

    /// Whether some process drives the run.
    pub fn is_driven(&self, run: &RunId) -> bool {
        lock::is_held(self.folder(), run)
    }

    /// Who let a run begin, where nobody sat in front of it.
    pub async fn origin(&self, run: &RunId) -> Result<Option<String>, RunsError> {
        Ok(self.kept.origin(run).await?.map(|origin| origin.by))
    }

    /// Stops the runs that this process drives, for it to end: they may be resumed by themselves. Nothing new goes
    /// out; what is in flight ends. A run that still begins before this is over is stopped as well.
    pub async fn drain(&self, begins: impl Future<Output = ()>) {
        let mut begins = pin!(begins);
        let (mut told, mut is_last) = (HashSet::new(), false);
        loop {
            let active = self.active().all();
            if active.is_empty() && is_last {
                return;
            }
            // One that is taken up once more is told once more.
            told.retain(|run| active.iter().any(|handle| handle.run == *run));
            for handle in active {
                if told.contains(&handle.run) {
                    continue;
                }
                if let Err(error) = self.kept.note_drained(&handle.run, true).await {
                    tracing::warn!(run = %handle.run, %error, "the run will not be resumed by itself");
                }
                // One that hears nothing now has just ended, or is told the next time.
                if handle.stop() {
                    told.insert(handle.run);
                }
            }
            match is_last {
                true => tokio::time::sleep(DRAINED).await,
                false => is_last = tokio::time::timeout(DRAINED, &mut begins).await.is_ok(),
            }
        }
    }

    /// Takes up the runs that a server began, that no person stopped, and that did something within this time.
    /// The others wait for a person.
    pub async fn resume_own(&self, within: Millis, reaches: &Reaches) -> Result<TakenUp, RunsError> {
        let unfinished = RunFilter { unfinished: true, ..RunFilter::default() };
        let mut taken_up = TakenUp::default();
        for row in self.journal().runs(&unfinished).await? {
            let Some(origin) = self.kept.origin(&row.id).await? else { continue };
            if self.is_driven(&row.id) {
                continue;
            }
            match self.resume_one(&row.id, origin.drained, (within, reaches)).await {
                Ok(true) => taken_up.resumed.push(row.id),
                Ok(false) => taken_up.waiting += 1,
                Err(error) => {
                    tracing::warn!(run = %row.id, %error, "the run cannot be resumed by itself");
                    taken_up.waiting += 1;
                }
            }
        }
        Ok(taken_up)
    }

    /// Takes up a run unless it waits for a person.
    async fn resume_one(
        &self,
        run: &RunId,
        drained: bool,
        (within, reaches): (Millis, &Reaches),
    ) -> Result<bool, Refused> {
        let standing = self.standing(run).await?;
        let by_person = standing.run.stopped() == Some(StopReason::Person) && !drained;
        if by_person || standing.gap() > within {
            return Ok(false);
        }
        let reach = reaches.of(standing.run.start());
        let ready = standing.prepare(reach).await?;
        self.take_up_alone(ready, None).await?;
        Ok(true)
    }
}

/// Every step that nobody knows about, with its name; in flight where a crash left it.
pub fn unknown_steps(run: &Run) -> Vec<(String, StepKey)> {
    let is_open = |step: StepKey| {
        let in_flight = run.state(step) == StepState::Running && run.is_in_flight(step);
        run.state(step) == StepState::Unknown || in_flight
    };
    let mut found = Vec::new();
    for (key, node, _) in run.steps() {
        if is_open(key) {
            found.push((node.id.clone(), key));
        }
        let Work::Loop(inner) = &node.work else { continue };
        for item in run.items(key) {
            for (place, body) in (0..).zip(&inner.body) {
                let step = StepKey::item(key.node, item.index, place);
                if is_open(step) {
                    let path = if inner.single { node.id.clone() } else { format!("{}.{}", node.id, body.id) };
                    found.push((format!("{path}[{}]", item.key), step));
                }
            }
        }
    }
    found
}
