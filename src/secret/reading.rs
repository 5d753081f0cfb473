//! A text as somebody reads it who undoes what other programs did to it, and where each byte of that stands.
//!
//! Percent signs, escapes of JSON and of program text, and entities of HTML are undone where they stand, so that any
//! mixture of them hides nothing.

use std::borrow::Cow;

/// A reading of a text.
pub(super) struct Reading<'t> {
    bytes: Cow<'t, [u8]>,
    /// Where each byte stands in the text; none when it is the text itself.
    places: Option<Vec<(u32, u32)>>,
    /// Whether white space was left out.
    pub is_compact: bool,
}

impl<'t> Reading<'t> {
    /// The text as it is.
    pub(super) fn of(text: &'t str) -> Self {
        Self { bytes: Cow::Borrowed(text.as_bytes()), places: None, is_compact: false }
    }

    /// The text with what was escaped; none where nothing was.
    pub(super) fn decoded(&self) -> Option<Reading<'static>> {
        if !self.bytes.iter().any(|byte| matches!(byte, b'%' | b'\\' | b'&')) {
            return None;
        }
        let (mut bytes, mut places) = (Vec::with_capacity(self.bytes.len()), Vec::with_capacity(self.bytes.len()));
        let mut at = 0;
        let mut changed = false;
        while at < self.bytes.len() {
            let (read, length) = match escaped(&self.bytes[at..]) {
                Some(found) => {
                    changed = true;
                    found
                }
                None => (One::Byte(self.bytes[at]), 1),
            };
            let place = (self.place(at).0, self.place(at + length - 1).1);
            let mut push = |byte: u8| {
                bytes.push(byte);
                places.push(place);
            };
            match read {
                One::Byte(byte) => push(byte),
                One::Character(character) => character.encode_utf8(&mut [0; 4]).bytes().for_each(push),
            }
            at += length;
        }
        changed.then_some(Reading { bytes: Cow::Owned(bytes), places: Some(places), is_compact: false })
    }

    /// The text without its white space, as base64 in several lines is meant; none where it has one line.
    pub(super) fn compact(&self) -> Option<Reading<'static>> {
        if !self.bytes.iter().any(|byte| matches!(byte, b'\n' | b'\r')) {
            return None;
        }
        let kept = self.bytes.iter().enumerate().filter(|(_, byte)| !byte.is_ascii_whitespace());
        let (bytes, places): (Vec<_>, Vec<_>) = kept.map(|(at, byte)| (*byte, self.place(at))).unzip();
        Some(Reading { bytes: Cow::Owned(bytes), places: Some(places), is_compact: true })
    }

    /// What is read.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What is read, to be kept.
    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.bytes.into_owned()
    }

    /// Where a part of it stands in the text.
    pub(super) fn place_of(&self, start: usize, end: usize) -> (usize, usize) {
        (self.place(start).0 as usize, self.place(end - 1).1 as usize)
    }

    fn place(&self, at: usize) -> (u32, u32) {
        match &self.places {
            Some(places) => places[at],
            None => (at as u32, at as u32 + 1),
        }
    }
}

/// Bytes as they are compared: a space and a `+` are the same, for forms write one for the other.
pub(super) fn folded(bytes: &[u8]) -> Cow<'_, [u8]> {
    match bytes.contains(&b'+') {
        true => Cow::Owned(bytes.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect()),
        false => Cow::Borrowed(bytes),
    }
}

/// What an escape stands for.
enum One {
    Byte(u8),
    Character(char),
}

/// The escape that bytes begin with, and how many of them it takes.
fn escaped(bytes: &[u8]) -> Option<(One, usize)> {
    match bytes[0] {
        b'%' => hex(bytes.get(1..3)?).map(|byte| (One::Byte(byte as u8), 3)),
        b'\\' => backslash(bytes),
        b'&' => entity(bytes),
        _ => None,
    }
}

fn backslash(bytes: &[u8]) -> Option<(One, usize)> {
    let plain = |byte: u8| Some((One::Byte(byte), 2));
    match bytes.get(1)? {
        b'n' => plain(b'\n'),
        b'r' => plain(b'\r'),
        b't' => plain(b'\t'),
        byte @ (b'"' | b'\'' | b'\\' | b'/') => plain(*byte),
        b'x' => hex(bytes.get(2..4)?).map(|byte| (One::Byte(byte as u8), 4)),
        b'u' if bytes.get(2) == Some(&b'{') => {
            let length = bytes.iter().take(12).position(|byte| *byte == b'}')?;
            Some((One::Character(char::from_u32(hex(&bytes[3..length])?)?), length + 1))
        }
        b'u' => {
            let unit = hex(bytes.get(2..6)?)?;
            if let Some(character) = char::from_u32(unit) {
                return Some((One::Character(character), 6));
            }
            let low = bytes.get(6..8).filter(|next| *next == b"\\u").and_then(|_| hex(bytes.get(8..12)?))?;
            let is_pair = (0xd800..0xdc00).contains(&unit) && (0xdc00..0xe000).contains(&low);
            let code = is_pair.then(|| 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00))?;
            Some((One::Character(char::from_u32(code)?), 12))
        }
        _ => None,
    }
}

fn entity(bytes: &[u8]) -> Option<(One, usize)> {
    let end = bytes.iter().take(12).position(|byte| *byte == b';')?;
    let name = std::str::from_utf8(&bytes[1..end]).ok()?;
    let character = match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "sol" => '/',
        "plus" => '+',
        "equals" => '=',
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(digits) => hex(digits.as_bytes())?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)?
        }
    };
    Some((One::Character(character), end + 1))
}

/// A hexadecimal number of digits alone.
fn hex(digits: &[u8]) -> Option<u32> {
    let is_number = !digits.is_empty() && digits.len() <= 8 && digits.iter().all(u8::is_ascii_hexdigit);
    is_number.then(|| digits.iter().fold(0, |sum, digit| (sum << 4) | (*digit as char).to_digit(16).unwrap_or(0)))
}
