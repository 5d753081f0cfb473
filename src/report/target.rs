//! `--report`: which reports are asked for besides the terminal, and where they go.

use std::path::PathBuf;
use std::str::FromStr;

use crate::diagnostic::nearest;

/// A report that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportTarget {
    /// Its form.
    pub format: Format,
    /// The file it is written to; stdout when there is none.
    pub file: Option<PathBuf>,
}

/// The form of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// One public event a line.
    JsonLines,
    /// JUnit's XML: a test case a step.
    Junit,
    /// A row per *once* step and item.
    Csv,
    /// A row a person, as CSV, or as JSON where the file's name ends in `.json`.
    People,
}

/// Why a text asks for no report.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// A form that does not exist.
    #[error("unknown report `{name}`\n  = hint: {hint}")]
    Unknown {
        /// What was written.
        name: String,
        /// The fix.
        hint: String,
    },
    /// A form that needs a file.
    #[error("report `{name}` needs a file\n  = hint: write `--report {name}=FILE`")]
    NoFile {
        /// The form.
        name: String,
    },
}

impl ReportTarget {
    /// Reads `jsonl`, `jsonl=FILE`, `junit=FILE`, `csv=FILE`, `people=FILE`.
    pub fn parse(text: &str) -> Result<Self, TargetError> {
        let (name, file) = match text.split_once('=') {
            Some((name, file)) => (name.trim(), Some(file.trim()).filter(|file| !file.is_empty())),
            None => (text.trim(), None),
        };
        let format = match name {
            "jsonl" => Format::JsonLines,
            "junit" => Format::Junit,
            "csv" => Format::Csv,
            "people" => Format::People,
            _ => return Err(unknown(name)),
        };
        if file.is_none() && (format != Format::JsonLines || text.contains('=')) {
            return Err(TargetError::NoFile { name: name.to_owned() });
        }
        Ok(Self { format, file: file.map(PathBuf::from) })
    }
}

impl FromStr for ReportTarget {
    type Err = TargetError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

fn unknown(name: &str) -> TargetError {
    let meant = match name {
        "json" | "ndjson" => Some("jsonl"),
        "xml" => Some("junit"),
        _ => nearest(name, ["jsonl", "junit", "csv", "people"]),
    };
    let hint = match meant {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => "reports are `jsonl`, `jsonl=FILE`, `junit=FILE`, `csv=FILE`, `people=FILE`".to_owned(),
    };
    TargetError::Unknown { name: name.to_owned(), hint }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_read_with_and_without_a_file() {
        let target = |format, file: Option<&str>| Ok(ReportTarget { format, file: file.map(PathBuf::from) });
        assert_eq!(ReportTarget::parse("jsonl"), target(Format::JsonLines, None));
        assert_eq!(ReportTarget::parse("jsonl=a=b.jsonl"), target(Format::JsonLines, Some("a=b.jsonl")));
        assert_eq!(ReportTarget::parse("junit=out/run.xml"), target(Format::Junit, Some("out/run.xml")));
        assert_eq!(ReportTarget::parse("csv=out.csv"), target(Format::Csv, Some("out.csv")));
        assert_eq!(ReportTarget::parse("people=out.json"), target(Format::People, Some("out.json")));
    }

    #[test]
    fn a_mistake_is_answered_with_the_right_form() {
        let said = ["csv", "jsonl=", "json", "junti=x", "pdf"].map(|text| ReportTarget::parse(text).unwrap_err());
        insta::assert_snapshot!(said.map(|error| error.to_string()).join("\n"), @r##"
        report `csv` needs a file
          = hint: write `--report csv=FILE`
        report `jsonl` needs a file
          = hint: write `--report jsonl=FILE`
        unknown report `json`
          = hint: did you mean `jsonl`?
        unknown report `junti`
          = hint: did you mean `junit`?
        unknown report `pdf`
          = hint: reports are `jsonl`, `jsonl=FILE`, `junit=FILE`, `csv=FILE`, `people=FILE`
        "##);
    }
}
