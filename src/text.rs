//! Text that is fit for a terminal: harmless, and no wider than there is room for.
//!
//! What is said and what the service answers is data: it must not move a cursor, change a colour or hide text.

use anstyle::Style;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// The text on one line: runs of white space are one space, what a terminal would obey is made visible.
pub(crate) fn clean(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    for character in text.trim().chars() {
        match character {
            _ if character.is_whitespace() => {
                if !clean.ends_with(' ') {
                    clean.push(' ');
                }
            }
            '\0'..='\u{1f}' => clean.push(char::from_u32(0x2400 + character as u32).unwrap_or('\u{fffd}')),
            '\u{7f}' => clean.push('\u{2421}'),
            // C1 controls; marks and overrides of direction; the byte order mark.
            '\u{80}'..='\u{9f}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}'
            | '\u{feff}' => clean.push('\u{fffd}'),
            other => clean.push(other),
        }
    }
    clean
}

/// How many columns a text takes.
pub(crate) fn width(text: &str) -> usize {
    text.width()
}

/// The text in so many columns, its end replaced by `…` where it is longer.
pub(crate) fn cut(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let (mut short, mut used) = (String::new(), 0);
    for grapheme in text.graphemes(true) {
        used += width(grapheme);
        if used + 1 > columns {
            break;
        }
        short.push_str(grapheme);
    }
    if columns > 0 {
        short.truncate(short.trim_end().len());
        short.push('…');
    }
    short
}

/// The text followed by spaces up to so many columns.
pub(crate) fn pad(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(width(text))))
}

/// One line: pieces of text, each in a style.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Line(Vec<(Style, String)>);

impl Line {
    /// A line of one unstyled text.
    pub(crate) fn plain(text: impl Into<String>) -> Self {
        Self::default().with(Style::new(), text)
    }

    /// The line with one more piece.
    pub(crate) fn with(mut self, style: Style, text: impl Into<String>) -> Self {
        self.0.push((style, text.into()));
        self
    }

    /// How many columns it takes.
    pub(crate) fn width(&self) -> usize {
        self.0.iter().map(|(_, text)| width(text)).sum()
    }

    /// The line in at most so many columns.
    pub(crate) fn cut(self, columns: usize) -> Self {
        let mut left = columns;
        let mut pieces = Vec::with_capacity(self.0.len());
        for (style, text) in self.0 {
            let text = cut(&text, left);
            left -= width(&text).min(left);
            pieces.push((style, text));
        }
        Self(pieces)
    }

    /// The text, with or without colours; without spaces at its end.
    pub(crate) fn paint(&self, colour: bool) -> String {
        let piece = |(style, text): &(Style, String)| match colour && *style != Style::new() && !text.is_empty() {
            true => format!("{style}{text}{style:#}"),
            false => text.clone(),
        };
        let painted: String = self.0.iter().map(piece).collect();
        painted.trim_end_matches(' ').to_owned()
    }
}

/// `1,240`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let groups: Vec<_> = digits.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy).collect();
    groups.join(",")
}

/// `1 room`, `2 rooms`.
pub(crate) fn counted(number: u64, noun: &str) -> String {
    format!("{} {noun}{}", grouped(number), if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_a_terminal_obeys_gets_through() {
        let said = "a\x1b[2Jb\u{9b}31mc\r\n\td\x07\u{202e}e\x7f";
        assert_eq!(clean(said), "a␛[2Jb\u{fffd}31mc d␇\u{fffd}e␡");
        assert!(!clean(said).chars().any(char::is_control));
    }

    #[test]
    fn texts_are_cut_by_columns_not_characters() {
        assert_eq!(cut("hello there", 11), "hello there");
        assert_eq!(cut("hello there", 7), "hello…");
        assert_eq!(cut("日本語です", 5), "日本…");
        assert_eq!(cut("👩‍👩‍👧 family", 4), "👩‍👩‍👧 f…".chars().take(5).collect::<String>() + "…");
        assert_eq!(cut("abc", 0), "");
        for columns in 0..12 {
            assert!(width(&cut("é日👩‍👩‍👧x y z…", columns)) <= columns);
        }
    }
}
