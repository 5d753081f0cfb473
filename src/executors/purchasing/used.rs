//! What a run has spent, and which purchases it uses: no two of its steps take the same one.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::offer::is_purchase;
use super::purchase_of;
use crate::engine::event::{Event, Record, Start};
use crate::engine::selection::CarriedEnd;
use crate::outcome::{ErrorClass, Exchange};
use crate::plan::model::StepKey;
use crate::purchases::Purchase;

/// The purchases of a run.
#[derive(Debug, Default)]
pub struct Used {
    /// Each by its key, with what it costs this run.
    purchases: HashMap<String, u64>,
    /// Agents that no step may take: of the steps that the run carries over, and of others.
    agents: HashSet<String>,
}

impl Used {
    /// What a run uses when it begins: the agents that it carries over, which no other step of it may take, and those
    /// that belong to others.
    pub fn of(start: &Start) -> Self {
        let agents = carried_agents(start).chain(start.plan.spoken_for.iter().cloned());
        Self { agents: agents.collect(), ..Self::default() }
    }

    /// Adds what the records of a run say. An intent without an outcome counts; one that was refused does not.
    pub(super) fn remember(&mut self, records: &[Record]) {
        let mut open = HashMap::new();
        for record in records {
            match &record.event {
                Event::AttemptStarted { step, rendering, .. } => {
                    if let Some(key) = purchase_of(rendering) {
                        self.insert(key, rendering.credits);
                        // What is used again stays in use, whatever its update comes to.
                        match rendering.reuse {
                            Some(_) => drop(open.remove(step)),
                            None => drop(open.insert(*step, key)),
                        }
                    }
                }
                Event::AttemptEnded { step, exchange: Exchange::Failed { failure } }
                    if failure.class == ErrorClass::Rejected =>
                {
                    if let Some(key) = open.remove(step) {
                        self.remove(key);
                    }
                }
                _ => {}
            }
        }
    }

    /// Tells whether no step that is carried over has the agent of this purchase.
    pub(super) fn is_free(&self, purchase: &Purchase) -> bool {
        !purchase.agent.as_ref().is_some_and(|agent| self.agents.contains(agent))
    }

    /// The credits that are spent or set aside.
    pub(super) fn credits(&self) -> u64 {
        self.purchases.values().sum()
    }

    /// The keys of the purchases in use.
    pub(super) fn keys(&self) -> HashSet<String> {
        self.purchases.keys().cloned().collect()
    }

    pub(super) fn insert(&mut self, key: &str, credits: u64) {
        self.purchases.insert(key.to_owned(), credits);
    }

    pub(super) fn remove(&mut self, key: &str) {
        self.purchases.remove(key);
    }
}

/// The agents of the steps that a run carries over.
fn carried_agents(start: &Start) -> impl Iterator<Item = String> + '_ {
    start.selection.carried.iter().filter_map(|carried| {
        let step = StepKey { node: carried.node, item: None };
        let step = carried.item.as_ref().map_or(step, |item| StepKey::item(carried.node, 0, item.inner));
        let node = start.plan.get(step).filter(|node| is_purchase(node))?;
        match &carried.end {
            CarriedEnd::Succeeded { result: Some(result) } if node.action() == "generate" => {
                result.get("agent_id").and_then(Value::as_str).map(str::to_owned)
            }
            _ => None,
        }
    })
}
