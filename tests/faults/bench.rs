//! A run in this process: its project, its service in which things go wrong, and what both came to.

use std::collections::HashMap;
use std::time::Duration;

use indexmap::IndexMap;
use runsheet::bithuman::{Client, RateLimits};
use runsheet::daemon::runs::{Runs, Underway, Wiring};
use runsheet::data::project::Project;
use runsheet::duration::Millis;
use runsheet::engine::event::{Event, Record, Resolution, RunOutcome, Service, Start, StopReason};
use runsheet::engine::run::Run;
use runsheet::engine::state::StepState;
use runsheet::executors::driver::Ended;
use runsheet::executors::people::People;
use runsheet::journal::{Request, RequestKind, RunSummary};
use runsheet::plan::build::build;
use runsheet::plan::model::{Plan, StepKey};
use runsheet::purchases::price::Prices;
use runsheet::report::Reports;
use runsheet::sandbox::{Fault, RunningSandbox, Sandbox, Settings};
use runsheet::secret::{Redactor, Secret};
use runsheet::settings::ServiceUrl;
use runsheet::workflow::{check, load};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{AGENT, all_steps, text_of};

/// No run of a bench takes longer, however often it stops.
const BOUND: Duration = Duration::from_secs(40);
/// No run stops more often; from half of them on nothing goes wrong any more.
const MOST_STOPS: usize = 24;

/// A run and its world.
pub struct Bench {
    runs: Runs,
    plan: Plan,
    project: Project,
    world: World,
    faults: Vec<Fault>,
    _folder: TempDir,
}

/// The service of a run, and who reaches it.
struct World {
    sandbox: RunningSandbox,
    client: Client,
    service: Service,
}

/// What a run came to.
pub struct Course {
    /// The run as its journal says.
    pub run: Run,
    /// Its records.
    pub records: Vec<Record>,
    /// Why it stopped on the way, each time.
    pub stops: Vec<StopReason>,
}

impl Bench {
    /// A project with this workflow, beside a service in which this goes wrong, as `kind: faults` files say it.
    pub async fn new(workflow: &str, faults: &Value, seed: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("workflows/show.yaml");
        std::fs::create_dir(path.parent().unwrap()).unwrap();
        std::fs::write(&path, workflow).unwrap();
        let project = Project::find(Some(&path), folder.path());
        let loaded = load::read(&path, &path).unwrap();
        let checked = check::check(&loaded, &project);
        let workflow = checked.workflow.unwrap_or_else(|| panic!("{workflow}\n{:#?}", checked.diagnostics));
        let plan = build(&workflow, IndexMap::new(), &project).unwrap();
        let faults: Vec<Fault> = serde_json::from_value(faults.clone()).unwrap();
        let world = World::new(faults.clone(), seed).await;
        let runs = Runs::open(folder.path(), None).unwrap();
        Self { runs, plan, project, world, faults, _folder: folder }
    }

    /// Puts a new service in place of the one that was there, with all that it remembered; the project stays.
    pub async fn renew_the_world(&mut self, seed: u64) {
        self.world = World::new(self.faults.clone(), seed).await;
    }

    /// Drives the run to its end; where it stops, the world's truth is told and it is taken up again.
    pub async fn play(&self) -> Course {
        let played = tokio::time::timeout(BOUND, self.play_on()).await;
        played.expect("a run ends within its limits")
    }

    /// Drives the run until it ends or stops for the first time.
    pub async fn play_once(&self) -> Ended {
        let first = tokio::time::timeout(BOUND, self.begin()).await;
        first.expect("a run ends or stops within its limits")
    }

    /// Drives a new run for so long, unless it ends before, and no further: all that drove it is dropped. Tells whether
    /// that cut it short; then it is taken up, and played to its end.
    pub async fn play_cut_short(&self, after: Duration) -> (bool, Course) {
        let underway = self.prepare().await;
        match tokio::time::timeout(after, underway.drive()).await {
            Ok(ended) => (false, self.end(ended.unwrap()).await),
            Err(_) => {
                self.wait_for_the_writer().await;
                let kept = Run::replay(&self.records().await).unwrap();
                // Cut short behind its last record: nothing is left to do.
                let ended = match kept.outcome() {
                    Some(outcome) => Ended::Finished(outcome),
                    None => {
                        self.tell_the_truth().await;
                        self.take_up().await
                    }
                };
                (true, self.end(ended).await)
            }
        }
    }

    async fn end(&self, ended: Ended) -> Course {
        tokio::time::timeout(BOUND, self.follow(ended)).await.expect("a run ends within its limits")
    }

    /// Takes the run up after nothing goes wrong any more, until it ends.
    pub async fn play_on_in_peace(&self) -> Course {
        self.mend().await;
        let ended = self.take_up().await;
        self.end(ended).await
    }

    async fn play_on(&self) -> Course {
        let ended = self.begin().await;
        self.follow(ended).await
    }

