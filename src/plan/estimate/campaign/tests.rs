//! Campaigns as they are foretold.

use super::serving::{Class, serve, waiting};
use super::*;
use crate::data::rows;
use crate::plan::estimate::{Known, estimate};
use crate::plan::model::{Arm, ItemSource, Node, Variants, Work};
use crate::plan::sample::{each, plan, step};
use crate::window::{Days, Hours, TimeOfDay, Window};

const HOUR: i64 = 3_600_000;

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn open(from: i64, to: i64, lines: u64) -> Class {
    let open = vec![(Timestamp(from * HOUR), Timestamp(to * HOUR))];
    Class { open, until: None, lines, wait_for_room: None }
}

#[test]
fn lines_are_served_at_the_rate_within_their_windows() {
    let now = Timestamp(0);
    // The first sixty go out at once.
    let served = serve(&[open(0, 10, 660)], (60.0, 60.0), now);
    assert_eq!((served.finishes, served.too_late), (Some(Timestamp(10 * 60_000)), 0));
    // Who opens later is waited for, and the bucket is full by then.
    let served = serve(&[open(0, 10, 60), open(5, 10, 60)], (60.0, 60.0), now);
    assert_eq!(served.finishes, Some(Timestamp(5 * HOUR)));
    // A window that closes before all are served leaves some that never are.
    assert_eq!(serve(&[open(0, 1, 5_000)], (60.0, 60.0), now).finishes, None);
    assert_eq!(serve(&[], (60.0, 60.0), now).finishes, Some(now));
}

#[test]
fn who_is_too_late_first_goes_first_and_the_rest_is_counted() {
    let expiring = |to: i64, lines: u64| Class { until: Some(Timestamp(to * HOUR)), ..open(0, 24, lines) };
    let served = serve(&[expiring(2, 3_600), expiring(1, 3_600)], (60.0, 0.0), Timestamp(0));
    assert_eq!(served.too_late, 0);
    let served = serve(&[expiring(1, 4_000), expiring(1, 600)], (60.0, 0.0), Timestamp(0));
    assert_eq!(served.too_late, 1_000);
}

#[test]
fn rooms_are_tried_with_half_of_the_limit() {
    let waits = |minutes: u64, lines: u64| Class { wait_for_room: Some(Millis(minutes * 60_000)), ..open(0, 9, lines) };
    let found = waiting(&[waits(20, 3_000)], 180.0).unwrap();
    assert_eq!((found.every_seconds, found.wait_seconds, found.is_served), (2_000, 1_200, false));
    assert!(waiting(&[waits(60, 3_000)], 180.0).unwrap().is_served);
    // Who is awake at other hours does not share it.
    let apart =
        [waits(20, 1_500), Class { open: vec![(Timestamp(10 * HOUR), Timestamp(19 * HOUR))], ..waits(20, 1_500) }];
    assert_eq!(waiting(&apart, 180.0).unwrap().lines, 1_500);
    assert_eq!(waiting(&[open(0, 9, 10)], 180.0), None);
}

