//! The service as a function: a request and an instant in, an answer out.
//!
//! The server calls it under a lock and does what it leaves to do: wait, cut connections, send deliveries.
//! It never waits and never looks at a clock.

use std::collections::HashMap;
use std::io;

use serde_json::Value;

use crate::clock::Timestamp;
use crate::sandbox::answers::{Answer, Refusal};
use crate::sandbox::creation::Agent;
use crate::sandbox::deliveries::{Delivery, Errand};
use crate::sandbox::faults::{self, Disturbance, Mishap};
use crate::sandbox::random;
use crate::sandbox::rate::Buckets;
use crate::sandbox::routes::{self, Access};
use crate::sandbox::settings::Settings;
use crate::sandbox::state::{Change, Ledger, State};

/// The paths that control the sandbox itself: no secret, no limits, no faults, not counted.
pub(crate) const CONTROL: &str = "/_sandbox/";

/// A request as it came in.
#[derive(Clone, Debug, Default)]
pub(crate) struct Incoming {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) secret: Option<String>,
    pub(crate) idempotency_key: Option<String>,
    pub(crate) body: Vec<u8>,
}

/// A request on its way to the endpoint that answers it.
pub(crate) struct Call {
    /// What the placeholders of the path stand for.
    pub(crate) segments: Vec<String>,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) idempotency_key: Option<String>,
    /// The body; null when there was none.
    pub(crate) body: Value,
    pub(crate) now: Timestamp,
    /// Whether the secret is right, else the error.
    pub(crate) authorised: Result<(), Refusal>,
    /// Why the creation that this begins will fail.
    pub(crate) fails_creation: Option<String>,
}

impl Call {
    /// What the first placeholder of the path stands for.
    pub(crate) fn segment(&self, index: usize) -> &str {
        self.segments.get(index).map_or("", String::as_str)
    }
}

/// What a client gets of an answer.
pub(crate) enum Reached {
    /// The connection is closed without a word.
    Lost,
    /// What stands between answers with this status.
    Gateway(u16),
    /// The answer.
    Answered(Answer),
    /// Half of the answer, and that spoilt.
    Garbled(Answer),
}

/// The emulated service.
pub(crate) struct Service {
    pub(crate) settings: Settings,
    pub(crate) state: State,
    /// What the server has to do after the answer.
    pub(crate) errands: Vec<Errand>,
    /// Codes of agents whose creation has not been settled.
    unsettled: Vec<String>,
    buckets: Buckets,
    /// When somebody is where, by the room and sorted.
    attendance: HashMap<String, Vec<(Timestamp, Timestamp)>>,
    ledger: Ledger,
    /// The first failure to keep a change; told to the request that made it.
    broken: Option<io::Error>,
}

impl Service {
    /// Opens the account, or comes back with the one of the state file.
    pub(crate) fn open(settings: Settings, now: Timestamp) -> io::Result<Self> {
        let (ledger, mut state) = match &settings.state_file {
            Some(path) => Ledger::open(path)?,
            None => (Ledger::default(), State::default()),
        };
        state.faults.get_or_insert_with(|| settings.faults.clone());
        let unsettled: Vec<_> = state.agents.values().filter(|a| !a.settled).map(|a| a.code.clone()).collect();
        let errands = unsettled.iter().map(|code| Errand::Settle(state.agents[code].ends_at())).collect();
        let buckets = Buckets::new(settings.tier, settings.speed);
        let mut attendance: HashMap<String, Vec<_>> = HashMap::new();
        for attended in &settings.attendance {
            attendance.entry(attended.room.clone()).or_default().push((attended.from, attended.to));
        }
        let mut service = Self { settings, state, errands, unsettled, buckets, attendance, ledger, broken: None };
        if service.state.user_id.is_empty() {
            let user_id = uuid::Uuid::new_v4().to_string();
            service.record(Change::Account { user_id, balance: service.settings.credits });
        }
        for code in service.settings.agents.clone() {
            if !service.state.agents.contains_key(&code) && !service.state.deleted.contains(&code) {
                service.record(Change::Agent(Box::new(Agent::ready(&code, now))));
            }
        }
        service.keep()?;
        Ok(service)
    }

    /// The rooms where somebody is at an instant, or the one that is asked for.
    pub(crate) fn attended(&self, room: Option<&str>, now: Timestamp) -> impl Iterator<Item = String> {
        let is_there = |spans: &[(Timestamp, Timestamp)]| spans.iter().any(|(from, to)| *from <= now && now < *to);
        let found: Vec<String> = match room {
            Some(room) => self
                .attendance
                .get_key_value(room)
                .filter(|(_, spans)| is_there(spans))
                .into_iter()
                .map(|(room, _)| room.clone())
                .collect(),
            None => self.attendance.iter().filter(|(_, spans)| is_there(spans)).map(|(room, _)| room.clone()).collect(),
        };
        found.into_iter()
    }

    /// Counts a request and decides what goes wrong with it.
    pub(crate) fn receive(&mut self, method: &str, path: &str) -> io::Result<Disturbance> {
        if path.starts_with(CONTROL) {
            return Ok(Disturbance::default());
        }
        let endpoint = routes::find(method, path).map_or(path.to_owned(), |(route, _)| route.path.to_owned());
        self.record(Change::Requested(format!("{method} {endpoint}")));
        let (disturbance, counted) = faults::choose(&self.state, method, path, self.settings.seed);
        counted.into_iter().for_each(|index| self.record(Change::FaultMatched(index)));
        self.keep()?;
        Ok(disturbance)
    }

