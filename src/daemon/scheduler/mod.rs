//! Starts what is due, each nominal time once.
//!
//! One task looks at the clock: it sleeps until the next time that is due, at most a second, asks
//! [`crate::schedule::decide`], records the answer in [`crate::fires`], and only then starts what is its own. A time
//! that was recorded is never started again, whatever becomes of its run or of this process.
//!
//! It refuses to buy: a run that would, without `max_credits` of its file covering it, is told as lost.

mod begin;
mod flow;
mod settle;
mod turns;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::clock::{Clock as _, SystemClock, Timestamp};
use crate::daemon::busy::Busy;
use crate::daemon::definitions::{Definition, Definitions};
use crate::daemon::runs::{Reserved, Runs, RunsError};
use crate::daemon::steer::Reaches;
use crate::fires::{Fires, Recording, ScheduleKey};
use crate::schedule::decide::{Action, Standing, decide};
use crate::schedule::presence::Presence;
use begin::Begin;
use flow::Flow;
use settle::settle;
use turns::Turns;

/// The files are looked at so often.
const LOOK: Duration = Duration::from_secs(1);
/// So often while a time waits for a run to end.
const SOON: Duration = Duration::from_millis(100);
/// Claims that a process left behind are settled so often.
const SETTLE: Duration = Duration::from_secs(60);

/// It is noted so often that somebody is there.
const ATTEND: Duration = Duration::from_secs(20);

/// Starts what is due.
pub struct Scheduler {
    runs: Runs,
    definitions: Definitions,
    reaches: Reaches,
    fires: Fires,
    /// The key of the service: a rehearsal takes nothing from an evening.
    service: String,
    presence: Presence,
    /// The workflows with a schedule, by their name.
    flows: BTreeMap<String, Flow>,
    /// The files that the flows were taken from.
    seen: Arc<Vec<Arc<Definition>>>,
    /// When it was noted the last time that somebody is there.
    attended: Option<Instant>,
    turns: Turns,
    tasks: TaskTracker,
}

/// What was decided about a workflow.
struct Decided {
    name: String,
    recording: Recording,
    /// The runs of what is to be started, by when it was due.
    reserved: HashMap<Timestamp, Reserved>,
    /// Whether a time may wait for its turn.
    may_wait: bool,
}

impl Scheduler {
    /// The scheduler of a project on a service. Nothing happens until it is kept.
    pub fn new(runs: Runs, definitions: Definitions, reaches: Reaches, service: String) -> Self {
        Self {
            fires: runs.fires(),
            presence: Presence::from(SystemClock.now()),
            flows: BTreeMap::new(),
            seen: Arc::default(),
            attended: None,
            turns: Turns::default(),
            tasks: TaskTracker::new(),
            runs,
            definitions,
            reaches,
            service,
        }
    }

    /// Keeps the schedules until it is told to end. What was claimed by then is begun.
    pub async fn keep(mut self, ending: CancellationToken) {
        let mut settled: Option<Instant> = None;
        loop {
            if settled.is_none_or(|settled| settled.elapsed() >= SETTLE) {
                settled = Some(Instant::now());
                if let Err(error) = settle(&self.runs, &self.service, SystemClock.now()).await {
                    tracing::error!(%error, "what a process left cannot be settled at this moment");
                }
            }
            let wait = match self.step(SystemClock.now()).await {
                Ok(wait) => wait,
                Err(error) => {
                    tracing::error!(%error, "the schedules cannot be kept at this moment");
                    LOOK
                }
            };
            tokio::select! {
                () = ending.cancelled() => break,
                () = tokio::time::sleep(wait) => {}
            }
        }
        self.tasks.close();
        self.tasks.wait().await;
    }

