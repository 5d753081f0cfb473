//! What can be done to a value in a text: `{{ upper inputs.name }}`.
//!
//! A helper is one entry of [`HELPERS`] and one function. The table is also the reference that people read,
//! and each example in it is rendered by a test.

mod arguments;
mod logic;
mod moment;
mod quantity;
mod table;
mod wording;

use std::ops::RangeInclusive;
use std::sync::LazyLock;

use handlebars::{Context, Handlebars, Helper, HelperDef, Output, RenderContext, RenderError, ScopedJson};
use serde_json::Value;

use super::error::Complaint;
use super::names::{GIVEN, SHOW};
use arguments::Arguments;

pub use table::HELPERS;

/// What a helper makes of its values.
type Call = fn(&Arguments<'_, '_>) -> Result<Value, Complaint>;

/// What a helper is for, as people read it and as `check` uses it.
#[derive(Debug)]
pub struct HelperDoc {
    /// Its name.
    pub name: &'static str,
    /// How it is written.
    pub signature: &'static str,
    /// What it does.
    pub doc: &'static str,
    /// A text that uses it.
    pub example: &'static str,
    /// What the example gives, with the values of the reference.
    pub gives: &'static str,
    /// How many values it takes.
    pub(super) takes: RangeInclusive<usize>,
    /// The values that are given by name.
    pub(super) named: &'static [&'static str],
    /// The function; none for the blocks, which the renderer brings along.
    call: Option<Call>,
}

/// The helper of a name.
pub(super) fn find(name: &str) -> Option<&'static HelperDoc> {
    HELPERS.iter().find(|helper| helper.name == name)
}

/// The renderer, set up once: strict, nothing escaped, no partials.
pub(super) fn registry() -> &'static Handlebars<'static> {
    static REGISTRY: LazyLock<Handlebars<'static>> = LazyLock::new(|| {
        let mut registry = Handlebars::new();
        registry.set_strict_mode(true);
        registry.register_escape_fn(handlebars::no_escape);
        registry.set_prevent_indent(true);
        for helper in HELPERS {
            if let Some(call) = helper.call {
                registry.register_helper(helper.name, Box::new(Function(call)));
            }
        }
        registry.register_helper(SHOW, Box::new(Function(arguments::show)));
        registry.register_helper(GIVEN, Box::new(Given));
        registry
    });
    &REGISTRY
}

/// A helper that makes one value of several.
struct Function(Call);

impl HelperDef for Function {
    fn call_inner<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        _: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
    ) -> Result<ScopedJson<'rc>, RenderError> {
        Ok(ScopedJson::Derived((self.0)(&Arguments(helper))?))
    }
}

/// Refuses a block whose subject is not there or cannot be gone through; writes nothing.
struct Given;

impl HelperDef for Given {
    fn call<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        _: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
        _: &mut dyn Output,
    ) -> Result<(), RenderError> {
        let arguments = Arguments(helper);
        let subject = arguments.value(0)?;
        if arguments.value(1)?.as_str() == Some("each") && !matches!(subject, Value::Array(_) | Value::Object(_)) {
            let message = format!("`each` needs a list, and {} is {}", arguments.name(0), arguments::kind(subject));
            return Err(Complaint::unfit(message).into());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::Template;
    use serde_json::json;

    #[test]
    fn every_example_of_the_reference_gives_what_it_says() {
        let scope = json!({
            "inputs": {
                "name": "ada LOVELACE", "nickname": null, "vip": true, "price": 1234567.891,
                "guests": ["Ada", "Alan", "Grace"], "tickets": 3, "note": "  hi  ",
                "order": {"id": 7, "rush": false}
            },
            "now": "2026-12-24T17:05:00Z"
        });
        for helper in HELPERS {
            let template = Template::parse(helper.example).unwrap_or_else(|e| panic!("{}: {e:?}", helper.name));
            assert_eq!(template.render(&scope).as_deref(), Ok(helper.gives), "{}", helper.name);
            assert!(helper.example.contains(helper.name), "{} is in its own example", helper.name);
        }
    }

    #[test]
    fn the_table_has_every_helper_once() {
        let mut names: Vec<_> = HELPERS.iter().map(|helper| helper.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), HELPERS.len());
        assert_eq!(names.len(), 23);
    }
}
