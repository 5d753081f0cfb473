//! Five thousand people on a free account, on a clock that stands still until everybody waits: the run stays within
//! the account's buckets, uses all of them, and neither reads nor polls wait behind the lines.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic, also in what tests share")]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use runsheet::bithuman::{AccountTier, RateLimits, RunTurn};
use runsheet::clock::{Timestamp, VirtualClock};
use runsheet::duration::Millis;
use runsheet::engine::run::Run;
use runsheet::engine::state::{SkipReason, StepState};
use runsheet::executors::driver::Ended;
use runsheet::executors::executor::{Executor, Job, Later, Pace, Permit, Place};
use runsheet::executors::turnstile::Turnstile;
use runsheet::journal::Journal as _;
use runsheet::outcome::{ErrorClass, Exchange, Failure, Progress, Tier};
use serde_json::json;
use tokio::time::Instant;

use crate::support::{Planned, all_steps, journal_of, run_id, taken_up};

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
    limits: RateLimits,
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
    fn opened(tokens: f64, heard: Vec<String>) -> Door {
        let limits = RateLimits::new();
        limits.preset(AccountTier::Free);
        Door(Arc::new(Self {
            turnstile: Turnstile::new(&limits, RunTurn { slots: Some(16), ..RunTurn::default() }),
            limits,
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
    fn admit(&self, place: Place) -> Later<Option<Permit>> {
        let (door, now) = (self.0.clone(), self.now());
        Box::pin(async move {
            let asked = Instant::now();
            let permit = door.turnstile.pass(place, &VirtualClock::at(now)).await;
            if place.tier == Tier::Read {
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

fn planned() -> Planned {
    let people: String = (0..PEOPLE).map(|person| format!("p{person}\n")).collect();
    Planned::text(WORKFLOW, &[("people.csv", &format!("id\n{people}"))])
}

/// How long so many lines take at the least, the bucket being full in the beginning.
fn shortest(lines: usize) -> f64 {
    (lines as f64 - WRITES) * 60.0 / WRITES
}

#[tokio::test(start_paused = true)]
async fn five_thousand_lines_stay_within_a_free_account_and_use_all_of_it() {
    let planned = planned();
    let records = vec![planned.record_0(Timestamp(0))];
    let (journal, door) = (journal_of(&records).await, Doorkeeper::opened(WRITES, Vec::new()));
    let driver = planned.driver(records, journal.clone(), Arc::new(door.clone()), None);
    let driven = driver.drive().await.unwrap();
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
    let planned = planned();
    let records = vec![planned.record_0(Timestamp(0))];
    let (journal, door) = (journal_of(&records).await, Doorkeeper::opened(WRITES, Vec::new()));
    let driver = planned.driver(records, journal.clone(), Arc::new(door.clone()), None);
    let dies = async {
        tokio::time::sleep(Duration::from_secs(600)).await;
        while door.0.in_flight.load(Ordering::Relaxed) > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::select! {
        driven = driver.drive() => panic!("it ended: {:?}", driven.unwrap().ended),
        () = dies => {}
    }
    let said = door.0.heard();
    assert!(said.len() > 300 && said.len() < 340, "{} lines in ten minutes", said.len());

    // Nobody is left to take what others on the account may need.
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(door.0.limits.expected_wait(Tier::Write), Duration::ZERO);
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(door.0.heard().len(), said.len());

    let records = taken_up(journal.load(&run_id()).await.unwrap(), door.now());
    let run = Run::replay(&records).unwrap();
    let unknown = all_steps(&run).into_iter().filter(|step| run.state(*step) == StepState::Unknown).count();
    assert_eq!(unknown, 0);

    // The new process knows no bucket but a full one; the service's is empty, and says so.
    let again = Doorkeeper::opened(0.0, said);
    let journal = journal_of(&records).await;
    let driven = planned.driver(records, journal, Arc::new(again.clone()), None).drive().await.unwrap();
    assert!(matches!(driven.ended, Ended::Finished(_)), "{:?}", driven.ended);
    let mut heard = again.0.heard();
    assert_eq!(heard.len(), PEOPLE);
    heard.sort();
    heard.dedup();
    assert_eq!(heard.len(), PEOPLE, "nobody was greeted twice");
    assert!(again.0.refused.load(Ordering::Relaxed) <= 40, "{:?} refusals", again.0.refused);
}

#[tokio::test(start_paused = true)]
async fn lines_that_come_too_late_expire_at_their_time_and_take_no_token() {
    let greet = "\
version: 1
name: campaign
agent: A91XMB7113
room: lobby
defaults: { hold: 0s }
steps:
- id: greet
  foreach: { csv: people.csv }
  as: person
  key: person.id
  max_parallel: 400
  speak: { message: 'Hello {{ person.id }}', wait_for_room: 1h }
  expires: 29s
";
    let people: String = (0..200).map(|person| format!("p{person}\n")).collect();
    let planned = Planned::text(greet, &[("people.csv", &format!("id\n{people}"))]);
    let records = vec![planned.record_0(Timestamp(0))];
    let (journal, door) = (journal_of(&records).await, Doorkeeper::opened(WRITES, Vec::new()));
    let driver = planned.driver(records, journal.clone(), Arc::new(door.clone()), None);
    let driven = driver.drive().await.unwrap();
    assert!(matches!(driven.ended, Ended::Finished(_)), "{:?}", driven.ended);
    let took = door.0.began.elapsed();
    assert!(took < Duration::from_secs(30), "{took:?}: nobody waited for a turn that would come too late");
    // Thirty at once, and one every two seconds.
    assert_eq!(door.0.heard(), (0..44).map(|person| format!("Hello p{person}")).collect::<Vec<_>>());
    let run = Run::replay(&journal.load(&run_id()).await.unwrap()).unwrap();
    let expired =
        all_steps(&run).into_iter().filter(|step| run.state(*step) == StepState::Skipped(SkipReason::Expired));
    assert_eq!(expired.count(), 200 - 44);
}
