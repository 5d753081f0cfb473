//! The agents that were bought, with what they were made for.

use std::collections::HashMap;

use crate::clock::Timestamp;
use crate::daemon::runs::{Runs, RunsError};
use crate::engine::event::Start;
use crate::ids::RunId;
use crate::plan::model::{Node, Work};
use crate::purchases::PurchaseError;
use crate::purchases::sqlite::SqlitePurchases;

/// An agent that was bought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agent {
    /// Its code.
    pub code: String,
    /// The key of the service it is on.
    pub service: String,
    /// The workflow that made it.
    pub workflow: String,
    /// What people call the step that made it.
    pub name: Option<String>,
    /// The model that was asked for.
    pub model: Option<String>,
    /// When.
    pub at: Timestamp,
    /// What it cost.
    pub credits: u64,
}

impl Runs {
    /// The agents that were bought and are not known to be gone, the newest first.
    pub async fn agents(&self) -> Result<Vec<Agent>, RunsError> {
        let mut starts: HashMap<RunId, Option<Start>> = HashMap::new();
        let mut agents = Vec::new();
        for purchase in SqlitePurchases::new(self.kept.database()).bought_ones().await.map_err(unreadable)? {
            if !starts.contains_key(&purchase.run) {
                // A run that is no longer kept leaves what it bought.
                starts.insert(purchase.run.clone(), self.beginning(&purchase.run).await.unwrap_or_default());
            }
            let start = starts.get(&purchase.run).and_then(Option::as_ref);
            let node = start.and_then(|start| step(&start.plan.nodes, &purchase.wanted.step));
            agents.push(Agent {
                code: purchase.agent.unwrap_or_default(),
                service: purchase.service,
                workflow: purchase.workflow,
                name: node.and_then(|node| node.name.clone()).or(Some(purchase.wanted.step)),
                model: node.and_then(model),
                at: purchase.at,
                credits: purchase.credits,
            });
        }
        Ok(agents)
    }
}

fn step<'a>(nodes: &'a [Node], id: &str) -> Option<&'a Node> {
    nodes.iter().find_map(|node| match &node.work {
        _ if node.id == id => Some(node),
        Work::Loop(inner) => inner.body.iter().find(|inner| inner.id == id),
        _ => None,
    })
}

/// The model that a step names, as it is written.
pub(super) fn model(node: &Node) -> Option<String> {
    match &node.work {
        Work::Exchange(exchanged) => Some(exchanged.fields.get("model")?.as_str()?.to_owned()),
        _ => None,
    }
}

/// What is only read fails by the database alone.
fn unreadable(error: PurchaseError) -> RunsError {
    match error {
        PurchaseError::Database(error) => RunsError::Database(error),
        PurchaseError::Raced | PurchaseError::NoPurchase(_) => RunsError::Removing(error.to_string()),
    }
}
