//! Every file of `tests/check` is read and checked, and what is said compared with the text beside it.

use std::path::{Path, PathBuf};

use runsheet::diagnostic::{Diagnostic, render};
use runsheet::workflow::{codes, load, schema, shape};

fn files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut files: Vec<_> = entries.filter(|path| path.extension().is_some_and(|e| e == "yaml")).collect();
    files.sort();
    files
}

fn cases() -> Vec<PathBuf> {
    [files("tests/check/reading"), files("tests/check/shape")].concat()
}

fn mistakes(path: &Path) -> Vec<Diagnostic> {
    let shown = PathBuf::from(path.file_name().unwrap_or_default());
    match load::read(path, &shown) {
        Ok(loaded) => shape::check(&loaded),
        Err(mistakes) => mistakes,
    }
}

#[test]
fn every_mistake_is_told_as_the_text_beside_it_says() {
    let update = std::env::var_os("UPDATE").is_some();
    let mut differing = Vec::new();
    for path in cases() {
        let mistakes = mistakes(&path);
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
fn every_mistake_has_a_fix_and_its_code_an_explanation() {
    for path in cases() {
        for mistake in mistakes(&path) {
            assert!(codes::find(mistake.code).is_some(), "`{}` has no explanation", mistake.code);
            assert!(mistake.hint.is_some(), "{}: `{}` has no hint", path.display(), mistake.message);
            let first = mistake.message.chars().next().unwrap();
            assert!(!first.is_uppercase() && !mistake.message.ends_with('.'), "{}", mistake.message);
        }
    }
}

/// What editors are told and what `check` says, of the files that can be read.
#[test]
fn editors_and_the_checker_agree_about_every_file() {
    let validator = jsonschema::draft202012::new(&schema::published()).unwrap();
    let mut seen = [0, 0];
    for path in [cases(), files("workflows")].concat() {
        let Ok(loaded) = load::read(&path, &path) else { continue };
        if !loaded.mistakes.is_empty() || loaded.root.get("kind").is_some() {
            continue;
        }
        let said = shape::check(&loaded);
        let is_valid = validator.is_valid(&loaded.root.to_json());
        seen[usize::from(is_valid)] += 1;
        assert_eq!(is_valid, said.is_empty(), "{}\n{}", path.display(), render::plain(&said));
    }
    assert!(seen[0] > 30 && seen[1] > 0, "{seen:?}");
}

#[test]
fn every_example_of_an_action_has_the_right_shape() {
    for action in runsheet::actions::CATALOG {
        let steps: String = action.example.lines().map(|line| format!("  {line}\n")).collect();
        let source = runsheet::diagnostic::Source::new(action.name, format!("version: 1\nsteps:\n{steps}"));
        let said = shape::check(&load::parse(source).unwrap());
        assert!(said.is_empty(), "{}", render::plain(&said));
    }
}
