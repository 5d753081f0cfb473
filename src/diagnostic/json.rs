//! Mistakes for programs: one JSON array.

use serde::Serialize;

use crate::diagnostic::lines::placed;
use crate::diagnostic::{Diagnostic, Place, Severity};

#[derive(Serialize)]
struct Item<'a> {
    code: &'a str,
    severity: &'a str,
    message: &'a str,
    hint: Option<&'a str>,
    file: String,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
}

/// Renders mistakes as a JSON array; lines, and columns in characters, count from 1.
pub fn array(diagnostics: &[Diagnostic]) -> serde_json::Result<String> {
    let items: Vec<_> = placed(diagnostics).into_iter().map(item).collect();
    serde_json::to_string_pretty(&items)
}

fn item((diagnostic, start, end): (&Diagnostic, Place, Place)) -> Item<'_> {
    Item {
        code: diagnostic.code,
        severity: match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        },
        message: &diagnostic.message,
        hint: diagnostic.hint.as_deref(),
        file: diagnostic.source.path.to_string_lossy().into_owned(),
        line: start.line,
        column: start.column,
        end_line: end.line,
        end_column: end.column,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Source;

    #[test]
    fn columns_count_characters_from_one() {
        let source = Source::new("a.yaml", "a: 1\nü: \"é\"\n");
        let at = source.text.find('"').unwrap();
        let text = array(&[Diagnostic::error("odd", &source, at..at + 4, "is odd").hint("mend it")]).unwrap();
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        let expected = serde_json::json!([{
            "code": "odd", "severity": "error", "message": "is odd", "hint": "mend it", "file": "a.yaml",
            "line": 2, "column": 4, "end_line": 2, "end_column": 7,
        }]);
        assert_eq!(value, expected);
        assert_eq!(array(&[]).unwrap(), "[]");
    }
}
