//! Keys that do not exist, each with the one that was meant.

use serde_json::Value;

use super::walk::Walk;
use super::words;
use crate::actions;
use crate::diagnostic::nearest;
use crate::workflow::node::Entry;
use crate::workflow::schema;

/// More names than these are not listed in a hint.
const MOST: usize = 13;

/// Words that other tools have for what the language has too.
const ELSEWHERE: [(&str, &str); 26] = [
    ("depends_on", "needs"),
    ("dependsOn", "needs"),
    ("depends-on", "needs"),
    ("after", "needs"),
    ("when", "if"),
    ("condition", "if"),
    ("sleep", "wait"),
    ("say", "speak"),
    ("talk", "speak"),
    ("context", "add_context"),
    ("prompt", "set_prompt"),
    ("loop", "foreach"),
    ("with_items", "foreach"),
    ("for", "foreach"),
    ("each", "foreach"),
    ("params", "inputs"),
    ("parameters", "inputs"),
    ("variables", "vars"),
    ("env", "vars"),
    ("on_error", "on_failure"),
    ("cron", "schedule"),
    ("schedules", "schedule"),
    ("triggers", "schedule"),
    ("hook", "webhook"),
    ("jobs", "steps"),
    ("tasks", "steps"),
];

/// The same for the entries of a schedule.
const OF_SCHEDULES: [(&str, &str); 8] = [
    ("tz", "timezone"),
    ("zone", "timezone"),
    ("time_zone", "timezone"),
    ("interval", "every"),
    ("expression", "cron"),
    ("date", "at"),
    ("on", "at"),
    ("when", "at"),
];

/// Whose key it is.
#[derive(Clone, Copy)]
pub(super) enum Owner<'a> {
    Workflow,
    /// A file of `kind: agents`.
    Agents,
    /// A step, with its action if it has one.
    Step(Option<&'a str>),
    Action(&'a str),
    Map(&'a str),
}

impl Owner<'_> {
    pub(super) fn label(self) -> String {
        match self {
            Self::Workflow => "the workflow".to_owned(),
            Self::Agents => "the file".to_owned(),
            Self::Step(_) => "the step".to_owned(),
            Self::Action(name) | Self::Map(name) => format!("`{name}`"),
        }
    }

    /// The hint that shows where a missing key goes.
    pub(super) fn how_to_add(self, name: &str, property: &Value) -> String {
        match (self, name) {
            (Self::Workflow | Self::Agents, "version") => "start the file with `version: 1`".to_owned(),
            (Self::Agents, "agents") => {
                "write `agents:`, and below it a name and what it is: `  host: { prompt: … }`".to_owned()
            }
            (Self::Workflow, "steps") => "write `steps:`, and below it the script: `  - speak: Hello`".to_owned(),
            (Self::Action(action), _) if super::steps::short(action) == Some(name) => {
                format!("write `{action}: …`, or `{name}: …` below `{action}:`")
            }
            _ => match words::example(property, super::walk::Named { name, key: &(0..0), is_item: false }) {
                Some(hint) => hint,
                None => format!("add `{name}: …`"),
            },
        }
    }
}

impl Walk<'_> {
    pub(super) fn unknown_key(&mut self, schema: &'static Value, entry: &Entry, owner: Owner<'_>) {
        let key = entry.key.value.as_str();
        let properties = schema["properties"].as_object();
        let known: Vec<&str> = properties.into_iter().flat_map(|map| map.keys()).map(String::as_str).collect();
        let owner_words = match owner {
            Owner::Workflow => "no key of a workflow".to_owned(),
            Owner::Agents => "no key of a file of agents".to_owned(),
            Owner::Step(_) => "no action and no key of a step".to_owned(),
            Owner::Action(name) => format!("no field of `{name}`"),
            Owner::Map(name) => format!("no key of `{name}`"),
        };
        let hint = elsewhere(key, &known, owner)
            .or_else(|| nearest(key, known.iter().copied()).map(|near| format!("did you mean `{near}`?")))
            .or_else(|| misplaced(key, owner))
            .unwrap_or_else(|| listed(&known, owner));
        self.report("unknown-key", &entry.key.span, format!("`{}` is {owner_words}", words::cut(key)), Some(hint));
    }
}

/// A key with the same meaning under another name.
fn elsewhere(key: &str, known: &[&str], owner: Owner<'_>) -> Option<String> {
    match owner {
        Owner::Workflow if key == "on" || key == "true" => {
            Some("write `schedule:` or `webhook:`; some tools read a bare `on` as `true`".to_owned())
        }
        Owner::Map("schedule") => {
            let (_, ours) = OF_SCHEDULES.iter().find(|(other, _)| *other == key)?;
            Some(format!("did you mean `{ours}`?"))
        }
        Owner::Workflow | Owner::Step(_) => {
            let (_, ours) = ELSEWHERE.iter().find(|(other, ours)| *other == key && known.contains(ours))?;
            Some(format!("did you mean `{ours}`?"))
        }
        _ => None,
    }
}

/// A key that exists, in another place.
fn misplaced(key: &str, owner: Owner<'_>) -> Option<String> {
    let step = &schema::core()["$defs"]["step"]["properties"];
    match owner {
        Owner::Workflow if schema::action(key).is_some() => {
            Some(format!("`{key}` is an action: write `- {key}: …` in the list under `steps`"))
        }
        Owner::Workflow if step.get(key).is_some() => Some(format!("`{key}` is a key of a step, or of `defaults`")),
        Owner::Step(Some(action)) if schema::action(action)?["properties"].get(key).is_some() => {
            Some(format!("`{key}` is a field of `{action}`: write it below `{action}:`, one column further in"))
        }
        Owner::Step(_) if schema::core()["properties"].get(key).is_some() => {
            Some(format!("`{key}` is a key of the whole workflow: write it at the top of the file"))
        }
        Owner::Action(action) if step.get(key).is_some() && schema::action(key).is_none() => {
            Some(format!("`{key}` is a key of the step: write it beside `{action}`"))
        }
        Owner::Action(action) if schema::action(key).is_some() => {
            Some(format!("`{key}` is an action: begin a step of its own after `{action}`"))
        }
        _ => None,
    }
}

fn listed(known: &[&str], owner: Owner<'_>) -> String {
    match owner {
        Owner::Step(_) => format!("the actions are {}", words::list(&names(), "and")),
        _ if known.is_empty() => "it has no fields".to_owned(),
        _ if known.len() > MOST => "take it out".to_owned(),
        _ => format!("{} has {}", owner.label(), words::list(known, "and")),
    }
}

/// The names of the actions.
pub(super) fn names() -> Vec<&'static str> {
    actions::CATALOG.iter().map(|descriptor| descriptor.name).collect()
}
