//! The page in a real browser: what people press, and what they then see.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by a panic, also in what tests share")]

mod pictures;
mod window;

use std::time::{Duration, Instant};

use crate::serve::serving::Serving;
use window::Window;

const PAUSED: &str = "version: 1\nname: show\nagent: A91XMB7113\nroom: lobby\ndefaults: { hold: 0s }\nsteps:\n  - speak: Good evening\n  - pause: House lights to half\n  - speak: Let me show you what is new\n";

/// A workflow whose inputs have types.
const GREETING: &str = "version: 1\nname: greeting\nagent: A91XMB7113\nroom: lobby\ndefaults: { hold: 0s }\ninputs:\n  guest: { type: string, required: true }\n  seats: { type: integer, default: 2, min: 1, max: 9 }\nsteps:\n  - speak: \"Hello {{ inputs.guest }}, a table for {{ inputs.seats }}\"\n";

#[test]
fn a_run_is_started_from_the_form_and_watched_to_its_end() {
    let serving = Serving::of(&[("greeting.yaml", GREETING)]);
    let Some(window) = Window::open(&serving.url()) else { return };
    window.go("/");
    window.follow("greeting");
    window.fill("guest", "Maya");
    window.fill("seats", "4");
    window.says("Hello Maya, a table for 4");
    window.press("Run");
    window.stands("succeeded");
    assert!(window.path().starts_with("/runs/"));
    window.says("Hello Maya, a table for 4");
    assert_eq!(serving.heard(), ["Hello Maya, a table for 4"]);
}

/// A campaign whose window opens in two hours: it waits for everybody.
fn campaign() -> String {
    let clock = |hours: i64| {
        let at = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(hours);
        jiff::tz::TimeZone::UTC.to_datetime(at).strftime("%H:%M").to_string()
    };
    let window = format!("{{ from: \"{}\", to: \"{}\", timezone: \"{{{{ one.tz }}}}\" }}", clock(-2), clock(2));
    format!(
        "version: 1\nname: renewals\nagent: A91XMB7113\ndefaults: {{ hold: 0s }}\nsteps:\n  - id: contact\n    \
         foreach: {{ csv: people.csv }}\n    as: one\n    key: one.id\n    max_parallel: 9\n    window: {window}\n    \
         steps:\n      - speak: \"Hello {{{{ one.id }}}}\"\n        room: lobby\n"
    )
}

#[test]
fn the_people_of_a_campaign_are_counted_on_its_page() {
    let people = "id,tz\n1,UTC\n2,UTC\n3,Etc/GMT-12\n4,Mars/Base\n";
    let serving = Serving::of(&[("renewals.yaml", &campaign()), ("people.csv", people)]);
    let Some(window) = Window::open(&serving.url()) else { return };
    window.go("/workflows/renewals");
    window.press("Run");
    window.says("contact · 4 people");
    window.says("2 heard");
    window.says("1 failed");
    window.says("1 outside window");
    let width = window.script("return document.documentElement.scrollWidth - innerWidth");
    assert!(width.as_i64() <= Some(0));
    window.picture(&pictures::folder().join("campaign.png"));
}

#[test]
fn what_was_typed_stays_when_the_file_is_saved() {
    let serving = Serving::of(&[("greeting.yaml", GREETING)]);
    let Some(window) = Window::open(&serving.url()) else { return };
    window.go("/workflows/greeting");
    window.fill("guest", "Maya");
    window.says("Hello Maya, a table for 2");
    // Another text is another plan, and the form stays as it is.
    serving.write("greeting.yaml", &GREETING.replace("a table for", "the table for"));
    window.says("Hello Maya, the table for 2");
    // Another input is another form, and what was typed is put into it.
    let more =
        GREETING.replace("default: 2, min: 1, max: 9 }", "default: 3, min: 1, max: 9 }\n  note: { default: none }");
    serving.write("greeting.yaml", &more);
    window.says("note");
    window.says("Hello Maya, a table for 3");
    window.press("Run");
    window.stands("succeeded");
    assert_eq!(serving.heard(), ["Hello Maya, a table for 3"]);
}

#[test]
fn a_wrong_input_is_told_at_its_field_and_nothing_runs() {
    let serving = Serving::of(&[("greeting.yaml", GREETING)]);
    let Some(window) = Window::open(&serving.url()) else { return };
    window.go("/workflows/greeting");
    window.fill("guest", "Maya");
    window.fill("seats", "12");
    window.says("`seats`");
    assert_eq!(serving.heard(), [""; 0]);
}

