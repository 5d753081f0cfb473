//! What a window means, told by examples and compared with a walk by the minute.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::*;
use crate::clock::Timestamp;

const MINUTE: i64 = 60_000;

const HOUR: i64 = 60 * MINUTE;

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn window(days: &str, hours: &str) -> Window {
    let (from, to) = hours.split_once('-').unwrap();
    let [from, to] = [from, to].map(|time| TimeOfDay::parse(time).unwrap());
    Window { days: Days::parse(days).unwrap(), hours: Hours::new(from, to).unwrap() }
}

fn zone(name: &str) -> Zone {
    Zone::named(name).unwrap()
}

/// The open spans between two instants, in local time.
fn open(days: &str, hours: &str, name: &str, within: [&str; 2], holidays: &Holidays) -> Vec<String> {
    let zone = zone(name);
    let spans = window(days, hours).open_within(at(within[0]), at(within[1]), &zone, holidays);
    spans.into_iter().map(|(from, to)| format!("{} {}", zone.local(from), zone.local(to))).collect()
}

#[test]
fn a_window_is_open_from_its_first_minute_to_its_last_on_its_days() {
    let (window, paris, none) = (window("mon-fri", "09:00-17:00"), zone("Europe/Paris"), Holidays::default());
    let opening = |text| window.at(at(text), &paris, &none);
    let closed = |text| Opening::Closed { opens: Some(at(text)) };
    let closes = at("2026-11-25T17:00:00+01:00");
    assert_eq!(opening("2026-11-25T08:59:59.999+01:00"), closed("2026-11-25T09:00:00+01:00"));
    assert_eq!(opening("2026-11-25T09:00:00+01:00"), Opening::Open { closes });
    assert_eq!(opening("2026-11-25T16:59:59.999+01:00"), Opening::Open { closes });
    assert_eq!(opening("2026-11-25T17:00:00+01:00"), closed("2026-11-26T09:00:00+01:00"));
    assert_eq!(opening("2026-11-27T17:00:00+01:00"), closed("2026-11-30T09:00:00+01:00"), "over the weekend");
}

#[test]
fn a_window_over_midnight_belongs_to_the_day_on_which_it_opens() {
    let within = ["2026-11-26T00:00:00Z", "2026-11-29T00:00:00Z"];
    let spans = open("fri", "22:00-06:00", "UTC", within, &Holidays::default());
    assert_eq!(spans, ["2026-11-27T22:00:00+00:00 2026-11-28T06:00:00+00:00"]);
    let until_midnight = open("fri", "22:00-00:00", "UTC", within, &Holidays::default());
    assert_eq!(until_midnight, ["2026-11-27T22:00:00+00:00 2026-11-28T00:00:00+00:00"]);
}

#[test]
fn a_holiday_is_left_out_after_midnight_too_and_a_timed_one_exactly() {
    let christmas = Holidays::of_dates([jiff::civil::date(2026, 12, 25)]);
    let within = ["2026-12-23T12:00:00Z", "2026-12-27T00:00:00Z"];
    assert_eq!(
        open("daily", "22:00-06:00", "UTC", within, &christmas),
        [
            "2026-12-23T22:00:00+00:00 2026-12-24T06:00:00+00:00",
            "2026-12-24T22:00:00+00:00 2026-12-25T00:00:00+00:00",
            "2026-12-26T00:00:00+00:00 2026-12-26T06:00:00+00:00",
            "2026-12-26T22:00:00+00:00 2026-12-27T00:00:00+00:00",
        ]
    );
    let (from, to) = (at("2026-12-23T12:00:00Z"), at("2026-12-23T12:30:00Z"));
    let pause = Holidays::of_instants([(from, to)]);
    let (window, utc) = (window("daily", "09:00-17:00"), Zone::utc());
    assert_eq!(window.at(at("2026-12-23T11:00:00Z"), &utc, &pause), Opening::Open { closes: from });
    assert_eq!(window.at(from, &utc, &pause), Opening::Closed { opens: Some(to) });
    let end = at("2026-12-23T17:00:00Z");
    assert_eq!(window.first_end(at("2026-12-23T11:00:00Z"), &utc, &pause), Some(end), "a break is no end");
}

