//! The spans of diagnostics: one a run, within it one a step, within that one an attempt.
//!
//! They hold names, numbers and the service's id of a request; never a text that is said, and of items the key as
//! people see it.

use std::collections::HashMap;

use tracing::{Span, field};

use super::attempts::Turn;
use crate::engine::event::Start;
use crate::outcome::{ErrorClass, Exchange};
use crate::plan::model::{Exchanged, StepKey};
use crate::report::mask::Mask;

/// The spans of a run.
pub(super) struct Spans {
    run: Span,
    steps: HashMap<StepKey, Span>,
    mask: Mask,
}

impl Spans {
    /// The spans of a run that begins or goes on.
    pub(super) fn of(start: &Start) -> Self {
        let run = tracing::info_span!("run", id = %start.run, workflow = start.plan.workflow);
        Self { run, steps: HashMap::new(), mask: Mask::new(&start.plan) }
    }

    /// The run's.
    pub(super) fn run(&self) -> &Span {
        &self.run
    }

    /// A step's, from its first attempt to its end.
    pub(super) fn step(&mut self, key: StepKey, id: &str, item: Option<&str>) -> Span {
        let begin = || {
            let item = item.map(|item| self.mask.text(item));
            tracing::info_span!(parent: &self.run, "step", id, item = item.as_deref())
        };
        self.steps.entry(key).or_insert_with(begin).clone()
    }

    /// A step has ended.
    pub(super) fn close(&mut self, key: StepKey) {
        self.steps.remove(&key);
    }
}

/// An attempt's. Whoever reads the answer writes the request's id into it.
pub(super) fn attempt(step: &Span, turn: &Turn, exchanged: &Exchanged) -> Span {
    let tier = field::debug(exchanged.tier);
    tracing::info_span!(
        parent: step,
        "attempt",
        number = turn.attempt,
        action = exchanged.action,
        tier,
        request_id = field::Empty
    )
}

/// Tells how an exchange ended, by its class alone.
pub(super) fn tell(exchange: &Exchange) {
    match exchange {
        Exchange::Done { .. } => tracing::info!("the attempt succeeds"),
        Exchange::Again { after, .. } => tracing::debug!(after_ms = after.0, "not yet: it will be looked at again"),
        Exchange::Failed { failure } => {
            let (class, code, status) = (failure.class.as_str(), failure.code.as_str(), failure.status);
            match failure.class {
                ErrorClass::RateLimited => tracing::info!(class, code, status, "the service asks to wait"),
                _ => tracing::info!(class, code, status, "the attempt fails"),
            }
        }
    }
}
