//! Calendars as programs write them, and as nobody should.

use jiff::civil::date;
use proptest::prelude::*;

use crate::clock::Timestamp;
use crate::window::Holidays;

fn calendar(events: &str) -> String {
    format!("BEGIN:VCALENDAR\nVERSION:2.0\n{events}END:VCALENDAR\n")
}

fn event(lines: &str) -> String {
    calendar(&format!("BEGIN:VEVENT\nUID:1\n{lines}\nEND:VEVENT\n"))
}

fn read(text: &str) -> Holidays {
    Holidays::parse("holidays.ics", text.as_bytes()).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn wrong(text: &str) -> String {
    Holidays::parse("holidays.ics", text.as_bytes()).expect_err(text).to_string()
}

fn days(days: &[(i16, i8, i8)]) -> Holidays {
    Holidays::of_dates(days.iter().map(|(year, month, day)| date(*year, *month, *day)))
}

fn instants(spans: &[(&str, &str)]) -> Holidays {
    Holidays::of_instants(spans.iter().map(|(a, b)| (Timestamp::parse(a).unwrap(), Timestamp::parse(b).unwrap())))
}

#[test]
fn whole_days_have_an_end_a_duration_or_neither() {
    assert_eq!(read(&event("DTSTART;VALUE=DATE:20261225")), days(&[(2026, 12, 25)]));
    assert_eq!(read(&event("DTSTART:20261225")), days(&[(2026, 12, 25)]));
    let two = days(&[(2026, 12, 25), (2026, 12, 26)]);
    assert_eq!(read(&event("DTSTART;VALUE=DATE:20261225\nDTEND;VALUE=DATE:20261227")), two);
    assert_eq!(read(&event("DTSTART;VALUE=DATE:20261225\nDURATION:P2D\nTRANSP:TRANSPARENT")), two);
}

#[test]
fn times_are_instants_in_utc_or_a_zone_and_local_without() {
    let evening = instants(&[("2026-12-24T18:00:00Z", "2026-12-24T20:30:00Z")]);
    assert_eq!(read(&event("DTSTART:20261224T180000Z\nDTEND:20261224T203000Z")), evening);
    assert_eq!(read(&event("DTSTART;TZID=\"Europe/Paris\":20261224T190000\nDURATION:PT2H30M")), evening);
    let both = "DTSTART;TZID=Europe/Paris:20261224T190000\nDTEND;TZID=America/New_York:20261224T153000";
    assert_eq!(read(&event(both)), evening);
    let local = read(&event("DTSTART:20261224T000000\nDTEND:20261225T000000"));
    assert_eq!(local, days(&[(2026, 12, 24)]), "a day of local time is that day");
    let over_the_change = read(&event("DTSTART;TZID=Europe/Paris:20261024T120000\nDURATION:P1D"));
    assert_eq!(over_the_change, instants(&[("2026-10-24T10:00:00Z", "2026-10-25T11:00:00Z")]));
}

#[test]
fn lines_may_be_folded_anywhere_and_end_in_any_way() {
    let folded = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:No\u{eb}\r\nDTSTART;VAL\r\n UE=DATE:2026\r\n\t1225\r\nEND:VEVENT\r\n\
                  END:VCALENDAR\r\n";
    let mut bytes = folded.as_bytes().to_owned();
    let within = bytes.iter().position(|byte| *byte == 0xc3).unwrap() + 1;
    bytes.splice(within..within, *b"\r\n ");
    assert_eq!(Holidays::parse("a.ics", &bytes), Ok(days(&[(2026, 12, 25)])), "also within a character");
}

#[test]
fn what_is_no_event_and_what_was_cancelled_is_passed_over() {
    let text = "BEGIN:VTIMEZONE\nTZID:X\nBEGIN:STANDARD\nDTSTART:x\nRRULE:FREQ=DAILY\nEND:STANDARD\nEND:VTIMEZONE\n\
                BEGIN:VJOURNAL\nDTSTART:x\nEND:VJOURNAL\n\
                BEGIN:VEVENT\nSTATUS:CANCELLED\nDTSTART;VALUE=DATE:20260101\nEND:VEVENT\n\
                BEGIN:VEVENT\nBEGIN:VALARM\nDURATION:x\nno line\nEND:VALARM\nDTSTART:20261225\nEND:VEVENT\n";
    assert_eq!(read(&calendar(text)), days(&[(2026, 12, 25)]));
    let two = calendar("BEGIN:VEVENT\nDTSTART:20261225\nEND:VEVENT\n").repeat(2);
    assert_eq!(read(&two), days(&[(2026, 12, 25)]), "calendars may follow each other");
}

#[test]
fn yearly_rules_name_the_days_that_they_say() {
    for (start, rule, expected) in [
        ("20261225", "FREQ=YEARLY;COUNT=2", vec![(2026, 12, 25), (2027, 12, 25)]),
        ("20261225", "FREQ=YEARLY;UNTIL=20281225;INTERVAL=2", vec![(2026, 12, 25), (2028, 12, 25)]),
        ("20240229", "FREQ=YEARLY;COUNT=2", vec![(2024, 2, 29), (2028, 2, 29)]),
        ("20260119", "FREQ=YEARLY;BYMONTH=1;BYDAY=3MO;COUNT=3", vec![(2026, 1, 19), (2027, 1, 18), (2028, 1, 17)]),
        ("20260525", "FREQ=YEARLY;BYDAY=-1MO;BYMONTH=5;COUNT=3", vec![(2026, 5, 25), (2027, 5, 31), (2028, 5, 29)]),
        (
            "20260131",
            "FREQ=YEARLY;BYMONTH=1,2;BYMONTHDAY=-1;COUNT=3",
            vec![(2026, 1, 31), (2026, 2, 28), (2027, 1, 31)],
        ),
        (
            "20260501",
            "FREQ=YEARLY;BYMONTH=5,12;BYMONTHDAY=1;COUNT=3;WKST=SU",
            vec![(2026, 5, 1), (2026, 12, 1), (2027, 5, 1)],
        ),
        (
            "20241105",
            "FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8;UNTIL=20290101T000000Z",
            vec![(2024, 11, 5), (2028, 11, 7)],
        ),
        ("20260105", "FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=1;COUNT=2", vec![(2026, 1, 5), (2027, 1, 1)]),
    ] {
        let text = event(&format!("DTSTART;VALUE=DATE:{start}\nRRULE:{rule}"));
        assert_eq!(read(&text), days(&expected), "{rule}");
    }
}

#[test]
fn a_rule_in_a_zone_follows_its_clocks_and_leaves_out_what_is_excluded() {
    let text = "DTSTART;TZID=Europe/Paris:20260329T020000\nDURATION:PT1H\nRRULE:FREQ=YEARLY;UNTIL=20280329T000000Z\n\
                EXDATE;TZID=Europe/Paris:20270329T020000";
    let expected = [("2026-03-29T01:00:00Z", "2026-03-29T02:00:00Z"), ("2028-03-29T00:00:00Z", "2028-03-29T01:00:00Z")];
    assert_eq!(read(&event(text)), instants(&expected));
    let text = "DTSTART;VALUE=DATE:20261225\nRRULE:FREQ=YEARLY;COUNT=4\nEXDATE;VALUE=DATE:20271225,20281225\n\
                RDATE;VALUE=DATE:20270102";
    assert_eq!(read(&event(text)), days(&[(2026, 12, 25), (2027, 1, 2), (2029, 12, 25)]));
    let endless = read(&event("DTSTART;VALUE=DATE:20261225\nRRULE:FREQ=YEARLY"));
    assert_eq!(endless, Holidays::of_dates((2026..=2200).map(|year| date(year, 12, 25))));
}

#[test]
fn what_is_not_understood_is_an_error_with_its_line() {
    for (lines, told) in [
        ("SUMMARY:x", "3: the event has no `DTSTART`"),
        ("DTSTART:2026-12-25", "5: `2026-12-25` of `DTSTART` is no date or time"),
        ("DTSTART;VALUE=DATE:20260230", "5: `20260230` of `DTSTART` is no date"),
        ("DTSTART;VALUE=PERIOD:20261225", "5: `DTSTART` is written as `PERIOD`"),
        ("DTSTART;TZID=Europe/Pariss:20261225T100000\nDURATION:PT1H", "5: there is no timezone `Europe/Pariss`"),
        ("DTSTART:20261225T100000Z", "5: the event has no length"),
        ("DTSTART:20261225\nDTEND:20261225", "6: the event ends when it begins, or before"),
        ("DTSTART:20261225\nDTEND:20261224", "6: the event ends when it begins, or before"),
        ("DTSTART:20261225T100000Z\nDURATION:PT0S", "6: the event ends when it begins, or before"),
        ("DTSTART:20261225T100000Z\nDURATION:-PT1H", "6: `-PT1H` is no duration"),
        ("DTSTART:20261225\nDURATION:PT12H", "6: an event of whole days has a `DURATION` with hours"),
        ("DTSTART:20261225\nDTEND:20261226T000000", "6: `DTEND` and `DTSTART` are of two kinds"),
        ("DTSTART:20261225\nDTEND:20261226\nDURATION:P1D", "7: the event has both `DTEND` and `DURATION`"),
        ("DTSTART:20261225\nDTSTART:20261226", "6: the event has two `DTSTART`"),
        ("DTSTART:20261225\nRECURRENCE-ID:20261225", "6: `RECURRENCE-ID` is not read"),
        ("DTSTART:20261225\nEXDATE:christmas", "6: `christmas` of `EXDATE` is no date or time"),
        ("DTSTART:20261225\nRDATE:20261226T000000Z", "6: `RDATE` and `DTSTART` are of two kinds"),
        ("DTSTART:20261225\nnonsense", "6: `nonsense` has no value"),
        ("DTSTART;TZID:20261225", "5: `DTSTART;TZID:20261225` has a parameter without a value"),
        ("DTSTART:99991231", "5: the event lies beyond the calendar"),
    ] {
        let error = wrong(&event(lines));
        assert!(error.starts_with(&format!("holidays.ics:{told}")), "{error}");
    }
}

#[test]
fn no_rule_is_left_out_without_a_word() {
    for (rule, told) in [
        ("FREQ=DAILY;COUNT=3", "`FREQ=DAILY` of `RRULE` is not read"),
        ("FREQ=WEEKLY", "`FREQ=WEEKLY` of `RRULE` is not read"),
        ("FREQ=MONTHLY;BYDAY=1MO", "`FREQ=MONTHLY` of `RRULE` is not read"),
        ("FREQ=YEARLY;BYSETPOS=1", "`BYSETPOS=1` of `RRULE` is not read"),
        ("FREQ=YEARLY;BYYEARDAY=100", "`BYYEARDAY=100` of `RRULE` is not read"),
        ("FREQ=YEARLY;INTERVAL=0", "`INTERVAL=0` of `RRULE` is not read"),
        ("FREQ=YEARLY;BYMONTH=13", "`BYMONTH=13` of `RRULE` is not read"),
        ("FREQ=YEARLY;BYMONTH=1;BYDAY=6MO", "`BYDAY=6MO` of `RRULE` is not read"),
        ("FREQ=YEARLY;BYMONTH=1;BYDAY=\u{e9}", "`BYDAY=\u{e9}` of `RRULE` is not read"),
        ("FREQ=YEARLY;BYMONTHDAY=1", "`RRULE` has days without `BYMONTH`"),
        ("FREQ=YEARLY;BYDAY=1MO", "`RRULE` has days without `BYMONTH`"),
        ("FREQ=YEARLY;COUNT=1;UNTIL=20270101", "`RRULE` has both `COUNT` and `UNTIL`"),
        ("FREQ=YEARLY;BYMONTH=1;BYDAY=1MO;BYMONTHDAY=1", "`RRULE` has both `BYMONTHDAY` and a counted `BYDAY`"),
        ("FREQ=YEARLY;FREQ=YEARLY", "`RRULE` has two `FREQ`"),
        ("COUNT=3", "`RRULE` has no `FREQ`"),
        ("", "`RRULE` has no `FREQ`"),
    ] {
        let error = wrong(&event(&format!("DTSTART:20261225\nRRULE:{rule}")));
        assert!(error.starts_with(&format!("holidays.ics:6: {told}; ")), "{error}");
    }
}

#[test]
fn a_calendar_that_is_cut_short_empty_or_torn_is_refused() {
    let whole = event("DTSTART:20261225");
    for lines in 1..6 {
        let cut: Vec<&str> = whole.lines().take(lines).collect();
        assert!(
            wrong(&cut.join("\n")).starts_with("holidays.ics: the calendar is cut short: `END:VCALENDAR`"),
            "{lines}"
        );
    }
    assert!(wrong(&calendar("")).starts_with("holidays.ics: the calendar holds no event; "));
    let cancelled = event("STATUS:CANCELLED\nDTSTART:20261225");
    assert!(wrong(&cancelled).starts_with("holidays.ics: the calendar holds no event that counts: all are cancelled"));
    assert!(
        wrong(&whole.replace("END:VEVENT\n", "")).starts_with("holidays.ics:6: `END:VCALENDAR` stands where `VEVENT`")
    );
    assert!(
        wrong("BEGIN:VEVENT\nEND:VEVENT\n").starts_with("holidays.ics:1: `BEGIN:VEVENT` stands outside a calendar")
    );
    assert!(wrong(&format!("{whole}DTSTART:1\n")).starts_with("holidays.ics:8: `DTSTART:1` stands outside"));
    assert!(wrong(&format!("junk\n{whole}")).starts_with("holidays.ics:1: `junk` stands outside"));
    let torn = [whole.as_bytes(), b"X:\xff"].concat();
    let error = Holidays::parse("holidays.ics", &torn).unwrap_err();
    assert_eq!((error.line, error.message.as_str()), (Some(8), "the line is not UTF-8"));
}

#[test]
fn a_calendar_of_more_days_than_anybody_has_is_refused() {
    let many = "BEGIN:VEVENT\nDTSTART:00010101\nRRULE:FREQ=YEARLY\nEND:VEVENT\n".repeat(60);
    assert!(wrong(&calendar(&many)).contains("names more than 100000 days"));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_are_too_strange_to_be_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = Holidays::parse("a", &bytes);
        let _ = Holidays::parse("a", &[b"BEGIN:VCALENDAR\n", bytes.as_slice()].concat());
    }

    #[test]
    fn a_valid_calendar_with_slips_is_read_or_refused_with_a_word(
        slips in prop::collection::vec((any::<prop::sample::Index>(), 0_u8..3, any::<u8>()), 1..6),
    ) {
        let rules = "DTSTART;TZID=Europe/Paris:20260119T100000\nDURATION:P1DT2H\n\
                     RRULE:FREQ=YEARLY;BYMONTH=1;BYDAY=3MO;UNTIL=20300101\nEXDATE:20280117";
        let mut bytes = event(rules).into_bytes();
        for (at, kind, byte) in slips {
            let at = at.index(bytes.len());
            match kind {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, bytes[byte as usize % bytes.len()]),
                _ => drop(bytes.remove(at)),
            }
        }
        match Holidays::parse("a", &bytes) {
            Ok(holidays) => prop_assert!(!holidays.is_empty()),
            Err(error) => prop_assert!(!error.message.is_empty() && !error.hint.is_empty()),
        }
    }
}
