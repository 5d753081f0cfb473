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

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::clock::{Clock as _, SystemClock, Timestamp};
use crate::daemon::definitions::{Definition, Definitions};
use crate::daemon::runs::{Runs, RunsError};
use crate::daemon::service::is_of;
use crate::daemon::steer::Reaches;
use crate::fires::{Fires, ScheduleKey};
use crate::journal::{RunFilter, RunStatus};
use crate::schedule::decide::{Action, Standing, decide};
use crate::schedule::presence::Presence;
use begin::{Begin, Beginning};
use flow::Flow;
use settle::settle;

/// The files are looked at so often.
const LOOK: Duration = Duration::from_secs(1);
/// So often while a time waits for a run to end.
const SOON: Duration = Duration::from_millis(100);
/// Claims that a process left behind are settled so often.
const SETTLE: Duration = Duration::from_secs(60);

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
    beginning: Beginning,
    tasks: TaskTracker,
}

impl Scheduler {
    /// The scheduler of a project on a service. Nothing happens until it is kept.
    pub fn new(runs: Runs, definitions: Definitions, reaches: Reaches, service: String) -> Self {
        Self {
            fires: runs.fires(),
            presence: Presence::from(SystemClock.now()),
            flows: BTreeMap::new(),
            seen: Arc::default(),
            beginning: Beginning::default(),
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
        self.presence.note(now);
        self.look(now).await?;
        let due: Vec<String> =
            self.flows.iter().filter(|(_, flow)| flow.is_due(now)).map(|(name, _)| name.clone()).collect();
        // Looked at once for all that is due now; a group is counted anew for each of its workflows.
        let running = if due.is_empty() { HashMap::new() } else { self.running().await? };
        for name in due {
            self.decide(&name, running.get(&name).copied().unwrap_or(0), now).await?;
        }
        let waits = self.flows.values().any(|flow| flow.waits);
        let next = self.flows.values().filter_map(|flow| flow.next).min();
        let until_next = next.map_or(LOOK, |next| next.since(SystemClock.now()).as_duration());
        Ok(until_next.min(if waits { SOON } else { LOOK }))
    }

    /// Takes over the files as they are now.
    async fn look(&mut self, now: Timestamp) -> Result<(), RunsError> {
        let list = self.definitions.list().await;
        if Arc::ptr_eq(&list, &self.seen) {
            return Ok(());
        }
        let mut flows = BTreeMap::new();
        for definition in list.iter().filter(|definition| definition.schedule) {
            let flow = match self.flows.remove(&definition.name) {
                Some(flow) if flow.is_of(definition) => flow,
                before => {
                    let opened = match Flow::open(definition, &self.definitions) {
                        Some(opened) => opened,
                        // A broken file keeps the schedule that it had; one that never had any has none.
                        None => {
                            flows.extend(before.map(|before| (definition.name.clone(), before)));
                            continue;
                        }
                    };
                    let decided = self.fires.see(&self.key(&definition.name), opened.schedule(), now).await?;
                    opened.decided(decided, now)
                }
            };
            flows.insert(definition.name.clone(), flow);
        }
        let names: Vec<String> = flows.keys().cloned().collect();
        self.fires.put_aside_all_but(&self.service, &names).await?;
        (self.flows, self.seen) = (flows, list);
        Ok(())
    }

    /// Decides about one workflow, records it, and begins what is ours.
    async fn decide(&mut self, name: &str, running: usize, now: Timestamp) -> Result<(), RunsError> {
        let Some(flow) = self.flows.get(name) else { return Ok(()) };
        let key = self.key(name);
        let standing = Standing {
            now,
            decided_until: flow.decided_until,
            up_since: self.presence.since(),
            under_way: running + self.beginning.of(name),
            waiting: if flow.waits { self.fires.waiting(&key).await? } else { Vec::new() },
            room: self.room(flow).await?,
        };
        let decisions = decide(flow.schedule(), &standing);
        let recorded = self.fires.record(&key, &decisions, now).await?;
        for decision in recorded.ours {
            tracing::info!(workflow = name, due = %decision.due, kind = decision.kind.as_str(), reason = %decision.reason, "a time is due");
            if let Action::Start { cancel } = decision.action {
                self.begin(name, decision.due, cancel);
            }
        }
        let may_wait = !standing.waiting.is_empty() || decisions.all.iter().any(|one| one.action == Action::Wait);
        let waits = may_wait && !self.fires.waiting(&key).await?.is_empty();
        if let Some(flow) = self.flows.get_mut(name) {
            flow.decide(recorded.decided_until, now);
            flow.waits = waits;
        }
        Ok(())
    }

    fn begin(&self, name: &str, due: Timestamp, cancel: bool) {
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
        self.tasks.spawn(begin.run(self.beginning.enter(name)));
    }

    /// How many runs of each workflow are under way on the service.
    async fn running(&self) -> Result<HashMap<String, usize>, RunsError> {
        let filter = RunFilter { status: Some(RunStatus::Running), ..RunFilter::default() };
        let mut counts = HashMap::new();
        for row in self.runs.journal().runs(&filter).await?.into_iter().filter(|row| is_of(&self.service, &row.service))
        {
            *counts.entry(row.workflow).or_default() += 1;
        }
        Ok(counts)
    }

    /// How many more runs the group of a workflow has room for, those that begin just now counted.
    async fn room(&self, flow: &Flow) -> Result<Option<usize>, RunsError> {
        let Some(group) = flow.group() else { return Ok(None) };
        let running = self.running().await?;
        let is_in_group = |other: &Flow| other.group().is_some_and(|other| other.group == group.group);
        let members = self.flows.iter().filter(|(_, other)| is_in_group(other)).map(|(name, _)| name);
        let under_way: usize =
            members.map(|name| running.get(name).copied().unwrap_or(0) + self.beginning.of(name)).sum();
        Ok(Some((group.limit as usize).saturating_sub(under_way)))
    }

    fn key(&self, workflow: &str) -> ScheduleKey {
        ScheduleKey { service: self.service.clone(), workflow: workflow.to_owned() }
    }
}
