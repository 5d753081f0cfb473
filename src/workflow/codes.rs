//! Every code that a mistake can have, with what it means: `runsheet check --explain CODE`.
//!
//! A rule that adds a code adds its line to one of the groups; a test finds one that is missing.

mod agents;
mod campaign;
mod graph;
mod names;
mod reading;
mod schedule;
mod shape;
mod steps;

/// What a code means.
#[derive(Debug)]
pub struct Code {
    /// The code: `unknown-key`.
    pub word: &'static str,
    /// What is wrong, in one line.
    pub summary: &'static str,
    /// Why it is wrong, and what to do.
    pub explanation: &'static str,
    /// Lines of a workflow, wrong and right.
    pub example: &'static str,
}

/// Every code, by the part of the check that finds it.
pub const GROUPS: &[&[Code]] = &[
    reading::CODES,
    shape::CODES,
    graph::CODES,
    names::CODES,
    steps::CODES,
    schedule::CODES,
    agents::CODES,
    campaign::CODES,
];

/// Every code.
pub fn all() -> impl Iterator<Item = &'static Code> {
    GROUPS.iter().copied().flatten()
}

/// The code of a word.
pub fn find(word: &str) -> Option<&'static Code> {
    all().find(|code| code.word == word)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    fn sources(folder: &Path, texts: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sources(&path, texts);
            } else if path.extension().is_some_and(|extension| extension == "rs")
                && !path.ends_with("codes.rs")
                && !path.ends_with("tests.rs")
            {
                let text = std::fs::read_to_string(&path).unwrap();
                texts.push(text.split("#[cfg(test)]").next().unwrap().to_owned());
            }
        }
    }

    fn texts() -> Vec<String> {
        let mut texts = Vec::new();
        sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut texts);
        texts
    }

    #[test]
    fn every_code_that_is_given_is_explained() {
        let everywhere = regex::Regex::new(r#"Diagnostic::(?:error|warning)\(\s*"([a-z0-9-]+)""#).unwrap();
        let here = regex::Regex::new(r#"(?:self\.re(?:port|fuse)|refused|file\.(?:error|warning)|reading\.(?:error|warning|error_at))\((?:\d, )?\s*"([a-z0-9-]+)""#).unwrap();
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let (mut all_texts, mut texts) = (Vec::new(), Vec::new());
        sources(&folder, &mut all_texts);
        sources(&folder.join("workflow"), &mut texts);
        let given = all_texts.iter().flat_map(|text| everywhere.captures_iter(text));
        let given = given.chain(texts.iter().flat_map(|text| here.captures_iter(text)));
        let words: BTreeSet<_> = given.map(|found| found[1].to_owned()).collect();
        assert!(words.len() > 20, "{words:?}");
        let unexplained: Vec<_> = words.iter().filter(|word| find(word).is_none()).collect();
        assert!(unexplained.is_empty(), "{unexplained:?}");
    }

    #[test]
    fn every_code_that_is_explained_is_given() {
        let all_text: String = texts().into_iter().filter(|text| !text.contains("pub(super) const CODES")).collect();
        let unused: Vec<_> =
            all().map(|code| code.word).filter(|word| !all_text.contains(&format!("\"{word}\""))).collect();
        assert!(unused.is_empty(), "{unused:?}");
    }

    #[test]
    fn every_code_is_explained_once() {
        let words: BTreeSet<_> = all().map(|code| code.word).collect();
        assert_eq!(words.len(), all().count());
        for code in all() {
            assert!(code.explanation.ends_with('.') && !code.summary.ends_with('.'), "{}", code.word);
            assert!(code.example.ends_with('\n'), "{}", code.word);
        }
    }
}
