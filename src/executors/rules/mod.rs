//! What the rules of a run's lines need beside its texts: time zones, holidays, and who is left out.
//!
//! The driver asks when a line is about to go out. Zones and holidays are read once and kept with the run; the files
//! that name who is left out are read again whenever they have changed.

mod excluded;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

pub use excluded::{Exclusions, Left, Names, is_named, names_now};

use crate::clock::Timestamp;
use crate::executors::store::RunStore;
use crate::outcome::Failure;
use crate::plan::model::{Plan, WindowRule, Work};
use crate::sent::Sent;
use crate::window::{Holidays, Opening, Zone};

/// What the rules of a run need.
pub struct Rulebook {
    /// Those who are asked beside the driver.
    pub knowing: Knowing,
    zones: HashMap<String, Result<Zone, Failure>>,
    /// The holidays of each window, by what names them.
    holidays: HashMap<(Vec<String>, Vec<String>), Holidays>,
}

/// Those who know what was said, and who is left out. Clones share them.
#[derive(Clone)]
pub struct Knowing {
    /// What was said, in this run and others.
    pub sent: Arc<dyn Sent>,
    /// Who is left out.
    pub exclusions: Arc<Exclusions>,
}

/// What a window says of an instant.
pub struct Seen {
    /// Whether it is open, and until or from when.
    pub opening: Opening,
    /// When the first window ends that was open once a line's moment had come.
    pub first_end: Option<Timestamp>,
    /// The person's time zone.
    pub zone: Zone,
}

impl Rulebook {
    /// Reads the holidays of every window of a plan.
    pub fn of(plan: &Plan, store: &RunStore, sent: Arc<dyn Sent>) -> Result<Self, Failure> {
        let mut holidays = HashMap::new();
        for window in windows(plan) {
            let key = (window.holidays.clone(), window.dates.clone());
            if let Entry::Vacant(vacant) = holidays.entry(key) {
                vacant.insert(read_holidays(window, store)?);
            }
        }
        let exclusions = Arc::new(Exclusions::of(store.project.clone()));
        Ok(Self { knowing: Knowing { sent, exclusions }, zones: HashMap::new(), holidays })
    }

    /// The time zone of a name; an unknown one is a failure of whoever has it.
    pub fn zone(&mut self, name: &str) -> Result<Zone, Failure> {
        if let Some(known) = self.zones.get(name) {
            return known.clone();
        }
        let found = Zone::named(name).map_err(|error| {
            let message = format!("{error}: nobody can tell which hour it is there, and nothing is sent");
            Failure::rejected("unknown_timezone", message)
        });
        self.zones.insert(name.to_owned(), found.clone());
        found
    }

    /// What a window says now of a line whose moment came at some instant.
    pub fn look(
        &mut self,
        rule: &WindowRule,
        zone: &str,
        (moment, now): (Option<Timestamp>, Timestamp),
    ) -> Result<Seen, Failure> {
        let zone = self.zone(zone)?;
        let key = (rule.holidays.clone(), rule.dates.clone());
        let none = Holidays::default();
        let holidays = self.holidays.get(&key).unwrap_or(&none);
        Ok(Seen {
            opening: rule.window.at(now, &zone, holidays),
            first_end: moment.and_then(|moment| rule.window.first_end(moment, &zone, holidays)),
            zone,
        })
    }
}

/// Every window of a plan.
fn windows(plan: &Plan) -> impl Iterator<Item = &WindowRule> {
    let bodies = plan.nodes.iter().flat_map(|node| match &node.work {
        Work::Loop(inner) => inner.body.as_slice(),
        _ => std::slice::from_ref(node),
    });
    bodies.filter_map(|node| node.rules.window.as_ref())
}

/// The holidays of a window.
pub fn read_holidays(rule: &WindowRule, store: &RunStore) -> Result<Holidays, Failure> {
    let unreadable = |message: String| Failure::rejected("unreadable_holidays", message);
    let mut holidays = Holidays::default();
    for path in &rule.holidays {
        let bytes = store.file_of(path).map_err(unreadable)?;
        holidays.extend(Holidays::parse(path, &bytes).map_err(|error| unreadable(error.to_string()))?);
    }
    if !rule.dates.is_empty() {
        let dates = Holidays::parse("calendar", rule.dates.join("\n").as_bytes());
        holidays.extend(dates.map_err(|error| unreadable(error.to_string()))?);
    }
    Ok(holidays)
}
