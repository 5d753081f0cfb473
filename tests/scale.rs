//! Five thousand people on a free account, on a clock that stands still until everybody waits: the run stays within
//! the account's buckets, uses all of them, and neither reads nor polls wait behind the lines.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use indexmap::IndexMap;
use runsheet::bithuman::{AccountTier, RateLimits};
use runsheet::clock::Timestamp;
use runsheet::data::project::Project;
use runsheet::duration::Millis;
use runsheet::engine::event::{Event, Record, Service, Start};
use runsheet::engine::run::Run;
use runsheet::engine::state::StepState;
use runsheet::executors::driver::{Driver, Ended, Parts};
use runsheet::executors::executor::{Executor, Job, Later, Pace, Permit};
use runsheet::executors::people::People;
use runsheet::executors::store::RunStore;
use runsheet::executors::turnstile::Turnstile;
use runsheet::ids::RunId;
use runsheet::journal::memory::MemoryJournal;
use runsheet::journal::{Durability, Journal as _, RunRow, RunSummary};
use runsheet::outcome::{ErrorClass, Exchange, Failure, Progress, Tier};
use runsheet::plan::build::build;
use runsheet::plan::model::Plan;
use runsheet::report::Reports;
use runsheet::secret::Redactor;
use runsheet::workflow::{check, load};
use serde_json::json;
use tokio::time::Instant;

use crate::support::all_steps;

const PEOPLE: usize = 5_000;
/// Lines a minute on a free account; as many may go out at once in the beginning.
const WRITES: f64 = 30.0;
/// How long the service takes to answer.
const LATENCY: Duration = Duration::from_millis(60);

const WORKFLOW: &str = "\
version: 1
name: campaign
agent: A91XMB7113
room: lobby
defaults: { hold: 0s }
steps:
- parallel:
  - id: greet
    foreach: { csv: people.csv }
    as: person
    key: person.id
    max_parallel: 400
    speak: 'Hello {{ person.id }}'
  - wait_ready: { poll: 5s, within: 100h }
";

/// The service with its bucket for lines, and the account's turnstile before it.
struct Doorkeeper {
    turnstile: Turnstile,
    began: Instant,
    tokens: Mutex<(f64, Instant)>,
    heard: Mutex<Vec<String>>,
    refused: AtomicUsize,
    in_flight: AtomicUsize,
    polls: AtomicUsize,
    longest_poll_wait: Mutex<Duration>,
}

/// An executor that reaches it. Each process has one; the service outlives them.
#[derive(Clone)]
struct Door(Arc<Doorkeeper>);

impl Doorkeeper {
    fn new(tokens: f64, heard: Vec<String>) -> Door {
        let limits = RateLimits::new();
        limits.preset(AccountTier::Free);
        Door(Arc::new(Self {
            turnstile: Turnstile::new(limits, 16),
            began: Instant::now(),
            tokens: Mutex::new((tokens, Instant::now())),
            heard: Mutex::new(heard),
            refused: AtomicUsize::new(0),
            in_flight: AtomicUsize::new(0),
            polls: AtomicUsize::new(0),
            longest_poll_wait: Mutex::new(Duration::ZERO),
        }))
    }

    fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Takes a token of the service's own bucket, or tells how long until there is one.
    fn take(&self) -> Result<(), Duration> {
        let mut bucket = self.tokens.lock().unwrap();
        let now = Instant::now();
        bucket.0 = (bucket.0 + (now - bucket.1).as_secs_f64() * WRITES / 60.0).min(WRITES);
        bucket.1 = now;
        // A clock that counts milliseconds may be a hair early.
        if bucket.0 > 0.999 {
            bucket.0 -= 1.0;
            return Ok(());
        }
        Err(Duration::from_secs_f64((1.0 - bucket.0) * 60.0 / WRITES))
    }

