//! Who is addressed: row by row, what keeps a line from them, and into which windows the others fall.

use std::collections::HashMap;

use serde_json::Value;

use super::serving::Class;
use super::{CampaignEstimate, FARTHEST, Facts, NeverServed, VariantLines};
use crate::clock::Timestamp;
use crate::duration::Millis;
use crate::outcome::Effect;
use crate::plan::estimate::{Known, items};
use crate::plan::model::{Loop, Node, Work};
use crate::plan::preview::Preview;
use crate::plan::rows::{Reading, RowScope, is_passed, loops, path_of};
use crate::window::Holidays;
use crate::zone::Zone;

/// How many rows are named that can never be served.
const NAMED: usize = 10;

/// Who was counted.
pub struct Counted {
    /// The numbers of people and lines.
    pub estimate: CampaignEstimate,
    /// The lines, by when they may go out.
    pub classes: Vec<Class>,
}

/// Tells whether a loop has rules, or leaves anybody out.
pub fn is_ruled(inner: &Loop) -> bool {
    !inner.exclude.is_empty() || inner.body.iter().any(|node| !node.rules.is_empty())
}

/// Counts the people of every loop with rules; none where there is none whose items are known.
pub fn count(facts: &Facts<'_>) -> Option<Counted> {
    let preview = Preview::exact(facts.plan);
    let mut counting = Counting {
        facts,
        preview: &preview,
        zones: HashMap::new(),
        classes: HashMap::new(),
        found: Counted { estimate: CampaignEstimate::default(), classes: Vec::new() },
    };
    let known = Known { rows: facts.rows, price: &|_, _| 0 };
    let mut is_any = false;
    for (place, node, inner) in loops(facts.plan).filter(|(_, _, inner)| is_ruled(inner)) {
        if is_passed(node, &preview) {
            continue;
        }
        let Some(items) = items(inner, &preview, &known) else { continue };
        is_any = true;
        counting.look(place, inner, &items);
    }
    is_any.then_some(counting.found)
}

struct Counting<'a> {
    facts: &'a Facts<'a>,
    preview: &'a Preview<'a>,
    zones: HashMap<String, Result<Zone, String>>,
    /// The class of a line of a loop in a zone, else why it is never said.
    classes: HashMap<(u32, usize, String), Result<usize, String>>,
    found: Counted,
}

/// A line of a loop's body.
struct Line<'a> {
    place: usize,
    node: &'a Node,
    condition: Option<Reading>,
    timezone: Option<Reading>,
    text: Option<Reading>,
    /// Whether people are counted by the hour of its zone: the first with a window.
    tells_hours: bool,
    /// How many people hear each variant.
    arms: Vec<u64>,
}

/// What becomes of a line for a person.
enum Fate {
    Said,
    NotSaid,
    HeldOut,
    Never(String),
}

