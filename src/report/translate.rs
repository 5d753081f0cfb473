//! Internal records to public events.
//!
//! One record may make several events or none. The stream ends with `run_finished` or `run_stopped`:
//! [`Translator::close`] sees to it where a journal ends without either.

use std::collections::BTreeMap;

use crate::clock::Timestamp;
use crate::duration::Millis;
use crate::engine::command::WaitReason;
use crate::engine::event::{Event, Record, Resolution, RunOutcome, StopReason};
use crate::outcome::{Exchange, Failure, Progress};
use crate::plan::model::StepKey;
use crate::report::event::{
    Body, PublicAudience, PublicError, PublicEvent, PublicItem, PublicOutcome, PublicProgress, PublicService,
    PublicStep, VERSION, Waiting,
};
use crate::report::moment::{Change, ChangedTo, Moment};
use crate::report::projection::RunView;

/// How long counts are kept before they are told again.
const CALM: Millis = Millis::from_secs(1);

/// Makes the public events of one run, numbered from 0.
#[derive(Clone)]
pub struct Translator {
    view: RunView,
    next: u64,
    has_ended: bool,
    /// The counts of each loop as they were told last, and when.
    counted: BTreeMap<StepKey, (PublicAudience, Timestamp)>,
}

impl Translator {
    /// The translator of a run that has not begun.
    pub fn new(view: RunView) -> Self {
        Self { view, next: 0, has_ended: false, counted: BTreeMap::new() }
    }

    /// The run so far.
    pub fn view(&self) -> &RunView {
        &self.view
    }

    /// The public events of a record, in order.
    pub fn translate(&mut self, moment: &Moment) -> Vec<PublicEvent> {
        let begins = self.begins(moment.record);
        self.view.apply(moment);
        let mut bodies: Vec<Body> = Vec::new();
        bodies.extend(begins.and_then(|step| self.started(step)));
        bodies.extend(self.body(moment));
        bodies.extend(moment.changes.iter().filter_map(|change| self.change(change, moment.record)));
        // The end of a run is the last event of its stream.
        let end = bodies.iter().position(Body::is_end);
        let counts = self.counts(moment.record.at, end.is_some());
        let place = end.unwrap_or(bodies.len());
        bodies.splice(place..place, counts);
        bodies.into_iter().map(|body| self.event(moment.record.at, body)).collect()
    }

