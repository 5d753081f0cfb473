//! One try: its turn, its rendering, the record of its intent, the exchange, the record of its outcome.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::{Mutex, OwnedMutexGuard};
use tracing::Instrument as _;

use super::rules::Verdict;
use super::weigh::{Passed, Weighed};
use super::{Driver, DriverError, clean, lines, spans};
use crate::actions;
use crate::clock::Timestamp;
use crate::crash;
use crate::duration::Millis;
use crate::engine::event::{Event, Rendering};
use crate::executors::executor::{Job, Permit, Place};
use crate::executors::render;
use crate::journal::{Durability, JournalError};
use crate::outcome::{Effect, Exchange, Failure};
use crate::plan::model::{Exchanged, StepKey, Work};

/// What the tasks beside the driver tell it.
pub enum Message {
    /// A try may go out, or it is too late for it.
    Admitted(Turn, Option<Admission>),
    /// What keeps a try from queueing for its turn.
    Examined(Turn, Box<Passed>, Verdict),
    /// What keeps a try from going out whose turn has come; nothing, when its line is claimed.
    Claimed(Turn, Admission, Box<Rendering>, Box<Passed>, Verdict),
    /// What a purchase is to send, or why it cannot be made.
    Arranged(Turn, Admission, Box<Rendering>, Result<Box<Rendering>, Failure>),
    /// A try ended.
    Ended(StepKey, Exchange),
    /// A try was not made, for its intent could not be written.
    Unwritten(JournalError),
    /// A task was at fault: nobody knows how far it came.
    BrokenOff,
}

/// A try that is to go out.
#[derive(Clone, Copy, Debug)]
pub struct Turn {
    /// The command that asks for it.
    pub ticket: u64,
    /// The step.
    pub step: StepKey,
    /// Which try.
    pub attempt: u32,
    /// When the step first reached for the service.
    pub since: Option<Timestamp>,
    /// How often it looked again.
    pub looks: u32,
    /// When it is too late.
    pub expires: Option<Timestamp>,
    /// When its turn is no use any more, be it too late or not.
    pub until: Option<Timestamp>,
}

impl Turn {
    /// The same, of no use after this instant either.
    pub(super) fn of_use_until(self, until: Option<Timestamp>) -> Self {
        Self { until: self.until.into_iter().chain(until).min(), ..self }
    }
}

/// The right to go out: a permit, and for a probe its room. Both are free again when it is dropped.
pub struct Admission {
    _permit: Permit,
    _room: Option<OwnedMutexGuard<()>>,
}

/// The rooms that are probed: one probe a room at a time.
#[derive(Default)]
pub struct Probes(HashMap<(String, String), Arc<Mutex<()>>>);

impl Probes {
    fn of(&mut self, rendering: &Rendering) -> Arc<Mutex<()>> {
        let key = (rendering.agent.clone().unwrap_or_default(), rendering.room.clone().unwrap_or_default());
        self.0.entry(key).or_default().clone()
    }
}

impl Driver {
    /// Waits beside the driver for the try's turn.
    pub(super) fn queue(&mut self, turn: Turn) {
        let Some(exchanged) = self.exchanged(turn.step) else { return };
        let is_line = exchanged.effect == Effect::Once;
        let is_probe = is_line && turn.looks > 0;
        let place = Place { tier: exchanged.tier, is_line, is_probe, until: turn.until };
        let room = match self.run.rendering(turn.step) {
            Some(rendering) if is_probe => Some(self.probes.of(&rendering.clone())),
            _ => None,
        };
        let (admitted, span) = (self.executor.clone(), self.step_span(turn.step));
        let driver = self.messages.0.clone();
        let admission = async move {
            let admission = async {
                let room = match room {
                    Some(room) => Some(room.lock_owned().await),
                    None => None,
                };
                admitted.admit(place).await.map(|permit| Admission { _permit: permit, _room: room })
            };
            // A run that has ended or stopped takes no token from the others of its account.
            tokio::select! {
                admission = admission => Message::Admitted(turn, admission),
                () = driver.closed() => Message::Admitted(turn, None),
            }
        };
        self.beside(admission.instrument(span));
    }

    /// Runs a task beside the driver and hears its message.
    pub(super) fn beside(&mut self, task: impl Future<Output = Message> + Send + 'static) {
        self.busy += 1;
        let messages = self.messages.0.clone();
        let task = tokio::spawn(task);
        tokio::spawn(async move {
            // A panic is told by its hook; here it must not leave the driver waiting for ever.
            let message = task.await.unwrap_or(Message::BrokenOff);
            // The driver is gone only when the run has ended or stopped; then nobody needs to hear.
            drop(messages.send(message).await);
        });
    }

