//! Fields that say when and how a step is done: set before the run, and only where they mean something.

use super::file::File;
use super::outline::{Draft, Kind};
use super::reads::Reading;
use super::texts::Role;
use crate::actions::action::Address;
use crate::diagnostic::Diagnostic;
use crate::outcome::Effect;
use crate::workflow::node::Node;

/// Reports control fields that read what only a run knows.
pub fn check_readings(readings: &[Reading], found: &mut Vec<Diagnostic>) {
    for reading in readings {
        let Role::Control(field) = &reading.role else { continue };
        let root = reading.path.first().map_or("", String::as_str);
        if matches!(root, "inputs" | "vars") {
            continue;
        }
        let message = format!("`{field}` is set before the run, and cannot read `{root}`");
        let hint = match (field.as_str(), root) {
            ("delay" | "hold", _) => {
                "read only `inputs` and `vars`, or put a `wait` step there: its length may read anything"
            }
            _ => "read only `inputs` and `vars`",
        };
        found.push(reading.error("control-reads-run", message).hint(hint));
    }
}

/// Warns of fields that have no effect where they stand.
pub fn check_effects(file: &File<'_>, found: &mut Vec<Diagnostic>) {
    for draft in &file.outline.steps {
        let useless: Vec<(&str, String, &str)> = match &draft.kind {
            Kind::Action(_) => of_action(draft),
            Kind::Loop(looping) if !looping.single => of_loop(draft),
            _ => Vec::new(),
        };
        for (key, message, hint) in useless {
            let span = draft.entry(key).map_or(&draft.place, |entry| &entry.key.span);
            found.push(file.warning("no-effect", span, message).hint(hint));
        }
    }
}

fn of_action<'k>(draft: &Draft<'_>) -> Vec<(&'k str, String, &'k str)> {
    let Some(doing) = draft.doing() else { return Vec::new() };
    let descriptor = doing.descriptor;
    let name = descriptor.name;
    let effect = (descriptor.effect)(&doing.fields);
    let is_spoken = (descriptor.spoken)(&doing.fields).is_some();
    let holds_speech = draft.get("hold").and_then(Node::text).is_some_and(|hold| hold.value == "speech");
    let only_waits = descriptor.execute.is_none();
    let says_nothing = effect != Effect::Once;
    let rules: [(&str, bool, &str); 11] = [
        ("agent", descriptor.address == Address::Nobody, "it addresses no agent: leave it out"),
        ("room", descriptor.address != Address::Room, "it is heard in no room: leave it out"),
        ("expires", effect != Effect::Once, "only what must not be late goes stale, as `speak`: leave it out"),
        ("on_unknown", effect != Effect::Once, "it can be repeated without harm, and is: leave it out"),
        ("once_per", says_nothing, "only what goes out once is ruled, as `speak`: leave it out"),
        ("window", says_nothing, "only what goes out once is ruled, as `speak`: leave it out"),
        ("critical", says_nothing, "only what goes out once is ruled, as `speak`: leave it out"),
        ("cap", says_nothing, "only what goes out once is ruled, as `speak`: leave it out"),
        ("retry", only_waits, "it sends nothing: leave it out"),
        ("timeout", only_waits, "it sends nothing; a pause takes its own: `pause: { message: …, timeout: 10m }`"),
        ("hold", holds_speech && !is_spoken, "it says nothing: write a length, or leave it out"),
    ];
    let useless = rules.into_iter().filter(|(key, is_useless, _)| *is_useless && draft.entry(key).is_some());
    useless.map(|(key, _, hint)| (key, format!("`{key}` has no effect on `{name}`"), hint)).collect()
}

/// What a loop of `steps` cannot pass on to them.
fn of_loop<'k>(draft: &Draft<'_>) -> Vec<(&'k str, String, &'k str)> {
    ["agent", "room", "retry", "expires", "on_unknown", "hold", "timeout"]
        .into_iter()
        .filter(|key| draft.entry(key).is_some())
        .map(|key| (key, format!("`{key}` has no effect beside `steps` of a loop"), "write it on each of the steps"))
        .collect()
}