#[test]
fn days_that_follow_each_other_are_one_opening_and_each_has_its_end() {
    let (weekend, utc, none) = (window("sat,sun", "00:00-24:00"), Zone::utc(), Holidays::default());
    let saturday = at("2026-11-28T12:00:00Z");
    assert_eq!(weekend.at(saturday, &utc, &none), Opening::Open { closes: at("2026-11-30T00:00:00Z") });
    assert_eq!(weekend.first_end(saturday, &utc, &none), Some(at("2026-11-29T00:00:00Z")));
    assert_eq!(weekend.first_end(at("2026-11-30T00:00:00Z"), &utc, &none), Some(at("2026-12-06T00:00:00Z")));
    let always = window("daily", "00:00-24:00");
    assert_eq!(always.at(saturday, &utc, &none), Opening::Open { closes: at("2026-12-07T00:00:00Z") });
    let (from, to) = (at("2026-01-01T00:00:00Z"), at("2026-12-01T00:00:00Z"));
    assert_eq!(always.open_within(from, to, &utc, &none), [(from, to)]);
    assert_eq!(always.open_within(to, from, &utc, &none), []);
}

#[test]
fn what_never_opens_says_so() {
    let now = at("2026-11-25T12:00:00Z");
    let years = Holidays::of_instants([(now, Timestamp(now.0 + 401 * 24 * HOUR))]);
    let (window, utc) = (window("daily", "09:00-17:00"), Zone::utc());
    assert_eq!(window.at(now, &utc, &years), Opening::Closed { opens: None });
    assert_eq!(window.first_end(now, &utc, &years), None);
}

#[test]
fn bounds_that_the_clocks_skip_are_the_first_instant_after() {
    let within = ["2026-03-29T00:00:00Z", "2026-03-29T12:00:00Z"];
    let none = Holidays::default();
    let from = open("daily", "02:30-09:00", "Europe/Paris", within, &none);
    assert_eq!(from, ["2026-03-29T03:00:00+02:00 2026-03-29T09:00:00+02:00"]);
    let to = open("daily", "01:30-02:30", "Europe/Paris", within, &none);
    assert_eq!(to, ["2026-03-29T01:30:00+01:00 2026-03-29T03:00:00+02:00"]);
    assert!(open("daily", "02:10-02:50", "Europe/Paris", within, &none).is_empty());
    let midnight = ["2018-11-03T20:00:00Z", "2018-11-04T12:00:00Z"];
    let from = open("sun", "00:00-06:00", "America/Sao_Paulo", midnight, &none);
    assert_eq!(from, ["2018-11-04T01:00:00-02:00 2018-11-04T06:00:00-02:00"]);
    let day = ["2011-12-29T12:00:00Z", "2011-12-31T12:00:00Z"];
    assert!(open("fri", "09:00-17:00", "Pacific/Apia", day, &none).is_empty(), "the clocks skip that Friday");
}

#[test]
fn where_the_clocks_go_back_nobody_is_addressed_while_they_show_a_time_outside() {
    let within = ["2026-10-24T22:00:00Z", "2026-10-25T12:00:00Z"];
    let none = Holidays::default();
    let paris = |hours| open("sun", hours, "Europe/Paris", within, &none);
    assert_eq!(
        paris("02:30-09:00"),
        ["2026-10-25T02:30:00+02:00 2026-10-25T02:00:00+01:00", "2026-10-25T02:30:00+01:00 2026-10-25T09:00:00+01:00",]
    );
    assert_eq!(paris("01:00-02:30"), ["2026-10-25T01:00:00+02:00 2026-10-25T02:30:00+02:00"]);
    assert_eq!(paris("02:10-02:50"), ["2026-10-25T02:10:00+02:00 2026-10-25T02:50:00+02:00"]);
    assert_eq!(paris("02:00-03:00"), ["2026-10-25T02:00:00+02:00 2026-10-25T03:00:00+01:00"]);
    let half = ["2026-04-04T13:00:00Z", "2026-04-04T18:00:00Z"];
    let lord_howe = open("sun", "01:00-01:45", "Australia/Lord_Howe", half, &none);
    assert_eq!(lord_howe, ["2026-04-05T01:00:00+11:00 2026-04-05T01:45:00+11:00"]);
}