fn campaign_of(text: &str, change: impl FnOnce(&mut Node)) -> CampaignEstimate {
    let source = ItemSource::File { format: "csv".to_owned(), path: "people.csv".to_owned() };
    let mut line =
        step("renewal", "speak", json!({ "message": "Hello {{ guest.name }}." })).heard_in("{{ guest.room }}");
    let time = |text: &str| TimeOfDay::parse(text).unwrap();
    let window =
        Window { days: Days::parse("mon-fri").unwrap(), hours: Hours::new(time("09:00"), time("17:00")).unwrap() };
    let timezone = "{{ guest.tz }}".to_owned();
    line.rules.window = Some(WindowRule { window, timezone, holidays: Vec::new(), dates: Vec::new() });
    change(&mut line);
    let mut looped = each("contact", source, vec![line]);
    let Work::Loop(inner) = &mut looped.work else { unreachable!() };
    inner.key = Some("guest.id".to_owned());
    let exclusion = |csv: &str| Exclusion { format: "csv".to_owned(), path: csv.to_owned(), column: "id".to_owned() };
    inner.exclude = vec![exclusion("opt-outs.csv")];
    inner.max_parallel = 50;
    let plan = plan(vec![looped]);
    let read = HashMap::from([("people.csv".to_owned(), rows::parse("csv", "people.csv", text.as_bytes()).unwrap())]);
    let estimate = estimate(&plan, &Known { rows: &read, price: &|_, _| 0 });
    let facts = Facts {
        plan: &plan,
        rows: &read,
        holidays: &HashMap::new(),
        excluded: &|_, item| Ok(item["id"] == "no"),
        now: at("2026-11-25T10:00:00Z"),
        pace: Pace { write: 180, tier: "pro".to_owned(), is_assumed: false },
        here: jiff::tz::TimeZone::UTC,
        estimate: &estimate,
    };
    campaign(&facts).unwrap()
}

const PEOPLE: &str = "id,name,room,tz
1,Ada,a,Europe/Paris
no,Bob,b,Europe/Paris
3,Cy,c,America/New_York
4,Di,d,Europe/Pariss
5,Ed,e,
";

#[test]
fn people_are_counted_by_hour_and_those_never_served_are_named() {
    let found = campaign_of(PEOPLE, |_| {});
    assert_eq!((found.people, found.excluded, found.never, found.lines), (5, 1, 2, 2));
    let hours = found.local_hours.unwrap();
    assert_eq!((hours[11], hours[5], hours.iter().sum::<u64>()), (1, 1, 2));
    let [first, second] = found.never_rows.as_slice() else { panic!("{:?}", found.never_rows) };
    assert_eq!((first.row, first.line, first.key.as_deref()), (4, Some(5), Some("4")));
    assert!(first.reason.contains("Europe/Pariss"), "{}", first.reason);
    assert_eq!(second.reason, "its time zone is blank");
    // New York opens at 14:00 UTC.
    assert_eq!(found.finishes, Some(at("2026-11-25T14:00:00Z")));
    assert_eq!((found.finishes_local.as_deref(), found.minutes), (Some("Wed 25 Nov 14:00"), Some(240)));
}

#[test]
fn a_line_that_expires_before_its_window_opens_is_never_said() {
    let found = campaign_of(PEOPLE, |line| line.timing.expires = Some(Millis(3_600_000)));
    assert_eq!((found.never, found.lines), (3, 1));
    assert_eq!(found.never_rows[0].reason, "its window opens in 4h00m, and the line expires after 1h00m");
    let found = campaign_of(PEOPLE, |line| line.rules.expires_with_window = true);
    assert_eq!((found.never, found.too_late, found.lines), (2, 0, 2));
}

#[test]
fn variants_and_those_held_out_add_up() {
    let arm = |name: &str, weight: f64| Arm { name: name.to_owned(), weight, text: "Hello.".to_owned() };
    let arms = vec![arm("plain", 1.0), arm("warm", 1.0)];
    let variants = Variants { seed: "s".to_owned(), holdout: 0.1, field: "message".to_owned(), arms };
    let people: String = (0..400).map(|n| format!("{n},Ada,r{n},Europe/Paris\n")).collect();
    let text = format!("id,name,room,tz\n{people}");
    let found = campaign_of(&text, |line| line.rules.variants = Some(variants));
    let said: u64 = found.variants.iter().map(|variant| variant.lines).sum();
    assert_eq!((said, found.lines, said + found.held_out), (found.lines, said, 400));
    assert!((20..70).contains(&found.held_out), "{}", found.held_out);
    assert_eq!(found.variants.iter().map(|variant| variant.arm.as_str()).collect::<Vec<_>>(), ["plain", "warm"]);
    // 180 at once, the others at 180 a minute.
    assert_eq!(found.minutes, Some(1));
}
