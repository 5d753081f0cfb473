//! Texts that read nothing: what comes of them is known before anything runs, and so is what goes wrong.

use serde_json::Value;

use super::texts::{Role, Text, locate};
use crate::diagnostic::{Diagnostic, Span};
use crate::expression::{Expression, Needs};
use crate::template::Template;

/// Renders a template that reads nothing.
pub fn check_template(text: &Text, template: &Template) -> Result<(), Box<Diagnostic>> {
    if template.is_plain() || !template.reads().is_empty() {
        return Ok(());
    }
    template.render_value(&Value::Null).map(drop).map_err(|error| {
        let hint = error.hint.unwrap_or_else(|| "give the helper a value that it takes".to_owned());
        unfit(text, error.span.as_ref(), error.message, hint)
    })
}

/// Evaluates an expression that reads nothing and asks nothing of other steps.
pub fn check_expression(text: &Text, expression: &Expression) -> Result<(), Box<Diagnostic>> {
    if !expression.reads().is_empty() || expression.sees_failures() {
        return Ok(());
    }
    let value = expression.evaluate(&Value::Null, &Needs::default()).map_err(|error| {
        let hint = error.hint.unwrap_or_else(|| "compare and count values that are alike".to_owned());
        unfit(text, Some(&error.span), error.message, hint)
    })?;
    if text.role == Role::Items && !value.is_array() {
        let message = format!("`foreach` takes a list, not `{}`", text.text.value);
        let hint = "write the items, as `foreach: [left, right]`, or what holds them, as `foreach: inputs.guests`";
        return Err(unfit(text, None, message, hint.to_owned()));
    }
    Ok(())
}

fn unfit(text: &Text, part: Option<&Span>, message: String, hint: String) -> Box<Diagnostic> {
    let place = part.map_or_else(|| text.text.span.clone(), |part| locate(&text.source, &text.text, part));
    Box::new(Diagnostic::error("unfit-value", &text.source, place, message).hint(hint))
}