#[test]
fn a_hundred_thousand_people_are_asked_for_in_a_moment() {
    let (window, none) = (window("mon-fri", "09:00-17:00"), Holidays::of_dates([jiff::civil::date(2026, 12, 25)]));
    let zones = ["Europe/Paris", "America/New_York", "Asia/Kathmandu", "Africa/Casablanca"].map(zone);
    let begun = std::time::Instant::now();
    for count in 0..100_000 {
        window.at(Timestamp(1_795_000_000_000 + count * 3_000), &zones[count as usize % 4], &none);
    }
    assert!(begun.elapsed().as_secs() < 8, "{:?}, and this build is not an optimized one", begun.elapsed());
}

/// Zones with one instant of interest each: a change of the clocks, but for the last ones.
const PLACES: [(&str, &str); 14] = [
    ("Europe/Paris", "2026-03-29T01:00:00Z"),
    ("Europe/Paris", "2026-10-25T01:00:00Z"),
    ("America/New_York", "2026-03-08T07:00:00Z"),
    ("America/New_York", "2026-11-01T06:00:00Z"),
    ("Australia/Lord_Howe", "2026-04-04T15:00:00Z"),
    ("Australia/Lord_Howe", "2026-10-03T15:30:00Z"),
    ("Pacific/Apia", "2011-12-30T10:00:00Z"),
    ("America/Sao_Paulo", "2018-02-18T02:00:00Z"),
    ("America/Sao_Paulo", "2018-11-04T03:00:00Z"),
    ("America/St_Johns", "2010-11-07T02:31:00Z"),
    ("Africa/Casablanca", "2026-02-15T02:00:00Z"),
    ("Africa/Casablanca", "2026-03-22T02:00:00Z"),
    ("Asia/Kathmandu", "2026-06-01T00:00:00Z"),
    ("UTC", "2026-06-01T00:00:00Z"),
];

/// What is asked, as the oracle takes it too.
#[derive(Clone, Debug)]
struct Asked {
    place: usize,
    days: u8,
    hours: (u16, u16),
    dates: Vec<i32>,
    timed: Vec<(i64, i64)>,
}

fn asked() -> impl Strategy<Value = Asked> {
    // Often near the hours at which clocks change, in steps of five minutes.
    let time = || prop_oneof![(0_u16..=48).prop_map(|n| n * 5), (0_u16..288).prop_map(|n| n * 5)];
    let hours = (time(), prop_oneof![5 => time(), 1 => Just(1440)]).prop_filter("equal", |(from, to)| from != to);
    let timed = prop::collection::vec((-2880_i64..2880, 1_i64..300), 0..3);
    let dates = prop::collection::vec(-2_i32..3, 0..2);
    (0..PLACES.len(), 1_u8..128, hours, dates, timed).prop_map(|(place, days, hours, dates, timed)| Asked {
        place,
        days,
        hours,
        dates,
        timed,
    })
}

impl Asked {
    fn centre(&self) -> i64 {
        at(PLACES[self.place].1).0
    }

    fn dates(&self, rules: &TimeZone) -> Vec<Date> {
        let day = rules.to_datetime(Timestamp(self.centre()).to_jiff()).date();
        self.dates.iter().map(|days| day.checked_add(jiff::Span::new().days(*days)).unwrap()).collect()
    }

    fn parts(&self) -> (Window, Zone, Holidays) {
        let words = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
        let days = (0..7).filter(|day| self.days & (1 << day) != 0).map(|day| words[day]).collect::<Vec<_>>().join(",");
        let text = |minutes: u16| format!("{:02}:{:02}", minutes / 60, minutes % 60);
        let window = window(&days, &format!("{}-{}", text(self.hours.0), text(self.hours.1)));
        let name = PLACES[self.place].0;
        let mut holidays = Holidays::of_dates(self.dates(&TimeZone::get(name).unwrap()));
        holidays.extend(Holidays::of_instants(self.timed().map(|(from, to)| (Timestamp(from), Timestamp(to)))));
        (window, zone(name), holidays)
    }