    fn speak(&self, text: &str) -> Exchange {
        match self.take() {
            Ok(()) => {
                self.heard.lock().unwrap().push(text.to_owned());
                Exchange::Done { result: json!({ "agent_code": "A", "delivered_to_rooms": 1 }) }
            }
            Err(wait) => {
                self.refused.fetch_add(1, Ordering::Relaxed);
                let mut failure = Failure::new(ErrorClass::RateLimited, "RATE_LIMITED", "too many");
                failure.retry_after = Some(Millis(wait.as_millis() as u64 + 1));
                Exchange::Failed { failure }
            }
        }
    }
}

impl Executor for Door {
    fn admit(&self, tier: Tier, probe: bool) -> Later<Permit> {
        let door = self.0.clone();
        Box::pin(async move {
            let asked = Instant::now();
            let permit = door.turnstile.pass(tier, probe).await;
            if tier == Tier::Read {
                let mut longest = door.longest_poll_wait.lock().unwrap();
                *longest = longest.max(asked.elapsed());
            }
            permit
        })
    }

    fn exchange(&self, job: Job) -> Later<Exchange> {
        let door = self.0.clone();
        Box::pin(async move {
            door.in_flight.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(LATENCY).await;
            door.in_flight.fetch_sub(1, Ordering::Relaxed);
            match job.rendering.fields.get("message").and_then(|text| text.as_str()) {
                Some(text) => door.speak(text),
                None if door.heard().len() == PEOPLE => Exchange::Done { result: json!({ "status": "ready" }) },
                None => {
                    door.polls.fetch_add(1, Ordering::Relaxed);
                    Exchange::Again { after: Millis::from_secs(5), progress: Progress::default() }
                }
            }
        })
    }

    fn pace(&self) -> Pace {
        Pace::Real
    }

    fn now(&self) -> Timestamp {
        Timestamp(0) + Millis(self.0.began.elapsed().as_millis() as u64)
    }

    fn advance_to(&self, _: Timestamp) {}
}

/// The plan, and the contents of its files.
fn plan() -> (Plan, HashMap<String, Vec<u8>>) {
    let folder = tempfile::tempdir().unwrap();
    let (path, rows) = (folder.path().join("show.yaml"), folder.path().join("people.csv"));
    let people: String = (0..PEOPLE).map(|person| format!("p{person}\n")).collect();
    std::fs::write(&path, WORKFLOW).unwrap();
    std::fs::write(&rows, format!("id\n{people}")).unwrap();
    let project = Project::find(Some(&path), folder.path());
    let checked = check::check(&load::read(&path, &path).unwrap(), &project);
    let workflow = checked.workflow.unwrap_or_else(|| panic!("{:#?}", checked.diagnostics));
    let plan = build(&workflow, IndexMap::new(), &project).unwrap();
    let contents = plan.files.values().map(|hash| (hash.clone(), std::fs::read(&rows).unwrap())).collect();
    (plan, contents)
}

fn record_0(plan: Plan) -> Record {
    let start = Start {
        run: RunId::from_typed("7Q4M"),
        version: "0".to_owned(),
        plan,
        speed: 1.0,
        service: Service::default(),
        go: false,
        fresh: false,
        allow_destroy: false,
        dry: false,
    };
    Record { seq: 0, at: Timestamp(0), event: Event::Started(Box::new(start)) }
}

async fn journal(record: &Record) -> Arc<MemoryJournal> {
    let journal = Arc::new(MemoryJournal::default());
    let row = RunRow {
        id: RunId::from_typed("7Q4M"),
        workflow: "campaign".to_owned(),
        file: "show.yaml".to_owned(),
        service: String::new(),
        sandbox: true,
        started_at: Timestamp(0),
        summary: RunSummary::running(),
        crashed: false,
    };
    journal.create(&row, record).await.unwrap();
    journal
}

