//! The kinds of value that fields of actions have beyond JSON's own.
//!
//! Each marks its schema with `x-runsheet`, which the checker reads: `text` also takes `{ file: PATH }`, `media` a
//! path, `duration` a length with its unit.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use crate::duration::Millis;

/// A text. In the file any scalar, as spelled, or `{ file: PATH }`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Text(pub String);

/// A picture, film or sound: `http(s)://`, `data:`, or a file of the project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Media {
    /// A file of the project, by the hash of its content.
    File {
        /// The path as written.
        file: String,
        /// The SHA-256 of its content, in hexadecimal.
        sha256: String,
    },
    /// A URL.
    Url(String),
}

/// A length of time, written with its unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Length(pub Millis);

impl<'de> Deserialize<'de> for Length {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Millis::parse(&text).map(Self).map_err(|error| serde::de::Error::custom(format!("{error}: `{text}`")))
    }
}

impl JsonSchema for Text {
    fn schema_name() -> Cow<'static, str> {
        "Text".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "x-runsheet": "text" })
    }
}

impl JsonSchema for Media {
    fn schema_name() -> Cow<'static, str> {
        "Media".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "x-runsheet": "media" })
    }
}

impl JsonSchema for Length {
    fn schema_name() -> Cow<'static, str> {
        "Length".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "x-runsheet": "duration", "examples": ["500ms", "2s", "1m30s", "2h"] })
    }
}
