//! Texts as far as they are known before a run: inputs, constants and written items stand in them, the rest is left.
//!
//! The estimate reads the exact values, the drawings the masked ones. Nothing here fails: what cannot be rendered
//! yet stays as it is written, in its braces.

use std::borrow::Cow;

use indexmap::IndexMap;
use serde_json::Value;

use crate::expression::{Expression, Needs};
use crate::plan::model::{Condition, Plan};
use crate::scope::{Scope, part};
use crate::template::Template;

/// What makes a tag depend on what is around it: blocks, comments, taken white space, escapes.
const JOINED: [&str; 6] = ["{{#", "{{^", "{{!", "{{~", "~}}", "\\{{"];

/// The names that are known before a run.
#[derive(Clone, Debug, Default)]
pub struct Preview<'a> {
    inputs: Cow<'a, IndexMap<String, Value>>,
    vars: Cow<'a, IndexMap<String, Value>>,
    item: Option<(&'a str, &'a Value)>,
    estimate: Option<&'a Value>,
}

/// A text as far as it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Previewed {
    /// The text; what is not known stands in its braces.
    pub text: String,
    /// The text without what is not known.
    pub known: String,
    /// Whether all of it is known.
    pub is_whole: bool,
}

impl<'a> Preview<'a> {
    /// Previews with the values themselves: for lengths, never for eyes.
    pub fn exact(plan: &'a Plan) -> Self {
        Self {
            inputs: Cow::Borrowed(&plan.inputs),
            vars: Cow::Borrowed(&plan.vars),
            item: None,
            estimate: Some(&plan.estimate),
        }
    }

    /// Previews with `[input NAME]` in place of what is sensitive.
    pub fn masked(plan: &'a Plan) -> Self {
        if plan.sensitive.is_empty() {
            return Self::exact(plan);
        }
        let hidden: Vec<(String, String)> = plan
            .sensitive
            .iter()
            .filter_map(|name| Some((scalar(plan.inputs.get(name)?)?, placeholder(name))))
            .filter(|(value, _)| !value.is_empty())
            .collect();
        let input = |(name, value): (&String, &Value)| match plan.sensitive.contains(name) {
            true => (name.clone(), Value::String(placeholder(name))),
            false => (name.clone(), value.clone()),
        };
        let var = |(name, value): (&String, &Value)| (name.clone(), hide(value, &hidden));
        Self {
            inputs: Cow::Owned(plan.inputs.iter().map(input).collect()),
            vars: Cow::Owned(plan.vars.iter().map(var).collect()),
            item: None,
            estimate: Some(&plan.estimate),
        }
    }

    /// The same with the item of a loop under its name.
    pub fn with_item<'b>(&'b self, name: &'b str, item: &'b Value) -> Preview<'b> {
        Preview {
            inputs: Cow::Borrowed(self.inputs.as_ref()),
            vars: Cow::Borrowed(self.vars.as_ref()),
            item: Some((name, item)),
            estimate: self.estimate,
        }
    }

    /// The inputs as they may be seen.
    pub fn inputs(&self) -> &IndexMap<String, Value> {
        &self.inputs
    }

    /// Renders what is known of a text.
    pub fn text(&self, template: &str) -> Previewed {
        text_as_known(self, template)
    }

    /// The value of an expression, when every name in it is known.
    pub fn value_of(&self, expression: &str) -> Option<Value> {
        Expression::parse(expression).ok()?.evaluate(self, &Needs::default()).ok()
    }

    /// What a condition says, when every name in it is known; none when only a run can tell.
    pub fn decides(&self, condition: &Condition) -> Option<bool> {
        if condition.sees_failures {
            return None;
        }
        Expression::parse(&condition.text).ok()?.is_true(self, &Needs::default()).ok()
    }
}

impl Scope for Preview<'_> {
    fn value(&self, path: &[String]) -> Result<Option<Value>, String> {
        let Some((first, rest)) = path.split_first() else { return Ok(None) };
        let found = match (first.as_str(), self.item) {
            (name, Some((known, item))) if name == known => part(item, rest),
            ("inputs", _) => named(&self.inputs, rest),
            ("vars", _) => named(&self.vars, rest),
            ("estimate", _) => self.estimate.and_then(|estimate| part(estimate, rest)).filter(|value| !value.is_null()),
            _ => return Err(format!("`{first}` is known when the run is there")),
        };
        // What is not given yet is no mistake: a default in the text must not stand in for it.
        found.map(|value| Some(value.clone())).ok_or_else(|| "not known before the run".to_owned())
    }
}

/// Renders what a scope knows of a text; a name that is not known yet is an error of the scope.
pub fn text_as_known(scope: &dyn Scope, template: &str) -> Previewed {
    if !template.contains("{{") {
        return Previewed { text: template.to_owned(), known: template.to_owned(), is_whole: true };
    }
    if !JOINED.iter().any(|sign| template.contains(sign)) {
        return tag_by_tag(scope, template);
    }
    // A block says one thing or another: as long as that is open, nothing of the text is known.
    match render(scope, template) {
        Some(text) => Previewed { known: text.clone(), text, is_whole: true },
        None => Previewed { text: template.to_owned(), known: String::new(), is_whole: false },
    }
}

