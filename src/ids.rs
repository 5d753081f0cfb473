//! Names that travel between modules: a run's id, an agent's code.
//!
//! A run's id is short enough to be read out across a room; the journal refuses one that is taken.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Letters and digits that cannot be mistaken for one another when read aloud.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// The id of one run, four characters or more, such as `7Q4M`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RunId(String);

impl RunId {
    /// Makes an id of `length` characters from 128 random bits.
    pub fn from_random(bits: u128, length: usize) -> Self {
        let character = |i: usize| ALPHABET[(bits >> (5 * i)) as usize & 31] as char;
        Self((0..length.min(25)).map(character).collect())
    }

    /// Reads an id as a person typed it: any case, `O` for `0`, `I` and `L` for `1`.
    pub fn from_typed(text: &str) -> Self {
        let fold = |c: char| match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        };
        Self(text.trim().chars().map(fold).collect())
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RunId({})", self.0)
    }
}

/// Tells whether a bare word is shaped like an agent's code, as `A91XMB7113` or `A12345678` are.
pub fn is_agent_code(word: &str) -> bool {
    (8..=14).contains(&word.len())
        && word.starts_with('A')
        && word.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
        && word.bytes().any(|b| b.is_ascii_digit())
}

/// Tells whether a name of the language is well formed: `[a-z][a-z0-9_]*`.
pub fn is_name(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_lowercase())
        && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typed_id_finds_the_one_that_was_printed() {
        let id = RunId::from_random(0x1234_5678_9abc_def0, 4);
        assert_eq!(id.as_str().len(), 4);
        assert_eq!(RunId::from_typed(&format!(" {} ", id.as_str().to_lowercase())), id);
        assert_eq!(RunId::from_typed("oil").as_str(), "011");
    }

    #[test]
    fn codes_are_told_from_names() {
        assert!(is_agent_code("A91XMB7113") && is_agent_code("A12345678"));
        assert!(!is_agent_code("host") && !is_agent_code("ABCDEFGHIJ") && !is_agent_code("B91XMB7113"));
        assert!(is_name("speak_1") && !is_name("1x") && !is_name("a-b") && !is_name(""));
    }
}
