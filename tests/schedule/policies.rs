//! What becomes of each time, in every mode and through outages, against the watchman.

use jiff::tz::TimeZone;
use runsheet::clock::Timestamp;
use runsheet::duration::Millis;
use runsheet::schedule::decide::Kind;
use runsheet::schedule::entry::{Change, Entry};
use runsheet::schedule::explain::{Down, Question, explain};
use runsheet::schedule::pattern::Pattern;
use runsheet::schedule::{Catchup, Overlap, Schedule};
use runsheet::zone::Zone;

use super::cron::Plain;
use super::policy_reference::{Became, Due, Orders, minute, watch};
use super::wall_clock::Wall;

/// A change of the clocks, and the minutes around it that are watched.
const NIGHTS: [(&str, &str); 6] = [
    ("Europe/Paris", "2026-03-29T01:00:00Z"),
    ("Europe/Paris", "2026-10-25T01:00:00Z"),
    ("Australia/Lord_Howe", "2026-10-03T15:30:00Z"),
    ("America/Havana", "2026-11-01T05:00:00Z"),
    ("Africa/Casablanca", "2026-03-22T02:00:00Z"),
    ("Pacific/Apia", "2011-12-30T10:00:00Z"),
];
const PATTERNS: [&str; 3] = ["*/30 * * * *", "15 0-4 * * *", "*/7 2,3 * * *"];
/// A night is watched from so many minutes before the change to as many after.
const AROUND: i64 = 8 * 60;
/// When the watchman is away, in minutes from the change on: never, over the change, just so, twice, to the end.
const AWAY: [&[(i64, i64)]; 6] =
    [&[], &[(-90, 40)], &[(0, 60)], &[(-60, 0)], &[(-200, -130), (-125, 200)], &[(30, 2 * AROUND)]];
/// How long a missed time is made up for, and how long a run takes, in minutes.
const LENGTHS: [(i64, i64); 3] = [(10, 75), (60, 0), (60, 20)];

/// One schedule through one night.
struct Night {
    zone: &'static str,
    pattern: &'static str,
    /// The minute of the change.
    change: i64,
    /// What is due, by the clock on the wall, and for as long again after what is asked about.
    due: Vec<Due>,
}

