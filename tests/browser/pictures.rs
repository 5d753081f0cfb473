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
fn folder() -> PathBuf {
    let built = PathBuf::from(env!("CARGO_BIN_EXE_runsheet"));
    built.parent().and_then(|debug| debug.parent()).unwrap_or(&built).join("pictures")
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_has_its_picture_in_every_look() {
    let broken = SHOW.replace("name: launch-demo", "name: draft").replacen("- speak:", "- speek:", 1);
    let serving = Serving::of(&[("launch-demo.yaml", SHOW), ("draft.yaml", &broken)]);
    let Some(window) = Window::open(&serving.url()).await else { return };
    window.go("/workflows/launch-demo").await;
    window.press("Run").await;
    window.says("Transcript").await;
    let run = window.path().await;
    let pages = [
        ("workflows", "/"),
        ("workflow", "/workflows/launch-demo"),
        ("broken", "/workflows/draft"),
        ("runs", "/runs"),
        ("run", run.as_str()),
        ("schedule", "/schedule"),
        ("stage", "/stage"),
    ];
    for (name, path) in pages {
        window.go(path).await;
        for (look_name, look) in LOOKS {
            window.look(look).await;
            window.says("SANDBOX").await;
            let width = window.script("return document.documentElement.scrollWidth - innerWidth").await;
            assert!(width.as_i64() <= Some(0), "{name} is {width} pixels wider than a window of {}", look.width);
            window.picture(&folder().join(format!("{name}-{look_name}.png"))).await;
        }
    }
    window.close().await;
}
