//! What a trial must have come to, told from the world's memory and the journal alone.

use std::collections::{BTreeMap, BTreeSet};

use runsheet::engine::event::{Event, Record, RunOutcome};
use runsheet::engine::run::Run;
use runsheet::engine::state::StepState;
use runsheet::outcome::{Effect, Exchange};
use runsheet::plan::model::{StepKey, Work};

use super::script::{BOUGHT, OnUnknown, lines};
use super::theatre::Witness;
use crate::support::{all_steps, text_of};

/// Everything known of a trial that ended.
pub struct Evidence<'a> {
    /// The word that its lines begin with.
    pub trial: &'a str,
    /// What becomes of its unknown lines.
    pub on_unknown: OnUnknown,
    /// What the world knew before.
    pub before: &'a Witness,
    /// What it knows now.
    pub after: &'a Witness,
    /// The journal.
    pub records: &'a [Record],
}

/// Endpoints and the action that asks them.
const ENDPOINTS: [(&str, &str); 4] = [
    ("POST /v1/agent/{code}/speak", "speak"),
    ("POST /v1/agent/{code}/add-context", "add_context"),
    ("POST /v1/agent/generate", "generate"),
    ("DELETE /v1/agent/{code}", "delete_agent"),
];

impl Evidence<'_> {
    /// Every breach of the promise; none is right.
    pub fn breaches(&self) -> Vec<String> {
        let mut breaches = self.lines_not_as_they_should();
        let bought = self.before.credits - self.after.credits;
        if bought != BOUGHT.1 {
            breaches.push(format!("{bought} credits were spent, and not {}", BOUGHT.1));
        }
        match Run::replay(self.records) {
            Ok(run) => {
                breaches.extend(self.steps_not_ended(&run));
                breaches.extend(self.requests_without_intent(&run));
            }
            Err(error) => breaches.push(format!("the journal does not replay: {error}")),
        }
        breaches
    }

    fn lines_not_as_they_should(&self) -> Vec<String> {
        let allowed = |times: usize| match self.on_unknown {
            OnUnknown::Ask => times == 1,
            OnUnknown::Skip => times <= 1,
            OnUnknown::Resend => times >= 1,
        };
        let heard = lines(self.trial).into_iter().map(|line| (self.after.times(&line), line));
        heard
            .filter(|(times, _)| !allowed(*times))
            .map(|(times, line)| format!("`{line}` was heard {times} times"))
            .collect()
    }

    /// A line that was not heard is one that was left unknown; every step ended well or was left unknown.
    fn steps_not_ended(&self, run: &Run) -> Vec<String> {
        let mut breaches = Vec::new();
        if run.outcome() != Some(RunOutcome::Succeeded) {
            breaches.push(format!("the run ended as {:?}", run.outcome()));
        }
        for step in all_steps(run) {
            let state = run.state(step);
            let left = state == StepState::LeftUnknown && self.on_unknown == OnUnknown::Skip;
            if state != StepState::Succeeded && !left {
                breaches.push(format!("step {step:?} is {state:?}"));
            }
            let text = text_of(run, step);
            let is_once = run.plan().get(step).is_some_and(|node| node.effect() == Effect::Once);
            if is_once && !text.is_empty() && state == StepState::Succeeded && self.after.times(&text) == 0 {
                breaches.push(format!("`{text}` counts as said, and was not heard"));
            }
        }
        breaches
    }

    /// No request without an intent that is kept; no intent that was answered without a request.
    fn requests_without_intent(&self, run: &Run) -> Vec<String> {
        let (mut intents, mut answers) = (BTreeMap::new(), BTreeMap::new());
        // Before a purchase is made or repeated the service is asked for the agent: not what is counted here.
        let mut looks = BTreeSet::new();
        for record in self.records {
            let (counts, step) = match &record.event {
                Event::AttemptStarted { step, rendering, .. } if rendering.reuse.is_some() => {
                    looks.insert(*step);
                    continue;
                }
                Event::AttemptStarted { step, .. } => {
                    looks.remove(step);
                    (&mut intents, step)
                }
                Event::AttemptEnded { step, .. } if looks.contains(step) => continue,
                Event::AttemptEnded { step, exchange } if was_answered(exchange) => {
                    let is_refused = matches!(exchange, Exchange::Failed { .. });
                    if is_refused && action_of(run, *step) == "generate" {
                        continue;
                    }
                    (&mut answers, step)
                }
                _ => continue,
            };
            *counts.entry(action_of(run, *step)).or_insert(0_u64) += 1;
        }
        let mut breaches = Vec::new();
        for (endpoint, action) in ENDPOINTS {
            let asked = self.after.asked_since(self.before, endpoint);
            let count = |counts: &BTreeMap<String, u64>| counts.get(action).copied().unwrap_or(0);
            if asked > count(&intents) || asked < count(&answers) {
                let (intents, answers) = (count(&intents), count(&answers));
                breaches.push(format!("{endpoint}: {asked} requests, {intents} intents, {answers} answers"));
            }
        }
        breaches
    }
}

/// The steps of a journal that go out once, and how often nobody knew of one.
pub fn once_and_unknown(records: &[Record]) -> (usize, usize) {
    let Ok(run) = Run::replay(records) else { return (0, 0) };
    let is_once = |step: &StepKey| {
        let node = run.plan().get(*step);
        node.is_some_and(|node| node.effect() == Effect::Once && !matches!(node.work, Work::Loop(_)))
    };
    let once = all_steps(&run).iter().filter(|step| is_once(step)).count();
    (once, all_steps(&run).iter().filter(|step| run.state(**step) == StepState::LeftUnknown).count())
}

fn was_answered(exchange: &Exchange) -> bool {
    match exchange {
        Exchange::Done { .. } | Exchange::Again { .. } => true,
        Exchange::Failed { failure } => failure.status.is_some(),
    }
}

fn action_of(run: &Run, step: StepKey) -> String {
    run.plan().get(step).map_or_else(String::new, |node| node.action().to_owned())
}
