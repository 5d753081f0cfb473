//! Rows of data files: what `foreach` goes through.
//!
//! A file is read whole when a run starts. Cells of CSV are text, never templates; nothing is guessed from them.

mod csv;
mod encoding;
mod error;
mod json;

use std::path::Path;

use serde_json::Value;

pub use error::RowsError;

use super::project::place_after;
use super::yaml;

/// The formats of data files, as `foreach` names them.
pub const FORMATS: [&str; 4] = ["csv", "json", "jsonl", "yaml"];

/// The rows of one file.
#[derive(Clone, Debug, PartialEq)]
pub struct Rows {
    /// The names in the header, where the format has one.
    pub columns: Option<Vec<String>>,
    /// One value a row; an object of texts for CSV.
    pub items: Vec<Value>,
    /// The line that each row begins on, from 1, where the format has lines: CSV and JSON Lines.
    pub lines: Vec<u32>,
}

impl Rows {
    /// The line that a row begins on, from 1; rows are counted from 0.
    pub fn line(&self, row: usize) -> Option<u32> {
        self.lines.get(row).copied()
    }
}

/// Reads the rows of a file; `path` is for its errors only.
pub fn parse(format: &str, path: &str, bytes: &[u8]) -> Result<Rows, RowsError> {
    let wrong = |error: RowsError| RowsError { path: path.to_owned(), ..error };
    encoding::refuse_other(bytes).map_err(wrong)?;
    let bytes = without_mark(bytes);
    match format {
        "csv" => csv::parse(bytes),
        "json" => json::parse(bytes),
        "jsonl" => json::parse_lines(bytes),
        "yaml" => parse_yaml(bytes),
        other => Err(unknown_format(other)),
    }
    .map_err(wrong)
}

/// Reads the names in the header only; none where the format has no header.
pub fn columns(format: &str, path: &str, bytes: &[u8]) -> Result<Option<Vec<String>>, RowsError> {
    let wrong = |error: RowsError| RowsError { path: path.to_owned(), ..error };
    encoding::refuse_other(bytes).map_err(wrong)?;
    match format {
        "csv" => csv::columns(without_mark(bytes)).map(Some).map_err(wrong),
        format if FORMATS.contains(&format) => Ok(None),
        other => Err(wrong(unknown_format(other))),
    }
}

/// The format that a file's name suggests.
pub fn format_of(path: &Path) -> Option<&'static str> {
    let extension = path.extension()?.to_str()?.to_ascii_lowercase();
    let extension = if extension == "yml" { "yaml" } else { extension.as_str() };
    FORMATS.into_iter().find(|format| *format == extension)
}

fn parse_yaml(bytes: &[u8]) -> Result<Rows, RowsError> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let place = place_after(&bytes[..error.valid_up_to()]);
        RowsError::at(place.line, "the file is not UTF-8").column(place.column).hint("save it as UTF-8")
    })?;
    match yaml::parse(text) {
        Ok(Value::Array(items)) => Ok(Rows { columns: None, items, lines: Vec::new() }),
        Ok(_) => Err(RowsError::new("the file holds no list").hint("write one entry a line, each after `- `")),
        Err(error) => Err(RowsError::at(error.line, error.message).column(error.column)),
    }
}

fn unknown_format(format: &str) -> RowsError {
    RowsError::new(format!("the format `{format}` is unknown")).hint("use `csv`, `json`, `jsonl` or `yaml`")
}

fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

#[cfg(test)]
mod tests;