    fn timed(&self) -> impl Iterator<Item = (i64, i64)> + '_ {
        let begin = |minutes: i64| self.centre() + minutes * MINUTE;
        self.timed.iter().map(move |(from, length)| (begin(*from), begin(from + length)))
    }

    /// By the minute, two days around: whether it is open, by the words of the module and no arithmetic of it.
    fn walked(&self) -> Vec<(i64, bool)> {
        let rules = TimeZone::get(PLACES[self.place].0).unwrap();
        let (dates, timed) = (self.dates(&rules), self.timed().collect::<Vec<_>>());
        let local = |instant: i64| rules.to_datetime(jiff::Timestamp::from_millisecond(instant).unwrap());
        let begin = self.centre() - 5 * 24 * HOUR;
        let mut shown = DateTime::MIN;
        let mut walked = Vec::new();
        for instant in (begin..self.centre() + 48 * HOUR).step_by(60_000) {
            let wall = local(instant);
            shown = shown.max(wall);
            if instant < self.centre() - 48 * HOUR {
                continue;
            }
            let opens_on = |day: Date| {
                let midnight = day.at(0, 0, 0, 0);
                let from = midnight + jiff::SignedDuration::from_mins(self.hours.0.into());
                let over = if self.hours.1 < self.hours.0 { 1440 } else { 0 };
                let to = midnight + jiff::SignedDuration::from_mins(i64::from(self.hours.1) + over);
                let is_day = self.days & (1 << day.weekday().to_monday_zero_offset()) != 0;
                is_day && from <= wall && wall < to && shown < to
            };
            let is_holiday = dates.contains(&wall.date()) || timed.iter().any(|(a, b)| (*a..*b).contains(&instant));
            let is_open = opens_on(wall.date()) || opens_on(wall.date().yesterday().unwrap());
            walked.push((instant, is_open && !is_holiday));
        }
        walked
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 120, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_told_is_what_a_walk_by_the_minute_finds(asked in asked()) {
        let (window, zone, holidays) = asked.parts();
        let walked = asked.walked();
        let (first, last) = (walked[0].0, walked[walked.len() - 1].0);
        let spans = window.open_within(Timestamp(first), Timestamp(last), &zone, &holidays);
        prop_assert!(spans.windows(2).all(|two| two[0].1 < two[1].0), "in order, apart: {spans:?}");
        for (at, (instant, is_open)) in walked.iter().enumerate() {
            let within = spans.iter().any(|(from, to)| (from.0..to.0).contains(instant));
            prop_assert!(within == *is_open || *instant == last, "within, {}", zone.local(Timestamp(*instant)));
            if at % 7 != 0 {
                continue;
            }
            let told = window.at(Timestamp(*instant), &zone, &holidays);
            prop_assert_eq!(matches!(told, Opening::Open { .. }), *is_open, "at {}", zone.local(Timestamp(*instant)));
            let change = walked[at..].iter().find(|(_, other)| other != is_open).map(|(change, _)| *change);
            let named = match told {
                Opening::Open { closes } => Some(closes.0),
                Opening::Closed { opens } => opens.map(|opens| opens.0),
            };
            match change {
                Some(change) => prop_assert_eq!(named, Some(change)),
                None => prop_assert!(named.is_none_or(|named| named > last)),
            }
        }
    }

    #[test]
    fn an_opening_ends_closed_and_a_closing_ends_open(asked in asked(), minutes in -90_000_i64..90_000) {
        let (window, zone, holidays) = asked.parts();
        let now = Timestamp(asked.centre() + minutes * MINUTE + 1);
        let is_open = |at| matches!(window.at(at, &zone, &holidays), Opening::Open { .. });
        let just_before = |at: Timestamp| Timestamp(at.0 - 1);
        match window.at(now, &zone, &holidays) {
            Opening::Open { closes } => {
                let is_capped = closes.0 - now.0 > 8 * 24 * HOUR;
                prop_assert!(closes > now && is_open(just_before(closes)) && (is_capped || !is_open(closes)));
                let end = window.first_end(now, &zone, &holidays).unwrap();
                prop_assert!(end > now && is_open(just_before(end)));
                prop_assert!((0..10).all(|part| is_open(Timestamp(now.0 + (closes.0 - now.0) * part / 10))));
            }
            Opening::Closed { opens: Some(opens) } => {
                prop_assert!(opens > now && is_open(opens) && !is_open(just_before(opens)));
                prop_assert_eq!(window.first_end(now, &zone, &holidays), window.first_end(opens, &zone, &holidays));
            }
            Opening::Closed { opens: None } => prop_assert!(false, "some day of the week always comes"),
        }
    }

    #[test]
    fn no_instant_is_too_far_away(now in any::<i64>(), asked in asked()) {
        let (window, zone, holidays) = asked.parts();
        window.at(Timestamp(now), &zone, &holidays);
        window.first_end(Timestamp(now), &zone, &holidays);
    }
}
