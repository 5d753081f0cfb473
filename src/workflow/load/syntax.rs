//! What is said when a text is not YAML: every line that a small repair mends, each with the line as it should be.
//!
//! A guess is told only if the text reads further with it. The repairs change single lines, so that places stay.

use std::sync::Arc;

use serde_saphyr::granit_parser::ErrorKind;
use serde_saphyr::granit_parser::ScanError;

use super::repair::{self, Repair};
use super::tree;
use crate::diagnostic::{Diagnostic, Source};

/// The most bytes that are read again to try repairs, so that the answer comes at once for large texts too.
const MOST_TRIED: usize = 16 * 1024 * 1024;
/// Who has made more mistakes mends these first.
const MOST: usize = 20;

/// Tells what is wrong with a text that the parser refuses.
pub(super) fn diagnose(source: &Arc<Source>, error: &ScanError) -> Vec<Diagnostic> {
    let mut mistakes = Vec::new();
    let mut lines: Vec<String> = source.text.split('\n').map(str::to_owned).collect();
    let mut error = error.clone();
    let mut tries = MOST_TRIED / source.text.len().max(1);
    while mistakes.len() < MOST {
        let Some(repair) = mend(&lines, &error, &mut tries) else {
            mistakes.push(unexplained(source, &error, &lines));
            break;
        };
        mistakes.push(explained(source, &repair));
        lines[repair.line] = repair.fixed;
        match tree::scan(&lines.join("\n")) {
            Ok(()) => break,
            Err(next) => error = next,
        }
    }
    mistakes
}

/// The first repair with which the text reads further.
fn mend(lines: &[String], error: &ScanError, tries: &mut usize) -> Option<Repair> {
    let at = error.marker().line().saturating_sub(1).min(lines.len().saturating_sub(1));
    repair::candidates(lines, at).into_iter().find(|candidate| {
        let Some(left) = tries.checked_sub(1) else { return false };
        *tries = left;
        let mut mended = lines.to_vec();
        mended[candidate.line].clone_from(&candidate.fixed);
        match tree::scan(&mended.join("\n")) {
            Ok(()) => true,
            Err(next) => next.marker().line() > candidate.line + 1 && next.marker().line() > error.marker().line(),
        }
    })
}

fn explained(source: &Arc<Source>, repair: &Repair) -> Diagnostic {
    let start: usize = source.text.split('\n').take(repair.line).map(|line| line.len() + 1).sum();
    let span = start + repair.part.start..start + repair.part.end;
    Diagnostic::error(repair.code, source, span, repair.message.clone()).hint(repair.hint.clone())
}

fn unexplained(source: &Arc<Source>, error: &ScanError, lines: &[String]) -> Diagnostic {
    let line = error.marker().line().saturating_sub(1).min(lines.len().saturating_sub(1));
    let start: usize = source.text.split('\n').take(line).map(|line| line.len() + 1).sum();
    let original = source.text[start..].split('\n').next().unwrap_or_default();
    let column = original.char_indices().nth(error.marker().col()).map_or(original.len(), |(at, _)| at);
    let at = start + column;
    let width = source.text[at..].chars().next().map_or(0, char::len_utf8);
    let (code, message, hint) = words(error.kind());
    Diagnostic::error(code, source, at..at + width, message).hint(hint)
}

/// What the parser refuses, in words for who wrote it.
fn words(kind: &ErrorKind) -> (&'static str, String, &'static str) {
    let indentation = "start the keys of one step in the same column, with spaces";
    let quotes = "put a text that holds `: ` or starts with a special character in quotes";
    let said = |message: &str, hint| ("yaml-syntax", message.to_owned(), hint);
    match kind {
        ErrorKind::RecursionLimitExceeded => {
            ("too-deep", "lists and maps are nested too deep".to_owned(), "64 levels are the most that is read")
        }
        ErrorKind::UnclosedQuotedScalar | ErrorKind::DocumentIndicatorInQuotedScalar => {
            said("a quote is never closed", "close it with the same quote that opens it")
        }
        ErrorKind::UnclosedFlowCollection { open } => (
            "yaml-syntax",
            format!("the bracket `{open}` is never closed"),
            "close it, or put the text that holds it in quotes",
        ),
        ErrorKind::MappingValueNotAllowed | ErrorKind::InvalidColonPlacement | ErrorKind::MappingKeyNotAllowed => {
            said("a `:` stands where no key can be", quotes)
        }
        ErrorKind::SimpleKeyExpected | ErrorKind::InvalidSimpleKey => {
            said("this is neither a key nor a part of the text above", "write a key as `name: value`")
        }
        ErrorKind::ExpectedBlockMappingKey | ErrorKind::InvalidIndentation => {
            said("this line fits no line above it", indentation)
        }
        ErrorKind::ExpectedBlockSequenceEntry | ErrorKind::BlockSequenceEntryNotAllowed => {
            said("a list item stands where none can be", "start every item of a list with `- `, in one column")
        }
        ErrorKind::ExpectedFlowMappingSeparator | ErrorKind::ExpectedFlowSequenceSeparator => {
            said("a comma or a closing bracket is missing", "write `{ a: 1, b: 2 }` or `[a, b]`")
        }
        ErrorKind::UnknownQuotedScalarEscape => {
            said("this escape is unknown inside double quotes", "write a backslash as `\\\\`, or use single quotes")
        }
        ErrorKind::UnexpectedCharacter { character } => {
            ("yaml-syntax", format!("a text cannot start with `{character}` without quotes"), quotes)
        }
        other => ("yaml-syntax", format!("this is not YAML: {}", other.to_string().to_lowercase()), quotes),
    }
}