    /// Does what is to be done now. Answers how long nothing will be.
    pub async fn step(&mut self, now: Timestamp) -> Result<Duration, RunsError> {
        if self.presence.note(now) {
            // Another server may have been there: who kept the schedules is kept with them.
            self.flows.values_mut().for_each(Flow::forget);
            self.seen = Arc::default();
        }
        // What goes wrong with one is told when all others are served.
        let mut failed = self.look(now).await.and(self.attend(now).await);
        let due: Vec<String> =
            self.flows.iter().filter(|(_, flow)| flow.is_due(now)).map(|(name, _)| name.clone()).collect();
        let runs = self.runs.clone();
        let gate = if due.is_empty() { None } else { Some(runs.gate().await) };
        let (grouped, alone): (Vec<_>, Vec<_>) =
            due.into_iter().partition(|name| self.flows.get(name).is_some_and(|flow| flow.group().is_some()));
        if !alone.is_empty() {
            // Looked at once for all that is due now, and recorded by as few writes as the disk allows.
            failed = failed.and(self.serve(&alone, now).await);
        }
        for name in grouped {
            // What one of a group takes the next one has not.
            failed = failed.and(self.serve(&[name], now).await);
        }
        drop(gate);
        failed?;
        let waits = self.flows.values().any(|flow| flow.waits);
        let next = self.flows.values().filter_map(|flow| flow.next).min();
        let until_next = next.map_or(LOOK, |next| next.since(SystemClock.now()).as_duration());
        Ok(until_next.min(if waits { SOON } else { LOOK }))
    }

    /// Decides about these workflows, and begins what is due of them.
    async fn serve(&mut self, names: &[String], now: Timestamp) -> Result<(), RunsError> {
        let busy = self.runs.busy(&self.service).await?;
        let mut decided = Vec::new();
        for name in names {
            decided.push(self.decide(name, &busy, now).await);
        }
        // What is recorded is begun, whatever becomes of the others.
        let mut failed = Ok(());
        for one in decided {
            let carried_out = match one {
                Ok(Some(one)) => self.carry_out(one, now).await,
                other => other.map(drop),
            };
            failed = failed.and(carried_out);
        }
        failed
    }

    /// Notes now and then that somebody is there, for who comes next.
    async fn attend(&mut self, now: Timestamp) -> Result<(), RunsError> {
        if self.attended.is_none_or(|attended| attended.elapsed() >= ATTEND) {
            self.fires.attend(self.flows.keys().map(|name| self.key(name)).collect(), now).await?;
            self.attended = Some(Instant::now());
        }
        Ok(())
    }

    /// Takes over the files as they are now.
    async fn look(&mut self, now: Timestamp) -> Result<(), RunsError> {
        let list = self.definitions.list().await;
        if Arc::ptr_eq(&list, &self.seen) {
            return Ok(());
        }
        let (mut flows, mut failed) = (BTreeMap::new(), Ok(()));
        for definition in list.iter().filter(|definition| definition.schedule) {
            let flow = match self.flows.remove(&definition.name) {
                Some(flow) if flow.is_of(definition) => Some(flow),
                before => {
                    let (flow, seen) = self.take_up(definition, before, now).await;
                    failed = failed.and(seen);
                    flow
                }
            };
            flows.extend(flow.map(|flow| (definition.name.clone(), flow)));
        }
        self.flows = flows;
        failed?;
        self.put_aside(&list).await?;
        // Only what was taken over is not looked at again.
        self.seen = list;
        Ok(())
    }

    /// Takes up the schedule of a file; where that cannot be noted now, it stays as it was.
    async fn take_up(
        &self,
        definition: &Arc<Definition>,
        before: Option<Flow>,
        now: Timestamp,
    ) -> (Option<Flow>, Result<(), RunsError>) {
        // A broken file keeps the schedule that it had; one that never had any has none.
        let flow = match (Flow::open(definition, &self.definitions), &before) {
            (Some(opened), _) => opened,
            (None, Some(before)) if before.is_forgotten() => before.clone(),
            (None, _) => return (before, Ok(())),
        };
        match self.fires.see(&self.key(&definition.name), flow.schedule(), now).await {
            Ok(seen) => (Some(flow.seen(seen, now)), Ok(())),
            Err(error) => (before, Err(error.into())),
        }
    }