    /// Answers a request with which something may go wrong.
    pub(crate) fn reach(&mut self, incoming: Incoming, mishap: Option<&Mishap>, now: Timestamp) -> Reached {
        match mishap {
            Some(Mishap::CloseBefore) => return Reached::Lost,
            Some(Mishap::Answer(refused)) if refused.code.is_empty() => return Reached::Gateway(refused.status),
            Some(Mishap::Answer(refused)) => {
                let speed = self.settings.speed;
                let retry_after = refused.retry_after.map(|length| length.0.at_speed(speed).0.div_ceil(1000));
                let refusal = Refusal::new(refused.status, &refused.code, &refused.message);
                return Reached::Answered(Refusal { retry_after, ..refusal }.into_answer());
            }
            _ => {}
        }
        let answer = self.answer(incoming, mishap, now);
        match mishap {
            Some(Mishap::CloseAfter) => Reached::Lost,
            Some(Mishap::Garble) => Reached::Garbled(answer),
            _ => Reached::Answered(answer),
        }
    }

    /// Answers a request. What it changed is kept before this returns.
    pub(crate) fn answer(&mut self, incoming: Incoming, mishap: Option<&Mishap>, now: Timestamp) -> Answer {
        self.settle(now);
        let mut headers = Vec::new();
        let answer = self.dispatch(incoming, mishap, now, &mut headers);
        let answer = match self.keep() {
            Ok(()) => answer,
            Err(error) => {
                Err(Refusal::new(500, "INTERNAL_ERROR", format!("the sandbox cannot keep its state: {error}")))
            }
        };
        let mut answer = answer.unwrap_or_else(Refusal::into_answer);
        answer.headers.extend(headers);
        answer
    }

    fn dispatch(
        &mut self,
        incoming: Incoming,
        mishap: Option<&Mishap>,
        now: Timestamp,
        headers: &mut Vec<(&'static str, String)>,
    ) -> Result<Answer, Refusal> {
        let (route, segments) = routes::find(&incoming.method, &incoming.path).map_err(|missing| {
            headers.extend(missing.allow.map(|methods| ("Allow", methods)));
            missing.refusal
        })?;
        let authorised = self.authorise(incoming.secret.as_deref());
        if route.access == Access::Secret {
            authorised.clone()?;
        }
        if let Some(allowance) = self.buckets.take(route.class, now) {
            headers.extend(allowance.headers());
            allowance.refusal().map_or(Ok(()), Err)?;
        }
        let body = if incoming.body.iter().all(u8::is_ascii_whitespace) {
            Value::Null
        } else {
            let unreadable = |error| self.settings.errors.invalid(format!("Request body is not JSON: {error}"));
            serde_json::from_slice(&incoming.body).map_err(unreadable)?
        };
        let fails_creation = match mishap {
            Some(Mishap::FailCreation(message)) => Some(message.clone()),
            _ => None,
        };
        let Incoming { query, idempotency_key, .. } = incoming;
        let call = Call { segments, query, idempotency_key, body, now, authorised, fails_creation };
        (route.respond)(self, &call)
    }

    fn authorise(&self, given: Option<&str>) -> Result<(), Refusal> {
        let given = given.filter(|secret| !secret.is_empty());
        match (given, &self.settings.secret) {
            (None, _) => Err(self.settings.errors.unauthorized(false)),
            (Some(given), Some(right)) if given != right.expose() => Err(self.settings.errors.unauthorized(true)),
            _ => Ok(()),
        }
    }

    /// Makes something different, and notes it for the state file.
    pub(crate) fn record(&mut self, change: Change) {
        if let Err(error) = self.ledger.note(&change) {
            self.broken.get_or_insert(error);
        }
        if let Change::Agent(agent) = &change
            && !agent.settled
            && !self.unsettled.contains(&agent.code)
        {
            self.unsettled.push(agent.code.clone());
            self.errands.push(Errand::Settle(agent.ends_at()));
        }
        self.state.apply(change);
    }

    /// Writes what was noted. Called before anything that tells of it.
    pub(crate) fn keep(&mut self) -> io::Result<()> {
        match self.broken.take() {
            Some(error) => Err(error),
            None => self.ledger.write(),
        }
    }

    /// Ends the creations whose time has come: announces them, and refunds those that failed.
    pub(crate) fn settle(&mut self, now: Timestamp) {
        let waiting = std::mem::take(&mut self.unsettled);
        for code in waiting {
            let Some(agent) = self.state.agents.get(&code) else { continue };
            if agent.ends_at() > now {
                self.unsettled.push(code);
                continue;
            }
            let agent = Agent { settled: true, ..agent.clone() };
            if agent.failure.is_some() {
                self.record(Change::Balance(self.state.balance + agent.price));
            }
            Delivery::announce(self, &agent, now);
            self.record(Change::Agent(Box::new(agent)));
        }
    }

    /// An agent, which comes to be when every agent does.
    pub(crate) fn agent(&mut self, code: &str, now: Timestamp) -> Result<Agent, Refusal> {
        if let Some(agent) = self.state.agents.get(code) {
            return Ok(agent.clone());
        }
        if !self.settings.any_agent || self.state.deleted.iter().any(|deleted| deleted == code) {
            return Err(self.settings.errors.agent_not_found(code));
        }
        let agent = Agent::ready(code, now);
        self.record(Change::Agent(Box::new(agent.clone())));
        Ok(agent)
    }

    /// A number that no other draw of this sandbox has, and that is the same for the same history.
    pub(crate) fn draw(&self, stream: &str) -> u64 {
        random::draw(self.settings.seed, stream, self.state.changes)
    }
}
