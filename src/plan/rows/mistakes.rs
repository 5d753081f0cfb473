//! Rows that cannot go out: blank or equal keys, blank rooms, nobody to count for.

use std::collections::HashMap;
use std::fmt;

use serde_json::Value;

use super::{Reading, RowScope, is_passed, loops, path_of};
use crate::data::rows::Rows;
use crate::plan::model::{Condition, Exclusion, Loop, Node, Plan, RoomReference, Work};
use crate::plan::preview::Preview;

/// How many are kept to be told; the others are counted.
const TOLD: usize = 10;

/// One mistake, and where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowMistake {
    /// The file, as written.
    pub path: String,
    /// The row, from 1.
    pub row: usize,
    /// Its line, from 1, where the format has lines.
    pub line: Option<u32>,
    /// The columns that are read.
    pub columns: Vec<String>,
    /// What is wrong.
    pub message: String,
}

/// The mistakes of all rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RowMistakes {
    /// The first ones.
    pub told: Vec<RowMistake>,
    /// How many there are.
    pub count: usize,
}

/// Which items go out.
#[derive(Clone, Copy)]
pub struct Chosen<'a> {
    /// Steps that do not go out.
    pub left_out: &'a [u32],
    /// Of every loop only so many of the first.
    pub limit: Option<u32>,
    /// Of loops with keys only these; all where it is empty.
    pub items: &'a [String],
    /// Whether an item is among those to leave out.
    pub excluded: &'a dyn Fn(&[Exclusion], &Value) -> bool,
}

/// What is wrong with the rows that go out of the loops of a plan; no two keys of all rows are to be equal.
pub fn mistakes(plan: &Plan, rows: &HashMap<String, Rows>, chosen: &Chosen<'_>) -> RowMistakes {
    let mut found = RowMistakes::default();
    let preview = Preview::exact(plan);
    for (place, node, inner) in loops(plan) {
        if chosen.left_out.contains(&place) || is_passed(node, &preview) {
            continue;
        }
        if let Some((path, rows)) = path_of(inner).and_then(|path| rows.get_key_value(path)) {
            Looking { inner, preview: &preview, chosen, path, rows, found: &mut found }.look();
        }
    }
    found
}

/// Tells whether the rows of any file can have such mistakes: nothing is read of them otherwise.
pub fn reads_rows(plan: &Plan) -> bool {
    let preview = Preview::exact(plan);
    let mut of_files = loops(plan).filter(|(_, _, inner)| path_of(inner).is_some());
    of_files.any(|(_, _, inner)| inner.key.is_some() || !filled(inner, &preview).is_empty())
}

struct Looking<'a> {
    inner: &'a Loop,
    preview: &'a Preview<'a>,
    chosen: &'a Chosen<'a>,
    path: &'a str,
    rows: &'a Rows,
    found: &'a mut RowMistakes,
}

/// A text that must not be blank.
struct Filled<'a> {
    /// What it is, for people.
    what: String,
    written: &'a str,
    reading: Reading,
    condition: Option<Reading>,
}

impl Filled<'_> {
    /// What is wrong with it in a row whose line goes out.
    fn wrong(&self, scope: &RowScope<'_>) -> Option<String> {
        if self.condition.as_ref().is_some_and(|condition| condition.holds(scope) != Some(true)) {
            return None;
        }
        match self.reading.of(scope) {
            Ok(value) if value.trim().is_empty() => Some(format!("{} is blank", self.what)),
            Ok(_) => None,
            Err(reason) => Some(format!("{} cannot be read: {reason}", self.what)),
        }
    }
}

