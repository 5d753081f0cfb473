//! Reads the fields of a request's body as the service checks them: types and values, unknown ones ignored.

use serde_json::{Map, Value};

use crate::sandbox::answers::Refusal;
use crate::sandbox::settings::ErrorForms;

/// The fields of one body. A field that is `null` counts as absent.
pub(crate) struct Fields<'a> {
    object: Option<&'a Map<String, Value>>,
    forms: ErrorForms,
}

impl<'a> Fields<'a> {
    /// Takes a body; nothing at all stands for an empty one.
    pub(crate) fn of(body: &'a Value, forms: ErrorForms) -> Result<Self, Refusal> {
        match body {
            Value::Object(object) => Ok(Self { object: Some(object), forms }),
            Value::Null => Ok(Self { object: None, forms }),
            _ => Err(forms.invalid("Request body must be a JSON object")),
        }
    }

    fn get(&self, name: &str) -> Option<&'a Value> {
        self.object?.get(name).filter(|value| !value.is_null())
    }

    fn wrong(&self, name: &str, wanted: &str) -> Refusal {
        self.forms.invalid(format!("Invalid value for {name}: {wanted}"))
    }

    /// A text.
    pub(crate) fn text(&self, name: &str) -> Result<Option<&'a str>, Refusal> {
        self.get(name).map(|value| value.as_str().ok_or_else(|| self.wrong(name, "must be a string"))).transpose()
    }

    /// A text that is not empty.
    pub(crate) fn filled_text(&self, name: &str) -> Result<Option<&'a str>, Refusal> {
        match self.text(name)? {
            Some(text) if text.trim().is_empty() => Err(self.wrong(name, "must not be empty")),
            text => Ok(text),
        }
    }

    /// A text that has to be there and is not empty.
    pub(crate) fn required_text(&self, name: &str) -> Result<&'a str, Refusal> {
        self.filled_text(name)?.ok_or_else(|| self.forms.missing(name))
    }

    /// One of a few words.
    pub(crate) fn one_of(&self, name: &str, words: &[&str]) -> Result<Option<&'a str>, Refusal> {
        match self.text(name)? {
            Some(word) if !words.contains(&word) => {
                Err(self.wrong(name, &format!("must be one of {}", words.join(", "))))
            }
            word => Ok(word),
        }
    }

    /// A number above zero.
    pub(crate) fn positive_number(&self, name: &str) -> Result<Option<f64>, Refusal> {
        let read = |value: &Value| {
            value.as_f64().filter(|&number| number > 0.0).ok_or_else(|| self.wrong(name, "must be a positive number"))
        };
        self.get(name).map(read).transpose()
    }

    /// True or false.
    pub(crate) fn flag(&self, name: &str) -> Result<Option<bool>, Refusal> {
        self.get(name).map(|value| value.as_bool().ok_or_else(|| self.wrong(name, "must be a boolean"))).transpose()
    }

    /// A URL or base64 data. Answers the URL, and nothing for data.
    pub(crate) fn source(&self, name: &str) -> Result<Option<Source<'a>>, Refusal> {
        let Some(text) = self.filled_text(name)? else { return Ok(None) };
        if text.starts_with("http://") || text.starts_with("https://") {
            return Ok(Some(Source::Url(text)));
        }
        let data =
            text.strip_prefix("data:").map_or(Some(text), |rest| rest.split_once(";base64,").map(|(_, data)| data));
        let is_base64 = |data: &str| {
            !data.is_empty()
                && data.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/-_=".contains(&b) || b.is_ascii_whitespace())
        };
        match data {
            Some(data) if is_base64(data) => Ok(Some(Source::Data)),
            _ => Err(self.wrong(name, "must be a URL or base64 data")),
        }
    }

    /// A list of words out of a few.
    pub(crate) fn list_of(&self, name: &str, words: &[&str]) -> Result<Option<Vec<String>>, Refusal> {
        let wrong = || self.wrong(name, &format!("must be a list of {}", words.join(", ")));
        let Some(value) = self.get(name) else { return Ok(None) };
        let items = value.as_array().filter(|items| !items.is_empty()).ok_or_else(wrong)?;
        let read = |item: &Value| item.as_str().filter(|word| words.contains(word)).map(str::to_owned);
        items.iter().map(read).collect::<Option<Vec<_>>>().map(Some).ok_or_else(wrong)
    }
}

/// Where a face or a voice comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source<'a> {
    /// An address that the service would fetch.
    Url(&'a str),
    /// Base64 data in the body itself.
    Data,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_source_is_a_url_or_base64_and_never_a_path() {
        let body = json!({
            "url": "https://example.com/a.jpg", "plain": "aGVsbG8=", "data": "data:image/png;base64,aGVsbG8=",
            "path": "assets/host.png", "bare": "data:text/plain,hello", "number": 5,
        });
        let fields = Fields::of(&body, ErrorForms::Page).unwrap();
        assert_eq!(fields.source("url"), Ok(Some(Source::Url("https://example.com/a.jpg"))));
        assert_eq!(fields.source("plain"), Ok(Some(Source::Data)));
        assert_eq!(fields.source("data"), Ok(Some(Source::Data)));
        assert_eq!(fields.source("absent"), Ok(None));
        for wrong in ["path", "bare", "number"] {
            assert_eq!(fields.source(wrong).unwrap_err().status, 422, "{wrong}");
        }
    }

    #[test]
    fn a_body_that_is_no_object_is_refused_and_an_absent_one_is_empty() {
        assert!(Fields::of(&json!([1]), ErrorForms::Page).is_err());
        assert_eq!(Fields::of(&Value::Null, ErrorForms::Page).unwrap().text("prompt"), Ok(None));
    }
}
