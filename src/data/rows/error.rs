//! A mistake in a data file, and where it is.

use std::fmt;

/// The first mistake of a data file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RowsError {
    /// The file.
    pub path: String,
    /// The row, from 1; a header is none.
    pub row: Option<usize>,
    /// The line, from 1.
    pub line: Option<usize>,
    /// The column of the line, from 1.
    pub column: Option<usize>,
    /// What is wrong.
    pub message: String,
    /// The exact fix.
    pub hint: Option<String>,
}

impl RowsError {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), ..Self::default() }
    }

    /// A mistake in a line; none of them when the line is 0.
    pub(super) fn at(line: usize, message: impl Into<String>) -> Self {
        Self { line: (line > 0).then_some(line), ..Self::new(message) }
    }

    pub(super) fn row(self, row: usize) -> Self {
        Self { row: (row > 0).then_some(row), ..self }
    }

    pub(super) fn column(self, column: usize) -> Self {
        Self { column: (column > 0).then_some(column), ..self }
    }

    pub(super) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }
}

/// As `leads.csv:4:7: row 3 …`.
impl fmt::Display for RowsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)?;
        for place in [self.line, self.column].into_iter().flatten() {
            write!(f, ":{place}")?;
        }
        match self.row {
            Some(row) => write!(f, ": row {row}: {}", self.message),
            None => write!(f, ": {}", self.message),
        }
    }
}

impl std::error::Error for RowsError {}
