//! Constants that are known without a run.

use serde_json::{Map, Value, json};

use crate::template::Template;
use crate::workflow::node::Entry;

/// The `vars` that read nothing but each other, rendered.
pub fn constants(entries: &[Entry]) -> Value {
    let mut known = json!({ "vars": {} });
    let mut waiting: Vec<(&str, Value)> =
        entries.iter().map(|entry| (entry.key.value.as_str(), entry.value.to_json())).collect();
    loop {
        let before = waiting.len();
        waiting.retain(|(name, value)| match rendered(value, &known) {
            Some(value) => {
                known["vars"][*name] = value;
                false
            }
            None => true,
        });
        if waiting.is_empty() || waiting.len() == before {
            return known;
        }
    }
}

/// A value with its texts rendered; none while they read what is not known.
fn rendered(value: &Value, known: &Value) -> Option<Value> {
    Some(match value {
        Value::String(text) => Template::parse(text).ok()?.render_value(known).ok()?,
        Value::Array(items) => items.iter().map(|item| rendered(item, known)).collect::<Option<_>>()?,
        Value::Object(fields) => {
            let fields = fields.iter().map(|(key, value)| Some((key.clone(), rendered(value, known)?)));
            Value::Object(fields.collect::<Option<Map<_, _>>>()?)
        }
        other => other.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Source;
    use crate::workflow::load;

    #[test]
    fn constants_read_each_other_in_any_order_and_nothing_else() {
        let text = "b: '{{ vars.a }}!'\na: Hi\nc: '{{ inputs.x }}'\nd: [1, '{{ vars.b }}']\ne: '{{ vars.c }}'\n";
        let loaded = load::parse(Source::new("a.yaml", text)).unwrap();
        let known = constants(loaded.root.as_map().unwrap());
        assert_eq!(known, json!({ "vars": { "a": "Hi", "b": "Hi!", "d": [1, "Hi!"] } }));
    }
}
