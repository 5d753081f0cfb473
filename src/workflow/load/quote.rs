//! A line as it should have been written: the same text, in quotes.

use std::ops::Range;

/// Longer lines are not repeated in a hint.
const LONGEST: usize = 100;

/// A text in the quotes that need the least escaping.
pub(super) fn quoted(text: &str) -> String {
    match (text.contains(['"', '\\']), text.contains('\'')) {
        (false, _) => format!("\"{text}\""),
        (true, false) => format!("'{text}'"),
        (true, true) => format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")),
    }
}

/// A line with a part of it in quotes.
pub(super) fn quote_part(line: &str, part: Range<usize>) -> String {
    format!("{}{}{}", &line[..part.start], quoted(&line[part.clone()]), &line[part.end..])
}

/// The hint that shows a line as it should be; without the line when that is too long to be read.
pub(super) fn hint(fixed: &str) -> String {
    let fixed = fixed.trim();
    if is_short(fixed) {
        format!("put the text in quotes: `{fixed}`")
    } else {
        "put the whole text in quotes".to_owned()
    }
}

/// Tells whether a line can be repeated in a hint.
pub(super) fn is_short(line: &str) -> bool {
    line.chars().count() <= LONGEST
}

/// The hint for a range of a whole text, when it lies on one line.
pub(super) fn hint_in(text: &str, part: Range<usize>) -> String {
    let start = text[..part.start].rfind('\n').map_or(0, |at| at + 1);
    let end = text[part.start..].find('\n').map_or(text.len(), |at| part.start + at);
    if part.end > end {
        return "put the whole text in quotes".to_owned();
    }
    hint(&quote_part(text[start..end].trim_end(), part.start - start..part.end - start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_gets_the_quotes_that_need_the_least_escaping() {
        assert_eq!(quoted("it's {{ x }}"), r#""it's {{ x }}""#);
        assert_eq!(quoted(r#""Hi" he said"#), r#"'"Hi" he said'"#);
        assert_eq!(quoted(r#"it's "x""#), r#""it's \"x\"""#);
    }
}