fn tag_by_tag(scope: &dyn Scope, template: &str) -> Previewed {
    let mut shown = Previewed { text: String::new(), known: String::new(), is_whole: true };
    let mut rest = template;
    while let Some((before, tag, after)) = next_tag(rest) {
        shown.push(before);
        match plain(scope, tag).or_else(|| render(scope, tag)) {
            Some(value) => shown.push(&value),
            None => {
                shown.text.push_str(tag);
                shown.is_whole = false;
            }
        }
        rest = after;
    }
    shown.push(rest);
    shown
}

/// The value of a tag that is nothing but a name: most are, and need no compiler.
fn plain(scope: &dyn Scope, tag: &str) -> Option<String> {
    let name = tag.strip_prefix("{{")?.strip_suffix("}}")?.trim();
    let path: Vec<String> = name.split('.').map(str::to_owned).collect();
    match scope.value(&path).ok()?? {
        Value::String(text) => Some(text),
        _ => None,
    }
}

/// The text, when every name in it is known.
fn render(scope: &dyn Scope, template: &str) -> Option<String> {
    Template::parse(template).ok()?.render(scope).ok()
}

fn named<'v>(values: &'v IndexMap<String, Value>, path: &[String]) -> Option<&'v Value> {
    let (name, rest) = path.split_first()?;
    part(values.get(name)?, rest)
}

impl Previewed {
    fn push(&mut self, text: &str) {
        self.text.push_str(text);
        self.known.push_str(text);
    }
}

/// What is before the first tag, the tag with its braces, and what is after it.
fn next_tag(text: &str) -> Option<(&str, &str, &str)> {
    let start = text.find("{{")?;
    let close = start + text[start..].find("}}")? + 2;
    let end = close + text[close..].bytes().take_while(|&byte| byte == b'}').count();
    Some((&text[..start], &text[start..end], &text[end..]))
}

/// What a value is as text; none when it is a list or a map.
pub(crate) fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn placeholder(name: &str) -> String {
    format!("[input {name}]")
}

fn hide(value: &Value, hidden: &[(String, String)]) -> Value {
    match value {
        Value::Array(items) => items.iter().map(|item| hide(item, hidden)).collect(),
        Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), hide(value, hidden))).collect(),
        other => match scalar(other) {
            Some(text) if hidden.iter().any(|(value, _)| text.contains(value)) => {
                hidden.iter().fold(text, |text, (value, by)| text.replace(value, by)).into()
            }
            _ => other.clone(),
        },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn plan() -> Plan {
        Plan {
            inputs: IndexMap::from([("customer".to_owned(), json!("Alex")), ("pin".to_owned(), json!(4711))]),
            sensitive: vec!["pin".to_owned()],
            vars: IndexMap::from([("door".to_owned(), json!({ "code": "4711#" }))]),
            ..Plan::default()
        }
    }

    #[test]
    fn what_is_known_is_rendered_and_the_rest_is_left() {
        let plan = plan();
        let seen = Preview::exact(&plan).text("Hello {{ inputs.customer }}, {{steps.x.name}} waits");
        assert_eq!(seen.text, "Hello Alex, {{steps.x.name}} waits");
        assert_eq!((seen.known.as_str(), seen.is_whole), ("Hello Alex,  waits", false));
        assert!(Preview::exact(&plan).text("{{ inputs.pin }} {{ vars.door.code }}").is_whole);
    }

    #[test]
    fn an_item_is_known_under_its_name() {
        let (plan, item) = (plan(), json!({ "name": "Ada" }));
        let preview = Preview::exact(&plan);
        assert_eq!(preview.with_item("guest", &item).text("Hi {{ guest.name }}").text, "Hi Ada");
        assert!(!preview.text("Hi {{ guest.name }}").is_whole);
    }

    #[test]
    fn helpers_and_blocks_are_rendered_when_all_they_read_is_known() {
        let plan = plan();
        let preview = Preview::exact(&plan);
        assert_eq!(
            preview.text("{{upper inputs.customer}} and {{upper steps.x.y}}").text,
            "ALEX and {{upper steps.x.y}}"
        );
        let block = "{{#if inputs.customer}}Hello{{else}}Bye{{/if}}";
        assert_eq!(preview.text(block).text, "Hello");
        let open = preview.text("{{#if steps.x.ok}}Hello{{/if}}");
        assert_eq!((open.known.as_str(), open.is_whole), ("", false));
    }

    #[test]
    fn a_condition_over_inputs_is_decided() {
        let plan = plan();
        let condition = |text: &str| Condition { text: text.to_owned(), sees_failures: text.contains("()") };
        let preview = Preview::exact(&plan);
        assert_eq!(preview.decides(&condition("inputs.pin == 1")), Some(false));
        assert_eq!(preview.decides(&condition("inputs.pin == 4711")), Some(true));
        assert_eq!(preview.decides(&condition("steps.x.ok")), None);
        assert_eq!(preview.decides(&condition("always()")), None);
    }

    #[test]
    fn sensitive_values_are_masked_also_within_constants() {
        let plan = plan();
        let seen = Preview::masked(&plan).text("{{ inputs.pin }} {{ vars.door.code }}").text;
        assert_eq!(seen, "[input pin] [input pin]#");
    }
}