impl Looking<'_> {
    fn look(&mut self) {
        let key = self.inner.key.as_deref().and_then(|key| Reading::expression(key, self.preview, &self.inner.name));
        let filled = filled(self.inner, self.preview);
        let mut seen: HashMap<String, usize> = HashMap::new();
        for (index, item) in self.rows.items.iter().enumerate() {
            let scope = RowScope { preview: self.preview, name: &self.inner.name, item };
            let mut is_chosen = self.chosen.limit.is_none_or(|limit| index < limit as usize);
            if let Some(key) = &key {
                let known = key.of(&scope);
                is_chosen &=
                    self.chosen.items.is_empty() || known.as_ref().is_ok_and(|key| self.chosen.items.contains(key));
                match known {
                    Ok(text) if text.trim().is_empty() => self.tell(index, key, "the key is blank".to_owned()),
                    Ok(text) => {
                        if let Some(first) = seen.get(text.trim()) {
                            let line = self.rows.line(*first).map(|line| format!(", line {line}")).unwrap_or_default();
                            let message = format!("the key `{text}` is also that of row {}{line}", first + 1);
                            self.tell(index, key, message);
                        } else {
                            seen.insert(text.trim().to_owned(), index);
                        }
                    }
                    Err(reason) => self.tell(index, key, format!("the key cannot be read: {reason}")),
                }
            }
            if !is_chosen {
                continue;
            }
            let wrong: Vec<_> = filled.iter().filter_map(|text| Some((text, text.wrong(&scope)?))).collect();
            // Few rows are wrong, so that only few are looked for among those to leave out.
            if !wrong.is_empty() && !(self.chosen.excluded)(&self.inner.exclude, item) {
                wrong.into_iter().for_each(|(text, message)| self.tell(index, &text.reading, message));
            }
        }
    }

    fn tell(&mut self, index: usize, reading: &Reading, message: String) {
        self.found.count += 1;
        if self.found.told.len() < TOLD {
            let (path, columns) = (self.path.to_owned(), reading.columns().to_vec());
            let line = self.rows.line(index);
            self.found.told.push(RowMistake { path, row: index + 1, line, columns, message });
        }
    }
}

/// The texts of a loop's body that must not be blank, each once.
fn filled<'a>(inner: &'a Loop, preview: &Preview<'_>) -> Vec<Filled<'a>> {
    let mut found: Vec<Filled<'a>> = Vec::new();
    for node in &inner.body {
        // What only the run can decide may keep the line from going out.
        let condition = match condition_of(node, preview, &inner.name) {
            Some(None) => continue,
            Some(condition) => condition,
            None => None,
        };
        let mut condition = Some(condition);
        for (what, written, reading) in texts(node, preview, &inner.name) {
            // A rule of the loop is every line's.
            let is_known = |other: &Filled<'_>| other.written == written && other.condition.is_none();
            if !found.iter().any(is_known) {
                let condition = condition.take().unwrap_or_else(|| condition_of(node, preview, &inner.name).flatten());
                found.push(Filled { what, written, reading, condition });
            }
        }
    }
    found
}

/// A step's condition: none where it has none, `Some(None)` where only the run can decide it.
fn condition_of(node: &Node, preview: &Preview<'_>, name: &str) -> Option<Option<Reading>> {
    let Condition { text, sees_failures } = node.condition.as_ref()?;
    Some(Reading::expression(text, preview, name).filter(|_| !sees_failures))
}

fn texts<'a>(node: &'a Node, preview: &Preview<'_>, name: &str) -> Vec<(String, &'a str, Reading)> {
    let id = &node.id;
    let room = match &node.work {
        Work::Exchange(exchanged) => exchanged.room.as_ref(),
        _ => None,
    };
    let mut found = Vec::new();
    if let Some(RoomReference::Named(text)) = room {
        let reading = Reading::template(text, preview, name);
        found.extend(reading.map(|reading| (format!("the room of `{id}`"), text.as_str(), reading)));
    }
    if let Some(text) = &node.rules.once_per {
        let reading = Reading::template(text, preview, name);
        found.extend(reading.map(|reading| (format!("`once_per` of `{id}`"), text.as_str(), reading)));
    }
    if let Some(cap) = &node.rules.cap {
        let reading = Reading::expression(&cap.per, preview, name);
        found.extend(reading.map(|reading| ("`per` of the cap".to_owned(), cap.per.as_str(), reading)));
    }
    found.retain(|(_, _, reading)| !reading.columns().is_empty());
    found
}

