//! Commands that are answered at once, by reading: conditions, items, waits, pauses, outputs.

use indexmap::IndexMap;
use serde_json::Value;

use super::{Driver, DriverError, clean};
use crate::engine::event::{Event, Prepared};
use crate::executors::scope::RunScope;
use crate::executors::{items, render};
use crate::expression::{Expression, Needs};
use crate::journal::Durability;
use crate::outcome::Failure;
use crate::plan::model::{StepKey, Work};
use crate::template::Template;

impl Driver {
    pub(super) fn scope(&self, step: StepKey, secrets: bool) -> RunScope<'_> {
        RunScope { run: &self.run, names: &self.names, items: &self.items, step, now: self.executor.now(), secrets }
    }

    pub(super) async fn read_condition(&mut self, step: StepKey) -> Result<(), DriverError> {
        let event = match self.condition_holds(step) {
            Ok(holds) => Event::ConditionRead { step, holds },
            // On paper nobody knows what the world would say: what hangs on it is shown.
            Err(_) if self.run.start().dry => Event::ConditionRead { step, holds: true },
            Err(failure) => Event::StepFailed { step, failure: self.redacted(failure) },
        };
        self.record(event, Durability::Lazy).await
    }

    fn condition_holds(&self, step: StepKey) -> Result<bool, Failure> {
        let Some(condition) = self.run.start().plan.get(step).and_then(|node| node.condition.as_ref()) else {
            return Ok(true);
        };
        let unreadable = |message: String| {
            Failure::rejected("condition", format!("`if: {}` cannot be read: {message}", condition.text))
        };
        let expression = Expression::parse(&condition.text).map_err(|error| unreadable(error.message))?;
        let needs = Needs { failed: self.run.any_need_failed(step) };
        expression.is_true(&self.scope(step, false), &needs).map_err(|error| unreadable(error.to_string()))
    }

    pub(super) async fn list_items(&mut self, step: StepKey) -> Result<(), DriverError> {
        let listed = match self.run.start().plan.get(step).map(|node| &node.work) {
            Some(Work::Loop(inner)) => {
                let selection = &self.run.start().selection;
                items::list((step, inner), &self.scope(step, false), &self.store, selection)
            }
            _ => Err(Failure::rejected("no_loop", "the step is no loop")),
        };
        let event = match listed {
            Ok(listed) => {
                self.items.keep(step.node, listed.items);
                listed.event
            }
            Err(failure) => Event::StepFailed { step, failure: self.redacted(failure) },
        };
        self.record(event, Durability::Lazy).await
    }

    pub(super) async fn prepare(&mut self, step: StepKey) -> Result<(), DriverError> {
        let event = match self.prepared(step) {
            Ok(wait) => Event::Prepared { step, wait },
            Err(failure) => Event::StepFailed { step, failure: self.redacted(failure) },
        };
        self.record(event, Durability::Lazy).await
    }

    fn prepared(&self, step: StepKey) -> Result<Prepared, Failure> {
        let scope = self.scope(step, false);
        match self.run.start().plan.get(step).map(|node| &node.work) {
            Some(Work::Wait { fields }) => render::wait(fields, &scope),
            Some(Work::Pause { fields }) => render::pause(fields, &scope),
            _ => Err(Failure::rejected("no_wait", "the step is neither a wait nor a pause")),
        }
    }

    /// The outputs of a run that succeeded, up to one that cannot be rendered: that one makes the run fail.
    pub(super) fn outputs(&self) -> (IndexMap<String, Value>, Option<Failure>) {
        let mut outputs = IndexMap::new();
        // No step reads the outputs: their scope is that of a step beyond the last.
        let scope = self.scope(StepKey::node(u32::MAX), false);
        for (name, text) in &self.run.start().plan.outputs {
            let rendered = Template::parse(text)
                .map_err(|error| error.message)
                .and_then(|template| template.render_value(&scope).map_err(|error| error.message));
            match rendered {
                Ok(value) => outputs.insert(name.clone(), self.redactor.value(value)),
                Err(reason) => {
                    let message = format!("output `{name}` cannot be rendered: {reason}");
                    return (outputs, Some(self.redacted(Failure::rejected("output", message))));
                }
            };
        }
        (outputs, None)
    }

    pub(super) fn redacted(&self, failure: Failure) -> Failure {
        clean::failure(failure, &self.redactor)
    }
}
