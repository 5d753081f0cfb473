use super::*;
use crate::schedule::entry::{Entry, Interval};
use crate::schedule::pattern::Pattern;
use crate::schedule::{Catchup, Overlap};
use crate::zone::Zone;

fn at(text: &str) -> Timestamp {
    Timestamp::parse(&format!("2026-03-29T{text}:00Z")).unwrap()
}

fn quarters() -> Schedule {
    Schedule::new(vec![Entry::Every(Interval::new(Millis::from_secs(900)).unwrap())])
}

fn paris(pattern: &str) -> Schedule {
    Schedule::new(vec![Entry::Cron {
        pattern: Pattern::parse(pattern).unwrap(),
        zone: Zone::find("Europe/Paris").unwrap(),
    }])
}

/// Somebody who has been there since `up_since`, and has decided until `decided`.
fn standing(decided: &str, up_since: &str, now: &str) -> Standing {
    Standing {
        now: at(now),
        decided_until: at(decided),
        up_since: at(up_since),
        under_way: 0,
        waiting: Vec::new(),
        room: None,
    }
}

/// `10:15 fire start`.
fn told(decisions: &Decisions) -> Vec<String> {
    let word = |action| match action {
        Action::Start { cancel: false } => "start",
        Action::Start { cancel: true } => "cancel, start",
        Action::Wait => "wait",
        Action::Nothing => "nothing",
    };
    let line = |decision: &Decision| {
        let times = if decision.times > 1 { format!(" x{}", decision.times) } else { String::new() };
        let due = decision.due.to_jiff().strftime("%H:%M").to_string();
        format!("{due} {}{times} {}", decision.kind.as_str(), word(decision.action))
    };
    decisions.all.iter().map(line).collect()
}

#[test]
fn what_is_due_starts_and_is_decided_once() {
    let now = standing("10:00", "09:00", "10:15");
    let decisions = decide(&quarters(), &now);
    assert_eq!(told(&decisions), ["10:15 fire start"]);
    let again = Standing { decided_until: decisions.decided_until, ..now };
    assert!(decide(&quarters(), &again).all.is_empty());
}

#[test]
fn a_clock_that_steps_back_replays_nothing_and_one_that_was_far_ahead_is_forgotten() {
    let back = standing("10:15", "09:00", "09:20");
    assert_eq!(decide(&quarters(), &back), Decisions { decided_until: at("10:15"), all: Vec::new() });
    let ahead =
        Standing { decided_until: at("10:15") + Millis::from_secs(90_000), ..standing("10:15", "09:00", "10:15") };
    assert_eq!(decide(&quarters(), &ahead), Decisions { decided_until: at("10:15"), all: Vec::new() });
}

#[test]
fn overlap_decides_what_becomes_of_a_time_that_is_due_during_a_run() {
    let expected = [
        (Overlap::Skip, vec!["10:15 skip nothing", "10:30 skip nothing"]),
        (Overlap::Queue, vec!["10:15 fire wait", "10:30 skip nothing"]),
        (Overlap::Cancel, vec!["10:15 skip nothing", "10:30 fire cancel, start"]),
        (Overlap::Allow, vec!["10:15 fire start", "10:30 fire start"]),
    ];
    for (overlap, lines) in expected {
        let busy = Standing { under_way: 1, ..standing("10:00", "09:00", "10:30") };
        assert_eq!(told(&decide(&Schedule { overlap, ..quarters() }, &busy)), lines, "{overlap}");
    }
}

#[test]
fn what_waits_starts_when_the_run_before_it_has_ended_and_only_then() {
    let queue = Schedule { overlap: Overlap::Queue, ..quarters() };
    let waiting = vec![Waiting { due: at("10:15"), kind: Kind::Fire, since: at("10:15") }];
    let busy = Standing { under_way: 1, waiting: waiting.clone(), ..standing("10:15", "09:00", "10:20") };
    assert!(decide(&queue, &busy).all.is_empty());
    let free = Standing { under_way: 0, ..busy };
    let decisions = decide(&queue, &free);
    assert_eq!(told(&decisions), ["10:15 fire start"]);
    assert_eq!(decisions.all[0].reason.to_string(), "waited 5m for its turn");
    let due = Standing { now: at("10:30"), ..free };
    assert_eq!(told(&decide(&queue, &due)), ["10:15 fire start", "10:30 fire wait"]);
}

#[test]
fn a_full_group_makes_wait_and_a_cancelled_run_makes_room() {
    let full = Standing { room: Some(0), ..standing("10:00", "09:00", "10:15") };
    for overlap in Overlap::ALL {
        assert_eq!(told(&decide(&Schedule { overlap, ..quarters() }, &full)), ["10:15 fire wait"], "{overlap}");
    }
    let own = Standing { under_way: 1, ..full };
    let cancel = Schedule { overlap: Overlap::Cancel, ..quarters() };
    assert_eq!(told(&decide(&cancel, &own)), ["10:15 fire cancel, start"]);
    let waiting = vec![Waiting { due: at("10:00"), kind: Kind::Shift, since: at("10:00") }];
    let taken_over = Standing { under_way: 0, waiting, ..own };
    assert_eq!(told(&decide(&cancel, &taken_over)), ["10:00 skip nothing", "10:15 fire wait"]);
}

