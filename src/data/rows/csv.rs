//! Rows of CSV: commas, a header, quotes as RFC 4180 has them.
//!
//! The `csv` crate splits; what it lets pass is refused here: a quote that is never closed, names that are blank or
//! twice there, and files that would fill the memory.

use std::collections::HashMap;

use csv::{ByteRecord, Reader, ReaderBuilder};
use serde_json::{Map, Value};

use super::{Rows, RowsError, encoding};

/// The most columns: as many as a spreadsheet has.
const MOST_COLUMNS: usize = 16_384;

/// The most cells: a file of nothing but commas is some fifty times as large in memory.
const MOST_CELLS: usize = 5_000_000;

/// Quotes that word processors write, and that hold no cell together.
const TYPOGRAPHIC: [char; 6] = ['“', '”', '„', '‘', '’', '«'];

/// Reads the header and every row.
pub(super) fn parse(bytes: &[u8]) -> Result<Rows, RowsError> {
    parse_within(bytes, MOST_CELLS)
}

fn parse_within(bytes: &[u8], most_cells: usize) -> Result<Rows, RowsError> {
    let mut records = Records::new(bytes);
    let columns = header(&mut records)?;
    let (mut items, mut lines) = (Vec::new(), Vec::new());
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
        lines.push(u32::try_from(line).unwrap_or(u32::MAX));
    }
    Ok(Rows { columns: Some(columns), items, lines })
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
    /// The byte after the last record, and the line it is on.
    reached: (usize, usize),
}

impl<'a> Records<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        let reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bytes);
        Self { bytes, reader, record: ByteRecord::new(), reached: (0, 1) }
    }

    /// Reads the next record and tells the line it begins on; none at the end.
    fn advance(&mut self) -> Result<Option<usize>, RowsError> {
        let (reached, line) = self.reached;
        // The reader skips empty lines, and counts only those that end with a line feed.
        let skipped = self.bytes[reached..].iter().take_while(|b| matches!(b, b'\r' | b'\n')).count();
        let start = reached + skipped;
        let line = line + line_ends(self.bytes, reached, start);
        let found =
            self.reader.read_byte_record(&mut self.record).map_err(|error| RowsError::at(line, error.to_string()))?;
        let end = (self.reader.position().byte() as usize).max(start);
        self.reached = (end, line + line_ends(self.bytes, start, end));
        if found && let Some(open) = unclosed_quote(&self.bytes[start..end]) {
            let line = line + line_ends(self.bytes, start, start + open);
            let wrong = RowsError::at(line, "a quote is opened here and never closed");
            return Err(wrong.hint("close it with `\"`, and write a quote inside a cell as `\"\"`"));
        }
        Ok(found.then_some(line))
    }
}

/// How many lines end between two bytes of a text: with a line feed, or a carriage return that none follows.
fn line_ends(bytes: &[u8], from: usize, to: usize) -> usize {
    let ends = |at: &usize| match bytes[*at] {
        b'\n' => true,
        b'\r' => bytes.get(at + 1) != Some(&b'\n'),
        _ => false,
    };
    (from..to).filter(ends).count()
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
    if let Some(shown) = other_separator(&names) {
        let message = format!("the columns are separated by {shown}, not by commas");
        return Err(RowsError::at(line, message).hint("save the file as CSV with commas"));
    }
    let mut seen = HashMap::new();
    for (i, name) in names.iter().enumerate() {
        if name.is_empty() {
            let hint =
                if i > 0 && i + 1 == count { "take out the comma at the end, here and in the rows" } else { hint };
            return Err(RowsError::at(line, format!("column {} of the header has no name", i + 1)).hint(hint));
        }
        if name.starts_with(TYPOGRAPHIC) {
            let message = format!("column {} of the header stands in typographic quotes: {name}", i + 1);
            return Err(RowsError::at(line, message).hint("write plain quotes, `\"`, or none"));
        }
        if let Some(first) = seen.insert(name.as_str(), i) {
            let message = format!("columns {} and {} are both named `{name}`", first + 1, i + 1);
            return Err(RowsError::at(line, message).hint("give each column a name of its own"));
        }
    }
    Ok(names)
}

/// What separates the columns in place of commas, if anything seems to.
fn other_separator(names: &[String]) -> Option<&'static str> {
    // Commas within a name split it too: the first name shows what the others are separated by.
    let first = names.first()?;
    let splits = names.len() == 1 || first.contains(";\"") || first.contains("\";") || !first.contains(' ');
    if first.contains('\t') {
        return Some("a tab");
    }
    (first.contains(';') && splits).then_some("`;`")
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
        let is_text = |start: &str| record.iter().any(|cell| cell.starts_with(start.as_bytes()));
        return error.hint(match record.iter().next_back() {
            _ if TYPOGRAPHIC.iter().any(|quote| is_text(quote.encode_utf8(&mut [0; 4]))) => {
                "the quotes are typographic, and hold no cell together: write plain ones, `\"a, b\"`"
            }
            _ if is_text(" \"") => "let a quote follow its comma at once: `1,\"a, b\"`",
            Some(b"") if cells == names + 1 => "take out the comma at the end of the row",
            _ => "put a cell that holds a comma in quotes: `\"a, b\"`",
        });
    }
    error.hint(format!("add what is missing after `{}`; an empty cell needs its comma", columns[cells - 1]))
}

fn texts(record: &ByteRecord, line: usize) -> Result<Vec<String>, RowsError> {
    let text = |(i, cell): (usize, &[u8])| {
        if cell.contains(&0) {
            let wrong = RowsError::at(line, format!("cell {} holds a NUL byte", i + 1));
            return Err(wrong.hint("the file is no plain text, or UTF-16 without its mark: save it as UTF-8"));
        }
        let read = std::str::from_utf8(cell).map(str::to_owned);
        let wrong = |_| RowsError::at(line, format!("cell {} is not UTF-8", i + 1)).hint(encoding::hint_for(cell));
        read.map_err(wrong)
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
