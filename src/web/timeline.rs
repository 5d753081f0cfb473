//! When each step tried and waited: read from a run's records, for a drawing over time.

use std::collections::BTreeMap;

use crate::clock::Timestamp;
use crate::engine::command::WaitReason;
use crate::engine::event::Event;
use crate::outcome::{Exchange, Failure};
use crate::plan::model::StepKey;
use crate::report::{ChangedTo, Moment, RunView};
use crate::web::answers::step::{AttemptItem, WaitItem};
use crate::web::show;

/// When each step tried and waited.
#[derive(Debug, Default)]
pub(crate) struct Timeline {
    steps: BTreeMap<StepKey, Spans>,
}

#[derive(Debug, Default)]
struct Spans {
    attempts: Vec<Attempt>,
    waits: Vec<Wait>,
}

#[derive(Debug)]
struct Attempt {
    number: u32,
    began: Timestamp,
    ended: Option<Timestamp>,
    failure: Option<Failure>,
}

#[derive(Debug)]
struct Wait {
    reason: &'static str,
    from: Timestamp,
    until: Option<Timestamp>,
    is_open: bool,
}

impl Timeline {
    /// Takes in a record and its consequences.
    pub(crate) fn take(&mut self, moment: &Moment<'_>) {
        let at = moment.record.at;
        if let Some(step) = moment.record.event.step() {
            self.steps.entry(step).or_default().take(&moment.record.event, at);
        }
        for change in moment.changes {
            self.steps.entry(change.step).or_default().change(&change.to, at);
        }
    }

    /// What is known of a step, as it is shown.
    pub(crate) fn of(&self, view: &RunView, step: StepKey) -> (Vec<AttemptItem>, Vec<WaitItem>) {
        let Some(spans) = self.steps.get(&step) else { return (Vec::new(), Vec::new()) };
        let attempt = |attempt: &Attempt| AttemptItem {
            number: attempt.number,
            began_at: attempt.began.to_string(),
            ended_at: attempt.ended.map(|at| at.to_string()),
            error: attempt.failure.as_ref().map(|failure| show::error(view, failure)),
        };
        let wait = |wait: &Wait| WaitItem {
            reason: wait.reason,
            from: wait.from.to_string(),
            until: wait.until.map(|at| at.to_string()),
        };
        (spans.attempts.iter().map(attempt).collect(), spans.waits.iter().map(wait).collect())
    }
}

impl Spans {
    fn take(&mut self, event: &Event, at: Timestamp) {
        match event {
            Event::AttemptStarted { attempt, .. } => {
                self.close(at);
                self.attempts.push(Attempt { number: *attempt, began: at, ended: None, failure: None });
            }
            Event::AttemptEnded { exchange, .. } => {
                if let Some(last) = self.attempts.last_mut() {
                    last.ended = Some(at);
                    if let Exchange::Failed { failure } = exchange {
                        last.failure = Some(failure.clone());
                    }
                }
            }
            Event::Due { .. } | Event::Gone { .. } | Event::SkippedByPerson { .. } => self.close(at),
            _ => {}
        }
    }

    fn change(&mut self, to: &ChangedTo, at: Timestamp) {
        match to {
            ChangedTo::Waiting { until, reason } => self.wait(reason_word(*reason), at, Some(*until)),
            ChangedTo::Retrying { until, .. } => self.wait("backoff", at, Some(*until)),
            ChangedTo::PauseOpen { .. } => self.wait("pause", at, None),
            ChangedTo::Held => self.wait("go", at, None),
            ChangedTo::Blocked { .. } => self.wait("service", at, None),
            ChangedTo::Succeeded { hold: Some(length), .. } if length.0 > 0 => {
                self.wait("hold", at, Some(at + *length))
            }
            _ => self.close(at),
        }
    }

    /// Begins a wait; the same one that is told again goes on.
    fn wait(&mut self, reason: &'static str, at: Timestamp, until: Option<Timestamp>) {
        if let Some(last) = self.waits.last_mut()
            && last.is_open
            && last.reason == reason
        {
            last.until = until;
            return;
        }
        self.close(at);
        self.waits.push(Wait { reason, from: at, until, is_open: true });
    }

    /// Ends the wait under way: a hold or a delay that was cut short ends where it was cut.
    fn close(&mut self, at: Timestamp) {
        if let Some(last) = self.waits.last_mut()
            && last.is_open
        {
            last.is_open = false;
            last.until = Some(last.until.map_or(at, |until| until.min(at)));
        }
    }
}

fn reason_word(reason: WaitReason) -> &'static str {
    match reason {
        WaitReason::Delay => "delay",
        WaitReason::Cue => "cue",
        WaitReason::RateLimit => "rate_limit",
        WaitReason::Wait => "wait",
        WaitReason::Backoff => "backoff",
        WaitReason::Look => "look",
        WaitReason::Room => "room",
        WaitReason::Window => "window",
        WaitReason::Cap => "cap",
        WaitReason::Underway => "underway",
        WaitReason::Hold => "hold",
        WaitReason::PauseTimeout => "pause",
    }
}
