//! `wait`: lets time pass. The engine owns the wait.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::actions::action::{Action, Estimate, Fields, Mistake};
use crate::actions::fields::{Length, Text};
use crate::duration::Millis;
use crate::outcome::Effect;

/// Waits for a length of time, or until an instant.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "the type is the schema; the driver reads the rendered fields")]
pub struct Wait {
    /// How long.
    r#for: Option<Length>,
    /// Until which instant, as `2026-12-24T18:00:00+01:00`.
    until: Option<Text>,
}

/// A wait has no result.
#[derive(Debug, JsonSchema)]
pub struct Nothing {}

impl Action for Wait {
    const NAME: &'static str = "wait";
    const SHORT: Option<&'static str> = Some("for");
    const EXAMPLE: &'static str = "- wait: 1m30s\n";
    type Output = Nothing;

    fn effect(_: &Fields) -> Effect {
        Effect::None
    }

    fn check(fields: &Fields) -> Vec<Mistake> {
        match (fields.contains_key("for"), fields.contains_key("until")) {
            (true, false) => Vec::new(),
            (false, true) => check_until(fields).into_iter().collect(),
            (true, true) => vec![mistake("until", "`wait` has both `for` and `until`", "keep one of them")],
            (false, false) => {
                vec![Mistake {
                    field: None,
                    message: "`wait` has neither `for` nor `until`".to_owned(),
                    hint: Some("write `wait: 5s`, or `wait: { until: 2026-12-24T18:00:00+01:00 }`".to_owned()),
                }]
            }
        }
    }

    fn estimate(fields: &Fields) -> Estimate {
        let written = fields.get("for").and_then(|length| length.as_str());
        let length = written.and_then(|text| Millis::parse(text).ok());
        Estimate { requests: 0, length: length.unwrap_or_default(), at_least: length.is_none() }
    }
}

fn check_until(fields: &Fields) -> Option<Mistake> {
    let until = fields.get("until")?.as_str()?;
    if until.contains("{{") || crate::clock::Timestamp::parse(until).is_some() {
        return None;
    }
    let hint = "write date, time and offset, as `2026-12-24T18:00:00+01:00`";
    Some(mistake("until", &format!("`{until}` is not an instant"), hint))
}

fn mistake(field: &str, message: &str, hint: &str) -> Mistake {
    Mistake { field: Some(field.to_owned()), message: message.to_owned(), hint: Some(hint.to_owned()) }
}
