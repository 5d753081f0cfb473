//! Seeded mutations of everything that is read: no bytes make a reader panic, linger or break its promise.
//!
//! Each target has a few seconds. A failure names its seed and its number, and these two make it happen again:
//! `FUZZ_SEED=… FUZZ_NUMBER=… cargo test fuzz::`. The long form is `tests/fuzz/run`, by `cargo fuzz`; what it finds is
//! put in `tests/fuzz/found/TARGET` and tried first from then on.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic, also in what tests share")]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use runsheet::fuzzing;

#[path = "fuzz/mutate.rs"]
mod mutate;

use crate::support::Stage;

/// How many seconds each target is tried; `FUZZ_SECONDS` says otherwise.
const SECONDS: u64 = 4;
/// The least that is tried, however slow the machine.
const LEAST: u64 = 1_000;
/// No input may take longer.
const LONGEST: Duration = Duration::from_secs(2);
/// Where the numbers begin, unless somebody says otherwise.
const SEED: u64 = 0x5eed;

fn folder(below: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz").join(below)
}

/// Every file of a folder, and its name.
fn read(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut files: Vec<PathBuf> = entries.filter(|path| path.is_file()).collect();
    files.sort();
    files.iter().map(|path| (path.display().to_string(), std::fs::read(path).unwrap())).collect()
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// Tries what was found before, the corpus, then mutations of it.
fn try_all(name: &str, corpus: Vec<Vec<u8>>) {
    let (_, target) = *fuzzing::TARGETS.iter().find(|(known, _)| *known == name).unwrap();
    let attempt = |what: &str, bytes: &[u8]| {
        let begun = Instant::now();
        let outcome = catch_unwind(AssertUnwindSafe(|| target(bytes)));
        let took = begun.elapsed();
        let shown = String::from_utf8_lossy(bytes);
        assert!(outcome.is_ok(), "{name}: {what} breaks a promise; the bytes are\n{shown}");
        assert!(took < LONGEST, "{name}: {what} takes {took:?}; the bytes are\n{shown}");
    };
    for (path, bytes) in read(&folder("found").join(name)) {
        attempt(&path, &bytes);
    }
    corpus.iter().enumerate().for_each(|(at, bytes)| attempt(&format!("{at} of the corpus"), bytes));
    let seed = number("FUZZ_SEED").unwrap_or(SEED);
    if let Some(number) = number("FUZZ_NUMBER") {
        return attempt(&format!("FUZZ_SEED={seed} FUZZ_NUMBER={number}"), &mutate::made(&corpus, seed, number));
    }
    let until = Instant::now() + Duration::from_secs(number("FUZZ_SECONDS").unwrap_or(SECONDS));
    for number in 0.. {
        if number >= LEAST && Instant::now() >= until {
            break;
        }
        attempt(&format!("FUZZ_SEED={seed} FUZZ_NUMBER={number}"), &mutate::made(&corpus, seed, number));
    }
}

/// The files of `tests/check` and the examples.
fn workflows() -> Vec<Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = ["tests/check/reading", "tests/check/shape", "tests/check/rules", "workflows"];
    let files = folders.iter().flat_map(|folder| read(&root.join(folder)));
    files.filter(|(path, _)| path.ends_with(".yaml")).map(|(_, bytes)| bytes).collect()
}

/// What stands in quotes in those files: texts and conditions are among it.
fn phrases(is_wanted: impl Fn(&str) -> bool) -> Vec<Vec<u8>> {
    let files: Vec<String> = workflows().iter().map(|bytes| String::from_utf8_lossy(bytes).into_owned()).collect();
    let phrases = files.iter().flat_map(|file| file.split(['"', '\'', '\n']));
    let mut phrases: Vec<&str> = phrases.map(str::trim).filter(|phrase| is_wanted(phrase)).collect();
    phrases.sort_unstable();
    phrases.dedup();
    phrases.iter().map(|phrase| phrase.as_bytes().to_vec()).collect()
}

#[test]
fn no_file_makes_the_check_panic_or_linger() {
    try_all("file", workflows());
}

#[test]
fn no_text_makes_the_templates_panic_or_linger() {
    let written = read(&folder("corpus/text")).into_iter().map(|(_, bytes)| bytes);
    try_all("text", phrases(|phrase| phrase.contains("{{")).into_iter().chain(written).collect());
}

#[test]
fn no_condition_makes_the_expressions_panic_or_linger() {
    let words = [" and ", " or ", "==", ">", "steps.", "inputs.", "("];
    let written = read(&folder("corpus/condition")).into_iter().map(|(_, bytes)| bytes);
    let phrases = phrases(|phrase| words.iter().any(|word| phrase.contains(word)));
    try_all("condition", phrases.into_iter().chain(written).collect());
}

#[test]
fn no_bytes_hide_a_secret() {
    let written = read(&folder("corpus/secrets")).into_iter().map(|(_, bytes)| bytes);
    try_all("secrets", phrases(|phrase| phrase.len() > 20).into_iter().take(200).chain(written).collect());
}

#[test]
fn no_journal_makes_the_replay_panic_or_half_apply_a_record() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let kept = [folder("corpus/records"), root.join("tests/journals")];
    let kept = kept.iter().flat_map(|folder| read(folder)).map(|(_, bytes)| bytes);
    try_all("records", std::iter::once(journal()).chain(kept).collect());
}

/// A journal as a run writes it, a record a line: loops, waits, conditions, retries, failures, a stop.
fn journal() -> Vec<u8> {
    let stage = Stage::new(
        "- { speak: 'Hello', at: 10ms }
- parallel:
    - { wait: 10ms }
    - { http: 'http://127.0.0.1:9/', continue_on_error: true }
- { id: loop, foreach: '[1, 2]', as: n, key: n, max_parallel: 2, steps: [{ speak: 'No {{ n }}', if: 'n > 1' }, { get_agent: }] }
- { set_prompt: Short }
- pause: Wait
- speak: Goodbye
finally: [{ speak: Good night }]
outputs: { said: '{{ steps.loop.count }}' }",
    );
    stage.run(&[]).exits(5);
    stage.answer("go", "{}");
    stage.resume().exits(0);
    let database = rusqlite::Connection::open(stage.state().join("runs.db")).unwrap();
    let mut select = database.prepare("SELECT seq, at, body FROM events ORDER BY seq").unwrap();
    let line = |row: &rusqlite::Row<'_>| {
        let (seq, at, body): (i64, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok(
            serde_json::json!({ "seq": seq, "at": runsheet::clock::Timestamp::parse(&at).unwrap(), "event": serde_json::from_str::<serde_json::Value>(&body).unwrap() }),
        )
    };
    let lines: Vec<String> = select.query_map([], line).unwrap().map(|line| line.unwrap().to_string()).collect();
    assert!(lines.len() > 30, "{lines:#?}");
    let read: Vec<Result<runsheet::engine::event::Record, _>> =
        lines.iter().map(|line| serde_json::from_str(line)).collect();
    assert!(read.iter().all(Result::is_ok), "a record is read as it was written");
    lines.join("\n").into_bytes()
}