    /// The word of public events for why a run stopped.
    pub fn stop_word(reason: StopReason) -> &'static str {
        stop_word(reason)
    }

    /// The end of a stream whose last event was none: a `run_stopped` for the reason `unfinished`.
    pub fn close(&mut self) -> Option<PublicEvent> {
        let is_open = self.next > 0 && !self.has_ended;
        is_open.then(|| self.event(self.view.last, Body::RunStopped { reason: "unfinished".to_owned() }))
    }

    fn event(&mut self, at: Timestamp, body: Body) -> PublicEvent {
        self.has_ended = body.is_end();
        let seq = self.next;
        self.next += 1;
        PublicEvent { v: VERSION, seq, at: at.to_string(), run: self.view.start.run.to_string(), body }
    }

    /// The counts that are to be told: those that changed, not too often, and all of them at the end.
    fn counts(&mut self, at: Timestamp, is_end: bool) -> Vec<Body> {
        let mut bodies = Vec::new();
        for (step, audience) in self.view.audiences() {
            let is_due = self.counted.get(&step).is_none_or(|(_, told)| at.since(*told) >= CALM);
            if !is_due && !is_end {
                continue;
            }
            let counts = PublicAudience::from(audience);
            if is_end || self.counted.get(&step).is_none_or(|(before, _)| *before != counts) {
                self.counted.insert(step, (counts, at));
                bodies.push(Body::Audience { step: self.view.path(step), counts });
            }
        }
        bodies
    }

    /// The step that a record begins for the first time.
    fn begins(&self, record: &Record) -> Option<StepKey> {
        let begins =
            matches!(record.event, Event::ItemsListed { .. } | Event::Prepared { .. } | Event::AttemptStarted { .. });
        let step = record.event.step().filter(|_| begins)?;
        self.view.step(step).is_none_or(|view| view.began.is_none()).then_some(step)
    }

    fn started(&self, step: StepKey) -> Option<Body> {
        let view = self.view.step(step)?;
        let rendering = view.rendering.as_deref();
        let masked = |text: &str| self.view.mask.text(text).into_owned();
        Some(Body::StepStarted {
            step: self.step(step),
            action: self.view.node(step)?.action().to_owned(),
            agent: rendering.and_then(|sent| sent.agent.clone()),
            room: rendering.and_then(|sent| sent.room.as_deref()).map(masked),
            text: view.speech().map(masked),
            count: self.view.items_of(step.node).filter(|_| step.item.is_none()).map(|items| items.total() as u64),
        })
    }

    fn body(&self, moment: &Moment) -> Option<Body> {
        match &moment.record.event {
            Event::Started(_) => Some(self.run_started()),
            Event::AttemptEnded { step, exchange: Exchange::Again { progress, .. } } => {
                let is_look = |change: &&Change| change.step == *step;
                let until = moment.changes.iter().find(is_look).and_then(|change| match change.to {
                    ChangedTo::Waiting { until, .. } => Some(until.to_string()),
                    _ => None,
                });
                Some(Body::StepProgress { step: self.step(*step), progress: self.progress(progress), until })
            }
            Event::Resolved { step, resolution } => {
                Some(Body::StepResolved { step: self.step(*step), reason: resolution_word(*resolution).to_owned() })
            }
            Event::Stopped { reason } => Some(Body::RunStopped { reason: stop_word(*reason).to_owned() }),
            Event::Resumed => Some(Body::RunResumed {}),
            Event::Finished { outcome, outputs, .. } => {
                let masked = outputs.iter().map(|(name, value)| (name.clone(), self.view.mask.value(value.clone())));
                Some(Body::RunFinished {
                    outcome: public_outcome(*outcome),
                    outputs: masked.collect(),
                    credits: self.view.credits,
                    error: self.view.failure.as_ref().map(|failure| self.error(failure)),
                })
            }
            _ => None,
        }
    }

    fn run_started(&self) -> Body {
        let start = &self.view.start;
        Body::RunStarted {
            workflow: start.plan.workflow.clone(),
            file: start.plan.file.clone(),
            service: PublicService {
                url: start.service.url.clone(),
                account: start.service.account.clone(),
                sandbox: start.service.sandbox,
            },
            inputs: self.view.mask.inputs(&start.plan.inputs),
            steps: start.plan.nodes.len() as u64,
            speed: start.speed,
            dry: start.dry,
        }
    }

    fn change(&self, change: &Change, record: &Record) -> Option<Body> {
        let step = self.step(change.step);
        let view = self.view.step(change.step);
        Some(match &change.to {
            ChangedTo::Retrying { attempt, until, failure } => Body::StepRetrying {
                step: PublicStep { attempt: Some(*attempt), ..step },
                until: until.to_string(),
                error: self.error(failure),
            },
            ChangedTo::Succeeded { result, hold } => Body::StepSucceeded {
                step,
                result: self.view.mask.value(result.clone()),
                hold_ms: hold.map(|length| length.0).filter(|length| *length > 0),
                credits: view.and_then(|view| view.credits),
            },
            ChangedTo::Failed { failure } => Body::StepFailed { step, error: self.error(failure) },
            ChangedTo::Skipped { reason, detail } => {
                let detail = detail.as_ref().map(|detail| self.view.mask.text(detail).into_owned());
                Body::StepSkipped { step, reason: reason.clone(), detail }
            }
            // A person who leaves it unknown tells nothing new.
            ChangedTo::Unknown if matches!(record.event, Event::Resolved { .. }) => return None,
            ChangedTo::Unknown => {
                let failure = view.and_then(|view| view.failure.as_ref());
                Body::StepUnknown { step, error: failure.map(|failure| self.error(failure)) }
            }
            ChangedTo::Cancelled => Body::StepCancelled { step },
            ChangedTo::Waiting { .. } | ChangedTo::Blocked { .. } | ChangedTo::Held | ChangedTo::PauseOpen { .. } => {
                return self.waits(step, &change.to);
            }
        })
    }

    fn waits(&self, step: PublicStep, to: &ChangedTo) -> Option<Body> {
        let (reason, until, message, error) = match to {
            ChangedTo::Waiting { until, reason } => (waiting(*reason)?, Some(until.to_string()), None, None),
            ChangedTo::Held => (Waiting::Go, None, None, None),
            ChangedTo::Blocked { failure } => (Waiting::Service, None, None, Some(self.error(failure))),
            ChangedTo::PauseOpen { message } => {
                (Waiting::Pause, None, Some(self.view.mask.text(message).into_owned()), None)
            }
            _ => return None,
        };
        Some(Body::StepWaiting { step, reason, until, message, error })
    }

    fn step(&self, key: StepKey) -> PublicStep {
        let item = key.item.map(|item| PublicItem {
            key: self.view.mask.text(self.view.item_key(key).unwrap_or_default()).into_owned(),
            index: item.index,
        });
        let attempts = self.view.step(key).map_or(0, |view| view.attempts);
        let from_run = self.view.carried_from(key).map(ToString::to_string);
        PublicStep { step: self.view.path(key), item, attempt: (attempts > 0).then_some(attempts), from_run }
    }

    fn error(&self, failure: &Failure) -> PublicError {
        let error = PublicError::from(failure);
        PublicError { message: self.view.mask.text(&error.message).into_owned(), ..error }
    }

    fn progress(&self, progress: &Progress) -> PublicProgress {
        let progress = PublicProgress::from(progress);
        PublicProgress { message: self.view.mask.text(&progress.message).into_owned(), ..progress }
    }
}

/// What public events say of a wait; none where another event says it.
fn waiting(reason: WaitReason) -> Option<Waiting> {
    match reason {
        WaitReason::Delay => Some(Waiting::Delay),
        WaitReason::Cue => Some(Waiting::Cue),
        WaitReason::RateLimit => Some(Waiting::RateLimit),
        WaitReason::Wait => Some(Waiting::Wait),
        WaitReason::Window => Some(Waiting::Window),
        WaitReason::Cap => Some(Waiting::Cap),
        WaitReason::Backoff
        | WaitReason::Look
        | WaitReason::Room
        | WaitReason::Underway
        | WaitReason::Hold
        | WaitReason::PauseTimeout => None,
    }
}

fn resolution_word(resolution: Resolution) -> &'static str {
    match resolution {
        Resolution::Happened => "happened",
        Resolution::DidNotHappen => "did_not_happen",
        Resolution::LeaveUnknown => "leave_unknown",
    }
}

fn stop_word(reason: StopReason) -> &'static str {
    match reason {
        StopReason::Person => "person",
        StopReason::Unknown => "unknown",
        StopReason::Pause => "pause",
        StopReason::Unauthorized => "unauthorized",
        StopReason::OutOfCredits => "out_of_credits",
        StopReason::Unreachable => "unreachable",
        StopReason::Journal => "journal",
    }
}

fn public_outcome(outcome: RunOutcome) -> PublicOutcome {
    match outcome {
        RunOutcome::Succeeded => PublicOutcome::Succeeded,
        RunOutcome::Failed => PublicOutcome::Failed,
        RunOutcome::Cancelled => PublicOutcome::Cancelled,
    }
}
