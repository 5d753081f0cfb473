//! Text that must never be seen, and the filter that keeps it out of what is.
//!
//! A [`Secret`] cannot be printed. A [`Redactor`] replaces every secret it knows by its name in brackets, before an
//! outcome becomes an event. What is not an event, such as a log line or a panic, passes by [`withheld`].

mod forms;
mod reading;
mod redactor;
pub mod withheld;

use std::borrow::Cow;
use std::fmt;

use secrecy::{ExposeSecret, SecretString};

pub use redactor::Redactor;

/// The fewest characters a secret may have: shorter ones occur in ordinary text and could not be hidden.
pub const SHORTEST: usize = 8;
/// The most bytes a secret may have: a longer one is a document, which nobody sends in a header.
pub const LONGEST: usize = 16 * 1024;

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

    /// Why the text cannot be used as a secret, if it cannot: none of its forms could be hidden.
    pub fn unfit(&self) -> Option<&'static str> {
        match self.expose() {
            text if text.chars().count() < SHORTEST => Some("is shorter than 8 characters"),
            text if text.len() > LONGEST => Some("is longer than 16 KiB"),
            _ => None,
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
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
}