    pub(super) async fn hear(&mut self, message: Message) -> Result<(), DriverError> {
        self.busy -= 1;
        match message {
            Message::Admitted(turn, admission) => self.admitted(turn, admission).await,
            Message::Examined(turn, passed, verdict) => self.examined(turn, passed, verdict).await,
            Message::Claimed(turn, admission, rendering, passed, verdict) => {
                self.claimed((turn, admission), rendering, passed, verdict).await
            }
            Message::Arranged(turn, admission, rendering, arranged) => {
                self.arranged(turn, admission, *rendering, arranged).await
            }
            Message::Ended(step, exchange) => self.ended(step, exchange).await,
            Message::Unwritten(error) => {
                // A record behind one that failed is only out of order: the first failure, heard in order, is the cause.
                drop(self.recorder.settled().await);
                self.recorder.fail(error);
                Ok(())
            }
            Message::BrokenOff => Err(DriverError::BrokenOff),
        }
    }

    async fn admitted(&mut self, turn: Turn, admission: Option<Admission>) -> Result<(), DriverError> {
        let step = turn.step;
        if !self.run.stands(turn.ticket) {
            return Ok(());
        }
        let is_late = turn.expires.is_some_and(|expires| self.executor.now() > expires);
        let is_ruled = self.is_ruled(step);
        let Some(admission) = admission.filter(|_| !is_late) else {
            // Its turn was of no use any more: the rules say what becomes of it.
            return match (is_ruled && !is_late).then(|| self.weigh(step)) {
                Some(Weighed::Ruled(event, line)) => self.record_ruled(event, line.map(|line| *line)).await,
                Some(Weighed::Pass(passed)) => {
                    self.queue(Turn { until: turn.expires, ..turn }.of_use_until(passed.until));
                    Ok(())
                }
                // Told "too late" it is, whatever this clock says by now: else it would ask again and again.
                None => self.record(Event::Expired { step }, Durability::Lazy).await,
            };
        };
        // Looked at once more at the instant of sending: its turn may have been long in coming.
        let passed = match is_ruled.then(|| self.weigh(step)) {
            None => None,
            Some(Weighed::Pass(passed)) => Some(passed),
            Some(Weighed::Ruled(event, line)) => return self.record_ruled(event, line.map(|line| *line)).await,
        };
        let rendering = match self.run.rendering(step) {
            Some(recorded) => Ok(recorded.clone()),
            None => self.render(step),
        };
        let rendering = match (rendering, &passed) {
            (Ok(rendering), Some(passed)) => passed.put_into(rendering),
            (Ok(rendering), None) => rendering,
            (Err(failure), _) => {
                let failure = self.redacted(failure);
                return self.record(Event::StepFailed { step, failure }, Durability::Lazy).await;
            }
        };
        if let Some(passed) = passed {
            self.claim(turn, admission, rendering, passed);
            return Ok(());
        }
        self.arrange_or_begin(turn, admission, rendering).await
    }

    /// Sends what is no purchase; of a purchase it is asked first what is known.
    pub(super) async fn arrange_or_begin(
        &mut self,
        turn: Turn,
        admission: Admission,
        rendering: Rendering,
    ) -> Result<(), DriverError> {
        let step = turn.step;
        // A key that was recorded is looked at too: the service may have forgotten it meanwhile.
        let is_open = rendering.reuse.is_none();
        match self.purchasing.clone() {
            Some(purchasing) if is_open && self.exchanged(step).is_some_and(|exchanged| exchanged.billable) => {
                let (wish, now) = (self.wish(step, rendering.clone()), self.executor.now());
                self.beside(async move {
                    let arranged = purchasing.arrange(wish, now).await.map(Box::new);
                    Message::Arranged(turn, admission, Box::new(rendering), arranged)
                });
                Ok(())
            }
            _ => self.begin(turn, admission, rendering).await,
        }
    }

    async fn arranged(
        &mut self,
        turn: Turn,
        admission: Admission,
        rendering: Rendering,
        arranged: Result<Box<Rendering>, Failure>,
    ) -> Result<(), DriverError> {
        if !self.run.stands(turn.ticket) {
            if let (Some(purchasing), Ok(arranged)) = (&self.purchasing, &arranged) {
                purchasing.withdraw(arranged);
            }
            return Ok(());
        }
        match arranged {
            Ok(arranged) => self.begin(turn, admission, *arranged).await,
            Err(failure) => {
                let Turn { step, attempt, .. } = turn;
                let rendering = Box::new(rendering);
                self.record(Event::AttemptStarted { step, attempt, rendering }, Durability::Lazy).await?;
                self.ended(step, Exchange::Failed { failure: self.redacted(failure) }).await
            }
        }
    }

