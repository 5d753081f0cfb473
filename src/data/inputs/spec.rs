//! What a file declares about an input, and the mistakes that its types cannot rule out.

use regex::Regex;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::value::{self, Wrong};
use crate::diagnostic::nearest;

/// What a value of an input may be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum InputType {
    /// Text.
    #[default]
    String,
    /// A whole number.
    Integer,
    /// Any number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// One of `values`.
    Enum,
    /// A list: `a,b,c` or JSON on the command line.
    List,
}

/// An input: what it may be, and what it is when nobody gives it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InputSpec {
    /// What a value may be; text when left out.
    #[serde(rename = "type", default)]
    pub kind: InputType,
    /// The value when none is given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<Value>,
    /// Whether a run needs it to be given.
    #[serde(default, skip_serializing_if = "is_false")]
    pub required: bool,
    /// What it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What an `enum` may be.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
    /// A regular expression that the whole of a `string` matches.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    /// The smallest number; of a `string` the fewest characters, of a `list` the fewest entries.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min: Option<f64>,
    /// The greatest number; of a `string` the most characters, of a `list` the most entries.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<f64>,
    /// Whether the value is masked wherever people look.
    #[serde(default, skip_serializing_if = "is_false")]
    pub sensitive: bool,
}

fn is_false(flag: &bool) -> bool {
    !flag
}

impl InputType {
    /// The word of the file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Integer => "integer",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::Enum => "enum",
            Self::List => "list",
        }
    }

    fn has_size(self) -> bool {
        matches!(self, Self::String | Self::Integer | Self::Number | Self::List)
    }
}

impl InputSpec {
    /// The pattern, bound to both ends of the text.
    pub(super) fn whole_pattern(&self) -> Option<Result<Regex, regex::Error>> {
        // Alone first: `a)(b` would be a pattern only between the parentheses that bind it.
        self.pattern.as_ref().map(|pattern| {
            Regex::new(pattern)?;
            Regex::new(&format!(r"\A(?:{pattern})\z"))
        })
    }
}

/// A mistake in a declaration, in one of its fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpecMistake {
    /// The field to point at.
    pub field: &'static str,
    /// What is wrong.
    pub message: String,
    /// The exact fix.
    pub hint: Option<String>,
}

/// Finds what is wrong in a declaration though every field has its type.
pub fn check_spec(spec: &InputSpec) -> Vec<SpecMistake> {
    let mut mistakes = Vec::new();
    let mut wrong = |field, message: String, hint: String| {
        mistakes.push(SpecMistake { field, message, hint: Some(hint) });
    };
    let kind = spec.kind.as_str();
    match (spec.kind, spec.values.is_empty()) {
        (InputType::Enum, true) => {
            wrong("type", "an `enum` has no values".into(), "add `values: [first, second]`".into());
        }
        (InputType::Enum, false) => {
            if let Some(twice) = repeated(&spec.values) {
                wrong("values", format!("the value `{twice}` is listed twice"), "remove one of them".into());
            }
        }
        (_, false) => wrong("values", format!("a `{kind}` has no `values`"), "write `type: enum`".into()),
        (_, true) => {}
    }
    if spec.pattern.is_some() && spec.kind != InputType::String {
        wrong("pattern", format!("a `{kind}` has no `pattern`"), "remove it, or write `type: string`".into());
    } else if let Some(Err(_)) = spec.whole_pattern() {
        let reason = spec.pattern.as_deref().map(pattern_mistake).unwrap_or_default();
        wrong("pattern", format!("the pattern is no regular expression: {reason}"), "escape it with `\\`".into());
    }
    check_bounds(spec, &mut wrong);
    check_default(spec, &mut wrong);
    mistakes
}

fn check_bounds(spec: &InputSpec, wrong: &mut impl FnMut(&'static str, String, String)) {
    let kind = spec.kind.as_str();
    for (field, bound) in [("min", spec.min), ("max", spec.max)] {
        if bound.is_some() && !spec.kind.has_size() {
            wrong(field, format!("a `{kind}` has no `{field}`"), "remove it".into());
        }
    }
    if let (Some(min), Some(max)) = (spec.min, spec.max)
        && spec.kind.has_size()
        && min > max
    {
        wrong("min", format!("`min` is {min}, more than `max`, {max}"), "exchange them".into());
    }
}

fn check_default(spec: &InputSpec, wrong: &mut impl FnMut(&'static str, String, String)) {
    let Some(default) = &spec.default else { return };
    if spec.required {
        let hint = "remove `default` or `required`";
        wrong("required", "an input with a default is never required".into(), hint.into());
    }
    if let Err(Wrong { needs, hint }) = value::check(spec, default) {
        let near = default.as_str().and_then(|text| nearest(text, spec.values.iter().map(String::as_str)));
        let hint = near.map(|near| format!("did you mean `{near}`?")).or(hint);
        let hint = hint.unwrap_or_else(|| "change the default, or what it may be".into());
        wrong("default", format!("the default must be {needs}"), hint);
    }
}

fn repeated(values: &[String]) -> Option<&String> {
    values.iter().enumerate().find(|(i, value)| values[..*i].contains(value)).map(|(_, value)| value)
}

/// The last line of the library's message, which is the reason; the lines above draw the pattern.
fn pattern_mistake(pattern: &str) -> String {
    let text = Regex::new(pattern).err().map(|error| error.to_string()).unwrap_or_default();
    let reason = text.lines().last().unwrap_or_default();
    reason.trim_start_matches("error: ").trim_end_matches('.').to_owned()
}
