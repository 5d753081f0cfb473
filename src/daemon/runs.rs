//! The one door to runs: begin one, take one up again, list them. What callers prepare is in [`super::start`] and
//! [`super::standing`].
//!
//! Whoever holds a [`Reserved`] holds the run's lock, and nobody else drives it. A run is written down before
//! anything of it goes out.

mod error;

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use tokio::sync::{Mutex, MutexGuard};
use uuid::Uuid;

pub use self::error::RunsError;
use crate::actions::http::web::{Addresses, Web};
use crate::bithuman::{Client, RunTurn};
use crate::clock::{Clock, PacedClock, SystemClock, Timestamp};
use crate::daemon::active::Active;
use crate::daemon::service::Stage;
use crate::daemon::shared_purchases::Shared;
use crate::data::project::Project;
use crate::database::Database;
use crate::engine::event::{Event, Record, RehearsalClock, RunOutcome, Start};
use crate::engine::run::Run;
use crate::executors::driver::{Driver, Ended, Parts};
use crate::executors::local::LocalExecutor;
use crate::executors::people::People;
use crate::executors::purchasing::{Purchasing, Used};
use crate::executors::store::RunStore;
use crate::ids::RunId;
use crate::journal::blobs::Blobs;
use crate::journal::folder::StateFolder;
use crate::journal::lock::{self, LockError, RunLock};
use crate::journal::sqlite::SqliteJournal;
use crate::journal::{Counts, Durability, Journal, JournalError, RunRow, RunStatus, RunSummary};
use crate::plan::model::Plan;
use crate::purchases::Purchases;
use crate::purchases::price::Prices;
use crate::purchases::sqlite::SqlitePurchases;
use crate::report::Report;
use crate::secret::{Redactor, Secret};
use crate::sent::sqlite::SqliteSent;
use crate::share::Throttle;

/// The shortest id of a run.
const SHORTEST_ID: usize = 4;

/// The runs of one state folder. Clones share them.
#[derive(Clone)]
pub struct Runs {
    project: Project,
    pub(super) folder: StateFolder,
    journal: Arc<dyn Journal>,
    /// The same journal, where its file is looked after.
    pub(super) kept: Arc<SqliteJournal>,
    purchases: Arc<dyn Purchases>,
    /// What was said.
    pub(super) sent: Arc<SqliteSent>,
    active: Active,
    gate: Arc<Mutex<()>>,
    /// What `http` steps reach.
    addresses: Addresses,
}

/// A run's id and the right to drive it.
#[derive(Debug)]
pub struct Reserved {
    /// The id.
    pub id: RunId,
    lock: RunLock,
}

/// What a run is driven with, beside its plan.
pub struct Wiring {
    /// The service.
    pub client: Client,
    /// What agents cost.
    pub prices: Prices,
    /// The values of the workflow's secrets.
    pub secrets: HashMap<String, Secret>,
    /// What must not be seen.
    pub redactor: Redactor,
    /// Who is told.
    pub report: Box<dyn Report + Send>,
    /// Who is asked.
    pub people: People,
}

/// A run that is ready to be driven.
pub struct Underway {
    driver: Driver,
    journal: Arc<dyn Journal>,
    reserved: Reserved,
    stage: Option<Stage>,
    shared: Option<Shared>,
}

impl Runs {
    /// The same, whose `http` steps reach these addresses.
    pub fn reaching(self, addresses: Addresses) -> Self {
        Self { addresses, ..self }
    }

    /// Opens the state folder of a project, or another one.
    pub fn open(project: &Path, state: Option<&Path>) -> Result<Self, RunsError> {
        let folder = StateFolder::open(project, state)?;
        let database = Database::open(&folder.database())?;
        let kept = Arc::new(SqliteJournal::new(database.clone(), folder.clone()));
        let journal: Arc<dyn Journal> = kept.clone();
        #[cfg(feature = "crash-points")]
        let journal = crate::journal::late::where_asked_for(journal);
        let purchases = Arc::new(SqlitePurchases::new(database.clone()));
        let driven = folder.clone();
        let sent = Arc::new(SqliteSent::new(database, Arc::new(move |run| lock::is_held(&driven, run))));
        let project = Project::find(None, project);
        let (active, gate, addresses) = (Active::default(), Arc::default(), Addresses::default());
        Ok(Self { project, folder, journal, kept, purchases, sent, active, gate, addresses })
    }

    /// The project.
    pub fn project(&self) -> &Project {
        &self.project
    }

    /// The runs that this process drives in tasks of their own.
    pub fn active(&self) -> &Active {
        &self.active
    }

