//! A world in memory: it hears, sells, forgets nothing, and now and then answers badly.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use runsheet::clock::{Clock as _, Timestamp, VirtualClock};
use runsheet::duration::Millis;
use runsheet::executors::executor::{Executor, Job, Later, Pace, Permit, Place};
use runsheet::outcome::{ErrorClass, Exchange, Failure, Progress};
use serde_json::{Value, json};

/// The world.
pub struct World {
    clock: VirtualClock,
    known: Mutex<Known>,
}

/// What it knows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Known {
    /// Every text that was heard or posted, in order.
    pub heard: Vec<String>,
    /// The agents that were sold, by the key of their purchase.
    pub sold: Vec<(String, String)>,
    /// How often it was asked for each text or action.
    asked: HashMap<String, u32>,
    /// Nothing reaches it any more.
    dark: bool,
}

impl World {
    /// A new one.
    pub fn new() -> Self {
        Self { clock: VirtualClock::at(Timestamp(1_795_000_000_000)), known: Mutex::default() }
    }

    /// What it knows now.
    pub fn known(&self) -> Known {
        self.lock().clone()
    }

    /// How often a text was heard.
    pub fn times(&self, text: &str) -> usize {
        self.lock().heard.iter().filter(|heard| *heard == text).count()
    }

    /// Lets nothing reach it, or everything again.
    pub fn set_dark(&self, dark: bool) {
        self.lock().dark = dark;
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One exchange. A text tells what happens the first time: `busy`, `lost` (heard, and the answer lost), `never`
    /// (not heard, and the answer lost), `refused`.
    fn answer(&self, job: &Job) -> Exchange {
        let mut known = self.lock();
        if known.dark {
            return unknown();
        }
        if let Some(reuse) = &job.rendering.reuse {
            return done(json!({ "agent_id": reuse.agent, "status": reuse.status, "reused": true }));
        }
        let fields = &job.rendering.fields;
        let text = ["message", "context", "body"].iter().find_map(|field| fields.get(*field)?.as_str());
        let name = text.unwrap_or(&job.action).to_owned();
        let count = known.asked.entry(name.clone()).or_default();
        *count += 1;
        let is_first = *count == 1;
        let has = |word: &str| is_first && name.contains(word);
        match (&*job.action, text) {
            (_, Some(_)) if name.contains("refused") => failed(ErrorClass::Rejected, 422),
            (_, Some(_)) if has("busy") => failed(ErrorClass::Busy, 503),
            (_, Some(_)) if has("never") => unknown(),
            (_, Some(text)) => {
                known.heard.push(text.to_owned());
                if has("lost") { unknown() } else { done(json!({ "delivered_to_rooms": 1, "status_code": 200 })) }
            }
            ("generate", None) => known.sell(job, is_first),
            ("wait_ready", None) if *count < 3 => Exchange::Again { after: Millis(500), progress: Progress::default() },
            ("get_agent" | "set_prompt", None) if is_first => unknown(),
            _ => done(json!({ "status": "ready", "agents": [], "valid": true, "deleted": true, "status_code": 200 })),
        }
    }
}

impl Known {
    /// Sells an agent once for a key, however often it is asked.
    fn sell(&mut self, job: &Job, is_first: bool) -> Exchange {
        let key = job.rendering.idempotency_key.clone().expect("a purchase has a key");
        let agent = match self.sold.iter().find(|(sold, _)| *sold == key) {
            Some((_, agent)) => agent.clone(),
            None => {
                let agent = format!("A{:02}XYZ0000", self.sold.len());
                self.sold.push((key, agent.clone()));
                agent
            }
        };
        // The first answer is lost on its way.
        if is_first { unknown() } else { done(json!({ "agent_id": agent, "status": "processing", "reused": false })) }
    }
}

impl Executor for World {
    fn admit(&self, _: Place) -> Later<Option<Permit>> {
        Box::pin(std::future::ready(Some(Permit(None))))
    }

    fn exchange(&self, job: Job) -> Later<Exchange> {
        Box::pin(std::future::ready(self.answer(&job)))
    }

    fn pace(&self) -> Pace {
        Pace::Virtual
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn advance_to(&self, instant: Timestamp) {
        self.clock.advance_to(instant);
    }
}

fn done(result: Value) -> Exchange {
    Exchange::Done { result }
}

fn unknown() -> Exchange {
    Exchange::Failed { failure: Failure::new(ErrorClass::Unknown, "lost", "the answer is lost") }
}

fn failed(class: ErrorClass, status: u16) -> Exchange {
    Exchange::Failed { failure: Failure { status: Some(status), ..Failure::new(class, class.as_str(), "no") } }
}
