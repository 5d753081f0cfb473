//! The filter: every secret, in every form that is known, replaced by its name in brackets.
//!
//! What is promised: a secret as it is, in base64 (alone or within a longer text, broken into lines or not) and
//! percent-encoded. Beyond that, as it costs nothing: hexadecimal, other case, escapes of JSON and of program text,
//! entities of HTML, and any mixture of these, twice over. What is not seen: a part of a secret, and compressed text.
//!
//! One pass looks for all forms of all secrets, so that a text takes the same time however many there are.

use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, OnceLock};

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use serde_json::{Map, Value};

use super::forms::{self, Form};
use super::reading::{Reading, folded};
use super::{SHORTEST, Secret};

/// The most characters that escapes, twice over, make of one.
const WIDEST: usize = 12;

/// Replaces known secrets in text and values by `[name]`.
#[derive(Clone, Default)]
pub struct Redactor {
    known: Vec<(String, Secret)>,
    search: OnceLock<Arc<Search>>,
}

/// All forms, looked for together.
struct Search {
    automaton: AhoCorasick,
    /// Of each pattern, the secret it gives away.
    forms: Vec<(usize, Form)>,
}

/// Where a secret stands in a text.
struct Found {
    start: usize,
    end: usize,
    secret: usize,
}

impl Redactor {
    /// Adds a secret under the name that will stand in its place. A text under eight characters is not taken.
    pub fn add(&mut self, name: &str, secret: &str) {
        if secret.chars().count() < SHORTEST || self.known.iter().any(|(_, known)| known.expose() == secret) {
            return;
        }
        self.known.push((name.to_owned(), Secret::new(secret)));
        self.search = OnceLock::new();
    }

    /// Adds what another one knows.
    pub fn add_all(&mut self, other: &Self) {
        other.known.iter().for_each(|(name, secret)| self.add(name, secret.expose()));
    }

    /// Replaces every secret in a text.
    pub fn text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        self.beginning(text, text.len())
    }

    /// The first so many bytes of a text, every secret replaced, also one that the end would have cut.
    pub fn beginning<'a>(&self, text: &'a str, bytes: usize) -> Cow<'a, str> {
        let end = text.floor_char_boundary(bytes);
        let found = self.find(text);
        if found.is_empty() {
            return Cow::Borrowed(&text[..end]);
        }
        let mut clean = String::with_capacity(end);
        let mut copied = 0;
        for secret in found.iter().take_while(|secret| secret.start < end) {
            clean.push_str(&text[copied..secret.start]);
            clean.push_str(&format!("[{}]", self.known[secret.secret].0));
            copied = secret.end;
        }
        clean.push_str(text.get(copied..end).unwrap_or_default());
        Cow::Owned(clean)
    }

    /// How many bytes behind the end of a text may belong to a secret that begins before it.
    pub fn overhang(&self) -> usize {
        self.known.iter().map(|(_, secret)| secret.expose().len() * WIDEST).max().unwrap_or(0)
    }

    /// Replaces every secret in the texts, keys and numbers of a value.
    pub fn value(&self, value: Value) -> Value {
        match value {
            Value::String(text) => match self.text(&text) {
                Cow::Borrowed(_) => Value::String(text),
                Cow::Owned(clean) => Value::String(clean),
            },
            Value::Number(number) => {
                let text = number.to_string();
                match self.text(&text) {
                    Cow::Borrowed(_) => Value::Number(number),
                    Cow::Owned(clean) => Value::String(clean),
                }
            }
            Value::Array(items) => items.into_iter().map(|item| self.value(item)).collect(),
            Value::Object(fields) => {
                let clean = fields.into_iter().map(|(key, value)| (self.text(&key).into_owned(), self.value(value)));
                Value::Object(clean.collect::<Map<_, _>>())
            }
            other => other,
        }
    }

    /// Where secrets stand in a text, in order, none within another.
    fn find(&self, text: &str) -> Vec<Found> {
        if self.known.is_empty() || text.len() < SHORTEST {
            return Vec::new();
        }
        let search = self.search.get_or_init(|| Arc::new(Search::new(&self.known)));
        let mut found = Vec::new();
        let mut reading = Some(Reading::of(text));
        // As it is, with its escapes undone, and with the escapes undone that these had hidden.
        for _ in 0..3 {
            let Some(read) = reading else { break };
            search.look(&read, &mut found);
            if let Some(compact) = read.compact() {
                search.look(&compact, &mut found);
            }
            reading = read.decoded();
        }
        merged(found)
    }
}

