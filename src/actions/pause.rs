//! `pause`: waits for a person to say go. The engine owns the wait.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::actions::action::{Action, Estimate, Fields};
use crate::actions::fields::{Length, Text};
use crate::outcome::Effect;

/// Waits until a person says go: Enter, or `--go`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "the type is the schema; the driver reads the rendered fields")]
pub struct Pause {
    /// What the person should know.
    message: Option<Text>,
    /// How long to wait for them; for ever when left out.
    timeout: Option<Length>,
    /// What a pause that nobody answered does; `fail` when left out.
    on_timeout: Option<OnTimeout>,
}

/// What a pause that nobody answered does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnTimeout {
    /// The step fails.
    Fail,
    /// The script goes on.
    Continue,
}

/// Who said go.
#[derive(Debug, JsonSchema)]
#[expect(dead_code, reason = "the type is the schema of the result")]
pub struct Answered {
    /// `person`, `--go`, or `timeout`.
    by: String,
}

impl Action for Pause {
    const NAME: &'static str = "pause";
    const SHORT: Option<&'static str> = Some("message");
    const EXAMPLE: &'static str = "- pause: House lights to half, wait for applause\n";
    type Output = Answered;

    fn effect(_: &Fields) -> Effect {
        Effect::None
    }

    fn estimate(_: &Fields) -> Estimate {
        Estimate { at_least: true, ..Estimate::default() }
    }
}
