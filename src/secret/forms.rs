//! The texts that give a secret away: itself, and what base64 and hexadecimal make of it.
//!
//! Percent signs, escapes and entities make no forms: they are read back where they stand, see [`super::reading`].

use std::collections::HashSet;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use super::SHORTEST;
use super::reading::{Reading, folded};

/// From this length a line of a longer secret, such as a key of several lines, is a secret of its own.
const SHORTEST_LINE: usize = 16;

/// One text to look for.
pub(super) struct Form {
    /// Its bytes, folded as the texts are in which they are looked for.
    pub bytes: Vec<u8>,
    /// How many characters before it hold a part of the secret, together with what stands before that.
    pub before: usize,
    /// The same of the characters behind it.
    pub after: usize,
    /// Whether white space inside of it means nothing.
    pub is_encoded: bool,
}

/// Every form of a secret.
pub(super) fn of(secret: &str) -> Vec<Form> {
    let lines = secret.lines().map(str::trim).filter(|line| line.chars().count() >= SHORTEST_LINE);
    let mut forms: Vec<Form> = Vec::new();
    for text in std::iter::once(secret).chain(lines) {
        // A secret that looks escaped by itself is read back like everything around it.
        let read_back = Reading::of(text).decoded().map(|reading| reading.into_bytes());
        let read_back = read_back.filter(|bytes| bytes.len() >= SHORTEST);
        for bytes in std::iter::once(text.as_bytes().to_vec()).chain(read_back) {
            forms.push(Form { bytes: folded(&bytes).into_owned(), before: 0, after: 0, is_encoded: false });
            forms.push(Form { bytes: hexadecimal(&bytes), before: 0, after: 0, is_encoded: true });
            forms.extend(base64(&bytes));
        }
    }
    let mut seen = HashSet::new();
    forms.retain(|form| seen.insert(form.bytes.clone()));
    forms
}

fn hexadecimal(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().flat_map(|byte| format!("{byte:02x}").into_bytes()).collect()
}

/// What is the same in base64 wherever the text stands in a longer one, as behind `user:`.
fn base64(bytes: &[u8]) -> impl Iterator<Item = Form> {
    [STANDARD_NO_PAD, URL_SAFE_NO_PAD].into_iter().flat_map(move |engine| {
        [(0, 0), (1, 2), (2, 3)].map(|(behind, before)| {
            let encoded = engine.encode([&[0; 2][..behind], bytes].concat());
            let after = usize::from(!(behind + bytes.len()).is_multiple_of(3));
            let stable = &encoded.as_bytes()[before..encoded.len() - after];
            Form { bytes: folded(stable).into_owned(), before, after, is_encoded: true }
        })
    })
}
