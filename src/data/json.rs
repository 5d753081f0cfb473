//! JSON as it is given in files: what is wrong with it is told in our words, with its place.

use serde_json::Value;
use serde_json::error::Category;

/// What is said of a second value.
pub(super) const MORE: &str = "more follows the value";

/// What is wrong with a JSON text, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct JsonError {
    /// The line, from 1; 0 when there is none.
    pub line: usize,
    /// The column of the line, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: &'static str,
    /// The fix.
    pub hint: &'static str,
}

/// Reads one value.
pub(super) fn parse(bytes: &[u8]) -> Result<Value, JsonError> {
    serde_json::from_slice(bytes).map_err(|error| {
        // The library keeps the kinds of mistakes to itself, and tells them by their words only.
        let told = error.to_string();
        let (message, hint) = match error.classify() {
            Category::Eof => ("the text ends before the value does", "close every quote, `]` and `}`"),
            _ if told.starts_with("trailing characters") => (MORE, "write one value"),
            _ if told.starts_with("trailing comma") => ("a comma follows the last entry", "remove it"),
            _ if told.starts_with("expected `,`") => ("a comma is missing between two entries", "write `,` before it"),
            _ if told.starts_with("recursion limit") => ("lists and objects go too deep", "write fewer in each other"),
            _ if told.starts_with("control character") => {
                ("a text has a line break or another control character", "write `\\n` for a line break")
            }
            _ if told.starts_with("key must be") => ("a name is in no quotes", "put names in double quotes"),
            _ => ("this is no JSON", "write texts and names in double quotes, and commas between entries"),
        };
        JsonError { line: error.line(), column: error.column(), message, hint }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mistake_is_told_in_our_words_with_its_place() {
        let told = |text: &str| parse(text.as_bytes()).map_err(|error| (error.line, error.column, error.message));
        assert_eq!(told("[1,\n2]"), Ok(serde_json::json!([1, 2])));
        assert_eq!(told("[1,"), Err((1, 3, "the text ends before the value does")));
        assert_eq!(told("1\n2"), Err((2, 1, "more follows the value")));
        assert_eq!(told("[1,]"), Err((1, 4, "a comma follows the last entry")));
        assert_eq!(told("{a: 1}"), Err((1, 2, "a name is in no quotes")));
        assert_eq!(told("[1 2]"), Err((1, 4, "a comma is missing between two entries")));
        assert_eq!(told("nope"), Err((1, 2, "this is no JSON")));
        assert_eq!(told("[\"a\nb\"]").unwrap_err().2, "a text has a line break or another control character");
        assert_eq!(told(&"[".repeat(1000)).unwrap_err().2, "lists and objects go too deep");
    }
}