impl Night {
    fn new((zone, change): (&'static str, &str), pattern: &'static str) -> Self {
        let change: jiff::Timestamp = change.parse().unwrap();
        let from = change - jiff::SignedDuration::from_mins(AROUND);
        let wall = Wall::watch(&TimeZone::get(zone).unwrap(), from, 4 * AROUND);
        let mut due: Vec<Due> = Vec::new();
        for (at, change, _) in wall.named(&Plain::read(pattern)) {
            let at = minute(Timestamp(at.as_millisecond()));
            let kind = if change == Change::Skipped { Kind::Shift } else { Kind::Fire };
            // Times at one instant are one run, and a repeated time is none.
            if change != Change::Repeated && due.last().is_none_or(|last| last.0 != at) {
                due.push((at, kind));
            }
        }
        Self { zone, pattern, change: minute(Timestamp(change.as_millisecond())), due }
    }

    fn orders(&self, (overlap, catchup): (Overlap, Catchup), window: i64, takes: i64, away: &[(i64, i64)]) -> Orders {
        let away = away.iter().map(|(from, until)| (self.change + from, self.change + until)).collect();
        Orders { overlap, catchup, window, takes, away }
    }

    fn span(&self) -> (i64, i64) {
        (self.change - AROUND, self.change + AROUND)
    }

    /// What the watchman does, who keeps watch for longer than is asked about.
    fn watched(&self, orders: &Orders) -> Vec<Became> {
        let (from, to) = self.span();
        let became = watch(orders, &self.due, (from, to + 2 * AROUND));
        became.into_iter().filter(|became| became.0 < to).collect()
    }

    /// What the product says of it.
    fn explained(&self, orders: &Orders) -> Vec<Became> {
        let at = |minute: i64| Timestamp(minute * 60_000);
        let minutes = |count: i64| Millis::from_secs(60 * count.unsigned_abs());
        let zone = Zone::find(self.zone).unwrap();
        let entry = Entry::Cron { pattern: Pattern::parse(self.pattern).unwrap(), zone };
        let schedule = Schedule {
            overlap: orders.overlap,
            catchup: Some(orders.catchup),
            catchup_window: minutes(orders.window),
            ..Schedule::new(vec![entry])
        };
        let down = orders.away.iter().map(|(from, until)| Down { from: at(*from), until: at(*until) }).collect();
        let (from, to) = self.span();
        let question = Question { from: at(from), to: at(to), down, takes: minutes(orders.takes) };
        let rows = explain(&schedule, &question);
        // One row for each instant at which something is due; the others only tell that they fall on it.
        let told = ["the clocks show", "another time is due"];
        let rows = rows.iter().filter(|row| !told.iter().any(|told| row.reason.to_string().starts_with(told)));
        let due = self.due.iter().map(|due| due.0).filter(|due| *due < to);
        let mut became: Vec<Became> =
            due.zip(rows).map(|(due, row)| Became(due, row.kind.as_str(), minute(row.at))).collect();
        became.sort();
        became
    }
}

/// Nights in every mode, with and without somebody there. Answers how many times were compared, and what differs.
fn compare(nights: &[(&'static str, &str)], change_orders: impl Fn(Orders) -> Orders) -> (usize, Vec<String>) {
    let (mut compared, mut differing) = (0, Vec::new());
    for night in nights.iter().flat_map(|night| PATTERNS.map(|pattern| Night::new(*night, pattern))) {
        let modes = Overlap::ALL.into_iter().flat_map(|overlap| Catchup::ALL.map(|catchup| (overlap, catchup)));
        for mode in modes {
            for ((window, takes), away) in LENGTHS.into_iter().flat_map(|case| AWAY.map(|away| (case, away))) {
                let orders = night.orders(mode, window, takes, away);
                let expected = night.watched(&orders);
                let found = night.explained(&change_orders(orders.clone()));
                compared += expected.len();
                if found != expected {
                    let pairs = found.iter().zip(&expected).find(|(found, expected)| found != expected);
                    differing.push(format!("{} `{}` {orders:?}: {pairs:?}", night.zone, night.pattern));
                }
            }
        }
    }
    (compared, differing)
}

#[test]
fn what_becomes_of_each_time_is_what_the_watchman_does_in_every_mode_and_through_outages() {
    let (compared, differing) = compare(&NIGHTS, |orders| orders);
    println!("{compared} decisions compared");
    assert!(differing.is_empty(), "{} differ:\n{}", differing.len(), differing[..differing.len().min(4)].join("\n"));
    assert!(compared > 50_000, "{compared}");
}

/// What becomes of right orders.
type Mistake = fn(Orders) -> Orders;

/// The comparison can fail: each of these mistakes is one that a scheduler makes.
#[test]
fn a_scheduler_that_does_something_else_is_found_out() {
    let wrong: [(&str, Mistake); 4] = [
        ("a window that is a minute too long", |orders| Orders { window: orders.window + 1, ..orders }),
        ("all is made up for in place of the latest", |mut orders| {
            if orders.catchup == Catchup::Latest {
                orders.catchup = Catchup::All;
            }
            orders
        }),
        ("what is to wait starts at once", |mut orders| {
            if orders.overlap == Overlap::Queue {
                orders.overlap = Overlap::Allow;
            }
            orders
        }),
        ("an absence that ends a minute late", |mut orders| {
            orders.away.iter_mut().for_each(|away| away.1 += 1);
            orders
        }),
    ];
    for (what, mistake) in wrong {
        assert!(!compare(&NIGHTS[..1], mistake).1.is_empty(), "{what}");
    }
}
