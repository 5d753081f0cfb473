//! YAML 1.2 as values: `yes` is text, `007` is text, a key is never there twice, and a bomb of aliases is refused.

use serde_json::Value;

/// Why a text is no YAML.
#[derive(Debug)]
pub(super) struct YamlError {
    /// The line, from 1; 0 when nobody knows.
    pub line: usize,
    /// The column, from 1; 0 when nobody knows.
    pub column: usize,
    /// What is wrong.
    pub message: String,
}

/// Reads one document as a value.
pub(super) fn parse(text: &str) -> Result<Value, YamlError> {
    // The bounds of the library suit settings; a file of rows has more nodes. Its size is bounded by the project.
    let budget = serde_saphyr::budget! { max_events: 20_000_000, max_nodes: 10_000_000 };
    let options = serde_saphyr::options! {
        budget: budget,
        strict_booleans: true,
        leading_zero_numbers_as_strings: true,
        underscored_numbers_as_strings: true,
        with_snippet: false,
    };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| {
        let location = error.location();
        let text = error.without_snippet().to_string();
        YamlError {
            line: location.map_or(0, |location| location.line() as usize),
            column: location.map_or(0, |location| location.column() as usize),
            message: text.rsplit_once(" at line ").map_or(text.as_str(), |(message, _)| message).to_owned(),
        }
    })
}
