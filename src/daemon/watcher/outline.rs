//! What changed in a workflow, step by step: added, removed, edited.
//!
//! Steps are compared by what they say, not by where they stand: a line inserted above changes the numbers of those
//! below, which are the same lines still.

use std::collections::HashMap;

use crate::text::clean;
use crate::workflow::load::Loaded;
use crate::workflow::model::{Step, StepWork, Workflow};
use crate::workflow::node::Entry;

/// The most pairs of steps that are compared; of larger files, steps are known by their ids alone.
const MOST_PAIRS: usize = 4_000_000;
/// The keys whose steps are compared one by one.
const SCRIPTS: [&str; 3] = ["steps", "on_failure", "finally"];

/// A workflow as far as changes are told.
#[derive(Clone, Debug, Default)]
pub struct Outline {
    /// The keys at the top of the file, with what is written there.
    keys: Vec<(String, String)>,
    steps: Vec<Part>,
}

/// A step as far as changes are told.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Part {
    id: String,
    action: String,
    /// What people know it by: its text, if it has one.
    text: String,
    /// What is written, and what files put in.
    whole: String,
}

/// One thing that is not as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// How.
    pub kind: Kind,
    /// A step's id, or a key at the top of the file.
    pub what: String,
    /// What it says, and said before if that is another text.
    pub text: String,
}

/// How something is not as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It was not there.
    Added,
    /// It is there no more.
    Removed,
    /// It says something else.
    Edited,
}

impl Outline {
    /// The outline of a workflow that was read from this file.
    pub fn of(workflow: &Workflow, loaded: &Loaded) -> Self {
        let text = &loaded.source.text;
        let written = |entry: &Entry| {
            let at = entry.key.span.start..entry.value.span.end.max(entry.key.span.end);
            (entry.key.value.clone(), plain(text.get(at).unwrap_or_default()))
        };
        let entries = loaded.root.as_map().unwrap_or_default().iter();
        let keys = entries.filter(|entry| !SCRIPTS.contains(&entry.key.value.as_str())).map(written).collect();
        let mut steps = Vec::new();
        add(&workflow.steps, "", text, &mut steps);
        Self { keys, steps }
    }

    /// How many steps there are; those of loops count too.
    pub fn steps(&self) -> usize {
        self.steps.len()
    }

    /// What is not as it was.
    pub fn since(&self, before: &Self) -> Vec<Difference> {
        let mut found = keys(&before.keys, &self.keys);
        found.extend(steps(&before.steps, &self.steps));
        found
    }
}

fn add(steps: &[Step], outer: &str, text: &str, parts: &mut Vec<Part>) {
    for step in steps {
        let id = if outer.is_empty() { step.id.clone() } else { format!("{outer}.{}", step.id) };
        let written = text.get(step.span.clone()).unwrap_or_default();
        match &step.work {
            StepWork::Join => {}
            StepWork::Action(action) => {
                let fields = serde_json::Value::Object(action.fields.clone()).to_string();
                let said =
                    ["message", "context", "prompt", "url"].iter().find_map(|name| action.fields.get(*name)?.as_str());
                let said = said.map(str::to_owned).unwrap_or_default();
                let whole = format!("{}\n{fields}", plain(written));
                parts.push(Part { id, action: action.action.clone(), text: said, whole });
            }
            StepWork::Loop(inner) => {
                // Its body is told step by step.
                let body = inner.body.iter().fold(written.to_owned(), |rest, step| {
                    text.get(step.span.clone()).map_or(rest.clone(), |body| rest.replacen(body, "", 1))
                });
                let whole = if inner.single { written.to_owned() } else { body };
                parts.push(Part {
                    id: id.clone(),
                    action: "foreach".to_owned(),
                    text: String::new(),
                    whole: plain(&whole),
                });
                if !inner.single {
                    add(&inner.body, &id, text, parts);
                }
            }
        }
    }
}

