//! The workflows that come with the product: checked without a warning, and run against the sandbox to their end.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic, also in what tests share")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn examples() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("workflows");
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> =
        entries.filter(|path| path.extension().is_some_and(|extension| extension == "yaml")).collect();
    files.sort();
    files
}

/// Runs the binary in the package's folder, where a project would keep it, with nothing of the caller's settings.
fn runsheet(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_runsheet"));
    for variable in ["BITHUMAN_API_SECRET", "BITHUMAN_API_KEY", "BITHUMAN_API_URL", "BITHUMAN_API_BASE"] {
        command.env_remove(variable);
    }
    command.current_dir(env!("CARGO_MANIFEST_DIR")).env("CRM_TOKEN", "a-token-for-nobody");
    command.args(arguments).output().unwrap()
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn every_example_is_checked_without_a_mistake_or_a_warning() {
    let output = runsheet(&["check", "workflows"]);
    let said = said(&output);
    assert!(output.status.success(), "{said}");
    assert!(said.starts_with(&format!("ok: {} files", examples().len())), "{said}");
}

#[test]
fn every_example_runs_against_the_sandbox_to_its_end() {
    assert!(examples().len() >= 6, "the examples are not where they are looked for");
    let state = tempfile::tempdir().unwrap();
    let state = state.path().to_str().unwrap();
    // Each waits for its own clock; together they wait no longer than the longest.
    std::thread::scope(|scope| {
        for file in examples() {
            scope.spawn(move || {
                let file = file.to_str().unwrap();
                // A campaign goes by the hours of a day, and has one of its own.
                let clock = match file.ends_with("renewals.yaml") {
                    true => &["--speed", "20000", "--clock", "2026-12-01T06:00:00Z"][..],
                    false => &["--speed", "40"],
                };
                let output = runsheet(&[&["run", file, "--sandbox", "--go", "--state", state], clock].concat());
                let said = said(&output);
                assert!(output.status.success(), "{file}\n{said}");
                assert!(said.contains("succeeded in "), "{file}\n{said}");
            });
        }
    });
}

#[test]
fn every_example_tells_editors_its_schema() {
    for file in examples() {
        let text = std::fs::read_to_string(&file).unwrap();
        let line = "# yaml-language-server: $schema=../schemas/workflow.schema.json\n";
        assert!(text.starts_with(line), "{}", file.display());
    }
}

#[test]
fn every_example_can_be_rehearsed_on_paper() {
    for file in examples() {
        let output = runsheet(&["run", file.to_str().unwrap(), "--dry-run"]);
        assert!(output.status.success(), "{}\n{}", file.display(), said(&output));
    }
}