fn driver(
    records: Vec<Record>,
    contents: &HashMap<String, Vec<u8>>,
    journal: &Arc<MemoryJournal>,
    door: &Door,
) -> Driver {
    let run = Run::replay(&records).unwrap();
    let store = RunStore {
        blobs: None,
        contents: contents.clone(),
        files: run.start().plan.files.clone(),
        sources: IndexMap::new(),
        values: HashMap::new(),
    };
    let parts = Parts {
        run,
        records,
        journal: journal.clone(),
        executor: Arc::new(door.clone()),
        purchasing: None,
        store: Arc::new(store),
        redactor: Redactor::default(),
        report: Box::new(Reports::default()),
        people: People::nobody(),
    };
    Driver::new(parts).unwrap()
}

/// How long so many lines take at the least, the bucket being full in the beginning.
fn shortest(lines: usize) -> f64 {
    (lines as f64 - WRITES) * 60.0 / WRITES
}

#[tokio::test(start_paused = true)]
async fn five_thousand_lines_stay_within_a_free_account_and_use_all_of_it() {
    let (plan, contents) = plan();
    let record = record_0(plan);
    let (journal, door) = (journal(&record).await, Doorkeeper::new(WRITES, Vec::new()));
    let driven = driver(vec![record], &contents, &journal, &door).drive().await.unwrap();
    assert!(matches!(driven.ended, Ended::Finished(_)), "{:?}", driven.ended);
    let service = &door.0;
    let took = service.began.elapsed().as_secs_f64();
    let heard = service.heard();
    assert_eq!(heard, (0..PEOPLE).map(|person| format!("Hello p{person}")).collect::<Vec<_>>(), "in their order");
    assert_eq!(service.refused.load(Ordering::Relaxed), 0, "the service never had to refuse");
    let fastest = shortest(PEOPLE);
    assert!(took >= fastest && took < fastest * 1.02, "{took} s, and {fastest} s would do");
    let polls = service.polls.load(Ordering::Relaxed) as f64;
    assert!(polls > took / 5.0 * 0.95, "{polls} polls in {took} s");
    let longest = *service.longest_poll_wait.lock().unwrap();
    assert!(longest < Duration::from_millis(200), "a poll waited {longest:?}");
}

#[tokio::test(start_paused = true)]
async fn a_process_that_dies_while_lines_wait_for_their_tokens_leaves_none_unknown() {
    let (plan, contents) = plan();
    let record = record_0(plan);
    let (journal, door) = (journal(&record).await, Doorkeeper::new(WRITES, Vec::new()));
    let dies = async {
        tokio::time::sleep(Duration::from_secs(600)).await;
        while door.0.in_flight.load(Ordering::Relaxed) > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::select! {
        driven = driver(vec![record], &contents, &journal, &door).drive() => panic!("it ended: {:?}", driven.unwrap().ended),
        () = dies => {}
    }
    let said = door.0.heard();
    assert!(said.len() > 300 && said.len() < 340, "{} lines in ten minutes", said.len());

    let id = RunId::from_typed("7Q4M");
    let mut records = journal.load(&id).await.unwrap();
    let mut run = Run::replay(&records).unwrap();
    let resumed = Record { seq: run.next_seq(), at: door.now(), event: Event::Resumed };
    run.apply(&resumed).unwrap();
    journal.append(&id, &resumed, Durability::Synced).await.await.unwrap();
    records.push(resumed);
    let unknown = all_steps(&run).into_iter().filter(|step| run.state(*step) == StepState::Unknown).count();
    assert_eq!(unknown, 0);

    // The new process knows no bucket but a full one; the service's is empty, and says so.
    let again = Doorkeeper::new(0.0, said);
    let driven = driver(records, &contents, &journal, &again).drive().await.unwrap();
    assert!(matches!(driven.ended, Ended::Finished(_)), "{:?}", driven.ended);
    let mut heard = again.0.heard();
    assert_eq!(heard.len(), PEOPLE);
    heard.sort();
    heard.dedup();
    assert_eq!(heard.len(), PEOPLE, "nobody was greeted twice");
    assert!(again.0.refused.load(Ordering::Relaxed) <= 40, "{:?} refusals", again.0.refused);
}
