//! One word, number or text against what may stand there.

use serde_json::Value;

use super::walk::{Named, Walk};
use super::{durations, words};
use crate::diagnostic::nearest;
use crate::workflow::node::{Node, Scalar, ScalarKind};

impl Walk<'_> {
    pub(super) fn scalar(&mut self, schema: &'static Value, scalar: &Scalar, node: &Node, at: Named<'_>) {
        let is_template = scalar.text.contains("{{");
        if words::is_any(schema) || (is_template && schema.get("x-template").is_some()) {
            return;
        }
        match schema["x-runsheet"].as_str() {
            Some("version") => return self.version(scalar, node),
            Some("duration") => return self.duration(scalar, node, at, None),
            Some("hold") => return self.duration(scalar, node, at, Some("speech")),
            Some("expires") => return self.duration(scalar, node, at, Some("end_of_window")),
            _ => {}
        }
        if let Some(values) = words::values(schema) {
            return self.word(&values, scalar, node, at);
        }
        if words::allows(schema, "string") {
            return;
        }
        if is_template {
            let message = format!("{} is read before the run and cannot be a template", at.label());
            return self.report("no-template", &node.span, message, Some(words::write(schema)));
        }
        match scalar.kind {
            ScalarKind::Boolean if words::allows(schema, "boolean") => {}
            ScalarKind::Integer if words::allows(schema, "integer") || words::allows(schema, "number") => {
                self.range(schema, scalar, node, at);
            }
            ScalarKind::Number if words::allows(schema, "number") => self.range(schema, scalar, node, at),
            _ => self.wrong_scalar(schema, scalar, node, at),
        }
    }

    fn version(&mut self, scalar: &Scalar, node: &Node) {
        if scalar.kind == ScalarKind::Integer && scalar.text == "1" {
            return;
        }
        let message = format!("the version is {}, and this release reads version `1`", words::found(node));
        let hint = if scalar.text == "1" { "take the quotes away: `version: 1`" } else { "write `version: 1`" };
        self.report("bad-version", &node.span, message, Some(hint.to_owned()));
    }

    fn word(&mut self, values: &[&str], scalar: &Scalar, node: &Node, at: Named<'_>) {
        let text = scalar.text.as_str();
        if values.contains(&text) {
            return;
        }
        let known = format!("it is one of {}", words::list(values, "or"));
        if text.contains("{{") {
            let message = format!("{} is read before the run and cannot be a template", at.label());
            return self.report("no-template", &node.span, message, Some(known));
        }
        let hint = match nearest(text, values.iter().copied()) {
            Some(near) => format!("did you mean `{near}`? {known}"),
            None => known,
        };
        let message = format!("{} cannot be `{}`", at.label(), words::cut(text));
        self.report("bad-value", &node.span, message, Some(hint));
    }

    fn wrong_scalar(&mut self, schema: &'static Value, scalar: &Scalar, node: &Node, at: Named<'_>) {
        let text = scalar.text.as_str();
        let is_number = words::allows(schema, "integer") || words::allows(schema, "number");
        let hint = if words::allows(schema, "boolean") {
            match text.to_lowercase().as_str() {
                "yes" | "on" | "y" | "true" | "1" => Some(format!("write `{}: true`", at.name)),
                "no" | "off" | "n" | "false" | "0" => Some(format!("write `{}: false`", at.name)),
                _ => None,
            }
        } else if is_number && scalar.kind == ScalarKind::Quoted && text.parse::<f64>().is_ok() {
            Some(format!("take the quotes away: `{}: {text}`", at.name))
        } else if is_number && text.contains('_') && text.replace('_', "").parse::<f64>().is_ok() {
            Some(format!("write `{}: {}`", at.name, text.replace('_', "")))
        } else {
            words::example(schema, at)
        };
        let message = format!("{} {}, not {}", at.takes(), words::phrase(schema), words::found(node));
        self.report("wrong-type", &node.span, message, hint.or_else(|| Some(words::write(schema))));
    }

    fn range(&mut self, schema: &'static Value, scalar: &Scalar, node: &Node, at: Named<'_>) {
        let Ok(number) = scalar.text.parse::<f64>() else { return };
        let bound = |word: &str| schema[word].as_f64();
        let (message, hint) = if let Some(least) = bound("minimum").filter(|least| number < *least) {
            (format!("less than {least}"), format!("the least is `{least}`"))
        } else if let Some(most) = bound("maximum").filter(|most| number > *most) {
            (format!("more than {most}"), format!("the most is `{most}`"))
        } else if let Some(bound) = bound("exclusiveMinimum").filter(|bound| number <= *bound) {
            (format!("not more than {bound}"), format!("give a number above `{bound}`"))
        } else {
            return;
        };
        let message = format!("{} is `{}`, {message}", at.label(), scalar.text);
        self.report("out-of-range", &node.span, message, Some(hint));
    }

    fn duration(&mut self, scalar: &Scalar, node: &Node, at: Named<'_>, word: Option<&str>) {
        let text = scalar.text.as_str();
        if word == Some(text) {
            return;
        }
        let Some((message, mut hint)) = durations::mistake(text) else { return };
        if let Some(meant) = word.and_then(|word| nearest(text, [word])) {
            hint = format!("did you mean `{meant}`?");
        }
        self.report("bad-duration", &node.span, format!("{} {message}", at.label()), Some(hint));
    }
}
