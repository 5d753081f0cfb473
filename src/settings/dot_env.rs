//! The `.env` file: `NAME=value` lines, quotes, `export`, comments.
//!
//! Nothing is interpolated and no value spans lines. An error names the file and the line, never the value.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::secret::Secret;

/// The values of one `.env` file, each with its line.
#[derive(Clone, Debug, Default)]
pub struct DotEnv {
    /// The file, whether it exists or not.
    pub path: PathBuf,
    entries: Vec<Entry>,
}

#[derive(Clone, Debug)]
struct Entry {
    name: String,
    value: Secret,
    line: usize,
}

/// A line of a `.env` file that cannot be read, or the file itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DotEnvError {
    /// The file.
    pub path: PathBuf,
    /// The line, from 1; none when the file cannot be read at all.
    pub line: Option<usize>,
    /// What is wrong with it.
    pub problem: String,
}

impl std::error::Error for DotEnvError {}

impl fmt::Display for DotEnvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.path.display(), self.problem),
            None => write!(f, "{}: {}", self.path.display(), self.problem),
        }
    }
}

impl DotEnv {
    /// Reads a file; one that does not exist holds nothing.
    pub fn load(path: &Path) -> Result<Self, DotEnvError> {
        match std::fs::read(path) {
            Ok(bytes) => match String::from_utf8(bytes) {
                Ok(text) => Self::parse(path, &text),
                Err(_) => Err(unreadable(path, "is not UTF-8 text".to_owned())),
            },
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                Ok(Self { path: path.into(), entries: vec![] })
            }
            Err(error) => Err(unreadable(path, format!("cannot be read: {error}"))),
        }
    }

    /// Reads a text; where a name occurs twice, the later line counts.
    pub fn parse(path: &Path, text: &str) -> Result<Self, DotEnvError> {
        let mut read = Self { path: path.into(), entries: vec![] };
        for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
            let at = |problem: &str| DotEnvError { path: path.into(), line: Some(index + 1), problem: problem.into() };
            if let Some((name, value)) = read_line(line).map_err(at)? {
                read.entries.retain(|entry| entry.name != name);
                read.entries.push(Entry { name: name.to_owned(), value: Secret::new(value), line: index + 1 });
            }
        }
        Ok(read)
    }

    /// The value of a name.
    pub fn get(&self, name: &str) -> Option<&Secret> {
        self.entries.iter().find(|entry| entry.name == name).map(|entry| &entry.value)
    }

    /// The line a name stands on, from 1.
    pub fn line(&self, name: &str) -> Option<usize> {
        self.entries.iter().find(|entry| entry.name == name).map(|entry| entry.line)
    }

    /// Every name with its value, in the order of the file.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Secret)> {
        self.entries.iter().map(|entry| (entry.name.as_str(), &entry.value))
    }
}

fn unreadable(path: &Path, problem: String) -> DotEnvError {
    DotEnvError { path: path.into(), line: None, problem }
}

fn read_line(line: &str) -> Result<Option<(&str, String)>, &'static str> {
    let line = line.trim();
    if line.is_empty() || line.starts_with('#') {
        return Ok(None);
    }
    let line = line.strip_prefix("export ").map_or(line, str::trim_start);
    let (name, value) = line.split_once('=').ok_or("has no `=`; a line is `NAME=value`")?;
    let name = name.trim_end();
    let is_word = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if !is_word || name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
        return Err("the name is not made of letters, digits and `_`");
    }
    Ok(Some((name, read_value(value.trim())?)))
}

fn read_value(text: &str) -> Result<String, &'static str> {
    match text.chars().next() {
        Some('\'') => {
            let (value, rest) = text[1..].split_once('\'').ok_or("the quote is not closed on this line")?;
            only_a_comment(rest).map(|()| value.to_owned())
        }
        Some('"') => {
            let (value, rest) = double_quoted(&text[1..])?;
            only_a_comment(rest).map(|()| value)
        }
        Some('#') | None => Ok(String::new()),
        Some(_) => Ok(unquoted(text).to_owned()),
    }
}

/// A `#` begins a comment after a space only: it is common inside of secrets.
fn unquoted(text: &str) -> &str {
    let comment =
        text.char_indices().zip(text.chars().skip(1)).find(|((_, c), next)| c.is_whitespace() && *next == '#');
    comment.map_or(text, |((at, _), _)| &text[..at]).trim_end()
}

fn double_quoted(text: &str) -> Result<(String, &str), &'static str> {
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Ok((value, &text[at + 1..])),
            '\\' => match characters.next().map(|(_, escaped)| escaped) {
                Some('n') => value.push('\n'),
                Some('r') => value.push('\r'),
                Some('t') => value.push('\t'),
                Some(plain @ ('"' | '\\' | '$')) => value.push(plain),
                Some(_) => return Err("has an escape other than `\\n`, `\\r`, `\\t`, `\\\"`, `\\\\`, `\\$`"),
                None => break,
            },
            other => value.push(other),
        }
    }
    Err("the quote is not closed on this line")
}

fn only_a_comment(rest: &str) -> Result<(), &'static str> {
    let rest = rest.trim_start();
    if rest.is_empty() || rest.starts_with('#') { Ok(()) } else { Err("has text after the closing quote") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> String {
        let read = DotEnv::parse(Path::new(".env"), text).expect("a readable file");
        read.get("KEY").expect("the name").expose().to_owned()
    }

    #[test]
    fn values_are_read_as_shells_write_them() {
        let cases = [
            ("KEY=plain", "plain"),
            ("  export KEY = spaced value  # a comment", "spaced value"),
            ("KEY=has#hash", "has#hash"),
            ("KEY='it is $literal \\n' # c", "it is $literal \\n"),
            (r#"KEY="a\"b\\c\nd""#, "a\"b\\c\nd"),
            ("KEY=", ""),
            ("KEY= # nothing", ""),
            ("\u{feff}KEY=marked\r\n", "marked"),
            ("KEY=first\n# KEY=no\n\nKEY=second", "second"),
            ("KEY=a=b=c", "a=b=c"),
        ];
        for (text, expected) in cases {
            assert_eq!(value(text), expected, "{text}");
        }
    }

    #[test]
    fn an_error_names_file_and_line_and_not_the_value() {
        for line in
            ["canary-value", "1KEY=canary-value", "KEY=\"canary-value", "KEY='canary-value' more", "=canary-value"]
        {
            let error = DotEnv::parse(Path::new("demo/.env"), &format!("A=1\n{line}\n")).expect_err(line);
            let text = format!("{error} {error:?}");
            assert!(text.starts_with("demo/.env:2: ") && !text.contains("canary"), "{text}");
        }
    }

    #[test]
    fn a_missing_file_holds_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        assert_eq!(DotEnv::load(&folder.path().join(".env")).expect("nothing").iter().count(), 0);
    }
}
