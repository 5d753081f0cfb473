//! The power is cut at every record of a run: what was not synced is gone, and the run goes on from what is left.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use runsheet::bithuman::{Client, RateLimits};
use runsheet::database::DatabaseError;
use runsheet::engine::event::{Event, Record, Resolution, RunOutcome};
use runsheet::engine::run::Run;
use runsheet::engine::state::StepState;
use runsheet::executors::driver::Ended;
use runsheet::executors::executor::Executor as _;
use runsheet::executors::purchasing::Purchasing;
use runsheet::ids::RunId;
use runsheet::journal::memory::MemoryJournal;
use runsheet::journal::{
    Ack, Durability, Journal, JournalError, Reply, Request, RequestKind, RunFilter, RunRow, RunSummary,
};
use runsheet::outcome::Effect;
use runsheet::plan::model::StepKey;
use runsheet::purchases::memory::MemoryPurchases;
use runsheet::purchases::price::Prices;
use runsheet::sandbox::{RunningSandbox, Sandbox, Settings};
use runsheet::secret::Secret;
use runsheet::settings::ServiceUrl;
use serde_json::json;

use super::world::World;
use crate::support::{Planned, all_steps, journal_of, run_id, taken_up, text_of};

const MIXED: &str = "\
version: 1
name: power
agent: host
room: lobby
max_credits: 1000
defaults: { retry: { delay: 10ms } }
steps:
- validate:
- { id: host, generate: A host }
- wait_ready: { poll: 500ms }
- { get_agent: {} }
- set_prompt: Be brief
- add_context: facts
- speak: hello
- { speak: 'hello, busy', delay: 1s }
- pause: Ready?
- parallel:
  - speak: left
  - - wait: 2s
    - { speak: 'right, lost', hold: 0s }
  - http: { method: POST, url: 'http://crm.example/', body: posted }
  - http: { method: POST, url: 'http://crm.example/', body: 'posted, never' }
- foreach: [ann, bob, cat]
  id: greet
  as: name
  key: name
  max_parallel: 2
  steps:
  - speak: 'hello {{ name }}'
  - add_context: 'about {{ name }}'
- foreach: { csv: people.csv }
  id: thank
  as: person
  key: person.id
  speak: 'thanks {{ person.id }}'
- { id: again, generate: { prompt: Another, aspect_ratio: '9:16' } }
- { speak: 'from another', agent: again }
- list_agents:
- delete_agent:
finally:
- speak: good night
";

const FAILING: &str = "\
version: 1
name: failing
agent: A91XMB7113
room: lobby
defaults: { retry: { delay: 10ms } }
steps:
- speak: hello
- { speak: 'this is refused', hold: 0s }
- speak: never said
- { speak: said besides, needs: [] }
on_failure:
- speak: 'sorry, lost'
finally:
- speak: good night
";

/// What of a journal's promise is broken, on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flaw {
    None,
    /// The intent of a try is not synced.
    IntentsAreLazy,
}

/// A journal whose power fails at a record.
struct Failing {
    inner: MemoryJournal,
    fails_at: u64,
    flaw: Flaw,
    world: Arc<World>,
    /// Whether what was on its way still reaches the world.
    arrives: bool,
    appended: AtomicU64,
}

