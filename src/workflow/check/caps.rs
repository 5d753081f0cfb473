//! How often people are addressed: `cap`, and `once_per`, whose values are shared by the whole file.

use std::collections::HashMap;

use super::file::File;
use super::outline::{Draft, Kind};
use super::webhook::is_name;
use super::windows;
use crate::diagnostic::Diagnostic;
use crate::duration::Millis;
use crate::plan::model::{CapRule, Rolling};
use crate::workflow::node::Node;

/// Checks every cap, and that no two steps share a value that is said once.
pub fn check(file: &File<'_>, found: &mut Vec<Diagnostic>) {
    for draft in file.outline.steps.iter().filter(|draft| !draft.is_beside_loop() || own_cap(draft).is_some()) {
        if let Some(cap) = own_cap(draft) {
            check_cap(file, draft, cap, found);
        }
    }
    misplaced(file, found);
    shared(file, found);
}

/// The cap of a step: its own, else its loop's.
pub fn cap_of(file: &File<'_>, draft: &Draft<'_>, workflow: &str) -> Option<CapRule> {
    let around = draft.parent.and_then(|parent| file.outline.steps[parent].get("cap"));
    let node = draft.get("cap").or(around)?;
    let text = |key: &str| node.get(key).and_then(Node::text).map(|text| text.value);
    let number = |key: &str| text(key).and_then(|number| number.parse::<u32>().ok());
    let every = text("every").and_then(|length| Millis::parse(&length).ok());
    let of_window = || windows::node_of(file, draft)?.get("timezone").and_then(Node::text).map(|zone| zone.value);
    Some(CapRule {
        rolling: number("max").zip(every).map(|(max, every)| Rolling { max, every }),
        per_day: number("per_day"),
        per: text("per")?,
        group: text("group").unwrap_or_else(|| workflow.to_owned()),
        timezone: number("per_day").and_then(|_| text("timezone").or_else(of_window)),
    })
}

fn own_cap<'a>(draft: &Draft<'a>) -> Option<&'a Node> {
    draft.get("cap")
}

fn check_cap(file: &File<'_>, draft: &Draft<'_>, cap: &Node, found: &mut Vec<Diagnostic>) {
    let has = |key: &str| cap.get(key).is_some();
    let wrong = |message: &str, hint: &str| file.error("bad-cap", &cap.span, message).hint(hint.to_owned());
    match (has("max"), has("every"), has("per_day")) {
        (true, false, _) => found.push(wrong("`max` needs `every`: how often within what?", "add `every: 72h`")),
        (false, true, _) => found.push(wrong("`every` needs `max`: how often within it?", "add `max: 1`")),
        (false, false, false) => {
            found.push(wrong("the cap bounds nothing", "write `max: 1` with `every: 72h`, or `per_day: 1`"));
        }
        _ => {}
    }
    let has_zone = has("timezone") || windows::node_of(file, draft).is_some();
    if has("per_day") && !has_zone {
        let hint = "add `timezone: \"{{ customer.tz }}\"`, or a `window` that has one";
        found.push(wrong("`per_day` counts days, and nobody can tell whose", hint));
    }
    if let Some(zone) = cap.get("timezone").and_then(Node::text) {
        windows::zone(file, zone, found);
    }
    if let Some(group) = cap.get("group").and_then(Node::text).filter(|group| !is_name(&group.value)) {
        let message = format!("`{}` is no name of a group", group.value);
        let hint = "write a name of letters, digits, `-` and `_`; by it the caps of several workflows count together";
        found.push(file.error("bad-cap", &group.span, message).hint(hint));
    }
}

/// Rules of a line that stand where they would rule nothing.
fn misplaced(file: &File<'_>, found: &mut Vec<Diagnostic>) {
    for draft in &file.outline.steps {
        let Kind::Loop(looping) = &draft.kind else { continue };
        for key in ["once_per", "critical", "variants"] {
            if let Some(entry) = draft.entry(key).filter(|_| !looping.single) {
                let message = format!("`{key}` rules one line, and here stands beside the `steps` of a loop");
                let hint = "write it on the step that says the line";
                found.push(file.error("misplaced-rule", &entry.key.span, message).hint(hint));
            }
        }
    }
}

/// A value is said once, by whichever step comes first: two steps with the same are likely a mistake.
fn shared(file: &File<'_>, found: &mut Vec<Diagnostic>) {
    let mut seen: HashMap<String, &str> = HashMap::new();
    for (_, draft, _) in file.outline.actions() {
        let Some(text) = draft.get("once_per").and_then(Node::text) else { continue };
        let plain: String = text.value.split_whitespace().collect();
        match seen.get(&plain) {
            Some(first) => {
                let message = format!(
                    "steps `{first}` and `{}` say once for the same value: only one of them goes out",
                    draft.id
                );
                let hint = format!("tell them apart, as `once_per: \"{}-{}\"`", text.value, draft.id);
                found.push(file.warning("shared-once-per", &text.span, message).hint(hint));
            }
            None => drop(seen.insert(plain, draft.id.as_str())),
        }
    }
}
