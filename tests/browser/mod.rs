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

#[tokio::test(flavor = "multi_thread")]
async fn a_run_is_started_from_the_form_and_watched_to_its_end() {
    let serving = Serving::of(&[("greeting.yaml", GREETING)]);
    let Some(window) = Window::open(&serving.url()).await else { return };
    window.go("/").await;
    window.press("greeting").await;
    window.fill("guest", "Maya").await;
    window.fill("seats", "4").await;
    window.says("“Hello Maya, a table for 4”").await;
    window.press("Run").await;
    window.says("succeeded").await;
    assert!(window.path().await.starts_with("/runs/"));
    window.says("“Hello Maya, a table for 4”").await;
    assert_eq!(serving.heard(), ["Hello Maya, a table for 4"]);
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_input_is_told_at_its_field_and_nothing_runs() {
    let serving = Serving::of(&[("greeting.yaml", GREETING)]);
    let Some(window) = Window::open(&serving.url()).await else { return };
    window.go("/workflows/greeting").await;
    window.fill("guest", "Maya").await;
    window.fill("seats", "12").await;
    window.says("`seats`").await;
    assert_eq!(serving.heard(), [""; 0]);
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_large_button_says_go_and_the_next_line_stands_above_it() {
    let serving = Serving::of(&[("show.yaml", PAUSED)]);
    let Some(window) = Window::open(&serving.url()).await else { return };
    window.go("/workflows/show").await;
    window.press("Run").await;
    window.says("House lights to half").await;
    window.says("next: “Let me show you what is new”").await;
    window.press("Go").await;
    window.says("succeeded").await;
    assert_eq!(serving.heard(), ["Good evening", "Let me show you what is new"]);
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_is_cancelled_only_after_a_yes() {
    let serving = Serving::of(&[("show.yaml", PAUSED)]);
    let Some(window) = Window::open(&serving.url()).await else { return };
    window.go("/workflows/show").await;
    window.press("Run").await;
    window.says("House lights to half").await;
    window.press("Cancel").await;
    window.says("Cancel this run?").await;
    window.press("No").await;
    window.says("House lights to half").await;
    window.press("Cancel").await;
    window.press("Cancel the run").await;
    window.says("cancelled").await;
    assert_eq!(serving.heard(), ["Good evening"]);
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_knows_is_asked_and_settled() {
    let lost = serde_json::json!([{ "path": "/v1/agent/{code}/speak", "nth": 1, "then": "close_after" }]);
    let serving = Serving::with_faults(&[("show.yaml", PAUSED)], lost);
    let Some(window) = Window::open(&serving.url()).await else { return };
    window.go("/workflows/show").await;
    window.press("Run").await;
    window.says("Was it heard?").await;
    window.says("“Good evening”").await;
    window.press("Yes, go on").await;
    window.says("House lights to half").await;
    window.press("Go").await;
    window.says("succeeded").await;
    assert_eq!(serving.heard(), ["Good evening", "Let me show you what is new"]);
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_file_shows_the_mistake_under_its_line() {
    let serving = Serving::of(&[("show.yaml", PAUSED)]);
    let Some(window) = Window::open(&serving.url()).await else { return };
    window.go("/workflows/show").await;
    window.says("ready").await;
    serving.write("show.yaml", &PAUSED.replace("- pause:", "- pawse:"));
    window.says("did you mean `pause`").await;
    window.says("^^^^^").await;
    serving.write("show.yaml", PAUSED);
    window.says("ready").await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_line_loses_and_doubles_nothing() {
    let mut serving = Serving::of(&[("show.yaml", PAUSED)]);
    let Some(window) = Window::open(&serving.url()).await else { return };
    let elsewhere = serving.run_elsewhere("show");
    let run = serving.latest();
    window.go(&format!("/runs/{run}")).await;
    window.says("House lights to half").await;
    serving.restart();
    serving.call(&["go", &run]).exits(0);
    elsewhere.end().exits(0);
    window.says("succeeded").await;
    let lines = "return [...document.querySelectorAll('.transcript q')].map((one) => one.textContent)";
    let until = Instant::now() + Duration::from_secs(20);
    while window.script(lines).await != serde_json::json!(["Good evening", "Let me show you what is new"]) {
        assert!(Instant::now() < until, "{}", window.script(lines).await);
    }
    window.close().await;
}