impl Journal for Failing {
    fn create<'a>(&'a self, row: &RunRow, record0: &Record) -> Reply<'a, ()> {
        self.inner.create(row, record0)
    }

    fn append<'a>(
        &'a self,
        run: &RunId,
        record: &Record,
        durability: Durability,
    ) -> Pin<Box<dyn Future<Output = Ack> + Send + 'a>> {
        let place = self.appended.fetch_add(1, Ordering::Relaxed);
        if place > self.fails_at {
            let gone = DatabaseError::Failed { path: "memory".into(), detail: "the power is off".to_owned() };
            let ack: Ack = Box::pin(std::future::ready(Err(JournalError::Database(gone))));
            return Box::pin(std::future::ready(ack));
        }
        if place == self.fails_at && !self.arrives {
            self.world.set_dark(true);
        }
        let is_intent = matches!(record.event, Event::AttemptStarted { .. });
        let durability = if is_intent && self.flaw == Flaw::IntentsAreLazy { Durability::Lazy } else { durability };
        self.inner.append(run, record, durability)
    }

    fn load<'a>(&'a self, run: &RunId) -> Reply<'a, Vec<Record>> {
        self.inner.load(run)
    }

    fn runs<'a>(&'a self, filter: &RunFilter) -> Reply<'a, Vec<RunRow>> {
        self.inner.runs(filter)
    }

    fn set_status<'a>(&'a self, run: &RunId, summary: &RunSummary) -> Reply<'a, ()> {
        self.inner.set_status(run, summary)
    }

    fn put_request<'a>(&'a self, run: &RunId, request: &Request) -> Reply<'a, ()> {
        self.inner.put_request(run, request)
    }

    fn take_requests<'a>(&'a self, run: &RunId) -> Reply<'a, Vec<Request>> {
        self.inner.take_requests(run)
    }
}

/// A house: the plan, the world, the purchases, and a service that tells of agents that were sold.
struct House {
    planned: Planned,
    sandbox: RunningSandbox,
}

/// What a run came to.
#[derive(Debug, PartialEq)]
struct End {
    outcome: Option<RunOutcome>,
    states: BTreeMap<StepKey, String>,
    heard: Vec<String>,
    sold: usize,
}

impl House {
    async fn new(workflow: &str) -> Self {
        let planned = Planned::text(workflow, &[("people.csv", "id\np1\np2\n")]);
        let sandbox = Sandbox::start(Settings { any_agent: true, ..Settings::default() }).await.unwrap();
        Self { planned, sandbox }
    }

    fn purchasing(&self, purchases: &Arc<MemoryPurchases>) -> Purchasing {
        let url = ServiceUrl::parse(&self.sandbox.url()).unwrap();
        Purchasing {
            purchases: purchases.clone(),
            client: Client::new(url, Secret::new("any-secret"), RateLimits::new()).unwrap(),
            service: "s".to_owned(),
            workflow: "w".to_owned(),
            run: run_id(),
            prices: Prices::default(),
            max_credits: Some(1_000),
            no_purchase: false,
            fresh: false,
            used: Default::default(),
        }
    }

    /// Plays a run whose power fails at a record, and goes on with what is left until it ends. Answers how it ended,
    /// and how many records there were until the power failed.
    async fn play(&self, fails_at: u64, arrives: bool, flaw: Flaw) -> (End, u64) {
        let (world, purchases) = (Arc::new(World::new()), Arc::new(MemoryPurchases::default()));
        let first = vec![self.planned.record_0(world.now())];
        let inner = journal_of(&first).await.synced_only();
        let appended = AtomicU64::new(1);
        let journal = Arc::new(Failing { inner, fails_at, flaw, world: world.clone(), arrives, appended });
        let (mut records, mut left): (_, Option<Arc<MemoryJournal>>) = (first, None);
        loop {
            let kept: Arc<dyn Journal> = match &left {
                Some(left) => left.clone(),
                None => journal.clone(),
            };
            let purchasing = Some(self.purchasing(&purchases));
            let driver = self.planned.driver(records, kept.clone(), world.clone(), purchasing);
            let ended = driver.drive().await.unwrap().ended;
            // What was on its way has arrived when nobody holds the world but this test and its journal.
            while Arc::strong_count(&world) > 2 {
                tokio::task::yield_now().await;
            }
            if matches!(ended, Ended::Finished(_)) {
                break;
            }
            let was_cut = matches!(ended, Ended::Unwritten { .. });
            assert!(!was_cut || left.is_none(), "{ended:?}");
            records = match was_cut {
                true => self.after_the_cut(&journal, &mut left).await,
                false => {
                    self.tell_the_truth(kept.as_ref(), &world).await;
                    let records = taken_up(kept.load(&run_id()).await.unwrap(), world.now());
                    let resumed = kept.append(&run_id(), records.last().unwrap(), Durability::Synced).await.await;
                    match resumed {
                        Ok(()) => records,
                        Err(_) => self.after_the_cut(&journal, &mut left).await,
                    }
                }
            };
        }
        let until = journal.appended.load(Ordering::Relaxed);
        let left = left.unwrap_or_else(|| Arc::new(journal.inner.synced_only()));
        let run = Run::replay(&left.load(&run_id()).await.unwrap()).unwrap();
        let state = |step: StepKey| (step, format!("{:?}", run.state(step)));
        let known = world.known();
        let mut heard = known.heard;
        heard.sort();
        let states = all_steps(&run).into_iter().map(state).collect();
        (End { outcome: run.outcome(), states, heard, sold: known.sold.len() }, until)
    }

