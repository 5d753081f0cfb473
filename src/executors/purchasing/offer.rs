//! Before a run: what it would buy, as far as that can be told without asking the service.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::{Purchasing, by_content, store_failure, wanted};
use crate::actions;
use crate::engine::event::Start;
use crate::executors::render;
use crate::outcome::Failure;
use crate::plan::build::StartScope;
use crate::plan::model::{Exchanged, Node, Plan, Work};
use crate::purchases::{Face, FaceParts, choose};

/// An agent that a run would buy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToBuy {
    /// The step.
    pub step: String,
    /// What it costs.
    pub credits: u64,
}

impl Purchasing {
    /// What a run would buy, as far as that can be told without asking the service.
    ///
    /// A step whose fields only the run will know counts as bought; those of loops are bounded by `max_credits`.
    pub async fn would_buy(&self, start: &Start) -> Result<Vec<ToBuy>, Failure> {
        let scope = StartScope::of_plan(&start.plan);
        let selected = start.selection.index();
        let mut to_buy = Vec::new();
        let mut taken = HashSet::new();
        for (place, node, exchanged) in purchases_of(&start.plan) {
            if selected.leaves_out(place) || selected.node(place).is_some() {
                continue;
            }
            let fields = render_for_purchase(node, exchanged, &scope);
            let credits = self.price(fields.as_ref().unwrap_or(&exchanged.fields));
            let is_known = match &fields {
                Some(fields) => self.is_known(node, exchanged, fields, &mut taken).await?,
                None => false,
            };
            if !is_known {
                to_buy.push(ToBuy { step: node.id.clone(), credits });
            }
        }
        Ok(to_buy)
    }

    async fn is_known(
        &self,
        node: &Node,
        exchanged: &Exchanged,
        fields: &Map<String, Value>,
        taken: &mut HashSet<String>,
    ) -> Result<bool, Failure> {
        if self.fresh || fields.get("reuse") == Some(&Value::Bool(false)) {
            return Ok(false);
        }
        let by_content = by_content(fields);
        let parts = FaceParts {
            service: &self.service,
            workflow: &self.workflow,
            fields: &by_content,
            item: exchanged.declared.as_deref(),
        };
        let mut known = self.purchases.known(&Face::of(parts)).await.map_err(store_failure)?;
        known.retain(|purchase| self.used().is_free(purchase));
        let chosen = choose(&known, &wanted(fields, &node.id, exchanged.rank), &[], taken);
        Ok(chosen.is_some_and(|purchase| taken.insert(purchase.key.clone())))
    }
}

/// Tells whether a plan holds a step that is paid for.
pub fn buys(plan: &Plan) -> bool {
    let in_loop = |node: &Node| match &node.work {
        Work::Loop(inner) => inner.body.iter().any(is_purchase),
        _ => is_purchase(node),
    };
    plan.nodes.iter().any(in_loop)
}

pub(super) fn is_purchase(node: &Node) -> bool {
    matches!(&node.work, Work::Exchange(exchanged) if exchanged.billable)
}

fn purchases_of(plan: &Plan) -> impl Iterator<Item = (u32, &Node, &Exchanged)> {
    (0..).zip(&plan.nodes).filter_map(|(place, node)| match &node.work {
        Work::Exchange(exchanged) if exchanged.billable => Some((place, node, exchanged)),
        _ => None,
    })
}

fn render_for_purchase(node: &Node, exchanged: &Exchanged, scope: &StartScope) -> Option<Map<String, Value>> {
    let descriptor = actions::find(&exchanged.action)?;
    render::exchange(node, exchanged, descriptor, scope).ok().map(|rendering| rendering.fields)
}
