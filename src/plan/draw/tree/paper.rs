//! How wide the lines may be, and how a text is brought into them.

use crate::text::{cut, width};

/// What a tree is written on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paper {
    /// The columns there are.
    pub columns: usize,
    /// Whether to use colours.
    pub colour: bool,
}

impl Default for Paper {
    /// For files and pipes.
    fn default() -> Self {
        Self { columns: 80, colour: false }
    }
}

/// A text and the place where it is heard, in at most so many rows of so many columns.
pub(super) fn fit(text: &str, place: Option<&str>, (columns, rows): (usize, usize)) -> Vec<String> {
    let words: Vec<String> = text.split(' ').map(str::to_owned).collect();
    let mut lines = wrap(&words, " ", columns);
    if lines.len() > rows {
        lines.truncate(rows);
        if let Some(last) = lines.last_mut() {
            *last = cut(&format!("{last} …"), columns);
        }
    }
    let Some(place) = place else { return lines };
    let place = cut(place, columns);
    match lines.last_mut() {
        Some(last) if width(last) + 1 + width(&place) <= columns => *last = format!("{last} {place}"),
        _ => lines.push(place),
    }
    lines
}

/// Parts joined into rows of at most so many columns; a part that is wider than a row is cut.
pub(super) fn wrap(parts: &[String], between: &str, columns: usize) -> Vec<String> {
    let mut rows: Vec<String> = Vec::new();
    for part in parts.iter().filter(|part| !part.is_empty()) {
        match rows.last_mut() {
            Some(row) if width(row) + width(between) + width(part) <= columns => {
                row.push_str(between);
                row.push_str(part);
            }
            _ => rows.push(cut(part, columns)),
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_never_wider_than_the_paper() {
        for columns in 1..30 {
            let rows =
                fit("a “very long line of 日本語 words” that-cannot-be-broken-anywhere", Some("→ stage"), (columns, 3));
            assert!(rows.iter().all(|row| width(row) <= columns), "{columns}: {rows:?}");
        }
    }

    #[test]
    fn a_text_that_is_too_long_ends_in_dots() {
        assert_eq!(fit("one two three four", None, (9, 1)), ["one two …"]);
        assert_eq!(fit("one two", Some("→ x"), (9, 1)), ["one two", "→ x"]);
    }
}
