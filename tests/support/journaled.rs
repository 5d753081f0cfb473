//! What tests read in a run that was read back from its journal.

use runsheet::engine::run::Run;
use runsheet::plan::model::{StepKey, Work};

/// Every step of the run: those of the script, and those of the items that began.
pub fn all_steps(run: &Run) -> Vec<StepKey> {
    let mut steps = Vec::new();
    for (key, node, _) in run.steps() {
        steps.push(key);
        let Work::Loop(inner) = &node.work else { continue };
        for item in run.items(key) {
            steps.extend((0..inner.body.len() as u32).map(|place| StepKey::item(key.node, item.index, place)));
        }
    }
    steps
}

/// The text that a step sends out; empty where it sends none.
pub fn text_of(run: &Run, step: StepKey) -> String {
    let Some(rendering) = run.rendering(step) else { return String::new() };
    let text = ["message", "context", "body"].iter().find_map(|field| rendering.fields.get(*field)?.as_str());
    text.unwrap_or_default().to_owned()
}
