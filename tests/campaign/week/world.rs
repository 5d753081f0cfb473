//! The week itself: an account with its limits, rooms, faults and kills, and the campaigns that are run in it.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use runsheet::bithuman::{AccountTier, RateLimits, RunTurn};
use runsheet::clock::{Clock, Timestamp};
use runsheet::engine::event::{Event, Record, Service, Start};
use runsheet::engine::run::Run;
use runsheet::engine::state::StepState;
use runsheet::executors::driver::{Driver, Ended, Parts};
use runsheet::executors::people::People;
use runsheet::executors::store::RunStore;
use runsheet::executors::turnstile::Turnstile;
use runsheet::ids::RunId;
use runsheet::journal::memory::MemoryJournal;
use runsheet::journal::{Durability, Journal, RunRow, RunSummary};
use runsheet::plan::model::StepKey;
use runsheet::report::Reports;
use runsheet::sandbox::{AccountTier as SandboxTier, Attendance, Settings, StillSandbox};
use runsheet::secret::Redactor;
use runsheet::sent::memory::MemorySent;
use serde_json::json;
use tempfile::TempDir;
use tokio::time::Instant;

use super::checker::{Evidence, Line};
use super::door::{Door, Shared, WorldClock};
use super::meter::Meter;
use super::town::{Size, Town};
use crate::support::{AGENT, Chance, Planned};

/// A week that is about to be lived.
pub struct World {
    town: Town,
    size: Size,
    folder: TempDir,
    shared: Arc<Shared>,
    sent: Arc<MemorySent>,
}

/// What the week came to.
pub struct Outcome {
    /// Who lived in it.
    pub town: Town,
    /// What was heard, and what nobody knows.
    pub evidence: Evidence,
    /// How often a run was killed.
    pub kills: usize,
    /// How often the service had to refuse.
    pub refusals: u64,
    /// Lines and probes that went out.
    pub requests: u64,
    /// What became of each person in each run, for whoever looks for a cause.
    pub courses: BTreeMap<String, Vec<String>>,
    meter: Meter,
}

