//! The plan of a run as a drawing, from its record 0.

use std::collections::HashMap;

use crate::daemon::runs::{Runs, RunsError};
use crate::engine::event::{Event, Record, Start};
use crate::ids::RunId;
use crate::plan::draw::{View, svg};
use crate::plan::estimate::{Known, estimate};
use crate::plan::model::{Node, Plan, RoomReference, Work};
use crate::purchases::price::Prices;

impl Runs {
    /// What a run was started with.
    pub async fn beginning(&self, run: &RunId) -> Result<Option<Start>, RunsError> {
        let first = self.kept.tail(run, 0, 1).await?.into_iter().next();
        Ok(first.and_then(|record| match record {
            Record { event: Event::Started(start), .. } => Some(*start),
            _ => None,
        }))
    }

    /// The plan of a run as an SVG document; empty where it has no beginning.
    pub async fn drawing(&self, run: &RunId) -> Result<String, RunsError> {
        Ok(self.beginning(run).await?.map(|start| drawn(&start.plan)).unwrap_or_default())
    }
}

fn drawn(plan: &Plan) -> String {
    let (prices, rows) = (Prices::default(), HashMap::new());
    let price = |model: Option<&str>, version: Option<&str>| prices.credits(model, version);
    let known = Known { rows: &rows, price: &price };
    let estimate = estimate(plan, &known);
    let names_rooms = plan.nodes.iter().any(names_a_room);
    svg(&View { plan, estimate: &estimate, known: &known, names_rooms, missing: &[], campaign: None })
}

/// Whether a step, or one of a loop's body, names a room.
pub(super) fn names_a_room(node: &Node) -> bool {
    match &node.work {
        Work::Exchange(exchanged) => matches!(exchanged.room, Some(RoomReference::Named(_))),
        Work::Loop(inner) => inner.body.iter().any(names_a_room),
        _ => false,
    }
}