/// A text without its indentation and comments.
fn plain(text: &str) -> String {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.collect::<Vec<_>>().join("\n")
}

fn keys(before: &[(String, String)], after: &[(String, String)]) -> Vec<Difference> {
    let difference = |kind, key: &str| Difference { kind, what: key.to_owned(), text: String::new() };
    let in_list = |list: &[(String, String)], key: &str| list.iter().find(|(name, _)| name == key).cloned();
    let removed = before.iter().filter(|(key, _)| in_list(after, key).is_none());
    let mut found: Vec<Difference> = removed.map(|(key, _)| difference(Kind::Removed, key)).collect();
    for (key, text) in after {
        match in_list(before, key) {
            None => found.push(difference(Kind::Added, key)),
            Some((_, earlier)) if earlier != *text => found.push(difference(Kind::Edited, key)),
            Some(_) => {}
        }
    }
    found
}

fn steps(before: &[Part], after: &[Part]) -> Vec<Difference> {
    let same = match before.len().saturating_mul(after.len()) <= MOST_PAIRS {
        true => longest_same(before, after),
        false => same_by_id(before, after),
    };
    let mut found = Vec::new();
    let (mut from, mut to) = (0, 0);
    for (left, right) in same.into_iter().chain([(before.len(), after.len())]) {
        found.extend(between(&before[from..left], &after[to..right]));
        (from, to) = (left + 1, right + 1);
    }
    found
}

/// What became of the steps between two that stayed: the nth of an action is the nth of that action, edited.
fn between(before: &[Part], after: &[Part]) -> Vec<Difference> {
    let mut left: Vec<&Part> = before.iter().collect();
    let mut found = Vec::new();
    for part in after {
        let same_id = left.iter().position(|earlier| earlier.id == part.id && earlier.action == part.action);
        let earlier = same_id.or_else(|| left.iter().position(|earlier| earlier.action == part.action));
        found.push(match earlier.map(|at| left.remove(at)) {
            Some(earlier) if earlier.text != part.text => Difference {
                kind: Kind::Edited,
                what: clean(&part.id),
                text: format!("{} → {}", told(earlier), told(part)),
            },
            Some(_) => Difference { kind: Kind::Edited, what: clean(&part.id), text: told(part) },
            None => Difference { kind: Kind::Added, what: clean(&part.id), text: told(part) },
        });
    }
    let removed = left.into_iter();
    let removed = removed.map(|part| Difference { kind: Kind::Removed, what: clean(&part.id), text: told(part) });
    removed.chain(found).collect()
}

fn told(part: &Part) -> String {
    match part.text.is_empty() {
        true => part.action.clone(),
        false => format!("“{}”", clean(&part.text)),
    }
}

/// The longest list of steps that are the same in both, in order.
fn longest_same(before: &[Part], after: &[Part]) -> Vec<(usize, usize)> {
    let start = before.iter().zip(after).take_while(|(left, right)| left.whole == right.whole).count();
    let (before_rest, after_rest) = (&before[start..], &after[start..]);
    let columns = after_rest.len() + 1;
    let mut length = vec![0_u32; (before_rest.len() + 1) * columns];
    for left in (0..before_rest.len()).rev() {
        for right in (0..after_rest.len()).rev() {
            length[left * columns + right] = match before_rest[left].whole == after_rest[right].whole {
                true => length[(left + 1) * columns + right + 1] + 1,
                false => length[(left + 1) * columns + right].max(length[left * columns + right + 1]),
            };
        }
    }
    let mut same: Vec<(usize, usize)> = (0..start).map(|at| (at, at)).collect();
    let (mut left, mut right) = (0, 0);
    while left < before_rest.len() && right < after_rest.len() {
        if before_rest[left].whole == after_rest[right].whole {
            same.push((start + left, start + right));
            (left, right) = (left + 1, right + 1);
        } else if length[(left + 1) * columns + right] >= length[left * columns + right + 1] {
            left += 1;
        } else {
            right += 1;
        }
    }
    same
}