impl World {
    /// A town with its service.
    pub fn of(town: Town, size: &Size) -> Self {
        let attendance = town.people.iter().flat_map(|person| {
            let attended =
                |(from, to): &(Timestamp, Timestamp)| Attendance { room: person.room.clone(), from: *from, to: *to };
            person.attends.iter().map(attended)
        });
        let speak = "/v1/agent/*/speak";
        let faults = json!([
            { "path": speak, "share": 0.0001, "then": "close_after" },
            { "path": speak, "share": 0.0001, "then": "close_before" },
            { "path": speak, "share": 0.0001, "then": { "answer": { "status": 500, "code": "INTERNAL_ERROR" } } },
            { "path": speak, "share": 0.01, "then": { "answer": { "status": 503, "code": "NO_AVAILABLE_WORKERS" } } },
        ]);
        let settings = Settings {
            agents: vec![AGENT.to_owned()],
            rooms: Vec::new(),
            attendance: attendance.collect(),
            tier: SandboxTier::Pro,
            faults: serde_json::from_value(faults).unwrap(),
            seed: size.seed,
            ..Settings::default()
        };
        let limits = RateLimits::new();
        limits.preset(AccountTier::Pro);
        let clock = WorldClock { begins: town.begins, began: Instant::now() };
        let shared = Shared {
            sandbox: Mutex::new(StillSandbox::open(settings, town.begins).unwrap()),
            limits,
            meter: Mutex::new(Meter::starting(town.begins)),
            refusals: Mutex::new(0),
            chance: Mutex::new(Chance::of(size.seed + 1)),
            clock,
        };
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("workflows")).unwrap();
        std::fs::write(folder.path().join("workflows/customers.csv"), town.csv()).unwrap();
        let world =
            Self { town, size: size.clone(), folder, shared: Arc::new(shared), sent: Arc::new(MemorySent::default()) };
        world.write_opt_outs(world.town.begins);
        world
    }

    /// Lives the week: one campaign is begun anew every day, another one in the middle of it.
    pub async fn live(self) -> Outcome {
        let world = Arc::new(self);
        let mut runs = Vec::new();
        for day in 0..world.size.days {
            runs.push(("renewals", u64::try_from(day).unwrap() * 86_400));
        }
        runs.push(("survey", u64::try_from(world.size.days / 2).unwrap() * 86_400 + 7_200));
        let opt_outs = tokio::spawn(world.clone().say_no());
        let mut tasks = Vec::new();
        for (number, (campaign, after)) in runs.into_iter().enumerate() {
            tasks.push(tokio::spawn(world.clone().campaign(campaign, number, Duration::from_secs(after))));
        }
        let mut lives = Vec::new();
        for task in tasks {
            lives.push(task.await.unwrap());
        }
        opt_outs.abort();
        world.outcome(&lives)
    }

    /// People say no, and the file is replaced by one that names them.
    async fn say_no(self: Arc<Self>) {
        for said in self.town.refusals() {
            tokio::time::sleep(self.shared.clock.until(said)).await;
            self.write_opt_outs(self.shared.clock.now());
        }
    }

    fn write_opt_outs(&self, now: Timestamp) {
        let (path, new) = (self.path().join("opt-outs.csv"), self.path().join("opt-outs.new"));
        std::fs::write(&new, self.town.opt_outs(now)).unwrap();
        std::fs::rename(new, path).unwrap();
    }

    fn path(&self) -> std::path::PathBuf {
        self.folder.path().join("workflows")
    }

    /// Runs a campaign to its end, however often it is killed.
    async fn campaign(self: Arc<Self>, campaign: &'static str, number: usize, after: Duration) -> Life {
        tokio::time::sleep(after).await;
        let planned = self.planned(campaign);
        let run = RunId::from_typed(&format!("{number}RUN"));
        let begins = self.shared.clock.now();
        let mut chance = Chance::of(self.size.seed + 100 + number as u64);
        let journal = Arc::new(MemoryJournal::default());
        let record = Record { seq: 0, at: begins, event: Event::Started(Box::new(start(&planned, &run))) };
        journal.create(&row(&run, campaign, begins), &record).await.unwrap();
        let mut records = vec![record];
        let mut kills: Vec<Duration> =
            (0..self.size.kills).map(|_| chance.up_to(Duration::from_secs(20 * 3600))).collect();
        let mut life = Life { campaign, begins, down: Vec::new(), records: Vec::new() };
        loop {
            let alive = Arc::new(AtomicBool::new(true));
            let driver = self.driver(&planned, records, (journal.clone(), alive.clone()));
            let longest = kills.pop().unwrap_or(Duration::from_secs(30 * 86_400));
            match tokio::time::timeout(longest, driver.drive()).await {
                Ok(driven) => match driven.unwrap().ended {
                    Ended::Finished(_) => break,
                    other => panic!("{campaign} {run}: {other:?}"),
                },
                Err(_) => {
                    alive.store(false, Ordering::SeqCst);
                    let killed = self.shared.clock.now();
                    tokio::time::sleep(Duration::from_secs(1 + chance.below(110))).await;
                    life.down.push((killed, self.shared.clock.now()));
                    let kept = journal.load(&run).await.unwrap();
                    let resumed = Record { seq: kept.len() as u64, at: self.shared.clock.now(), event: Event::Resumed };
                    journal.append(&run, &resumed, Durability::Synced).await.await.unwrap();
                    records = kept.into_iter().chain([resumed]).collect();
                }
            }
        }
        life.records = journal.load(&run).await.unwrap();
        life
    }

    fn planned(&self, campaign: &str) -> Planned {
        let path = self.path().join(format!("{campaign}.yaml"));
        std::fs::write(&path, workflow(campaign, &self.town)).unwrap();
        Planned::file(&path, self.folder.path(), &[])
    }

    fn driver(
        &self,
        planned: &Planned,
        records: Vec<Record>,
        (journal, alive): (Arc<MemoryJournal>, Arc<AtomicBool>),
    ) -> Driver {
        let run = Run::replay(&records).unwrap();
        let turn = RunTurn { slots: Some(planned.plan.max_parallel), ..RunTurn::default() };
        let turnstile = Arc::new(Turnstile::new(&self.shared.limits, turn));
        let parts = Parts {
            store: Arc::new(store(planned, &run, self.folder.path())),
            run,
            records,
            journal,
            executor: Arc::new(Door { shared: self.shared.clone(), turnstile, alive }),
            purchasing: None,
            sent: self.sent.clone(),
            redactor: Redactor::default(),
            report: Box::new(Reports::default()),
            people: People::nobody(),
        };
        Driver::new(parts).unwrap()
    }

    fn outcome(&self, lives: &[Life]) -> Outcome {
        let sandbox = self.shared.sandbox.lock().unwrap();
        let heard = sandbox.heard().iter().map(|heard| {
            let mut words = heard.text.split(' ');
            let (campaign, person) = (words.next().unwrap().to_owned(), words.next().unwrap().to_owned());
            Line { campaign, person, room: heard.room_id.clone(), at: heard.at }
        });
        let mut evidence = Evidence { heard: heard.collect(), ..Evidence::default() };
        for life in lives {
            evidence.unknown.extend(life.unknown());
        }
        for campaign in ["renewals", "survey"] {
            let own = || lives.iter().filter(|life| life.campaign == campaign);
            evidence.begun.insert(campaign.to_owned(), own().map(|life| life.begins).collect());
            evidence.down.insert(campaign.to_owned(), own().flat_map(|life| life.down.clone()).collect());
        }
        Outcome {
            town: self.town.clone(),
            evidence,
            kills: lives.iter().map(|life| life.down.len()).sum(),
            refusals: *self.shared.refusals.lock().unwrap(),
            requests: lives.iter().map(Life::requests).sum(),
            courses: courses(lives),
            meter: self.shared.meter.lock().unwrap().clone(),
        }
    }
}