impl Search {
    fn new(known: &[(String, Secret)]) -> Self {
        let forms: Vec<(usize, Form)> = known
            .iter()
            .enumerate()
            .flat_map(|(index, (_, secret))| forms::of(secret.expose()).into_iter().map(move |form| (index, form)))
            .collect();
        // The other kinds take a hundred times the memory for a key of several lines.
        let automaton = AhoCorasick::builder()
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            .ascii_case_insensitive(true)
            .build(forms.iter().map(|(_, form)| &form.bytes));
        #[expect(clippy::expect_used, reason = "refused only beyond 2^31 states, and a secret has 16 KiB at the most")]
        let automaton = automaton.expect("forms that fit an automaton");
        Self { automaton, forms }
    }

    fn look(&self, reading: &Reading<'_>, found: &mut Vec<Found>) {
        let bytes = &*folded(reading.bytes());
        for hit in self.automaton.find_overlapping_iter(bytes) {
            let (secret, form) = &self.forms[hit.pattern().as_usize()];
            if reading.is_compact && !form.is_encoded {
                continue;
            }
            let before = bytes[..hit.start()].iter().rev().take(form.before).take_while(|byte| is_digit(**byte));
            let (start, mut end) = (hit.start() - before.count(), hit.end());
            if form.after > 0 {
                end += bytes[end..].iter().take(form.after).take_while(|byte| is_digit(**byte)).count();
                end += bytes[end..].iter().take(2).take_while(|byte| **byte == b'=').count();
            }
            let (start, end) = reading.place_of(start, end);
            found.push(Found { start, end, secret: *secret });
        }
    }
}

/// Tells whether a byte is a digit of base64, folded as it is read.
fn is_digit(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b' ' | b'/' | b'-' | b'_')
}

