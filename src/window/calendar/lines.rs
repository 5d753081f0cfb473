//! Lines of a calendar: unfolded, then taken apart into a name, parameters and a value.

use super::Mistake;
use super::shown;

/// A line as it is written, unfolded.
pub(super) struct Raw {
    /// Its first line in the file, from 1.
    pub(super) number: usize,
    pub(super) text: String,
}

/// A property.
#[derive(Debug)]
pub(super) struct Line {
    /// Its first line in the file, from 1.
    pub(super) number: usize,
    /// In capitals.
    pub(super) name: String,
    /// Names in capitals, values without quotes.
    parameters: Vec<(String, String)>,
    pub(super) value: String,
}

/// Joins folded lines. They are folded between bytes, also within a character, so joining comes before reading.
pub(super) fn unfold(bytes: &[u8]) -> Result<Vec<Raw>, Mistake> {
    let mut joined: Vec<(usize, Vec<u8>)> = Vec::new();
    for (at, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        match (line, joined.last_mut()) {
            ([b' ' | b'\t', rest @ ..], Some((_, before))) => before.extend_from_slice(rest),
            _ if line.trim_ascii().is_empty() => {}
            _ => joined.push((at + 1, line.to_owned())),
        }
    }
    let readable = |(number, line)| match String::from_utf8(line) {
        Ok(text) => Ok(Raw { number, text }),
        Err(_) => Err(Mistake::at(number, "the line is not UTF-8", "save the calendar as UTF-8")),
    };
    joined.into_iter().map(readable).collect()
}

impl Raw {
    /// What follows a beginning in any case, in capitals.
    pub(super) fn after(&self, beginning: &str) -> Option<String> {
        let begins = self.text.get(..beginning.len())?.eq_ignore_ascii_case(beginning);
        begins.then(|| self.text[beginning.len()..].trim().to_ascii_uppercase())
    }
}

impl Line {
    /// Takes a line apart: `NAME;PARAMETER="a:b";OTHER=c:value`.
    pub(super) fn parse(raw: &Raw) -> Result<Self, Mistake> {
        let wrong = |what: &str| {
            let message = format!("`{}` {what}", shown(&raw.text));
            Mistake::at(raw.number, message, "a line has a name, a colon and a value: `DTSTART;VALUE=DATE:20261225`")
        };
        let colon = outside_quotes(&raw.text, ':').next().ok_or_else(|| wrong("has no value"))?;
        let (before, value) = (&raw.text[..colon], raw.text[colon + 1..].trim());
        let ends = outside_quotes(before, ';').chain([before.len()]);
        let mut start = 0;
        let mut parts = ends.map(|end| before[std::mem::replace(&mut start, end + 1)..end].trim());
        let name = parts.next().filter(|name| !name.is_empty()).ok_or_else(|| wrong("has no name"))?;
        let parameter = |part: &str| {
            let (name, value) = part.split_once('=').ok_or_else(|| wrong("has a parameter without a value"))?;
            Ok((name.trim().to_ascii_uppercase(), value.trim().trim_matches('"').to_owned()))
        };
        let parameters = parts.map(parameter).collect::<Result<_, _>>()?;
        Ok(Self { number: raw.number, name: name.to_ascii_uppercase(), parameters, value: value.to_owned() })
    }

    /// A parameter by its name.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// A mistake in this line.
    pub(super) fn wrong(&self, message: impl Into<String>, hint: impl Into<String>) -> Mistake {
        Mistake::at(self.number, message, hint)
    }
}

/// Where a character stands outside quotes.
fn outside_quotes(text: &str, wanted: char) -> impl Iterator<Item = usize> + '_ {
    let mut is_quoted = false;
    text.char_indices().filter_map(move |(at, one)| {
        is_quoted ^= one == '"';
        (one == wanted && !is_quoted).then_some(at)
    })
}
