//! The files themselves: their length, their words, the reasons of their dependencies.

use std::path::Path;

use super::{ROOT, assert_none};

/// The most lines of a file of code, its tests included.
const MOST_LINES: usize = 400;

/// What no text of the product says. Written in two halves, so that this file does not say it either.
const BANNED: &[&str] = &[
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("todo", "!("),
    concat!("unimple", "mented!("),
    concat!("dbg", "!("),
    concat!("place", "holder text"),
    concat!("lorem", " ipsum"),
];

/// Crates that must not come in by any way, and why.
const BANNED_CRATES: &[(&str, &str)] = &[
    ("serde_yml", "unsound, an unmaintained engine without spans"),
    ("libyml", "unsound, an unmaintained engine without spans"),
    ("unsafe-libyaml", "an unmaintained engine without spans"),
    ("serde_yaml", "archived, without spans"),
    ("openssl-sys", "there is one provider of TLS, chosen by us"),
    ("aws-lc-sys", "there is one provider of TLS, chosen by us"),
];

/// Files below a folder of the package with one of the extensions, sorted, with `/`.
pub fn under(root: &Path, folder: &str, extensions: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    let Ok(entries) = std::fs::read_dir(root.join(folder)) else { return found };
    for entry in entries {
        let entry = entry.unwrap();
        let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
        if entry.file_type().unwrap().is_dir() {
            found.extend(under(root, &path, extensions));
        } else if path.rsplit_once('.').is_some_and(|(_, extension)| extensions.contains(&extension)) {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn read(file: &str) -> String {
    std::fs::read_to_string(Path::new(ROOT).join(file)).expect(file)
}

/// Every file of code, `src` and `tests`.
fn code() -> Vec<String> {
    ["src", "tests", "benches"].iter().flat_map(|folder| under(Path::new(ROOT), folder, &["rs"])).collect()
}

fn too_long(file: &str, text: &str) -> Option<String> {
    let lines = text.lines().count();
    (lines > MOST_LINES).then(|| format!("{file}: {lines} lines, {MOST_LINES} at most: split it by noun"))
}

fn banned_words(file: &str, text: &str) -> Vec<String> {
    let lines = text.lines().enumerate();
    let said =
        lines.flat_map(|(at, line)| BANNED.iter().filter(|word| line.contains(**word)).map(move |word| (at, word)));
    said.map(|(at, word)| format!("{file}:{}: says `{word}`", at + 1)).collect()
}

/// Dependencies of a manifest without a comment above their group; a blank line or a heading ends a group.
fn without_reason(manifest: &str) -> Vec<String> {
    let (mut is_dependencies, mut has_reason, mut missing) = (false, false, Vec::new());
    for (at, line) in manifest.lines().enumerate() {
        if line.starts_with('[') {
            is_dependencies = line.contains("dependencies");
            has_reason = false;
        } else if line.trim().is_empty() {
            has_reason = false;
        } else if line.starts_with('#') {
            has_reason = true;
        } else if is_dependencies && !has_reason && line.contains('=') {
            missing.push(format!("Cargo.toml:{}: `{}` has no reason in a comment above it", at + 1, line.trim()));
        }
    }
    missing
}

#[test]
fn no_file_of_code_is_longer_than_a_reader_likes() {
    assert_none(&code().iter().filter_map(|file| too_long(file, &read(file))).collect::<Vec<_>>());
}

#[test]
fn nothing_is_left_to_be_done_later() {
    let root = Path::new(ROOT);
    let mut texts = code();
    texts.extend(["workflows", "schemas"].iter().flat_map(|at| under(root, at, &["yaml", "md", "json", "csv"])));
    texts.extend(under(root, "src", &["html", "css", "js", "sql"]));
    texts.retain(|file| file != "tests/architecture/files.rs");
    assert_none(&texts.iter().flat_map(|file| banned_words(file, &read(file))).collect::<Vec<_>>());
}

#[test]
fn no_banned_crate_comes_in_by_any_way() {
    let lock = read("Cargo.lock");
    let is_in = |name: &str| lock.contains(&format!("name = \"{name}\"\n"));
    assert!(is_in("serde-saphyr"), "the lock file is not read as it is written");
    let found = BANNED_CRATES.iter().filter(|(name, _)| is_in(name));
    assert_none(&found.map(|(name, why)| format!("Cargo.lock: `{name}` comes in: {why}")).collect::<Vec<_>>());
}

#[test]
fn every_dependency_has_a_reason() {
    assert_none(&without_reason(&read("Cargo.toml")));
}

#[test]
fn a_long_file_a_banned_word_and_a_missing_reason_are_told() {
    assert!(too_long("a.rs", &"\n".repeat(MOST_LINES)).is_none());
    assert!(too_long("a.rs", &"\n".repeat(MOST_LINES + 1)).is_some());
    assert_eq!(banned_words("a.rs", &format!("fine\n// {} later", BANNED[0])).len(), 1);
    let manifest = "[dependencies]\n# Why.\na = \"1\"\nb = \"1\"\n\nc = \"1\"\n[lints.rust]\nd = \"warn\"\n";
    assert_eq!(without_reason(manifest), ["Cargo.toml:6: `c = \"1\"` has no reason in a comment above it"]);
}
