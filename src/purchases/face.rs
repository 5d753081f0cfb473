//! What an agent is made from, as one short text.

use std::fmt;

use serde_json::{Map, Value, json};

use crate::sha256;

/// Fields that do not make a face: the prompt can be changed for free, and `reuse` is about the purchase.
const NOT_OF_THE_FACE: [&str; 2] = ["prompt", "reuse"];

/// Floats up to here are whole numbers exactly.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// What an agent is made from: two equal ones are alike, wherever and whenever they were asked for.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Face(String);

/// What makes a face.
#[derive(Clone, Copy, Debug)]
pub struct FaceParts<'a> {
    /// The key of the service: base URL and account.
    pub service: &'a str,
    /// The workflow's name.
    pub workflow: &'a str,
    /// The rendered fields of the step, files by their SHA-256; the prompt may be among them.
    pub fields: &'a Map<String, Value>,
    /// The key of the loop's item, within a loop.
    pub item: Option<&'a str>,
}

impl Face {
    /// The face of the parts: the SHA-256 of their canonical JSON.
    pub fn of(parts: FaceParts<'_>) -> Self {
        let makes = |field: &(&String, &Value)| !NOT_OF_THE_FACE.contains(&field.0.as_str());
        let fields: Map<String, Value> =
            parts.fields.iter().filter(makes).map(|(key, value)| (key.clone(), value.clone())).collect();
        let all = json!([parts.service, parts.workflow, fields, parts.item]);
        Self(sha256::hex(canonical(&all).to_string()))
    }

    /// A face as it was kept.
    pub(crate) fn from_text(text: String) -> Self {
        Self(text)
    }

    /// The face as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Face {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Face({:.8})", self.0)
    }
}

/// A prompt as purchases know it.
pub fn prompt_sha256(prompt: &str) -> String {
    sha256::hex(prompt)
}

/// The one form of a value: keys in order, nothing for what is null, whole numbers without a fraction.
fn canonical(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().filter(|(_, value)| !value.is_null()).collect();
            fields.sort_unstable_by_key(|(key, _)| *key);
            fields.into_iter().map(|(key, value)| (key.clone(), canonical(value))).collect()
        }
        Value::Array(items) => items.iter().map(canonical).collect(),
        Value::Number(number) => match number.as_f64() {
            Some(float) if number.is_f64() && float.fract() == 0.0 && float.abs() < EXACT => json!(float as i64),
            _ => value.clone(),
        },
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn face(fields: Value, item: Option<&str>) -> Face {
        let fields = fields.as_object().cloned().unwrap_or_default();
        Face::of(FaceParts { service: "s", workflow: "w", fields: &fields, item })
    }

    #[test]
    fn a_face_does_not_depend_on_spelling_prompt_or_reuse() {
        let plain = face(json!({"image": "ab12", "duration": 10}), None);
        assert_eq!(face(json!({"duration": 10.0, "image": "ab12", "video": null}), None), plain);
        assert_eq!(face(json!({"image": "ab12", "prompt": "x", "duration": 10, "reuse": false}), None), plain);
    }

    #[test]
    fn a_face_depends_on_fields_item_workflow_and_service() {
        let plain = face(json!({"image": "ab12"}), None);
        assert_ne!(face(json!({"image": "ab13"}), None), plain);
        assert_ne!(face(json!({"image": "ab12"}), Some("alex")), plain);
        let fields = json!({"image": "ab12"}).as_object().cloned().unwrap_or_default();
        let parts = FaceParts { service: "s", workflow: "w", fields: &fields, item: None };
        assert_eq!(Face::of(parts), plain);
        assert_ne!(Face::of(FaceParts { service: "t", ..parts }), plain);
        assert_ne!(Face::of(FaceParts { workflow: "v", ..parts }), plain);
    }
}
