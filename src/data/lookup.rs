//! A value inside a value, by the path that a template or a condition names.

use serde_json::Value;

/// Walks keys of objects and positions of lists, from 0; an empty path is the value itself.
pub fn lookup<'a>(value: &'a Value, path: &[String]) -> Option<&'a Value> {
    path.iter().try_fold(value, |value, part| match value {
        Value::Object(fields) => fields.get(part),
        Value::Array(items) => items.get(position(part)?),
        _ => None,
    })
}

/// Digits only: the standard library would take `+1` as well.
fn position(part: &str) -> Option<usize> {
    part.bytes().all(|b| b.is_ascii_digit()).then(|| part.parse().ok())?
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn at<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
        let path: Vec<String> = path.split('.').filter(|part| !part.is_empty()).map(str::to_owned).collect();
        lookup(value, &path)
    }

    #[test]
    fn keys_and_positions_lead_to_a_value() {
        let value = json!({ "body": { "items": [{ "id": 7 }, null], "0": "zero" } });
        assert_eq!(at(&value, ""), Some(&value));
        assert_eq!(at(&value, "body.items.0.id"), Some(&json!(7)));
        assert_eq!(at(&value, "body.items.1"), Some(&Value::Null));
        assert_eq!(at(&value, "body.0"), Some(&json!("zero")));
    }

    #[test]
    fn what_is_not_there_is_not_found() {
        let value = json!({ "items": [1], "text": "abc" });
        for path in ["other", "items.1", "items.+0", "items.-1", "items.first", "text.0", "items.0.id"] {
            assert_eq!(at(&value, path), None, "{path}");
        }
        assert_eq!(lookup(&value, &["items".to_owned(), String::new()]), None);
    }
}
