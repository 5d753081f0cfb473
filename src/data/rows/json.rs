//! Rows of a JSON list, and of JSON Lines.

use serde_json::Value;

use super::{Rows, RowsError};

/// Reads a list.
pub(super) fn parse(bytes: &[u8]) -> Result<Rows, RowsError> {
    match serde_json::from_slice(bytes) {
        Ok(Value::Array(items)) => Ok(Rows { columns: None, items }),
        Ok(_) => Err(RowsError::new("the file holds no list").hint("put the rows between `[` and `]`")),
        Err(error) => {
            let wrong = RowsError::at(error.line(), reason(&error)).column(error.column());
            let several = error.to_string().starts_with("trailing characters");
            Err(if several { wrong.hint("one value a line is `jsonl`") } else { wrong })
        }
    }
}

/// Reads one value a line; lines of nothing but space are skipped.
pub(super) fn parse_lines(bytes: &[u8]) -> Result<Rows, RowsError> {
    let mut items = Vec::new();
    for (i, line) in bytes.split(|&b| b == b'\n').enumerate() {
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let value = serde_json::from_slice(line).map_err(|error| {
            RowsError::at(i + 1, reason(&error))
                .column(error.column())
                .row(items.len() + 1)
                .hint("write one value a line")
        })?;
        items.push(value);
    }
    Ok(Rows { columns: None, items })
}

/// The message without its place, which is told apart.
fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" at line ").map_or(text.as_str(), |(reason, _)| reason).to_lowercase()
}
