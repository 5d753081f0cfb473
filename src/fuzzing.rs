//! Bytes that nobody vouches for, handed to every reader, with what must hold whatever they are.
//!
//! `tests/fuzz.rs` calls these with seeded mutations, and `tests/fuzz` for as long as one likes. Each panics where a
//! promise is broken and answers nothing else. Nothing of a run calls them.

use std::io;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use indexmap::IndexMap;
use serde_json::{Value, json};

use crate::data::project::Project;
use crate::diagnostic::{github, json as as_json, render};
use crate::engine::event::{Event, Record};
use crate::engine::run::Run;
use crate::executors::driver;
use crate::expression::{Expression, Needs};
use crate::plan::build::build;
use crate::report::terminal::{self, Look};
use crate::report::{RunView, Translator};
use crate::secret::Redactor;
use crate::template::Template;
use crate::workflow::{check, load};

/// The most bytes of one input: longer ones find nothing that shorter ones do not.
const LONGEST: usize = 64 * 1024;

/// What is done with bytes.
pub type Target = fn(&[u8]);

/// Every target, by its name.
pub const TARGETS: [(&str, Target); 5] =
    [("file", file), ("text", text), ("condition", condition), ("records", records), ("secrets", secrets)];

/// A workflow file: read, checked and planned, and every mistake printed in every form.
pub fn file(bytes: &[u8]) {
    let bytes = &bytes[..bytes.len().min(LONGEST)];
    // A folder that does not exist: what is checked may not depend on this machine.
    let project = Project::find(None, Path::new("/nowhere"));
    let mistakes = match load::decode(bytes, Path::new("fuzz.yaml")) {
        Ok(loaded) => {
            let checked = check::check(&loaded, &project);
            match checked.workflow {
                Some(workflow) => build(&workflow, IndexMap::new(), &project).err().unwrap_or_default(),
                None => {
                    assert!(!checked.diagnostics.is_empty(), "a file is refused without a word");
                    checked.diagnostics
                }
            }
        }
        Err(mistakes) => {
            assert!(!mistakes.is_empty(), "a file is not read, without a word");
            mistakes
        }
    };
    for mistake in &mistakes {
        assert!(!mistake.message.is_empty() && mistake.hint.is_some(), "`{}` says too little", mistake.code);
    }
    render::human(&mistakes);
    github::commands(&mistakes);
    as_json::array(&mistakes).map_or_else(|error| unreachable!("mistakes have a JSON form: {error}"), drop);
}

/// A text with names: read, and rendered with a few values.
pub fn text(bytes: &[u8]) {
    let source = readable(bytes);
    match Template::parse(&source) {
        Ok(template) => {
            template.reads().iter().for_each(|read| within(&source, &read.span));
            let scope = scope();
            let (text, value) = (template.render(&scope), template.render_value(&scope));
            assert_eq!(text.is_ok(), value.is_ok() && text.is_ok(), "what is a text is a value too");
            assert_eq!(text.ok(), template.render(&scope).ok(), "the same text twice");
        }
        Err(error) => within(&source, &error.span),
    }
}

/// A condition: read, and asked whether it holds.
pub fn condition(bytes: &[u8]) {
    let source = readable(bytes);
    match Expression::parse(&source) {
        Ok(expression) => {
            expression.reads().iter().for_each(|read| within(&source, &read.span));
            for failed in [false, true] {
                if let Err(error) = expression.is_true(&scope(), &Needs { failed }) {
                    within(&source, &error.span);
                }
            }
        }
        Err(error) => within(&source, &error.span),
    }
}

/// A journal, a record a line: replayed as far as it goes. A record is applied as a whole or not at all.
pub fn records(bytes: &[u8]) {
    let lines = bytes[..bytes.len().min(LONGEST)].split(|byte| *byte == b'\n');
    let read: Vec<Record> = lines.map_while(|line| serde_json::from_slice(line).ok()).collect();
    let Some(Event::Started(start)) = read.first().map(|record| &record.event) else { return };
    let Ok(mut run) = Run::begin(&read[0]) else { return };
    let mut taken = 1;
    for record in &read[1..] {
        let before = run.clone();
        if run.apply(record).is_err() {
            assert_eq!(run, before, "a record that is refused changes nothing");
            break;
        }
        taken += 1;
        let decided: Vec<_> = run.decide_after(0).collect();
        assert_eq!(decided, run.decide_after(0).collect::<Vec<_>>(), "asking twice gives the same answer");
    }
    let legal = &read[..taken];
    assert!(Run::replay(legal).is_ok_and(|replayed| replayed == run), "a replay is the live run");
    let view = RunView::new(Arc::new((**start).clone()));
    let mut translator = Translator::new(view.clone());
    let mut report = terminal::open(view, Look::default(), Box::new(io::sink()));
    let shown = driver::replay(legal, |moment| {
        report.event(&moment);
        translator.translate(&moment);
    });
    assert!(shown.is_ok() && report.finish().is_ok(), "what was replayed can be shown");
    translator.close();
}

/// A text with a secret in it, in whichever form the bytes make of it: gone when it stands there as it is.
pub fn secrets(bytes: &[u8]) {
    const SECRET: &str = "canary/42+&x%41";
    let mut redactor = Redactor::default();
    redactor.add("a", SECRET);
    redactor.add("b", "42+&x%41\\u00e9\"");
    let source = readable(bytes);
    for text in [source.clone(), format!("{source}{SECRET}{source}")] {
        let clean = redactor.text(&text);
        assert!(!clean.contains(SECRET), "the secret is still there");
        for end in [0, text.len() / 2, text.len()] {
            assert!(clean.starts_with(redactor.beginning(&text, end).split('[').next().unwrap_or_default()));
        }
        redactor.value(Value::String(text));
    }
}

fn readable(bytes: &[u8]) -> String {
    String::from_utf8_lossy(&bytes[..bytes.len().min(LONGEST)]).into_owned()
}

/// A place in a text is a place in it: whoever prints it may cut there.
fn within(text: &str, span: &Range<usize>) {
    assert!(text.get(span.clone()).is_some(), "{span:?} is no part of the text");
}

/// A few values of every kind.
fn scope() -> Value {
    json!({
        "inputs": { "customer": "Kim", "vip": true, "count": 3, "rate": 0.5, "list": [1, "two", null], "empty": "" },
        "vars": { "greeting": "Hello {{ inputs.customer }}", "long": "x".repeat(1000) },
        "steps": { "poll": { "ok": true, "state": "succeeded", "body": { "total": 52, "rows": [{ "name": "é" }] } } },
        "agents": { "host": "A91XMB7113" },
        "run": { "id": "7Q4M", "name": "demo", "started_at": "2026-01-02T03:04:05Z" },
        "now": "2026-01-02T03:04:05Z",
        "guest": { "name": "Ada", "seat": 12 },
    })
}