/// What one run lived through.
struct Life {
    campaign: &'static str,
    begins: Timestamp,
    down: Vec<(Timestamp, Timestamp)>,
    records: Vec<Record>,
}

impl Life {
    /// Who may have been addressed without anybody knowing.
    fn unknown(&self) -> Vec<(String, String)> {
        let run = Run::replay(&self.records).unwrap();
        let keys = run.keys(StepKey::node(0)).to_vec();
        let unknown =
            (0..).zip(keys).filter(|(index, _)| run.state(StepKey::item(0, *index, 0)) == StepState::LeftUnknown);
        unknown.map(|(_, key)| (self.campaign.to_owned(), key)).collect()
    }

    fn requests(&self) -> u64 {
        let begun = |record: &&Record| matches!(record.event, Event::AttemptStarted { .. });
        self.records.iter().filter(begun).count() as u64
    }
}

/// The events of each person, run by run.
fn courses(lives: &[Life]) -> BTreeMap<String, Vec<String>> {
    let mut courses: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for life in lives {
        let run = Run::replay(&life.records).unwrap();
        let keys = run.keys(StepKey::node(0));
        for record in &life.records {
            let Some(item) = record.event.step().and_then(|step| step.item) else { continue };
            let told = match &record.event {
                Event::Withheld { until, by, expires, .. } => {
                    format!("withheld {by:?} until {until} expires {expires:?}")
                }
                Event::RuledOut { reason, detail, .. } => format!("ruled out {reason:?} {detail}"),
                Event::AttemptEnded { exchange, .. } => format!("ended {exchange:?}").chars().take(90).collect(),
                other => other.name().to_owned(),
            };
            let line = format!("{} {} {told}", run.start().run, record.at);
            courses.entry(keys[item.index as usize].clone()).or_default().push(line);
        }
    }
    courses
}

fn workflow(campaign: &str, town: &Town) -> String {
    format!(
        "version: 1
name: {campaign}
agent: {AGENT}
defaults: {{ hold: 0s, on_unknown: skip }}
steps:
  - id: contact
    foreach: {{ csv: customers.csv, exclude: {{ csv: opt-outs.csv, column: id }} }}
    as: customer
    key: customer.id
    max_parallel: 50
    window:
      days: mon-fri
      from: '09:00'
      to: '17:00'
      timezone: '{{{{ customer.tz }}}}'
      calendar: {{ exclude: '{holiday}' }}
    cap: {{ max: 1, every: 72h, per: customer.id, group: outbound }}
    steps:
      - speak: {{ message: '{campaign} {{{{ customer.id }}}} {{{{ customer.first_name }}}}', wait_for_room: 8h }}
        room: '{{{{ customer.room }}}}'
        once_per: '{{{{ customer.id }}}}'
        expires: end_of_window
",
        holiday = town.holiday
    )
}

fn start(planned: &Planned, run: &RunId) -> Start {
    let Event::Started(start) = planned.record_0(Timestamp(0)).event else { panic!("record 0 begins a run") };
    let service = Service { key: "week".to_owned(), sandbox: true, ..Service::default() };
    Start { run: run.clone(), service, ..*start }
}

fn row(run: &RunId, campaign: &str, at: Timestamp) -> RunRow {
    RunRow {
        id: run.clone(),
        workflow: campaign.to_owned(),
        file: format!("workflows/{campaign}.yaml"),
        service: "week".to_owned(),
        sandbox: true,
        started_at: at,
        summary: RunSummary::running(),
        crashed: false,
    }
}

fn store(planned: &Planned, run: &Run, folder: &Path) -> RunStore {
    let contents: HashMap<String, Vec<u8>> = planned.contents.clone();
    RunStore::in_memory(run.start(), contents).within(folder)
}

impl Outcome {
    /// How much of what the tier allows was used while somebody waited, from 0 to 1.
    pub fn use_of_tier(&self) -> f64 {
        self.meter.use_of_tier()
    }

    /// The week in a line.
    pub fn told(&self, took: Duration) -> String {
        let mut by_campaign: BTreeMap<&str, usize> = BTreeMap::new();
        for line in &self.evidence.heard {
            *by_campaign.entry(&line.campaign).or_default() += 1;
        }
        format!(
            "week: {} people, heard {by_campaign:?}, {} requests, {} kills, {} unknown, {:.4} of the tier in {:.1} h of \
             work that waited, {:.1} s",
            self.town.people.len(),
            self.requests,
            self.kills,
            self.evidence.unknown.len(),
            self.use_of_tier(),
            self.meter.busy_hours(),
            took.as_secs_f64()
        )
    }
}
