//! The map of the code, held as tests: who may import what, how long a file may be, which words are banned.
//!
//! The table is in [`table`]; a forbidden import fails with its file, its line and the sentence of the rule.
//! Every module under `src` is read with its inline paths, its `use` trees and the inside of its macros; code that
//! is compiled for tests only is exempt.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by a panic, also in what tests share")]

mod files;
mod imports;
mod mentions;
mod table;
mod tree;

use std::path::Path;
use std::sync::LazyLock;

use tree::Source;

/// The folder of the package.
const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Every file of the library and the binary, read once for all tests.
static SOURCES: LazyLock<Vec<Source>> = LazyLock::new(|| tree::read(Path::new(ROOT)));

/// Fails with every violation, one a line.
fn assert_none(violations: &[String]) {
    assert!(violations.is_empty(), "\n{}\n", violations.join("\n"));
}

#[test]
fn every_module_imports_only_what_its_rule_allows() {
    assert_none(&imports::forbidden(&SOURCES));
}

#[test]
fn an_outside_crate_is_named_only_where_it_belongs() {
    assert_none(&imports::outside_its_fence(&SOURCES));
}

#[test]
fn nothing_that_the_engine_reaches_knows_of_files_networks_clocks_or_secrets() {
    assert_none(&imports::impure(&SOURCES));
}

#[test]
fn every_file_is_part_of_the_crate() {
    let root = Path::new(ROOT);
    let mut strays = files::under(root, "src", &["rs"]);
    strays.retain(|file| !SOURCES.iter().any(|source| &source.file == file));
    assert_none(&strays.iter().map(|file| format!("{file}: no `mod` line leads here")).collect::<Vec<_>>());
}
