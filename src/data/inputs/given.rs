//! What was given: pairs on the command line, a file of many, values of a program.

use std::path::{Path, PathBuf};

use indexmap::IndexMap;
use serde_json::Value;

use super::InputError;
use crate::data::json;
use crate::data::yaml;

/// The inputs as given, before anybody asked whether they fit. A pair goes before the same name in the file.
#[derive(Clone, Default)]
pub struct GivenInputs {
    /// `--input name=value`, in order.
    pub pairs: Vec<(String, String)>,
    /// `--inputs FILE`: an object in JSON, a mapping in YAML.
    pub file: Option<PathBuf>,
    /// Values of a program, each with a type of its own.
    pub values: serde_json::Map<String, Value>,
}

/// One value as given.
pub(super) enum Given {
    /// Text of the command line, still without a type.
    Text(String),
    /// A value of a file, with a type of its own.
    Typed(Value),
}

impl GivenInputs {
    /// Reads `name=value`; the value may hold further `=`, and may be empty.
    ///
    /// The text is not repeated in the error: it may be a value whose name was forgotten, and that may be sensitive.
    pub fn pair(text: &str) -> Result<(String, String), InputError> {
        let missing = |what| InputError::new(what, "write `--input name=value`".to_owned());
        let (name, value) = text.split_once('=').ok_or_else(|| missing("an input is given without a `=`"))?;
        match name.trim() {
            "" => Err(missing("an input is given without a name")),
            name => Ok((name.to_owned(), value.to_owned())),
        }
    }

    /// Every value by name, with what prevents reading some of them.
    pub(super) fn collect(&self) -> (IndexMap<String, Given>, Vec<InputError>) {
        let mut errors = Vec::new();
        let mut given = IndexMap::new();
        match self.file.as_deref().map(read_file) {
            Some(Ok(values)) => given.extend(values.into_iter().map(|(name, value)| (name, Given::Typed(value)))),
            Some(Err(error)) => errors.push(error),
            None => {}
        }
        given.extend(self.values.iter().map(|(name, value)| (name.clone(), Given::Typed(value.clone()))));
        for (i, (name, text)) in self.pairs.iter().enumerate() {
            if self.pairs[..i].iter().any(|(earlier, _)| earlier == name) {
                errors.push(InputError::new(format!("input `{name}` is given twice"), "give it once".to_owned()));
            }
            given.insert(name.clone(), Given::Text(text.clone()));
        }
        (given, errors)
    }
}

fn read_file(path: &Path) -> Result<serde_json::Map<String, Value>, InputError> {
    let shown = path.display();
    let bytes = std::fs::read(path)
        .map_err(|error| InputError::new(format!("the inputs file `{shown}` cannot be read: {error}"), None))?;
    let is_json = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
    let (kind, read) = if is_json { ("JSON", read_json(&bytes)) } else { ("YAML", read_yaml(&bytes)) };
    let value = read.map_err(|why| InputError::new(format!("the inputs file `{shown}` is no {kind}: {why}"), None))?;
    match value {
        Value::Object(values) => Ok(values),
        _ => {
            let hint = "write `name: value`, one input a line";
            let hint = if is_json { "write an object: `{ \"name\": \"value\" }`" } else { hint };
            Err(InputError::new(format!("the inputs file `{shown}` does not map names to values"), hint.to_owned()))
        }
    }
}

fn read_json(bytes: &[u8]) -> Result<Value, String> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    json::parse(bytes).map_err(|error| format!("{} at line {} column {}", error.message, error.line, error.column))
}

fn read_yaml(bytes: &[u8]) -> Result<Value, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned())?;
    yaml::parse(text).map_err(|error| format!("{} at line {} column {}", error.message, error.line, error.column))
}