    /// What is left of a journal whose power failed, taken up.
    async fn after_the_cut(&self, journal: &Failing, left: &mut Option<Arc<MemoryJournal>>) -> Vec<Record> {
        journal.world.set_dark(false);
        let kept = Arc::new(journal.inner.synced_only());
        self.tell_the_truth(kept.as_ref(), &journal.world).await;
        let records = taken_up(kept.load(&run_id()).await.unwrap(), journal.world.now());
        kept.append(&run_id(), records.last().unwrap(), Durability::Synced).await.await.unwrap();
        *left = Some(kept);
        records
    }

    /// Settles what nobody knows as the world remembers it, a line in flight at the cut included.
    async fn tell_the_truth(&self, journal: &dyn Journal, world: &World) {
        let run = Run::replay(&journal.load(&run_id()).await.unwrap()).unwrap();
        for step in all_steps(&run) {
            let is_once = run.plan().get(step).is_some_and(|node| node.effect() == Effect::Once);
            let text = text_of(&run, step);
            if (run.state(step) == StepState::Unknown || run.is_in_flight(step)) && is_once && !text.is_empty() {
                let happened = world.times(&text) > 0;
                let resolution = if happened { Resolution::Happened } else { Resolution::DidNotHappen };
                let body = json!({ "step": step, "resolution": resolution });
                journal.put_request(&run_id(), &Request { kind: RequestKind::Resolve, body }).await.unwrap();
            }
        }
    }
}

/// Cuts the power at every record. Answers what differs from the run whose power never failed.
async fn cut_everywhere(workflow: &str, flaw: Flaw) -> (u64, Vec<String>) {
    let house = House::new(workflow).await;
    let (whole, records) = house.play(u64::MAX, true, Flaw::None).await;
    let mut differences = Vec::new();
    let mut cuts = 0;
    for fails_at in 0..records {
        for arrives in [true, false] {
            cuts += 1;
            let (end, _) = house.play(fails_at, arrives, flaw).await;
            if end != whole {
                differences.push(format!("cut at {fails_at}, arrives: {arrives}:\n{end:#?}\nand not\n{whole:#?}"));
            }
        }
    }
    (cuts, differences)
}

#[tokio::test]
async fn a_power_cut_at_any_record_changes_nothing_of_what_a_run_comes_to() {
    for (workflow, fewest) in [(MIXED, 180), (FAILING, 30)] {
        let (cuts, differences) = cut_everywhere(workflow, Flaw::None).await;
        assert!(differences.is_empty(), "{} of {cuts} cuts:\n{}", differences.len(), differences[0]);
        assert!(cuts >= fewest, "only {cuts} cuts");
    }
}

#[tokio::test]
async fn the_uncut_run_says_every_line_once_and_buys_each_face_once() {
    let house = House::new(MIXED).await;
    let (end, _) = house.play(u64::MAX, true, Flaw::None).await;
    let mut once = end.heard.clone();
    once.dedup();
    assert_eq!((end.outcome, end.sold, &once), (Some(RunOutcome::Succeeded), 2, &end.heard), "{end:#?}");
    assert_eq!(end.heard.len(), 17, "{:?}", end.heard);
}

#[tokio::test]
async fn an_intent_that_is_not_synced_is_caught() {
    let (_, differences) = cut_everywhere(FAILING, Flaw::IntentsAreLazy).await;
    let heard_twice = differences.iter().any(|difference| difference.matches("\"hello\"").count() == 3);
    assert!(heard_twice, "{differences:#?}");
}