#[test]
fn one_large_button_says_go_and_the_next_line_stands_above_it() {
    let serving = Serving::of(&[("show.yaml", PAUSED)]);
    let Some(window) = Window::open(&serving.url()) else { return };
    window.go("/workflows/show");
    window.press("Run");
    window.says("House lights to half");
    window.says("next: Let me show you what is new");
    window.press("Go");
    window.stands("succeeded");
    assert_eq!(serving.heard(), ["Good evening", "Let me show you what is new"]);
}

#[test]
fn what_is_pressed_twice_is_done_once() {
    let twice = PAUSED.replace("- pause: House", "- pause: Doors\n  - pause: House");
    let serving = Serving::of(&[("show.yaml", &twice)]);
    let Some(window) = Window::open(&serving.url()) else { return };
    window.go("/workflows/show");
    window.press_twice("Run");
    window.says("Waiting for go");
    assert_eq!(serving.runs().len(), 1);
    window.press_twice("Go");
    window.says("House lights to half");
    window.press("Cancel");
    window.press("Cancel the run");
    window.stands("cancelled");
    window.press_twice("Run again");
    window.press_twice("Go on");
    window.says("Waiting for go");
    assert_eq!(serving.runs().len(), 2);
}

#[test]
fn a_run_is_cancelled_only_after_a_yes() {
    let serving = Serving::of(&[("show.yaml", PAUSED)]);
    let Some(window) = Window::open(&serving.url()) else { return };
    window.go("/workflows/show");
    window.press("Run");
    window.says("House lights to half");
    window.press("Cancel");
    window.says("Cancel this run?");
    window.press("No");
    window.says("House lights to half");
    window.press("Cancel");
    window.press("Cancel the run");
    window.stands("cancelled");
    assert_eq!(serving.heard(), ["Good evening"]);
}

#[test]
fn what_nobody_knows_is_asked_and_settled() {
    let lost = serde_json::json!([{ "path": "/v1/agent/{code}/speak", "nth": 1, "then": "close_after" }]);
    let serving = Serving::with_faults(&[("show.yaml", PAUSED)], lost);
    let Some(window) = Window::open(&serving.url()) else { return };
    window.go("/workflows/show");
    window.press("Run");
    window.says("Was it heard?");
    window.says("Good evening");
    window.press("Yes, go on");
    window.says("House lights to half");
    window.press("Go");
    window.stands("succeeded");
    assert_eq!(serving.heard(), ["Good evening", "Let me show you what is new"]);
}

#[test]
fn a_broken_file_shows_the_mistake_under_its_line() {
    let serving = Serving::of(&[("show.yaml", PAUSED)]);
    let Some(window) = Window::open(&serving.url()) else { return };
    window.go("/workflows/show");
    window.stands("ready");
    serving.write("show.yaml", &PAUSED.replace("- pause:", "- pawse:"));
    window.says("did you mean `pause`");
    window.says("^^^^^");
    serving.write("show.yaml", PAUSED);
    window.stands("ready");
}

#[test]
fn a_cut_line_loses_and_doubles_nothing() {
    let slow = PAUSED.replace("  - pause: House lights to half\n", "  - wait: 4s\n");
    let mut serving = Serving::of(&[("show.yaml", &slow)]);
    let Some(window) = Window::open(&serving.url()) else { return };
    let elsewhere = serving.run_elsewhere("show");
    window.go(&format!("/runs/{}", serving.latest()));
    window.says("Good evening");
    serving.restart();
    elsewhere.end().exits(0);
    window.stands("succeeded");
    let lines = "return [...document.querySelectorAll('.transcript q')].map((one) => one.textContent)";
    let until = Instant::now() + Duration::from_secs(30);
    while window.script(lines) != serde_json::json!(["Good evening", "Let me show you what is new"]) {
        assert!(Instant::now() < until, "{}", window.script(lines));
    }
}

#[test]
fn the_schedule_shows_what_became_of_the_times_that_have_gone_by() {
    let due = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(1);
    let once = PAUSED.replace("steps:", &format!("schedule: [{{ at: \"{due}\" }}]\nsteps:"));
    let serving = Serving::of(&[("show.yaml", &once)]);
    let Some(window) = Window::open(&serving.url()) else { return };
    window.go("/schedule");
    window.says("The coming week");
    serving.until("it has begun", |serving| !serving.heard().is_empty());
    window.says("Since yesterday");
    window.says("ran");
    window.follow(&serving.latest());
    window.says("House lights to half");
}

#[test]
fn the_keyboard_reaches_the_run_button_and_go() {
    let serving = Serving::of(&[("show.yaml", PAUSED)]);
    let Some(window) = Window::open(&serving.url()) else { return };
    window.go("/workflows/show");
    window.says("Dry run");
    window.press_by_keyboard("Run");
    window.says("House lights to half");
    window.press_by_keyboard("Go");
    window.stands("succeeded");
}
