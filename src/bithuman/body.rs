//! Reading the body of an answer: lenient about what it adds or leaves out, strict about nothing.
//!
//! What a call is about is asked for by the caller, who calls an answer without it unreadable.

use serde_json::Value;

/// An object of an answer; a field that is absent, null or of another type reads as none.
#[derive(Clone, Copy)]
pub(super) struct Body<'a>(pub(super) &'a Value);

impl<'a> Body<'a> {
    /// What stands under `data`, or the body itself where nothing does.
    pub(super) fn data(self) -> Self {
        self.0.get("data").filter(|data| data.is_object()).map_or(self, Body)
    }

    /// An object under a key.
    pub(super) fn object(self, key: &str) -> Option<Self> {
        self.0.get(key).filter(|value| value.is_object()).map(Body)
    }

    /// The objects of the list under a key; none when there is no list.
    pub(super) fn list(self, key: &str) -> Option<Vec<Body<'a>>> {
        let items = self.0.get(key)?.as_array()?;
        Some(items.iter().filter(|item| item.is_object()).map(Body).collect())
    }

    /// A text that is not empty; numbers count as texts.
    pub(super) fn text(self, key: &str) -> Option<String> {
        match self.0.get(key)? {
            Value::String(text) if !text.is_empty() => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }

    /// The texts of the list under a key.
    pub(super) fn texts(self, key: &str) -> Vec<String> {
        let items = self.0.get(key).and_then(Value::as_array);
        items.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    }

    /// A number, also one written as text.
    pub(super) fn number(self, key: &str) -> Option<f64> {
        let value = self.0.get(key)?;
        value.as_f64().or_else(|| value.as_str()?.parse().ok()).filter(|number| number.is_finite())
    }

    /// A count: a number that is whole and not negative.
    pub(super) fn count(self, key: &str) -> Option<u64> {
        self.number(key).filter(|number| *number >= 0.0 && number.fract() == 0.0).map(|number| number as u64)
    }

    /// A yes or no.
    pub(super) fn flag(self, key: &str) -> Option<bool> {
        self.0.get(key)?.as_bool()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_field_of_another_type_reads_as_none() {
        let value = json!({"a": null, "b": "", "c": 7, "d": "8.5", "e": [1, "x"], "f": -1, "g": {"h": true}});
        let body = Body(&value);
        assert_eq!((body.text("a"), body.text("b"), body.text("c")), (None, None, Some("7".into())));
        assert_eq!(
            (body.number("d"), body.count("d"), body.count("f"), body.count("c")),
            (Some(8.5), None, None, Some(7))
        );
        assert_eq!((body.texts("e"), body.list("g").is_none()), (vec!["x".to_owned()], true));
        assert_eq!(body.object("g").and_then(|g| g.flag("h")), Some(true));
        assert_eq!(body.data().text("c"), Some("7".into()));
    }
}
