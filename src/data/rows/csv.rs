//! Rows of CSV: commas, a header, quotes as RFC 4180 has them.
//!
//! The `csv` crate splits; what it lets pass is refused here: a quote that is never closed, names that are blank or
//! twice there, and files that would fill the memory.

use std::collections::HashMap;

use csv::{ByteRecord, Reader, ReaderBuilder};
use serde_json::{Map, Value};

use super::{Rows, RowsError};

/// The most columns: as many as a spreadsheet has.
const MOST_COLUMNS: usize = 16_384;

/// The most cells: a file of nothing but commas is some fifty times as large in memory.
const MOST_CELLS: usize = 5_000_000;

/// Reads the header and every row.
pub(super) fn parse(bytes: &[u8]) -> Result<Rows, RowsError> {
    parse_within(bytes, MOST_CELLS)
}

fn parse_within(bytes: &[u8], most_cells: usize) -> Result<Rows, RowsError> {
    let mut records = Records::new(bytes);
    let columns = header(&mut records)?;
    let mut items = Vec::new();
    loop {
        let row = items.len() + 1;
        let in_row = |error: RowsError| error.row(row);
        let Some(line) = records.advance().map_err(in_row)? else { break };
        if is_blank(&records.record, &columns) {
            continue;
        }
        if records.record.len() != columns.len() {
            return Err(ragged(&records.record, &columns, line).row(row));
        }
        if row * columns.len() > most_cells {
            let message = format!("the file has more than {most_cells} cells");
            return Err(RowsError::at(line, message).row(row).hint("split it into several files"));
        }
        let cells = texts(&records.record, line).map_err(in_row)?;
        let cells = columns.iter().cloned().zip(cells.into_iter().map(Value::String));
        items.push(Value::Object(cells.collect::<Map<_, _>>()));
    }
    Ok(Rows { columns: Some(columns), items })
}

/// Reads the header.
pub(super) fn columns(bytes: &[u8]) -> Result<Vec<String>, RowsError> {
    header(&mut Records::new(bytes))
}

/// The records of a file, one at a time.
struct Records<'a> {
    bytes: &'a [u8],
    reader: Reader<&'a [u8]>,
    record: ByteRecord,
}

impl<'a> Records<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        let reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bytes);
        Self { bytes, reader, record: ByteRecord::new() }
    }

    /// Reads the next record and tells the line it begins on; none at the end.
    fn advance(&mut self) -> Result<Option<usize>, RowsError> {
        let position = self.reader.position();
        let (start, line) = (position.byte() as usize, position.line() as usize);
        // The reader skips empty lines, but begins to count before them.
        let skipped = self.bytes[start..].iter().take_while(|b| matches!(b, b'\r' | b'\n'));
        let line = line + skipped.filter(|b| **b == b'\n').count();
        let found =
            self.reader.read_byte_record(&mut self.record).map_err(|error| RowsError::at(line, error.to_string()))?;
        let end = self.reader.position().byte() as usize;
        if found && let Some(open) = unclosed_quote(&self.bytes[start..end]) {
            let line = line_of(self.bytes, start + open);
            let wrong = RowsError::at(line, "a quote is opened here and never closed");
            return Err(wrong.hint("close it with `\"`, and write a quote inside a cell as `\"\"`"));
        }
        Ok(found.then_some(line))
    }
}

fn header(records: &mut Records) -> Result<Vec<String>, RowsError> {
    let hint = "write the names of the columns in the first line, separated by commas";
    let Some(line) = records.advance()? else {
        return Err(RowsError::new("the file has no header").hint(hint));
    };
    let count = records.record.len();
    if count > MOST_COLUMNS {
        let message = format!("the header has {count} columns, more than {MOST_COLUMNS}");
        return Err(RowsError::at(line, message).hint("leave out what the workflow does not read"));
    }
    let names: Vec<String> = texts(&records.record, line)?.iter().map(|name| name.trim().to_owned()).collect();
    if let [only] = names.as_slice()
        && let Some((shown, _)) = [(";", ';'), ("a tab", '\t')].into_iter().find(|(_, c)| only.contains(*c))
    {
        let shown = if shown == ";" { "`;`" } else { shown };
        let message = format!("the columns are separated by {shown}, not by commas");
        return Err(RowsError::at(line, message).hint("save the file as CSV with commas"));
    }
    let mut seen = HashMap::new();
    for (i, name) in names.iter().enumerate() {
        if name.is_empty() {
            return Err(RowsError::at(line, format!("column {} of the header has no name", i + 1)).hint(hint));
        }
        if let Some(first) = seen.insert(name.as_str(), i) {
            let message = format!("columns {} and {} are both named `{name}`", first + 1, i + 1);
            return Err(RowsError::at(line, message).hint("give each column a name of its own"));
        }
    }
    Ok(names)
}

/// A line of nothing but space, where that cannot be a row.
fn is_blank(record: &ByteRecord, columns: &[String]) -> bool {
    columns.len() > 1 && record.len() == 1 && record[0].iter().all(u8::is_ascii_whitespace)
}

fn ragged(record: &ByteRecord, columns: &[String], line: usize) -> RowsError {
    let (cells, names) = (record.len(), columns.len());
    let plural = if cells == 1 { "" } else { "s" };
    let error = RowsError::at(line, format!("{cells} cell{plural} where the header has {names}"));
    if cells > names {
        return error.hint("put a cell that holds a comma in quotes: `\"a, b\"`");
    }
    error.hint(format!("add what is missing after `{}`; an empty cell needs its comma", columns[cells - 1]))
}

fn texts(record: &ByteRecord, line: usize) -> Result<Vec<String>, RowsError> {
    let text = |(i, cell): (usize, &[u8])| {
        let read = std::str::from_utf8(cell).map(str::to_owned);
        read.map_err(|_| RowsError::at(line, format!("cell {} is not UTF-8", i + 1)).hint("save the file as UTF-8"))
    };
    record.iter().enumerate().map(text).collect()
}

/// Where the quote is that the record opens last and never closes.
fn unclosed_quote(record: &[u8]) -> Option<usize> {
    let (mut open, mut at_start) = (None, true);
    let mut bytes = record.iter().enumerate().peekable();
    while let Some((i, &byte)) = bytes.next() {
        match (open, byte) {
            (None, b'"') if at_start => open = Some(i),
            (Some(_), b'"') if bytes.next_if(|(_, next)| **next == b'"').is_none() => open = None,
            _ => {}
        }
        at_start = open.is_none() && matches!(byte, b',' | b'\r' | b'\n');
    }
    open
}

fn line_of(bytes: &[u8], offset: usize) -> usize {
    bytes[..offset].iter().filter(|b| **b == b'\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_cells_than_the_memory_bears_are_refused() {
        let text = b"a,b,c\n,,\n,,\n,,\n";
        assert_eq!(parse_within(text, 9).expect("just few enough").items.len(), 3);
        let error = parse_within(text, 8).expect_err("too many");
        assert_eq!((error.row, error.line), (Some(3), Some(4)));
        assert_eq!(error.message, "the file has more than 8 cells");
    }
}