fn same_by_id(before: &[Part], after: &[Part]) -> Vec<(usize, usize)> {
    let places: HashMap<&str, usize> = before.iter().enumerate().map(|(at, part)| (part.id.as_str(), at)).collect();
    let mut next = 0;
    let mut same = Vec::new();
    for (right, part) in after.iter().enumerate() {
        let place = places.get(part.id.as_str()).copied().filter(|left| *left >= next);
        if let Some(left) = place.filter(|left| before[*left].whole == part.whole) {
            same.push((left, right));
            next = left + 1;
        }
    }
    same
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::data::project::Project;
    use crate::diagnostic::Source;
    use crate::workflow::{check, load};

    fn outline(steps: &str) -> Outline {
        let text = format!("version: 1\nagent: A91XMB7113\nroom: lobby\n{steps}");
        let loaded = load::parse(Source::new("show.yaml", text)).unwrap();
        let folder = std::env::temp_dir();
        let checked = check::check(&loaded, &Project::find(None, Path::new(&folder)));
        Outline::of(&checked.workflow.unwrap_or_else(|| panic!("{:?}", checked.diagnostics)), &loaded)
    }

    fn told(before: &str, after: &str) -> Vec<String> {
        let mark = |kind| match kind {
            Kind::Added => '+',
            Kind::Removed => '-',
            Kind::Edited => '~',
        };
        let found = outline(after).since(&outline(before));
        found
            .iter()
            .map(|found| format!("{} {} {}", mark(found.kind), found.what, found.text).trim().to_owned())
            .collect()
    }

    const TWO: &str = "steps:\n  - speak: Hello\n  - speak: Bye\n";

    #[test]
    fn a_line_inserted_above_is_the_only_thing_new() {
        assert_eq!(told(TWO, "steps:\n  - speak: First\n  - speak: Hello\n  - speak: Bye\n"), ["+ speak_1 “First”"]);
        assert_eq!(told("steps:\n  - speak: First\n  - speak: Hello\n  - speak: Bye\n", TWO), ["- speak_1 “First”"]);
    }

    #[test]
    fn an_edited_line_says_what_it_said() {
        assert_eq!(told(TWO, &TWO.replace("Bye", "So long")), ["~ speak_2 “Bye” → “So long”"]);
        assert_eq!(told(TWO, "steps:\n  - speak: Hello\n    delay: 1s\n  - speak: Bye\n"), ["~ speak_1 “Hello”"]);
        assert_eq!(told(TWO, "steps:\n  - speak: Hello\n  - pause: Bye\n"), ["- speak_2 “Bye”", "+ pause_1 “Bye”"]);
    }

    #[test]
    fn comments_and_blank_lines_change_nothing() {
        assert!(told(TWO, "# A comment.\n\nsteps:\n  # Another.\n  - speak: Hello\n\n  - speak: Bye\n").is_empty());
    }

    #[test]
    fn keys_at_the_top_are_told_by_name() {
        let with = |key: &str| format!("{key}\n{TWO}");
        assert_eq!(told(TWO, &with("max_parallel: 2")), ["+ max_parallel"]);
        assert_eq!(told(&with("max_parallel: 2"), &with("timeout: 5m")), ["- max_parallel", "+ timeout"]);
        assert_eq!(told(&with("vars: { a: 1 }"), &with("vars: { a: 2 }")), ["~ vars"]);
    }

    #[test]
    fn of_a_loop_the_step_that_changed_is_told() {
        let body = "steps:\n  - id: greet\n    foreach: [Ada, Bob]\n    as: guest\n    key: guest\n    steps:\n      - speak: { message: 'Hi {{ guest }}' }\n      - wait: 1s\n";
        assert_eq!(told(body, &body.replace("wait: 1s", "wait: 2s")), ["~ greet.wait_1 wait"]);
        assert_eq!(told(body, &body.replace("[Ada, Bob]", "[Ada]")), ["~ greet foreach"]);
    }
}