/// Makes one of what overlaps, under the name of its longest part.
fn merged(mut found: Vec<Found>) -> Vec<Found> {
    found.sort_by_key(|secret| (secret.start, std::cmp::Reverse(secret.end)));
    let mut merged: Vec<Found> = Vec::new();
    let mut longest = 0;
    for secret in found {
        let length = secret.end - secret.start;
        match merged.last_mut() {
            Some(last) if secret.start < last.end => {
                last.end = last.end.max(secret.end);
                if length > longest {
                    (longest, last.secret) = (length, secret.secret);
                }
            }
            _ => {
                longest = length;
                merged.push(secret);
            }
        }
    }
    merged
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Redactor({} secrets)", self.known.len())
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE};
    use serde_json::json;

    use super::*;

    const CANARY: &str = "canary/42+sécret? ~x";

    fn redactor(secrets: &[(&str, &str)]) -> Redactor {
        let mut redactor = Redactor::default();
        secrets.iter().for_each(|(name, secret)| redactor.add(name, secret));
        redactor
    }

    fn percent(text: &str, is_kept: impl Fn(u8) -> bool) -> String {
        text.bytes().map(|b| if is_kept(b) { (b as char).to_string() } else { format!("%{b:02x}") }).collect()
    }

    #[test]
    fn every_form_of_a_secret_is_replaced() {
        let redactor = redactor(&[("key", CANARY)]);
        let escaped: String = CANARY.encode_utf16().map(|unit| format!("\\u{unit:04X}")).collect();
        let entities: String = CANARY.chars().map(|c| format!("&#x{:x};", c as u32)).collect();
        let plain = |b: u8| b.is_ascii_alphanumeric();
        let forms = [
            CANARY.to_owned(),
            CANARY.to_ascii_uppercase(),
            STANDARD.encode(CANARY),
            URL_SAFE.encode(CANARY),
            percent(CANARY, plain),
            percent(CANARY, plain).to_uppercase(),
            percent(CANARY, |_| false),
            percent(CANARY, |b| plain(b) || b == b' ').replace(' ', "+"),
            percent(&percent(CANARY, plain), plain),
            percent(&STANDARD.encode(CANARY), plain),
            CANARY.bytes().map(|b| format!("{b:02X}")).collect(),
            CANARY.replace('/', "\\/"),
            CANARY.replace('/', "&#47;").replace('é', "&#233;"),
            escaped.clone(),
            json!(escaped).to_string().trim_matches('"').to_owned(),
            entities,
            format!("{:?}", CANARY).trim_matches('"').to_owned(),
            CANARY.bytes().map(|b| format!("\\x{b:02x}")).collect(),
        ];
        for form in forms {
            assert_eq!(redactor.text(&format!("a [{form}] é")), "a [[key]] é", "{form}");
        }
        assert_eq!(redactor.text("canary, 42 and a secret"), "canary, 42 and a secret");
    }

    #[test]
    fn base64_of_a_longer_text_gives_nothing_away_in_lines_or_not() {
        let redactor = redactor(&[("key", "canary-number-42")]);
        for before in 0..6 {
            for behind in 0..6 {
                let text = format!("{}canary-number-42{}", "u".repeat(before), "v".repeat(behind));
                let encoded = STANDARD.encode(&text);
                let clean = redactor.text(&encoded).into_owned();
                let (left, right) = clean.split_once("[key]").unwrap_or_else(|| panic!("{text}: {clean}"));
                // A digit has six bits: none that is left has one of the secret.
                assert!(left.len() * 6 <= before * 8, "{text}: {clean}");
                assert!((encoded.len() - right.len()) * 6 >= (before + 16) * 8 || right.is_empty(), "{text}: {clean}");
                let lines: Vec<&str> = encoded.as_bytes().chunks(7).map(|c| std::str::from_utf8(c).unwrap()).collect();
                for end in ["\n", "\r\n  ", "\\n"] {
                    assert!(redactor.text(&lines.join(end)).contains("[key]"), "{text}");
                }
            }
        }
    }

    #[test]
    fn secrets_that_overlap_or_contain_each_other_leave_nothing() {
        let redactor = redactor(&[("a", "abcdefgh12"), ("b", "gh12zzzzzz"), ("long", "abcdefgh12-and-more")]);
        assert_eq!(redactor.text("<abcdefgh12zzzzzz>"), "<[a]>");
        assert_eq!(redactor.text("abcdefgh12-and-more abcdefgh12"), "[long] [a]");
        assert_eq!(redactor.text("abcdefgh12gh12zzzzzz"), "[a][b]");
    }

    #[test]
    fn a_cut_leaves_no_beginning_of_a_secret() {
        let redactor = redactor(&[("key", "canary-number-42")]);
        let text = "1234567890 canary-number-42 and more";
        for end in 0..text.len() {
            let clean = redactor.beginning(text, end).into_owned();
            let expected = match end {
                0..=11 => text[..end].to_owned(),
                12..=27 => "1234567890 [key]".to_owned(),
                _ => format!("1234567890 [key]{}", &text[27..end]),
            };
            assert_eq!(clean, expected);
        }
        assert!(redactor.overhang() >= 16 * "\\\\u0041".len());
    }

    #[test]
    fn values_are_cleaned_in_texts_keys_and_numbers() {
        let redactor = redactor(&[("key", "canary-42"), ("pin", "1234567890")]);
        let value = json!({"a canary-42": ["canary-42", 1, null], "n": 1234567890, "m": 12.5});
        assert_eq!(redactor.value(value), json!({"a [key]": ["[key]", 1, null], "n": "[pin]", "m": 12.5}));
    }

    #[test]
    fn the_lines_of_a_long_secret_are_secret_and_short_ones_are_not() {
        let redactor = redactor(&[("pem", "-----BEGIN KEY-----\nMIIcanary42canary\nshort\n"), ("no", "short")]);
        assert_eq!(redactor.text("got MIIcanary42canary: short"), "got [pem]: short");
    }

    #[test]
    fn a_secret_that_looks_escaped_is_found_within_escapes() {
        let redactor = redactor(&[("odd", "100%41\\n\"&amp;x")]);
        for form in
            ["100%41\\n\"&amp;x", &json!("100%41\\n\"&amp;x").to_string(), &percent("100%41\\n\"&amp;x", |_| false)]
        {
            assert!(redactor.text(form).contains("[odd]"), "{form}");
        }
    }

    /// Fifty times the secrets take less than ten times the time.
    #[test]
    fn the_time_depends_on_the_text_alone() {
        let text = "Lorem ipsum %20 \\u0041 dolor sit amet, consectetur/adipiscing+elit \n".repeat(1000);
        let time = |secrets: usize| {
            let mut redactor = Redactor::default();
            for number in 0..secrets {
                redactor.add("x", &format!("{}-secret-{number}", crate::sha256::hex(number.to_string().as_bytes())));
            }
            redactor.text("the automaton is built at the first text");
            let best = (0..5).map(|_| {
                let begun = std::time::Instant::now();
                redactor.text(&text);
                begun.elapsed()
            });
            best.min().unwrap()
        };
        let (one, fifty) = (time(1), time(50));
        assert!(fifty < one * 10, "{one:?} for one secret, {fifty:?} for fifty");
    }
}
