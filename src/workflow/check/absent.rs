//! Results that may not be there when they are read: the reader then fails.

use std::collections::HashSet;

use super::file::File;
use super::outline::Draft;
use super::reads::{Reading, Taken};
use crate::diagnostic::Diagnostic;
use crate::outcome::Effect;
use crate::workflow::node::Node;

/// Warns of every result that is read of a step which may not have succeeded, once for each reader and step.
pub fn check(file: &File<'_>, readings: &[Reading], sees_failures: &HashSet<usize>, found: &mut Vec<Diagnostic>) {
    let guards = guards(readings);
    let mut told = HashSet::new();
    for reading in readings {
        let [root, id, field, ..] = reading.path.as_slice() else { continue };
        let is_result = root == "steps" && !is_about_state(field) && reading.taken != Taken::Guarded;
        let Some(step) = file.outline.find(id).filter(|_| is_result) else { continue };
        if guards.contains(&(reading.reader, id.as_str())) || has_same_condition(file, reading, step) {
            continue;
        }
        let Some(reason) = reason(file, reading, step, sees_failures) else { continue };
        if !told.insert((reading.reader, step)) {
            continue;
        }
        let path = reading.path.join(".");
        let message = format!("`{path}` may be absent: {reason}; reading it then fails");
        let hint = if reading.role.is_expression() {
            format!("write `{path} | default('…')`, or ask `steps.{id}.ok` first")
        } else {
            format!("write `{{{{ default {path} \"…\" }}}}`, or ask `steps.{id}.ok` first")
        };
        found.push(reading.warning("may-be-absent", message).hint(hint));
    }
}

fn is_about_state(field: &str) -> bool {
    matches!(field, "state" | "ok" | "error")
}

/// Who asks how which step ended: they know what they do.
fn guards(readings: &[Reading]) -> HashSet<(Option<usize>, &str)> {
    let asked = readings.iter().filter_map(|reading| match reading.path.as_slice() {
        [root, id, field, ..] if root == "steps" && is_about_state(field) => Some((reading.reader, id.as_str())),
        _ => None,
    });
    asked.collect()
}

/// Tells whether both have the same `if`: then both run, or neither.
fn has_same_condition(file: &File<'_>, reading: &Reading, step: usize) -> bool {
    let condition = |index: usize| condition_of(&file.outline.steps[index]);
    let Some(reader) = reading.reader else { return false };
    condition(step).is_some() && condition(step) == condition(reader)
}

fn condition_of(draft: &Draft<'_>) -> Option<String> {
    draft.get("if").and_then(Node::text).map(|text| text.value.split_whitespace().collect())
}

fn reason(file: &File<'_>, reading: &Reading, step: usize, sees_failures: &HashSet<usize>) -> Option<&'static str> {
    let draft = &file.outline.steps[step];
    let effect = draft.doing().map(|doing| (doing.descriptor.effect)(&doing.fields));
    let goes_stale = effect == Some(Effect::Once) && (draft.get("expires").is_some() || draft.get("at").is_some());
    let section = reading.reader.map(|reader| file.outline.steps[reader].section);
    if draft.get("if").is_some() {
        Some("that step has a condition")
    } else if draft.flag("continue_on_error") == Some(true) {
        Some("that step may fail and let the script go on")
    } else if goes_stale {
        Some("that step is skipped when it comes too late")
    } else if section.is_some_and(|section| section > draft.section) {
        Some("this script begins however that step ended")
    } else if reading.reader.is_some_and(|reader| sees_failures.contains(&reader)) {
        Some("this step runs however that step ended")
    } else {
        None
    }
}