/// `customers.csv:4: row 3, column `id`: the key is blank`.
impl fmt::Display for RowMistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": row {}", self.row)?;
        match self.columns.as_slice() {
            [] => {}
            [one] => write!(f, ", column `{one}`")?,
            several => write!(f, ", columns `{}`", several.join("`, `"))?,
        }
        write!(f, ": {}", self.message)
    }
}

impl RowMistakes {
    /// Tells whether there are none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::data::rows;
    use crate::plan::model::{CapRule, ItemSource};
    use crate::plan::sample::{each, plan, step};

    fn told(text: &str, change: impl FnOnce(&mut Loop)) -> Vec<String> {
        let source = ItemSource::File { format: "csv".to_owned(), path: "guests.csv".to_owned() };
        let line = step("greet", "speak", json!({ "message": "Hello {{ guest.name }}." })).heard_in("{{ guest.room }}");
        let mut looped = each("greetings", source, vec![line]);
        let Work::Loop(inner) = &mut looped.work else { unreachable!() };
        inner.key = Some("guest.id".to_owned());
        inner.body[0].rules.once_per = Some("{{ guest.id }}-{{ run.id }}".to_owned());
        change(inner);
        let read = rows::parse("csv", "guests.csv", text.as_bytes()).unwrap();
        let chosen = Chosen { left_out: &[], limit: None, items: &[], excluded: &|_, _| false };
        let found = mistakes(&plan(vec![looped]), &HashMap::from([("guests.csv".to_owned(), read)]), &chosen);
        found.told.iter().map(ToString::to_string).chain([found.count.to_string()]).collect()
    }

    #[test]
    fn every_mistake_of_every_row_is_told_with_its_place() {
        let text = "id,name,room\n1,Ada,lobby\n,Bob,lobby\n\n3,Cy, \n1,Di,lobby\n";
        let expected = [
            "guests.csv:3: row 2, column `id`: the key is blank",
            "guests.csv:5: row 3, column `room`: the room of `greet` is blank",
            "guests.csv:6: row 4, column `id`: the key `1` is also that of row 1, line 2",
            "3",
        ];
        assert_eq!(told(text, |_| {}), expected);
    }

    #[test]
    fn nobody_to_count_for_is_told_and_what_only_a_run_knows_is_not() {
        let text = "id,name,room\n1,,lobby\n";
        let cap = |per: &str| CapRule {
            rolling: None,
            per_day: Some(1),
            per: per.to_owned(),
            group: "g".to_owned(),
            timezone: None,
        };
        let with = |per: &str| told(text, |inner| inner.body[0].rules.cap = Some(cap(per)));
        assert_eq!(with("guest.name")[0], "guests.csv:2: row 1, column `name`: `per` of the cap is blank");
        assert_eq!(with("steps.crm.body.id"), ["0"]);
        let once = told(text, |inner| inner.body[0].rules.once_per = Some("{{ guest.name }}".to_owned()));
        assert_eq!(once[0], "guests.csv:2: row 1, column `name`: `once_per` of `greet` is blank");
    }

    #[test]
    fn a_line_that_does_not_go_out_needs_no_room() {
        let text = "id,name,room\n1,Ada,\n";
        let only_if = |condition: &str| {
            let condition = Condition { text: condition.to_owned(), sees_failures: false };
            told(text, |inner| inner.body[0].condition = Some(condition))
        };
        assert_eq!(only_if("guest.room != \"\""), ["0"]);
        assert_eq!(only_if("steps.crm.ok"), ["0"]);
        assert_eq!(only_if("guest.name == \"Ada\"").last().unwrap(), "1");
    }

    #[test]
    fn ten_are_told_and_the_others_counted() {
        let text = format!("id,name,room\n{}", ",x,lobby\n".repeat(25));
        let told = told(&text, |_| {});
        assert_eq!((told.len(), told.last().unwrap().as_str()), (11, "25"));
    }
}