impl Counting<'_> {
    fn look(&mut self, loop_place: u32, inner: &Loop, items: &[Value]) {
        let key = inner.key.as_deref().and_then(|key| Reading::expression(key, self.preview, &inner.name));
        let mut lines: Vec<Line<'_>> = self.lines(inner);
        let path = path_of(inner).unwrap_or_default();
        for (index, item) in items.iter().enumerate() {
            let scope = RowScope { preview: self.preview, name: &inner.name, item };
            let key = key.as_ref().and_then(|key| key.of(&scope).ok());
            self.found.estimate.people += 1;
            let mut never = None;
            match (self.facts.excluded)(&inner.exclude, item) {
                Ok(false) => {
                    let mut is_held_out = false;
                    for line in &mut lines {
                        match self.fate(loop_place, line, &scope, key.as_deref()) {
                            Fate::Said => self.found.estimate.lines += 1,
                            Fate::NotSaid => {}
                            Fate::HeldOut => is_held_out = true,
                            Fate::Never(reason) => never = never.or(Some((line.node.id.clone(), reason))),
                        }
                    }
                    self.found.estimate.held_out += u64::from(is_held_out);
                }
                Ok(true) => self.found.estimate.excluded += 1,
                Err(reason) => never = Some((String::new(), reason)),
            }
            if let Some((step, reason)) = never {
                self.found.estimate.never += 1;
                if self.found.estimate.never_rows.len() < NAMED {
                    let line = self.facts.rows.get(path).and_then(|rows| rows.line(index));
                    let file = path.to_owned();
                    self.found.estimate.never_rows.push(NeverServed { file, row: index + 1, line, key, step, reason });
                }
            }
        }
        for line in lines {
            let arms = line.node.rules.variants.iter().flat_map(|variants| &variants.arms).zip(line.arms);
            let step = &line.node.id;
            let counted = arms.map(|(arm, lines)| VariantLines { step: step.clone(), arm: arm.name.clone(), lines });
            self.found.estimate.variants.extend(counted);
        }
    }

    fn lines<'l>(&mut self, inner: &'l Loop) -> Vec<Line<'l>> {
        let template = |text: &str| Reading::template(text, self.preview, &inner.name);
        let first = inner.body.iter().position(|node| node.rules.window.is_some());
        let said = inner.body.iter().enumerate().filter(|(_, node)| node.effect() == Effect::Once);
        let line = |(place, node): (usize, &'l Node)| {
            let condition = node.condition.as_ref().filter(|condition| !condition.sees_failures);
            let text = match &node.work {
                Work::Exchange(exchanged) => ["message", "context"]
                    .iter()
                    .find_map(|field| exchanged.fields.get(*field))
                    .and_then(Value::as_str)
                    .filter(|_| node.rules.variants.is_none()),
                _ => None,
            };
            Line {
                place,
                node,
                condition: condition
                    .and_then(|condition| Reading::expression(&condition.text, self.preview, &inner.name)),
                timezone: node.rules.window.as_ref().and_then(|window| template(&window.timezone)),
                text: text.filter(|text| text.contains("{{")).and_then(template),
                tells_hours: Some(place) == first,
                arms: vec![0; node.rules.variants.as_ref().map_or(0, |variants| variants.arms.len())],
            }
        };
        let lines: Vec<Line<'l>> = said.map(line).collect();
        self.found.estimate.skips_already_sent |= lines.iter().any(|line| line.node.rules.once_per.is_some());
        lines
    }

    fn fate(&mut self, loop_place: u32, line: &mut Line<'_>, scope: &RowScope<'_>, key: Option<&str>) -> Fate {
        let mut zone = String::new();
        if let Some(timezone) = &line.timezone {
            zone = match timezone.of(scope) {
                Ok(name) => name.trim().to_owned(),
                Err(reason) => return Fate::Never(format!("its time zone cannot be read: {reason}")),
            };
            if line.tells_hours {
                self.count_hour(&zone);
            }
        }
        if line.condition.as_ref().and_then(|condition| condition.holds(scope)) == Some(false) {
            return Fate::NotSaid;
        }
        let arm = match (&line.node.rules.variants, key) {
            (Some(variants), Some(key)) => match variants.of(key) {
                Some(arm) => variants.arms.iter().position(|other| other.name == arm.name),
                None => return Fate::HeldOut,
            },
            _ => None,
        };
        match line.text.as_ref().map(|text| text.of(scope)) {
            Some(Ok(text)) if text.trim().is_empty() => return Fate::Never("its text is blank".to_owned()),
            Some(Err(reason)) => return Fate::Never(format!("its text cannot be rendered: {reason}")),
            Some(Ok(_)) | None => {}
        }
        // A zone that only the run knows stands for a window that is open.
        let is_known = line.timezone.is_some() || line.node.rules.window.is_none();
        match self.class((loop_place, line.place, zone), line.node, is_known) {
            Ok(class) => {
                self.found.classes[class].lines += 1;
                if let Some(count) = arm.and_then(|arm| line.arms.get_mut(arm)) {
                    *count += 1;
                }
                Fate::Said
            }
            Err(reason) => Fate::Never(reason),
        }
    }

    fn count_hour(&mut self, zone: &str) {
        let now = self.facts.now.to_jiff();
        if let Ok(zone) = self.zone(zone) {
            let hour = zone.offset(now).to_datetime(now).hour();
            let hours = self.found.estimate.local_hours.get_or_insert_with(|| vec![0; 24]);
            if let Some(count) = hours.get_mut(usize::from(hour.unsigned_abs())) {
                *count += 1;
            }
        }
    }

    fn zone(&mut self, name: &str) -> Result<Zone, String> {
        if let Some(known) = self.zones.get(name) {
            return known.clone();
        }
        let blank = || "its time zone is blank".to_owned();
        let found = match name.is_empty() {
            true => Err(blank()),
            false => Zone::named(name).map_err(|error| error.to_string()),
        };
        self.zones.insert(name.to_owned(), found.clone());
        found
    }

    /// The class of a line in a zone.
    fn class(&mut self, key: (u32, usize, String), node: &Node, is_known: bool) -> Result<usize, String> {
        if let Some(known) = self.classes.get(&key) {
            return known.clone();
        }
        let made = self.made(&key.2, node, is_known).map(|class| {
            self.found.classes.push(class);
            self.found.classes.len() - 1
        });
        self.classes.insert(key, made.clone());
        made
    }

    fn made(&mut self, zone: &str, node: &Node, is_known: bool) -> Result<Class, String> {
        let moment = self.facts.now + node.timing.delay;
        let mut until = node.timing.expires.map(|length| moment + length);
        let mut open = vec![(moment, Timestamp(i64::MAX))];
        if let Some(rule) = node.rules.window.as_ref().filter(|_| is_known) {
            let zone = self.zone(zone)?;
            let none = Holidays::default();
            let key = (rule.holidays.clone(), rule.dates.clone());
            let holidays = self.facts.holidays.get(&key).unwrap_or(&none);
            open = rule.window.open_within(moment, moment + FARTHEST, &zone, holidays);
            if node.rules.expires_with_window {
                until = until.into_iter().chain(rule.window.first_end(moment, &zone, holidays)).min();
            }
        }
        let Some((opens, _)) = open.first() else {
            return Err("its window opens on no day of the next 400".to_owned());
        };
        if let Some(until) = until.filter(|until| until <= opens) {
            let (wait, left) = (opens.since(moment), until.since(moment));
            return Err(format!("its window opens in {wait}, and the line expires after {left}"));
        }
        Ok(Class { open, until, lines: 0, wait_for_room: wait_for_room(node) })
    }
}

fn wait_for_room(node: &Node) -> Option<Millis> {
    let Work::Exchange(exchanged) = &node.work else { return None };
    Millis::parse(exchanged.fields.get("wait_for_room")?.as_str()?).ok()
}