#[test]
fn a_group_with_more_runs_than_fit_has_no_room_when_one_of_them_is_cancelled() {
    // One run of the workflow itself and one of another, where one fits.
    let over = Standing { room: Some(-1), under_way: 1, ..standing("10:00", "09:00", "10:15") };
    let cancel = Schedule { overlap: Overlap::Cancel, ..quarters() };
    assert_eq!(told(&decide(&cancel, &over)), ["10:15 fire wait"]);
}

#[test]
fn a_time_that_only_the_group_keeps_waiting_is_not_said_to_wait_for_a_run() {
    let waiting = vec![Waiting { due: at("10:00"), kind: Kind::Fire, since: at("10:00") }];
    let full = Standing { room: Some(0), waiting, ..standing("10:00", "09:00", "10:15") };
    for overlap in [Overlap::Skip, Overlap::Queue] {
        let decisions = decide(&Schedule { overlap, ..quarters() }, &full);
        assert_eq!(told(&decisions), ["10:15 skip nothing"], "{overlap}");
        assert_eq!(decisions.all[0].reason, Reason::AnotherWaits, "{overlap}");
    }
    let busy = Standing { under_way: 1, ..full };
    let queue = Schedule { overlap: Overlap::Queue, ..quarters() };
    assert_eq!(decide(&queue, &busy).all[0].reason, Reason::QueueFull);
}

#[test]
fn catchup_decides_which_missed_times_are_made_up_for_within_the_window() {
    let expected = [
        (Catchup::None, vec!["10:45 missed x4 nothing", "11:00 fire start"]),
        (
            Catchup::Latest,
            vec!["10:15 missed x2 nothing", "10:30 missed nothing", "10:45 catchup start", "11:00 fire start"],
        ),
        (
            Catchup::All,
            vec!["10:15 missed x2 nothing", "10:30 catchup start", "10:45 catchup start", "11:00 fire start"],
        ),
    ];
    for (catchup, lines) in expected {
        let schedule = Schedule {
            overlap: Overlap::Allow,
            catchup: Some(catchup),
            catchup_window: Millis::from_secs(1800),
            ..quarters()
        };
        let back = standing("09:50", "11:00", "11:00");
        assert_eq!(told(&decide(&schedule, &back)), lines, "{catchup}");
    }
}

#[test]
fn one_instant_is_not_made_up_for_unless_the_file_says_so() {
    let once = Entry::At { instant: at("10:10"), offset: jiff::tz::Offset::UTC };
    let schedule = Schedule { catchup_window: Millis::from_secs(3600), ..Schedule::new(vec![once]) };
    let back = standing("10:00", "10:20", "10:20");
    assert_eq!(told(&decide(&schedule, &back)), ["10:10 missed nothing"]);
    let written = Schedule { catchup: Some(Catchup::Latest), ..schedule };
    assert_eq!(told(&decide(&written, &back)), ["10:10 catchup start"]);
}

#[test]
fn what_waited_when_nobody_was_there_is_made_up_for_or_missed() {
    let queue = Schedule { overlap: Overlap::Queue, ..quarters() };
    let waiting = vec![Waiting { due: at("10:00"), kind: Kind::Fire, since: at("10:00") }];
    let soon = Standing { waiting: waiting.clone(), ..standing("10:00", "10:05", "10:05") };
    assert_eq!(told(&decide(&queue, &soon)), ["10:00 catchup start"]);
    let late = Standing { waiting, ..standing("10:00", "11:50", "11:50") };
    assert_eq!(
        told(&decide(&queue, &late)),
        ["10:00 missed nothing", "11:30 missed x6 nothing", "11:45 catchup start"]
    );
}

#[test]
fn a_skipped_hour_is_one_run_and_a_repeated_one_is_none() {
    // The clocks of Paris go from 02:00 to 03:00 at 01:00 UTC.
    let decisions = decide(&paris("*/30 2,3 * * *"), &standing("00:30", "00:00", "01:00"));
    assert_eq!(told(&decisions), ["01:00 fire start"]);
    let due = decisions.all[0].what.as_ref().unwrap();
    assert_eq!((due.first.nominal.hour(), due.others.len()), (3, 2));
    let shifted = decide(&paris("30 2 * * *"), &standing("00:30", "00:00", "01:00"));
    assert_eq!(told(&shifted), ["01:00 shift start"]);
    assert!(shifted.all[0].reason.to_string().starts_with("the clocks skip 02:30"));
    // They go from 03:00 back to 02:00 at 01:00 UTC.
    let autumn = |text: &str| Timestamp::parse(&format!("2026-10-25T{text}:00Z")).unwrap();
    let standing =
        Standing { now: autumn("01:30"), decided_until: autumn("00:00"), ..standing("00:00", "00:00", "00:00") };
    assert_eq!(told(&decide(&paris("30 2 * * *"), &standing)), ["01:30 skip nothing", "00:30 fire start"]);
}

#[test]
fn a_year_of_missed_seconds_is_one_decision() {
    let seconds = Schedule::new(vec![Entry::Every(Interval::new(Millis::from_secs(1)).unwrap())]);
    let now = at("10:00");
    let long = Standing { decided_until: Timestamp(now.0 - 30 * 86_400_000), ..standing("10:00", "10:00", "10:00") };
    let decisions = decide(&seconds, &long);
    let missed: u64 = decisions.all.iter().filter(|one| one.kind == Kind::Missed).map(|one| one.times).sum();
    assert_eq!(missed, 30 * 86_400 - 2);
    assert!(decisions.all.len() < 1_100, "{}", decisions.all.len());
    assert_eq!(decisions.all.iter().filter(|one| one.action != Action::Nothing).count(), 1);
}
