//! Pictures of each page: wide and on a phone, in the light and in the dark. They are looked at by people.

use std::path::PathBuf;

use super::window::{Look, Window};
use crate::serve::serving::Serving;

const LOOKS: [(&str, Look); 4] = [
    ("wide", Look { width: 1280, height: 900, dark: false }),
    ("wide-dark", Look { width: 1280, height: 900, dark: true }),
    ("phone", Look { width: 390, height: 844, dark: false }),
    ("phone-dark", Look { width: 390, height: 844, dark: true }),
];

const SHOW: &str = include_str!("../../workflows/launch-demo.yaml");

/// Where they are put; two of them are kept in the README.
pub fn folder() -> PathBuf {
    let built = PathBuf::from(env!("CARGO_BIN_EXE_runsheet"));
    built.parent().and_then(|debug| debug.parent()).unwrap_or(&built).join("pictures")
}

#[test]
fn every_page_has_its_picture_in_every_look() {
    let broken = SHOW.replace("name: launch-demo", "name: draft").replacen("    speak:", "    speek:", 1);
    let due = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(1);
    let doors = format!(
        "version: 1\nname: doors\nagent: A91XMB7113\nroom: lobby\nschedule: [{{ at: \"{due}\" }}]\nsteps:\n  - speak: The doors are open\n"
    );
    let serving = Serving::of(&[("draft.yaml", &broken), ("doors.yaml", &doors)]);
    serving.copy_examples();
    let Some(window) = Window::open(&serving.url()) else { return };
    window.go("/workflows/launch-demo");
    window.press("Run");
    window.says("Transcript");
    let run = window.path();
    let pages = [
        ("workflows", "/", "launch-demo"),
        ("workflow", "/workflows/launch-demo", "Dry run"),
        ("broken", "/workflows/draft", "did you mean `speak`"),
        ("runs", "/runs", "launch-demo"),
        ("run", run.as_str(), "Waiting for go"),
        ("schedule", "/schedule", "Since yesterday"),
        ("stage", "/stage", "Lumen is a desk lamp"),
    ];
    for (name, path, words) in pages {
        window.go(path);
        for (look_name, look) in LOOKS {
            window.look(look);
            window.says("SANDBOX");
            window.says(words);
            let width = window.script("return document.documentElement.scrollWidth - innerWidth");
            assert!(width.as_i64() <= Some(0), "{name} is {width} pixels wider than a window of {}", look.width);
            window.picture(&folder().join(format!("{name}-{look_name}.png")));
        }
    }
}