    /// Records the intent, and sends when the journal has answered.
    pub(super) async fn begin(
        &mut self,
        turn: Turn,
        admission: Admission,
        rendering: Rendering,
    ) -> Result<(), DriverError> {
        let Turn { step, attempt, .. } = turn;
        let Some(exchanged) = self.exchanged(step) else { return Ok(()) };
        let durability = match exchanged.effect == Effect::Once || exchanged.billable {
            true => Durability::Synced,
            false => Durability::Lazy,
        };
        let job = self.job(&turn, exchanged, rendering.clone());
        let exchanged = exchanged.clone();
        let span = spans::attempt(&self.step_span(step), &turn, &exchanged);
        let event = Event::AttemptStarted { step, attempt, rendering: Box::new(rendering) };
        let now = self.executor.now();
        let written = self.recorder.record_watched(&mut self.run, event, durability, now).await?;
        let (executor, purchasing) = (self.executor.clone(), self.purchasing.clone());
        let counted = self.is_counted(step).then(|| (self.rulebook.knowing.sent.clone(), self.line_id(step)));
        let redactor = self.redactor.clone();
        let attempt = async move {
            if let Err(error) = written.await {
                return Message::Unwritten(error);
            }
            crash::point(crash::Point::AfterAppend);
            tracing::info!(looks = job.looks, "the step goes out");
            let rendering = job.rendering.clone();
            let answered = executor.exchange(job).await;
            crash::point(crash::Point::AfterAnswer);
            // Cleaned before anybody keeps anything of it, purchases included.
            let exchange = clean::exchange(answered, &redactor);
            spans::tell(&exchange);
            drop(admission);
            if let Some((sent, line)) = counted
                && let Err(error) = sent.settle(&line, lines::fate(&exchange)).await
            {
                tracing::error!(%error, "what became of a line cannot be written");
            }
            let settled = match purchasing {
                Some(purchasing) => purchasing.settle(&rendering, &exchange).await,
                None => Ok(()),
            };
            Message::Ended(step, settled.map_or_else(|failure| Exchange::Failed { failure }, |()| exchange))
        };
        self.beside(attempt.instrument(span));
        Ok(())
    }

    async fn ended(&mut self, step: StepKey, exchange: Exchange) -> Result<(), DriverError> {
        self.note_failed_creation(step, &exchange);
        if let (Exchange::Done { .. }, Some(rendering)) = (&exchange, self.run.rendering(step)) {
            self.credits += rendering.credits;
        }
        let is_purchase = self.exchanged(step).is_some_and(|exchanged| exchanged.billable);
        let durability = match is_purchase && matches!(exchange, Exchange::Done { .. }) {
            true => Durability::Synced,
            false => Durability::Lazy,
        };
        self.record(Event::AttemptEnded { step, exchange }, durability).await?;
        if self.run.state(step).has_ended() {
            self.spans.close(step);
        }
        Ok(())
    }

    fn step_span(&mut self, step: StepKey) -> tracing::Span {
        let item = step.item.and_then(|item| self.run.keys(StepKey::node(step.node)).get(item.index as usize));
        let id = self.run.start().plan.get(step).map_or("", |node| node.id.as_str());
        self.spans.step(step, id, item.map(String::as_str))
    }

    /// An agent whose creation failed was refunded, and is not to be used again.
    fn note_failed_creation(&mut self, step: StepKey, exchange: &Exchange) {
        let Exchange::Failed { failure } = exchange else { return };
        let agent = self.run.rendering(step).and_then(|rendering| rendering.agent.clone());
        if let (Some(purchasing), Some(agent), "creation_failed") = (self.purchasing.clone(), agent, &*failure.code) {
            tokio::spawn(async move {
                if let Err(failure) = purchasing.creation_failed(&agent).await {
                    tracing::error!(%agent, "{}", failure.message);
                }
            });
        }
    }

    pub(super) fn render(&self, step: StepKey) -> Result<Rendering, Failure> {
        let unknown = || Failure::rejected("unknown_action", "this version has no such action");
        let node = self.run.start().plan.get(step).ok_or_else(unknown)?;
        let exchanged = self.exchanged(step).ok_or_else(unknown)?;
        let descriptor = actions::find(&exchanged.action).ok_or_else(unknown)?;
        let arm =
            node.rules.variants.as_ref().and_then(|variants| Some((variants, variants.of(&self.person_key(step))?)));
        let exchanged = match arm {
            Some((variants, arm)) => &exchanged.saying(&variants.field, &arm.text),
            None => exchanged,
        };
        let rendering = render::exchange(node, exchanged, descriptor, &self.scope(step, exchanged.action == "http"))?;
        let rendering = Rendering { variant: arm.map(|(_, arm)| arm.name.clone()), ..rendering };
        (descriptor.accepts)(&rendering.fields).map_err(|reason| {
            Failure::rejected("invalid_fields", format!("the rendered fields do not fit: {reason}"))
        })?;
        Ok(rendering)
    }

    fn job(&self, turn: &Turn, exchanged: &Exchanged, rendering: Rendering) -> Job {
        let start = self.run.start();
        let timeout = start.plan.get(turn.step).map_or(Millis::from_secs(30), |node| node.timing.timeout);
        let waited = turn.since.map_or(Millis::ZERO, |since| self.executor.now().since(since));
        Job {
            action: exchanged.action.clone(),
            rendering,
            timeout,
            waited: Millis((waited.0 as f64 * start.speed) as u64),
            looks: turn.looks,
            allow_destroy: start.allow_destroy,
        }
    }

    pub(super) fn exchanged(&self, step: StepKey) -> Option<&Exchanged> {
        match &self.run.start().plan.get(step)?.work {
            Work::Exchange(exchanged) => Some(exchanged),
            _ => None,
        }
    }
}
