//! Nominal times around every change of the clocks, against the wall clock.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use runsheet::clock;
use runsheet::schedule::Schedule;
use runsheet::schedule::entry::{Change, Entry, Occurrence};
use runsheet::schedule::pattern::Pattern;
use runsheet::zone::Zone;

use super::cron::Plain;
use super::wall_clock::{Named, Wall, changes};
use super::zones;

/// One time a day inside and beside the hours that change, many times an hour, days by name and by number.
const PATTERNS: [&str; 8] = [
    "30 2 * * *",
    "0 0 * * *",
    "15,45 0-4 * * *",
    "*/20 * * * *",
    "59 23 * * *",
    "1 0 * * 0",
    "5 3 1-7 * 0",
    "0 9 * * 1-5",
];
/// A change is looked at from so long before to so long after.
const AROUND: i64 = 25 * 60;

fn schedule(pattern: &str, zone: &str) -> Schedule {
    Schedule::new(vec![Entry::Cron { pattern: Pattern::parse(pattern).unwrap(), zone: Zone::find(zone).unwrap() }])
}

fn instant(at: Timestamp) -> clock::Timestamp {
    clock::Timestamp(at.as_millisecond())
}

/// What the product says is due from an instant on, for some minutes.
fn answer(schedule: &Schedule, from: Timestamp, minutes: i64) -> Vec<Named> {
    let end = instant(from + SignedDuration::from_mins(minutes));
    let just_before = clock::Timestamp(instant(from).0 - 1);
    let due = schedule.after(just_before).take_while(|due| due.at < end);
    let named = |one: &Occurrence| (one.due.to_jiff(), one.change, one.nominal);
    let mut all: Vec<Named> =
        due.flat_map(|due| std::iter::once(&due.first).chain(&due.others).map(named).collect::<Vec<_>>()).collect();
    all.sort_unstable();
    all
}

/// Compares around every change of a zone. Answers how many times were compared, and what differs.
fn compare(zone: &str, change_answer: impl Fn(Vec<Named>) -> Vec<Named>) -> (usize, Vec<String>) {
    let rules = TimeZone::get(zone).unwrap();
    let patterns = PATTERNS.map(|text| (text, Plain::read(text), schedule(text, zone)));
    let (mut compared, mut differing) = (0, Vec::new());
    let quiet: Timestamp = "2026-06-01T12:00:00Z".parse().unwrap();
    for change in changes(&rules).into_iter().chain([quiet]) {
        let from = change - SignedDuration::from_mins(AROUND);
        let wall = Wall::watch(&rules, from, 2 * AROUND);
        for (text, plain, schedule) in &patterns {
            let expected = wall.named(plain);
            let found = change_answer(answer(schedule, from, 2 * AROUND));
            compared += expected.len();
            if found != expected {
                differing.push(format!("{zone} `{text}` around {change}\nfound    {found:?}\nexpected {expected:?}"));
            }
        }
    }
    (compared, differing)
}

#[test]
fn every_nominal_time_around_every_change_of_the_clocks_is_the_one_on_the_wall() {
    let (mut compared, mut differing) = (0, Vec::new());
    for zone in zones::chosen() {
        let (times, found) = compare(&zone, |answer| answer);
        compared += times;
        differing.extend(found);
    }
    println!("{compared} nominal times compared");
    assert!(differing.is_empty(), "{} differ:\n{}", differing.len(), differing[..differing.len().min(3)].join("\n"));
    assert!(compared > 100_000, "{compared}");
}

/// What becomes of a right answer; the length is the one by which the clocks jump.
type Mistake = fn(Named, SignedDuration) -> Option<Named>;

/// The comparison can fail: each of these mistakes is one that a scheduler makes.
#[test]
fn a_scheduler_that_gets_a_change_wrong_is_found_out() {
    let hour = SignedDuration::from_hours(1);
    let wrong: [(&str, Mistake); 4] = [
        ("skipped times are left out", |(due, change, name), _| {
            (change != Change::Skipped).then_some((due, change, name))
        }),
        ("skipped times come as much later as the clocks have jumped", |(due, change, name), hour| {
            Some((if change == Change::Skipped { due + hour } else { due }, change, name))
        }),
        ("repeated times come twice", |(due, change, name), _| {
            Some((due, if change == Change::Repeated { Change::None } else { change }, name))
        }),
        ("repeated times are not named", |(due, change, name), _| {
            (change != Change::Repeated).then_some((due, change, name))
        }),
    ];
    for zone in ["Europe/Paris", "Australia/Lord_Howe", "America/Havana"] {
        for (what, mistake) in wrong {
            let wrongly = |answer: Vec<Named>| {
                let mut wrong: Vec<_> = answer.into_iter().filter_map(|named| mistake(named, hour)).collect();
                wrong.sort_unstable();
                wrong
            };
            assert!(compare(zone, wrongly).1.len() >= 41, "{zone}: {what}");
        }
    }
}

#[test]
fn the_zones_are_forty_and_their_changes_are_looked_at() {
    let names: std::collections::HashSet<_> = zones::ZONES.iter().collect();
    assert_eq!(names.len(), 40);
    let count = |zone: &str| changes(&TimeZone::get(zone).unwrap()).len();
    assert_eq!((count("UTC"), count("Europe/Paris")), (0, 82));
    assert!(count("Africa/Casablanca") > 80 && count("Pacific/Apia") >= 20);
}

/// A day that never was: all of it is due at the first instant of the next one, and that is one run.
#[test]
fn a_day_that_was_left_out_is_one_run_when_it_is_over() {
    let schedule = schedule("*/30 * * * *", "Pacific/Apia");
    let midnight: Timestamp = "2011-12-30T10:00:00Z".parse().unwrap();
    let due = schedule.after(clock::Timestamp(instant(midnight).0 - 1)).next().unwrap();
    assert_eq!((due.at, due.first.nominal.to_string().as_str()), (instant(midnight), "2011-12-31T00:00:00"));
    assert_eq!(due.others.len(), 48);
    assert!(due.others.iter().all(|other| other.change == Change::Skipped && other.nominal.day() == 30));
}
