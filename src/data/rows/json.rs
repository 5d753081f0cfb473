//! Rows of a JSON list, and of JSON Lines.

use serde_json::Value;

use super::{Rows, RowsError};
use crate::data::json;

/// Reads a list.
pub(super) fn parse(bytes: &[u8]) -> Result<Rows, RowsError> {
    match json::parse(bytes) {
        Ok(Value::Array(items)) => Ok(Rows { columns: None, items, lines: Vec::new() }),
        Ok(_) => Err(RowsError::new("the file holds no list").hint("put the rows between `[` and `]`")),
        Err(error) => {
            // A second value in the file most often means that there is one a line.
            let hint = if error.message == json::MORE { "one value a line is `jsonl`" } else { error.hint };
            Err(RowsError::at(error.line, error.message).column(error.column).hint(hint))
        }
    }
}

/// Reads one value a line; lines of nothing but space are skipped.
pub(super) fn parse_lines(bytes: &[u8]) -> Result<Rows, RowsError> {
    let (mut items, mut lines) = (Vec::new(), Vec::new());
    // Old machines end lines with a carriage return alone; beside line feeds it is white space.
    let end = if bytes.contains(&b'\n') { b'\n' } else { b'\r' };
    for (i, line) in bytes.split(|&b| b == end).enumerate() {
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let value = json::parse(line).map_err(|error| {
            RowsError::at(i + 1, error.message).column(error.column).row(items.len() + 1).hint("write one value a line")
        })?;
        items.push(value);
        lines.push(u32::try_from(i + 1).unwrap_or(u32::MAX));
    }
    Ok(Rows { columns: None, items, lines })
}
