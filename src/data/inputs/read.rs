//! From what was declared and what was given to the values of a run.

use indexmap::IndexMap;
use serde_json::Value;

use super::given::{Given, GivenInputs};
use super::spec::InputSpec;
use super::value::{self, Listed, Wrong};
use super::{InputError, InputType};
use crate::diagnostic::nearest;

/// The most characters of a wrong value that a message repeats.
const SHOWN: usize = 60;

/// Reads the inputs of a run.
pub struct Inputs;

impl Inputs {
    /// The values in the order they are declared, or every mistake at once.
    ///
    /// An input that is not required, has no default and is not given is left out: reading it is an error, as of any
    /// unknown name, unless the template supplies a default. A `null` in the file counts as not given.
    pub fn read(
        specs: &IndexMap<String, InputSpec>,
        given: &GivenInputs,
    ) -> Result<IndexMap<String, Value>, Vec<InputError>> {
        let (given, errors) = given.collect();
        finish(Reading::new(specs, given, errors))
    }

    /// The same for values that come from a program, such as the body of a webhook.
    pub fn from_values(
        specs: &IndexMap<String, InputSpec>,
        values: IndexMap<String, Value>,
    ) -> Result<IndexMap<String, Value>, Vec<InputError>> {
        let given = values.into_iter().map(|(name, value)| (name, Given::Typed(value))).collect();
        finish(Reading::new(specs, given, Vec::new()))
    }

    /// The values that are known, and the names of those that a run still needs: required and not given, or given
    /// wrong. For `plan`, which shows what it can.
    pub fn partial(specs: &IndexMap<String, InputSpec>, given: &GivenInputs) -> (IndexMap<String, Value>, Vec<String>) {
        let (given, errors) = given.collect();
        let reading = Reading::new(specs, given, errors);
        (reading.values, reading.missing)
    }
}

fn finish(reading: Reading) -> Result<IndexMap<String, Value>, Vec<InputError>> {
    if reading.errors.is_empty() { Ok(reading.values) } else { Err(reading.errors) }
}

/// All that follows from one set of given inputs.
struct Reading {
    values: IndexMap<String, Value>,
    missing: Vec<String>,
    errors: Vec<InputError>,
}

impl Reading {
    fn new(specs: &IndexMap<String, InputSpec>, given: IndexMap<String, Given>, errors: Vec<InputError>) -> Self {
        let mut reading = Self { values: IndexMap::new(), missing: Vec::new(), errors };
        for name in given.keys().filter(|name| !specs.contains_key(*name)) {
            reading.errors.push(unknown(name, specs));
        }
        for (name, spec) in specs {
            reading.take(name, spec, given.get(name));
        }
        reading
    }

    fn take(&mut self, name: &str, spec: &InputSpec, given: Option<&Given>) {
        let read = match given {
            Some(Given::Text(text)) => value::parse(spec, text).map_err(|wrong| (wrong, text.clone())),
            Some(Given::Typed(value)) if !value.is_null() => {
                value::check(spec, value).map(|()| value.clone()).map_err(|wrong| (wrong, shown(value)))
            }
            _ => return self.take_default(name, spec),
        };
        match read {
            Ok(value) => {
                self.values.insert(name.to_owned(), value);
            }
            Err((wrong, text)) => {
                self.missing.push(name.to_owned());
                self.errors.push(refused(name, spec, wrong, &text));
            }
        }
    }

    fn take_default(&mut self, name: &str, spec: &InputSpec) {
        if let Some(default) = &spec.default {
            self.values.insert(name.to_owned(), default.clone());
        } else if spec.required {
            self.missing.push(name.to_owned());
            let hint = format!("add `--input {name}={}`", example(spec));
            self.errors.push(InputError::new(format!("input `{name}` is required and not given"), hint));
        }
    }
}

fn refused(name: &str, spec: &InputSpec, wrong: Wrong, text: &str) -> InputError {
    let needs = wrong.needs;
    if spec.sensitive {
        return InputError::new(format!("input `{name}` must be {needs}"), None);
    }
    InputError::new(format!("input `{name}` must be {needs}, not `{}`", shortened(text)), wrong.hint)
}

fn unknown(name: &str, specs: &IndexMap<String, InputSpec>) -> InputError {
    let names: Vec<String> = specs.keys().cloned().collect();
    let hint = match nearest(name, specs.keys().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None if names.is_empty() => "the workflow has no `inputs`".to_owned(),
        None => format!("it has {}", Listed(&names)),
    };
    InputError::new(format!("the workflow has no input `{}`", shortened(name)), hint)
}

/// What a value of the type looks like on the command line.
fn example(spec: &InputSpec) -> &str {
    match spec.kind {
        InputType::Enum => spec.values.first().map_or("VALUE", String::as_str),
        InputType::Boolean => "true",
        InputType::Integer | InputType::Number => "NUMBER",
        InputType::List => "a,b",
        InputType::String => "TEXT",
    }
}

fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn shortened(text: &str) -> String {
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(SHOWN).collect();
    if text.chars().nth(SHOWN).is_some() { format!("{line}…") } else { line }
}