    async fn follow(&self, mut ended: Ended) -> Course {
        let mut stops = Vec::new();
        loop {
            match ended {
                Ended::Finished(outcome) => {
                    let records = self.records().await;
                    let run = Run::replay(&records).unwrap();
                    assert_eq!(run.outcome(), Some(outcome));
                    return Course { run, records, stops };
                }
                Ended::Stopped(reason) => stops.push(reason),
                Ended::Unwritten { error, .. } => panic!("the journal cannot be written: {error}"),
            }
            assert!(stops.len() < MOST_STOPS, "it stops without end: {stops:?}");
            if stops.len() > MOST_STOPS / 2 {
                self.mend().await;
            }
            self.tell_the_truth().await;
            ended = self.take_up().await;
        }
    }

    async fn begin(&self) -> Ended {
        self.prepare().await.drive().await.unwrap()
    }

    async fn prepare(&self) -> Underway {
        let reserved = self.runs.reserve().await.unwrap();
        let start = Start {
            run: reserved.id.clone(),
            version: "0".to_owned(),
            plan: self.plan.clone(),
            speed: 1.0,
            service: self.world.service.clone(),
            go: true,
            fresh: false,
            allow_destroy: true,
            no_purchase: false,
            dry: false,
            clock: None,
            selection: Default::default(),
        };
        let workflow = self.project.folder().join("workflows/show.yaml");
        self.runs.begin(reserved, start, Some((&self.project, &workflow)), self.wiring()).await.unwrap()
    }

    /// What was queued before is written when it answers.
    async fn wait_for_the_writer(&self) {
        let row = self.runs.journal().latest().await.unwrap().unwrap();
        self.runs.journal().set_status(&row.id, &RunSummary::running()).await.unwrap();
    }

    async fn take_up(&self) -> Ended {
        let row = self.runs.journal().latest().await.unwrap().unwrap();
        let reserved = self.runs.hold(&row.id).unwrap();
        let underway = self.runs.take_up(reserved, self.records().await, self.wiring()).await.unwrap();
        underway.drive().await.unwrap()
    }

    fn wiring(&self) -> Wiring {
        Wiring {
            client: self.world.client.clone(),
            prices: Prices::default(),
            secrets: HashMap::new(),
            redactor: Redactor::default(),
            report: Box::new(Reports::default()),
            people: People::nobody(),
        }
    }

    /// The journal.
    pub async fn records(&self) -> Vec<Record> {
        let row = self.runs.journal().latest().await.unwrap().unwrap();
        self.runs.journal().load(&row.id).await.unwrap()
    }

    /// How often a text was heard.
    pub fn times(&self, text: &str) -> usize {
        self.world.sandbox.heard().iter().filter(|heard| heard.text == text).count()
    }

    /// What the service took.
    pub fn spent(&self) -> u64 {
        Settings::default().credits - self.world.sandbox.credits()
    }

    /// How often an endpoint was asked.
    pub fn requests(&self, endpoint: &str) -> u64 {
        self.world.sandbox.requests().get(endpoint).copied().unwrap_or(0)
    }

    async fn mend(&self) {
        rustls::crypto::ring::default_provider().install_default().ok();
        let url = format!("{}/_sandbox/faults", self.world.sandbox.url());
        let answer = reqwest::Client::new().post(url).json(&json!([])).send().await.unwrap();
        assert!(answer.status().is_success());
    }

    async fn tell_the_truth(&self) {
        let run = Run::replay(&self.records().await).unwrap();
        for step in all_steps(&run).into_iter().filter(|step| run.state(*step) == StepState::Unknown) {
            let resolution = match self.times(&text_of(&run, step)) {
                0 => Resolution::DidNotHappen,
                _ => Resolution::Happened,
            };
            let body = json!({ "step": step, "resolution": resolution });
            let request = Request { kind: RequestKind::Resolve, body };
            self.runs.journal().put_request(&run.start().run, &request).await.unwrap();
        }
    }
}

impl World {
    async fn new(faults: Vec<Fault>, seed: u64) -> Self {
        let agents = vec![AGENT.to_owned()];
        let settings = Settings { agents, faults, seed, creation: Millis(20), ..Settings::default() };
        let sandbox = Sandbox::start(settings).await.unwrap();
        let url = ServiceUrl::parse(&sandbox.url()).unwrap();
        let client = Client::new(url, Secret::new("any-secret"), RateLimits::new()).unwrap();
        let service = Service { key: "bench".to_owned(), url: sandbox.url(), account: "a".to_owned(), sandbox: true };
        Self { sandbox, client, service }
    }
}

impl Course {
    /// How the run ended.
    pub fn outcome(&self) -> RunOutcome {
        self.run.outcome().expect("it ended")
    }

    /// Every step with its state.
    pub fn states(&self) -> Vec<(StepKey, StepState)> {
        all_steps(&self.run).into_iter().map(|step| (step, self.run.state(step))).collect()
    }

    /// How many tries a step took.
    pub fn tries(&self, step: StepKey) -> u32 {
        let numbers = self.records.iter().filter_map(|record| match &record.event {
            Event::AttemptStarted { step: of, attempt, .. } if *of == step => Some(*attempt),
            _ => None,
        });
        numbers.max().unwrap_or(0)
    }

    /// How often a run was taken up.
    pub fn resumes(&self) -> usize {
        self.stops.len()
    }
}
