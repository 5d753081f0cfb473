//! What is bought: never without a bound in a loop, and always the same face from the same file.

use super::file::File;
use super::reads::Reading;
use super::texts::Role;
use crate::diagnostic::Diagnostic;

/// Checks every step that costs credits.
pub fn check(file: &File<'_>, readings: &[Reading], found: &mut Vec<Diagnostic>) {
    for (_, draft, doing) in file.outline.actions().filter(|(_, _, doing)| doing.descriptor.billable) {
        if draft.parent.is_some() && file.root.get("max_credits").is_none() {
            let name = doing.descriptor.name;
            let message = format!("`{name}` inside `foreach` buys once for every item, without a bound");
            let hint = "write `max_credits: N` at the top of the file: the most that the run may spend";
            found.push(file.error("unbounded-purchase", &draft.place, message).hint(hint));
        }
    }
    for reading in readings {
        let Some(doing) = reading.reader.and_then(|reader| file.outline.steps[reader].doing()) else { continue };
        let is_face = doing.descriptor.billable && reading.role != Role::Field("prompt".to_owned());
        let buys_anew = doing.fields.get("reuse").is_some_and(|reuse| reuse == false);
        let Some(root) = reading.path.first().filter(|root| matches!(root.as_str(), "now" | "run")) else { continue };
        if is_face && matches!(reading.role, Role::Field(_)) && !buys_anew {
            let message =
                format!("a face that reads `{root}` is another one in every run, and is bought again each time");
            let hint = format!("leave `{root}` out, or write `reuse: false` to buy a new agent in every run");
            found.push(reading.error("unstable-face", message).hint(hint));
        }
    }
}
