//! The checker itself is checked: each breach, made on purpose, is found, and nothing else is.

use runsheet::clock::Timestamp;

use super::checker::{Breach, Evidence, Line, check};
use super::town::{Person, Town, instant};

/// Ada is in her room in Paris on Monday from 8 to 12 and on Friday from 8 to 12, Bob nowhere.
fn town() -> Town {
    let (monday, friday) = (jiff::civil::date(2026, 10, 26), jiff::civil::date(2026, 10, 30));
    let hours = |day| (instant(day, 8 * 60, "Europe/Paris"), instant(day, 12 * 60, "Europe/Paris"));
    let person = |id: &str, attends| Person {
        id: id.to_owned(),
        name: id.to_owned(),
        zone: "Europe/Paris".to_owned(),
        room: format!("room-{id}"),
        attends,
        says_no: None,
    };
    Town {
        people: vec![person("ada", vec![hours(monday), hours(friday)]), person("bob", Vec::new())],
        holiday: jiff::civil::date(2026, 10, 27),
        begins: instant(monday, 0, "UTC"),
    }
}

fn line(day: i8, minute: i64) -> Line {
    let at = instant(jiff::civil::date(2026, 10, day), minute, "Europe/Paris");
    Line { campaign: "renewals".to_owned(), person: "ada".to_owned(), room: "room-ada".to_owned(), at }
}

fn evidence(heard: Vec<Line>) -> Evidence {
    let begun = (26..=30).map(|day| instant(jiff::civil::date(2026, 10, day), 0, "UTC"));
    let begun = [("renewals".to_owned(), begun.collect())].into();
    Evidence { heard, begun, ..Evidence::default() }
}

#[test]
fn a_week_without_a_breach_has_none() {
    assert_eq!(check(&town(), &evidence(vec![line(26, 9 * 60)])), []);
}

#[test]
fn every_kind_of_breach_is_found() {
    let good = line(26, 9 * 60);
    let twice = line(30, 9 * 60);
    assert_eq!(check(&town(), &evidence(vec![good.clone(), twice.clone()])), [Breach::Twice(twice)]);
    for (day, minute) in [(26, 8 * 60 + 59), (26, 17 * 60), (27, 10 * 60), (31, 10 * 60)] {
        let late = line(day, minute);
        assert_eq!(check(&town(), &evidence(vec![late.clone()])), [Breach::OutOfHours(late)], "{day} {minute}");
    }
    let mut soon = line(28, 10 * 60);
    soon.campaign = "survey".to_owned();
    assert_eq!(check(&town(), &evidence(vec![good.clone(), soon.clone()])), [Breach::TooOften(soon)]);
    let mut refused = town();
    refused.people[0].says_no = Some(Timestamp(good.at.0 - 1));
    assert_eq!(check(&refused, &evidence(vec![good.clone()])), [Breach::AfterNo(good.clone())]);
    let elsewhere = Line { room: "room-bob".to_owned(), ..good };
    assert_eq!(check(&town(), &evidence(vec![elsewhere.clone()])), [Breach::ElsewhereHeard(elsewhere)]);
    let missed = Breach::Missed("renewals".to_owned(), "ada".to_owned());
    assert_eq!(check(&town(), &evidence(Vec::new())), [missed]);
}

#[test]
fn nobody_is_missed_who_was_not_in_reach() {
    let mut unknown = evidence(Vec::new());
    unknown.unknown.insert(("renewals".to_owned(), "ada".to_owned()));
    assert_eq!(check(&town(), &unknown), []);
    let mut over = evidence(Vec::new());
    over.begun.insert("renewals".to_owned(), vec![line(26, 11 * 60 + 30).at]);
    assert_eq!(check(&town(), &over), [], "half an hour is not long enough, and Friday is another line's");
    let mut refused = town();
    refused.people[0].says_no = Some(line(26, 9 * 60 + 5).at);
    assert_eq!(check(&refused, &evidence(Vec::new())), []);
}
