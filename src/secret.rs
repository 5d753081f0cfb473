//! Text that must never be seen, and the filter that keeps it out of what is.
//!
//! A [`Secret`] cannot be printed. A [`Redactor`] knows every secret of the process and replaces each,
//! also base64 and percent-encoded, by its name in brackets before an outcome becomes an event.

use std::borrow::Cow;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

/// The fewest bytes a secret may have: shorter ones occur in ordinary text and could not be hidden.
pub const SHORTEST: usize = 8;

/// A secret text. Its `Debug` form is `[secret]`, and it has no `Display` form.
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// Takes a text as secret.
    pub fn new(text: impl Into<String>) -> Self {
        Self(SecretString::from(text.into()))
    }

    /// The text, for the one place that sends it.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// Replaces known secrets in text and values by `[name]`.
#[derive(Clone, Default)]
pub struct Redactor {
    /// What to look for, longest first, and the name shown in its place.
    needles: Vec<(Secret, String)>,
}

impl Redactor {
    /// Adds a secret under the name that will stand in its place. A text under eight bytes is not taken.
    pub fn add(&mut self, name: &str, secret: &str) {
        if secret.len() < SHORTEST {
            return;
        }
        let forms = [
            secret.to_owned(),
            STANDARD.encode(secret),
            STANDARD_NO_PAD.encode(secret),
            URL_SAFE.encode(secret),
            URL_SAFE_NO_PAD.encode(secret),
            percent_encoded(secret),
            form_encoded(secret),
            json_escaped(secret),
        ];
        for form in forms.into_iter().chain(base64_within(secret)) {
            if !self.needles.iter().any(|(known, _)| known.expose() == form) {
                self.needles.push((Secret::new(form), format!("[{name}]")));
            }
        }
        self.needles.sort_by_key(|(needle, _)| std::cmp::Reverse(needle.expose().len()));
    }

    /// Replaces every secret in a text.
    pub fn text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let mut clean = Cow::Borrowed(text);
        for (needle, name) in &self.needles {
            if clean.contains(needle.expose()) {
                clean = Cow::Owned(clean.replace(needle.expose(), name));
            }
        }
        clean
    }

    /// Replaces every secret in the strings and keys of a value.
    pub fn value(&self, value: Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.text(&text).into_owned()),
            Value::Array(items) => items.into_iter().map(|item| self.value(item)).collect(),
            Value::Object(fields) => {
                fields.into_iter().map(|(key, value)| (self.text(&key).into_owned(), self.value(value))).collect()
            }
            other => other,
        }
    }
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Redactor({} forms)", self.needles.len())
    }
}

/// Opens a reference to a secret. A private character, so that no text of a person holds one by accident.
const OPEN: char = '\u{F0A51}';
/// Closes a reference to a secret.
const CLOSE: char = '\u{F0A52}';

/// A reference that stands for a secret in rendered text, until it is sent.
pub fn reference(name: &str) -> String {
    format!("{OPEN}{name}{CLOSE}")
}

/// Removes what could be taken for a reference from text that comes from elsewhere.
pub fn without_references(text: &str) -> Cow<'_, str> {
    if text.contains([OPEN, CLOSE]) { Cow::Owned(text.replace([OPEN, CLOSE], "")) } else { Cow::Borrowed(text) }
}

/// Shows references as people write them: `{{ secrets.name }}`.
pub fn readable(text: &str) -> Cow<'_, str> {
    if !text.contains(OPEN) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.replace(OPEN, "{{ secrets.").replace(CLOSE, " }}"))
}

/// Puts secrets in place of their references. An error is the reveal's own, or names a reference without its end.
pub fn resolve(text: &str, reveal: impl Fn(&str) -> Result<Secret, String>) -> Result<String, String> {
    let mut resolved = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(OPEN) {
        let (name, after) = after.split_once(CLOSE).ok_or("a reference to a secret has no end")?;
        resolved.push_str(before);
        resolved.push_str(reveal(name)?.expose());
        rest = after;
    }
    resolved.push_str(rest);
    Ok(resolved)
}

/// As in a query or a form, which spell a space and a `~` otherwise than a path does.
fn form_encoded(text: &str) -> String {
    let encode = |b: u8| match b {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'*' => (b as char).to_string(),
        b' ' => "+".to_owned(),
        _ => format!("%{b:02X}"),
    };
    text.bytes().map(encode).collect()
}

/// What is the same in base64 wherever the text stands in a longer one, as behind `user:` or `Bearer `.
fn base64_within(text: &str) -> impl Iterator<Item = String> {
    [STANDARD_NO_PAD, URL_SAFE_NO_PAD].into_iter().flat_map(move |engine| {
        [(0, 0), (1, 2), (2, 3)].map(|(before, shared)| {
            let encoded = engine.encode([&[0; 2][..before], text.as_bytes()].concat());
            let end = encoded.len() - usize::from(!(before + text.len()).is_multiple_of(3));
            encoded[shared..end].to_owned()
        })
    })
}

/// Percent-encodes all but the unreserved characters of RFC 3986.
fn percent_encoded(text: &str) -> String {
    let encode = |b: u8| match b {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => (b as char).to_string(),
        _ => format!("%{b:02X}"),
    };
    text.bytes().map(encode).collect()
}

fn json_escaped(text: &str) -> String {
    Value::String(text.to_owned()).to_string().trim_matches('"').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_has_no_printed_form() {
        assert_eq!(format!("{:?}", Secret::new("canary-canary")), "[secret]");
    }

    #[test]
    fn references_are_put_in_when_sent_and_cannot_be_forged_by_data() {
        let text = format!("Bearer {}!", reference("crm"));
        let sent = resolve(&text, |name| Ok(Secret::new(format!("value-of-{name}"))));
        assert_eq!(sent.as_deref(), Ok("Bearer value-of-crm!"));
        assert_eq!(readable(&text), "Bearer {{ secrets.crm }}!");
        assert_eq!(without_references(&text), "Bearer crm!");
        assert!(resolve(&text, |_| Err("not for this host".to_owned())).is_err());
    }

    #[test]
    fn every_form_of_a_secret_is_replaced_in_texts_and_values() {
        let mut redactor = Redactor::default();
        redactor.add("api-secret", "canary/42+secret?");
        for form in ["canary/42+secret?", "canary%2F42%2Bsecret%3F", &STANDARD.encode("canary/42+secret?")] {
            assert_eq!(redactor.text(&format!("a {form} b")), "a [api-secret] b");
        }
        let value = redactor.value(serde_json::json!({"x": ["canary/42+secret?"], "n": 1}));
        assert_eq!(value, serde_json::json!({"x": ["[api-secret]"], "n": 1}));
        assert_eq!(redactor.text("nothing here"), "nothing here");
    }

    #[test]
    fn a_secret_is_hidden_in_a_form_and_within_a_longer_base64() {
        let mut redactor = Redactor::default();
        redactor.add("token", "file~ canary 42");
        assert_eq!(redactor.text("t=file%7E+canary+42&x"), "t=[token]&x");
        for before in ["", "u", "us", "usr", "user:"] {
            let encoded = STANDARD.encode(format!("{before}file~ canary 42, and more"));
            assert!(redactor.text(&encoded).contains("[token]"), "{encoded}");
        }
    }
}
