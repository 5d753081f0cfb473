//! What must not be in what was heard, found without a word of the product's own rules.
//!
//! It knows the town, what was heard and when, and of each run which lines nobody knows about. Hours are told from the
//! wall clock of each person, by the library of time zones alone.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use runsheet::clock::Timestamp;

use super::town::{Person, Town, instant};

/// The first and the last hour, on weekdays.
const HOURS: (i8, i8) = (9, 17);
/// How long a person is left alone after a line.
const CAP: i64 = 72 * 3_600_000;
/// Who was in reach for so long was to be reached: a room is tried again at least every two minutes, and all the
/// others that wait in between.
pub const IN_REACH: i64 = 50 * 60_000;

/// What was heard, and what nobody knows.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    /// Every line that was heard.
    pub heard: Vec<Line>,
    /// Who may have been addressed by a campaign without anybody knowing.
    pub unknown: BTreeSet<(String, String)>,
    /// When each campaign was begun, and anew.
    pub begun: BTreeMap<String, Vec<Timestamp>>,
    /// When one of its runs was down: its lines waited.
    pub down: BTreeMap<String, Vec<(Timestamp, Timestamp)>>,
}

/// A line that was heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The campaign.
    pub campaign: String,
    /// Whom it names.
    pub person: String,
    /// Where it was heard.
    pub room: String,
    /// When.
    pub at: Timestamp,
}

/// Something that must not be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Breach {
    /// Addressed twice by one campaign.
    Twice(Line),
    /// Addressed at an hour or on a day at which nobody is.
    OutOfHours(Line),
    /// Addressed again too soon.
    TooOften(Line),
    /// Addressed after they said no.
    AfterNo(Line),
    /// Heard where somebody else is.
    ElsewhereHeard(Line),
    /// Never addressed, though they were in reach long enough.
    Missed(String, String),
}

/// Everything that must not be and is.
pub fn check(town: &Town, evidence: &Evidence) -> Vec<Breach> {
    let people: BTreeMap<&str, &Person> = town.people.iter().map(|person| (person.id.as_str(), person)).collect();
    let mut breaches = Vec::new();
    let mut last: BTreeMap<&str, &Line> = BTreeMap::new();
    let mut said: BTreeSet<(&str, &str)> = BTreeSet::new();
    for line in &evidence.heard {
        let person = people[line.person.as_str()];
        if !said.insert((&line.campaign, &line.person)) {
            breaches.push(Breach::Twice(line.clone()));
        }
        if !is_decent(person, line.at, town) {
            breaches.push(Breach::OutOfHours(line.clone()));
        }
        if last.get(line.person.as_str()).is_some_and(|before| line.at.0 - before.at.0 < CAP) {
            breaches.push(Breach::TooOften(line.clone()));
        }
        if person.says_no.is_some_and(|no| line.at > no) {
            breaches.push(Breach::AfterNo(line.clone()));
        }
        if line.room != person.room {
            breaches.push(Breach::ElsewhereHeard(line.clone()));
        }
        last.insert(&line.person, line);
    }
    for (campaign, begun) in &evidence.begun {
        for person in &town.people {
            let is_known = !evidence.unknown.contains(&(campaign.clone(), person.id.clone()));
            let is_reached = said.contains(&(campaign.as_str(), person.id.as_str()));
            if is_known && !is_reached && could_be_reached(person, (campaign, begun), (town, evidence)) {
                breaches.push(Breach::Missed(campaign.clone(), person.id.clone()));
            }
        }
    }
    breaches
}

/// Whether people may be addressed by the clock on the person's wall.
fn is_decent(person: &Person, at: Timestamp, town: &Town) -> bool {
    let zone = TimeZone::get(&person.zone).unwrap();
    let wall = zone.to_datetime(jiff::Timestamp::from_millisecond(at.0).unwrap());
    let is_weekend = matches!(wall.weekday(), Weekday::Saturday | Weekday::Sunday);
    !is_weekend && (HOURS.0..HOURS.1).contains(&wall.hour()) && wall.date() != town.holiday
}

/// When the first decent day ends, by the clock on the person's wall, that has not ended yet.
fn first_end(person: &Person, at: Timestamp, town: &Town) -> i64 {
    let zone = TimeZone::get(&person.zone).unwrap();
    let mut day = zone.to_datetime(jiff::Timestamp::from_millisecond(at.0).unwrap()).date();
    loop {
        let ends = instant(day, i64::from(HOURS.1) * 60, &person.zone);
        let is_decent_day = !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday) && day != town.holiday;
        if is_decent_day && ends > at {
            return ends.0;
        }
        day = day.tomorrow().unwrap();
    }
}

/// Whether a person was in their room, at a decent hour, uncapped and willing, for long enough without a break.
fn could_be_reached(
    person: &Person,
    (campaign, begun): (&String, &[Timestamp]),
    (town, evidence): (&Town, &Evidence),
) -> bool {
    // A line is for the first window from when its run began.
    let alive: Vec<(i64, i64)> = begun.iter().map(|begun| (begun.0, first_end(person, *begun, town))).collect();
    let down = evidence.down.get(campaign).cloned().unwrap_or_default();
    let times: Vec<i64> = evidence.heard.iter().filter(|line| line.person == person.id).map(|line| line.at.0).collect();
    let is_unknown = evidence.unknown.iter().any(|(_, unknown)| *unknown == person.id);
    let is_capped = |at: i64| is_unknown || times.iter().any(|said| (0..CAP).contains(&(at - said)));
    let minute = 60_000;
    for (from, to) in &person.attends {
        let mut free = 0;
        let mut at = from.0;
        while at < to.0 {
            let is_down = down.iter().any(|(from, to)| (from.0..to.0).contains(&at));
            let is_under_way = !is_down && alive.iter().any(|(begins, ends)| (*begins..*ends).contains(&at));
            let is_willing = person.says_no.is_none_or(|no| at < no.0);
            let is_free = is_under_way && is_willing && !is_capped(at) && is_decent(person, Timestamp(at), town);
            free = if is_free { free + minute } else { 0 };
            if free >= IN_REACH {
                return true;
            }
            at += minute;
        }
    }
    false
}
