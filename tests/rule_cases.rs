//! Every file of `tests/check/rules` is checked, and what is said compared with the text beside it.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic, also in what tests share")]

use std::path::{Path, PathBuf};

use runsheet::data::project::Project;
use runsheet::diagnostic::{Diagnostic, render};
use runsheet::workflow::{check, load};

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/check/rules");
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = entries.filter(|path| path.extension().is_some_and(|e| e == "yaml")).collect();
    files.sort();
    files
}

/// The mistakes of a file, and whether it became a workflow.
fn checked(path: &Path) -> (Vec<Diagnostic>, bool) {
    let shown = PathBuf::from(path.file_name().unwrap());
    let project = Project::find(Some(path), Path::new("."));
    let checked = check::check(&load::read(path, &shown).unwrap(), &project);
    (checked.diagnostics, checked.workflow.is_some())
}

#[test]
fn every_rule_says_what_the_text_beside_its_case_says() {
    let update = std::env::var_os("UPDATE").is_some();
    let mut differing = Vec::new();
    for path in cases() {
        let (mistakes, _) = checked(&path);
        let summary = render::summary(&mistakes).unwrap_or_else(|| "ok".to_owned());
        let said = format!("{}\n{summary}\n", render::plain(&mistakes)).trim_start().to_owned();
        let expected = path.with_extension("txt");
        if update {
            std::fs::write(&expected, &said).unwrap();
        }
        if std::fs::read_to_string(&expected).unwrap_or_default() != said {
            differing.push(format!("{}\n{said}", path.display()));
        }
    }
    assert!(differing.is_empty(), "UPDATE=1 rewrites; look at each:\n\n{}", differing.join("\n"));
}

#[test]
fn every_mistake_of_a_rule_has_a_fix() {
    for path in cases() {
        for mistake in checked(&path).0 {
            assert!(mistake.hint.is_some(), "{}: `{}` has no hint", path.display(), mistake.message);
            let first = mistake.message.chars().next().unwrap();
            assert!(!first.is_uppercase() && !mistake.message.ends_with('.'), "{}", mistake.message);
        }
    }
}

#[test]
fn a_file_is_a_workflow_exactly_when_nothing_prevents_a_run() {
    let mut seen = [0, 0];
    for path in cases() {
        let (mistakes, is_workflow) = checked(&path);
        assert_eq!(is_workflow, !mistakes.iter().any(Diagnostic::is_error), "{}", path.display());
        seen[usize::from(is_workflow)] += 1;
    }
    assert!(seen[0] > 50 && seen[1] > 5, "{seen:?}");
}