    /// Puts aside the schedules that were taken away. That of a file which is broken since before this process is
    /// not: what is due of it stays undecided until the file is mended, and was missed then.
    async fn put_aside(&self, list: &[Arc<Definition>]) -> Result<(), RunsError> {
        let broken = list.iter().filter(|definition| !definition.is_good() && definition.good().is_none());
        for definition in broken.clone() {
            tracing::warn!(
                file = definition.file,
                "the file is broken: if it has a schedule, nothing of it starts until it is mended"
            );
        }
        // One that cannot even be read may be that of any schedule.
        if broken.clone().any(|definition| definition.is_unknown) {
            return Ok(());
        }
        let kept = list.iter().filter(|definition| definition.schedule).chain(broken);
        let names: Vec<String> = kept.map(|definition| definition.name.clone()).collect();
        Ok(self.fires.put_aside_all_but(&self.service, &names).await?)
    }

    /// Decides about one workflow, and lets it be recorded.
    async fn decide(&self, name: &str, busy: &Busy, now: Timestamp) -> Result<Option<Decided>, RunsError> {
        let Some(flow) = self.flows.get(name) else { return Ok(None) };
        let key = self.key(name);
        let standing = Standing {
            now,
            decided_until: flow.decided_until,
            up_since: flow.up_since.min(now),
            under_way: busy.of(name),
            waiting: if flow.waits { self.fires.waiting(&key).await? } else { Vec::new() },
            room: flow.group().map(|group| busy.room(group, &self.seen)),
        };
        let decisions = decide(flow.schedule(), &standing);
        // A claim names its run, whose lock is held by then: whoever finds one after a crash knows that it is dead.
        let mut reserved = HashMap::new();
        for one in decisions.all.iter().filter(|one| matches!(one.action, Action::Start { .. })) {
            reserved.insert(one.due, self.runs.reserve().await?);
        }
        let runs = reserved.iter().map(|(due, reserved)| (*due, reserved.id.clone())).collect();
        let recording = self.fires.queue(&key, (&decisions, &runs), now).await;
        let may_wait = !standing.waiting.is_empty() || decisions.all.iter().any(|one| one.action == Action::Wait);
        Ok(Some(Decided { name: name.to_owned(), recording, reserved, may_wait }))
    }

    /// Waits until it is recorded, and begins what is ours.
    async fn carry_out(&mut self, decided: Decided, now: Timestamp) -> Result<(), RunsError> {
        let Decided { name, recording, mut reserved, may_wait } = decided;
        let recorded = recording.done().await?;
        for decision in recorded.ours {
            tracing::info!(workflow = name, due = %decision.due, kind = decision.kind.as_str(), reason = %decision.reason, "a time is due");
            if let Action::Start { cancel } = decision.action
                && let Some(reserved) = reserved.remove(&decision.due)
            {
                self.begin(&name, (decision.due, cancel), reserved);
            }
        }
        let waits = may_wait && !self.fires.waiting(&self.key(&name)).await?.is_empty();
        if let Some(flow) = self.flows.get_mut(&name) {
            flow.decide(recorded.decided_until, now);
            flow.waits = waits;
        }
        Ok(())
    }

    fn begin(&mut self, name: &str, (due, cancel): (Timestamp, bool), reserved: Reserved) {
        let Some(flow) = self.flows.get(name) else { return };
        let begin = Begin {
            runs: self.runs.clone(),
            fires: self.fires.clone(),
            reaches: self.reaches.clone(),
            key: self.key(name),
            opened: flow.opened.clone(),
            due,
            cancel,
        };
        self.tasks.spawn(begin.run(reserved, self.turns.give(name)));
    }

    fn key(&self, workflow: &str) -> ScheduleKey {
        ScheduleKey { service: self.service.clone(), workflow: workflow.to_owned() }
    }
}