    /// Held by whoever looks at what is under way and takes a place, until that can be seen: of two for one place in
    /// this process the other one sees it taken.
    pub async fn gate(&self) -> MutexGuard<'_, ()> {
        self.gate.lock().await
    }

    /// Where the runs are kept.
    pub fn folder(&self) -> &StateFolder {
        &self.folder
    }

    /// The journal.
    pub fn journal(&self) -> &dyn Journal {
        self.journal.as_ref()
    }

    /// What was bought.
    pub(crate) fn purchases(&self) -> &dyn Purchases {
        self.purchases.as_ref()
    }

    /// What was said.
    pub fn sent(&self) -> &SqliteSent {
        &self.sent
    }

    /// Looks through the whole database of the journal.
    pub async fn check(&self) -> Result<(), JournalError> {
        self.kept.check().await
    }

    /// What a run began with; none where it is not kept.
    pub async fn start_of(&self, run: &RunId) -> Result<Option<Start>, JournalError> {
        let first = match self.kept.tail(run, 0, 1).await {
            Err(JournalError::NoRun(_)) => return Ok(None),
            records => records?.into_iter().next(),
        };
        Ok(first.and_then(|record| match record.event {
            Event::Started(start) => Some(*start),
            _ => None,
        }))
    }

    /// Draws an id that no run has or had that said anything, and takes its lock: lines are known by it.
    pub async fn reserve(&self) -> Result<Reserved, RunsError> {
        let mut length = SHORTEST_ID;
        loop {
            let id = RunId::from_random(Uuid::new_v4().as_u128(), length);
            let is_taken = self.kept.has(&id).await? || self.sent.has(&id).await?;
            match RunLock::acquire(&self.folder, &id) {
                Ok(lock) if !is_taken => return Ok(Reserved { id, lock }),
                Ok(_) | Err(LockError::Held { .. }) => length += 1,
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// The purchases of a run, as far as it has come.
    pub fn purchasing(&self, start: &Start, client: &Client, prices: &Prices) -> Purchasing {
        Purchasing {
            purchases: self.purchases.clone(),
            client: client.clone(),
            service: start.service.key.clone(),
            workflow: start.plan.workflow.clone(),
            run: start.run.clone(),
            prices: prices.clone(),
            max_credits: start.plan.max_credits,
            no_purchase: start.no_purchase && !start.is_rehearsal(),
            fresh: start.fresh,
            used: Used::of(start).into(),
        }
    }

    /// Writes a run down: its files, its row, its record 0. Nothing goes out before it is driven. Without sources its
    /// files are those that another run left.
    pub async fn begin(
        &self,
        reserved: Reserved,
        start: Start,
        sources: Option<(&Project, &Path)>,
        wiring: Wiring,
    ) -> Result<Underway, RunsError> {
        match sources {
            Some(sources) => self.keep_files(&start, sources)?,
            None => self.find_files(&start)?,
        }
        let at = SystemClock.now();
        let row = RunRow {
            id: start.run.clone(),
            workflow: start.plan.workflow.clone(),
            file: start.plan.file.clone(),
            service: start.service.key.clone(),
            sandbox: start.service.sandbox,
            started_at: at,
            summary: RunSummary::running(),
            crashed: false,
        };
        let at = start.clock.map_or(at, |clock| clock.from);
        let record = Record { seq: 0, at, event: Event::Started(Box::new(start)) };
        self.journal.create(&row, &record).await?;
        let run = Run::begin(&record)?;
        self.underway(reserved, run, vec![record], wiring)
    }

    /// Keeps the content of every file that the run reads, if it is still what was checked.
    fn keep_files(&self, start: &Start, (project, workflow): (&Project, &Path)) -> Result<(), RunsError> {
        let blobs = Blobs::new(&self.folder);
        for (path, sha256) in &start.plan.files {
            let bytes = project.resolve(workflow, path)?.read_bytes()?;
            if blobs.keep(&bytes)? != *sha256 {
                return Err(RunsError::Changed(path.clone()));
            }
        }
        Ok(())
    }

    fn find_files(&self, start: &Start) -> Result<(), RunsError> {
        let blobs = Blobs::new(&self.folder);
        for sha256 in start.plan.files.values() {
            blobs.read(sha256)?;
        }
        Ok(())
    }

    /// The files of a run, and its secrets.
    pub fn store(&self, start: &Start, values: HashMap<String, Secret>, redactor: Redactor) -> RunStore {
        RunStore {
            blobs: Some(Blobs::new(&self.folder)),
            contents: HashMap::new(),
            files: start.plan.files.clone(),
            sources: start.plan.secrets.clone(),
            values,
            redactor,
            project: Some(self.project.folder().to_owned()),
        }
    }

    fn underway(
        &self,
        reserved: Reserved,
        run: Run,
        records: Vec<Record>,
        wiring: Wiring,
    ) -> Result<Underway, RunsError> {
        let start = run.start();
        let store = Arc::new(self.store(start, wiring.secrets, wiring.redactor.clone()));
        let web = Web::new(self.addresses)?;
        let Plan { priority, throttle, max_parallel, .. } = start.plan;
        // A clock that runs faster lets as much out in its own hour.
        let pace = start.clock.map_or(1.0, |clock| clock.pace);
        let throttle = throttle.map(|throttle| Throttle { rate: throttle.rate * pace, ..throttle });
        let turn = RunTurn { priority, throttle, slots: Some(max_parallel) };
        let executor = LocalExecutor::new(wiring.client.clone(), web, store.clone(), turn);
        let executor = match start.clock {
            Some(RehearsalClock { pace, .. }) => executor.going_by(PacedClock::starting(run.last_at(), pace)),
            None => executor,
        };
        let purchasing = self.purchasing(start, &wiring.client, &wiring.prices);
        purchasing.remember(&records);
        let parts = Parts {
            records,
            journal: self.journal.clone(),
            executor: Arc::new(executor),
            purchasing: Some(Arc::new(purchasing)),
            sent: self.sent.clone(),
            store,
            redactor: wiring.redactor,
            report: wiring.report,
            people: wiring.people,
            run,
        };
        let driver = Driver::new(parts).map_err(RunsError::Items)?;
        Ok(Underway { driver, journal: self.journal.clone(), reserved, stage: None, shared: None })
    }

    /// Takes the lock of a run that stopped or crashed.
    pub fn hold(&self, id: &RunId) -> Result<Reserved, RunsError> {
        Ok(Reserved { id: id.clone(), lock: RunLock::acquire(&self.folder, id)? })
    }

    /// Goes on with a run from its records.
    pub async fn take_up(
        &self,
        reserved: Reserved,
        records: Vec<Record>,
        wiring: Wiring,
    ) -> Result<Underway, RunsError> {
        let mut run = Run::replay(&records)?;
        let resumed = Record { seq: run.next_seq(), at: now_of(&run), event: Event::Resumed };
        run.apply(&resumed)?;
        let running = RunSummary::running();
        self.journal.append(&reserved.id, &resumed, Durability::Synced).await.await?;
        self.journal.set_status(&reserved.id, &running).await?;
        let records = records.into_iter().chain([resumed]).collect();
        self.underway(reserved, run, records, wiring)
    }
}

impl Underway {
    /// The same with the stage that it is played on.
    pub(crate) fn on(self, stage: Option<Stage>) -> Self {
        Self { stage, ..self }
    }

    /// The same, whose purchases others are to find.
    pub(crate) fn sharing(self, shared: Option<Shared>) -> Self {
        Self { shared, ..self }
    }

    /// Drives the run until it ends or stops, and notes in its row how. Its stage ends with it.
    pub async fn drive(mut self) -> Result<Ended, RunsError> {
        let (stage, shared) = (self.stage.take(), self.shared.take());
        let ended = self.until_it_ends().await;
        if let Some(shared) = shared {
            shared.tell_out().await;
        }
        if let Some(stage) = stage {
            (stage.end)().await;
        }
        ended
    }

    async fn until_it_ends(self) -> Result<Ended, RunsError> {
        let Self { driver, journal, reserved, .. } = self;
        let driven = driver.drive().await?;
        let status = match &driven.ended {
            Ended::Finished(RunOutcome::Succeeded) => RunStatus::Succeeded,
            Ended::Finished(RunOutcome::Failed) => RunStatus::Failed,
            Ended::Finished(RunOutcome::Cancelled) => RunStatus::Cancelled,
            Ended::Stopped(_) | Ended::Unwritten { .. } => RunStatus::Stopped,
        };
        let counts = Counts {
            succeeded: driven.counts.succeeded as u32,
            failed: driven.counts.failed as u32,
            skipped: driven.counts.skipped as u32,
            unknown: driven.counts.unknown as u32,
        };
        let summary = RunSummary { status, ended_at: Some(SystemClock.now()), credits: driven.credits, counts };
        // The row is a summary for lists; the records say all of it again.
        if let Err(error) = journal.set_status(&reserved.id, &summary).await {
            tracing::warn!(run = %reserved.id, %error, "the list of runs could not be brought up to date");
        }
        drop(reserved.lock);
        Ok(driven.ended)
    }
}

/// The present instant on the clock of a run that is taken up: one of its own stood still.
fn now_of(run: &Run) -> Timestamp {
    run.start().clock.map_or_else(|| SystemClock.now(), |_| run.last_at())
}
