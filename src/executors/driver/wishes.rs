//! What a purchase is for, so that what was bought before is found again.

use super::Driver;
use crate::duration::Millis;
use crate::engine::event::Rendering;
use crate::executors::purchasing::{Wish, wanted};
use crate::plan::model::{Exchanged, ItemStep, StepKey, Work};
use crate::purchases::Wanted;

impl Driver {
    /// What a step wants to buy.
    pub(super) fn wish(&self, step: StepKey, rendering: Rendering) -> Wish {
        let plan = &self.run.start().plan;
        let node = plan.get(step);
        let key = |item: ItemStep| self.run.keys(StepKey::node(step.node)).get(item.index as usize).cloned();
        let declared = self.exchanged(step).and_then(|exchanged| exchanged.declared.clone());
        let item = step.item.and_then(key).or(declared);
        Wish {
            step: node.map(|node| node.id.clone()).unwrap_or_default(),
            rank: self.exchanged(step).map_or(0, |exchanged| exchanged.rank),
            timeout: node.map_or(Millis::from_secs(30), |node| node.timing.timeout),
            others: if step.item.is_none() { self.other_wishes(step) } else { Vec::new() },
            item,
            rendering,
        }
    }

    /// Steps of the script that want the same face and have not reached out, as far as their texts can be read.
    fn other_wishes(&self, step: StepKey) -> Vec<Wanted> {
        let plan = &self.run.start().plan;
        let without_prompt = |exchanged: &Exchanged| {
            let mut fields = exchanged.fields.clone();
            fields.shift_remove("prompt");
            fields
        };
        let Some(own) = self.exchanged(step).map(without_prompt) else { return Vec::new() };
        let mut others = Vec::new();
        for (index, node) in plan.nodes.iter().enumerate() {
            let key = StepKey::node(index as u32);
            let Work::Exchange(exchanged) = &node.work else { continue };
            let is_other = key != step && exchanged.billable && self.run.rendering(key).is_none();
            if !is_other || without_prompt(exchanged) != own || self.run.state(key).has_ended() {
                continue;
            }
            if let Ok(rendering) = self.render(key) {
                others.push(wanted(&rendering.fields, &node.id, exchanged.rank));
            }
        }
        others
    }
}
