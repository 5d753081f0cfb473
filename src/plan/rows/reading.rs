//! One text or expression over the rows of a loop, compiled once.

use serde_json::Value;

use crate::expression::{Expression, Needs};
use crate::plan::preview::Preview;
use crate::scope::{Read, Scope, part};
use crate::template::Template;

/// A text or an expression of which all but the item is known.
pub struct Reading {
    written: Written,
    /// The columns of the item that it reads.
    columns: Vec<String>,
}

enum Written {
    /// Nothing but a name of the item.
    Name(Vec<String>),
    Template(Template),
    Expression(Expression),
}

/// The names that a row is read with.
pub struct RowScope<'a> {
    /// What is known of the run.
    pub preview: &'a Preview<'a>,
    /// The item's name in texts.
    pub name: &'a str,
    /// The row.
    pub item: &'a Value,
}

impl Scope for RowScope<'_> {
    fn value(&self, path: &[String]) -> Result<Option<Value>, String> {
        match path.split_first() {
            Some((first, rest)) if first == self.name => Ok(part(self.item, rest).cloned()),
            _ => self.preview.value(path),
        }
    }
}

impl Reading {
    /// A template; none where only a run can know something that it reads.
    pub fn template(text: &str, preview: &Preview<'_>, name: &str) -> Option<Self> {
        let template = Template::parse(text).ok()?;
        let columns = known(template.reads(), preview, name)?;
        let inner = text.strip_prefix("{{").and_then(|text| text.strip_suffix("}}")).map(str::trim);
        let written = match template.reads() {
            [read] if inner == Some(read.name().as_str()) => Written::Name(read.path.get(1..)?.to_vec()),
            _ => Written::Template(template),
        };
        // A name that is none of the item's is not worth a way of its own.
        match (&written, columns.is_empty()) {
            (Written::Name(_), true) => Some(Self { written: Written::Template(Template::parse(text).ok()?), columns }),
            _ => Some(Self { written, columns }),
        }
    }

    /// An expression; none where only a run can know something that it reads.
    pub fn expression(text: &str, preview: &Preview<'_>, name: &str) -> Option<Self> {
        let expression = Expression::parse(text).ok()?;
        let columns = known(expression.reads(), preview, name)?;
        Some(Self { written: Written::Expression(expression), columns })
    }

    /// What it comes to for a row; else why it cannot be read.
    pub fn of(&self, scope: &RowScope<'_>) -> Result<String, String> {
        match &self.written {
            Written::Name(path) => match part(scope.item, path) {
                Some(Value::Bool(truth)) => Ok(truth.to_string()),
                Some(value) => text(value),
                None => Err(format!("there is no `{}`", path.join("."))),
            },
            Written::Template(template) => template.render(scope).map_err(|error| error.to_string()),
            Written::Expression(expression) => {
                text(&expression.evaluate(scope, &Needs::default()).map_err(|error| error.to_string())?)
            }
        }
    }

    /// Whether it holds for a row, where that can be told.
    pub fn holds(&self, scope: &RowScope<'_>) -> Option<bool> {
        match &self.written {
            Written::Expression(expression) => expression.is_true(scope, &Needs::default()).ok(),
            Written::Name(_) | Written::Template(_) => None,
        }
    }

    /// The columns of the item that it reads, in the order of the text.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }
}

/// The columns that are read, where everything else is known.
fn known(reads: &[Read], preview: &Preview<'_>, name: &str) -> Option<Vec<String>> {
    let mut columns = Vec::new();
    for read in reads {
        if read.path.first().is_some_and(|first| first == name) {
            columns.extend(read.path.get(1).filter(|column| !columns.contains(*column)).cloned());
        } else {
            preview.value(&read.path).ok()??;
        }
    }
    Some(columns)
}

fn text(value: &Value) -> Result<String, String> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        Value::Null => Ok(String::new()),
        Value::Bool(_) | Value::Array(_) | Value::Object(_) => Err("it is neither a text nor a number".to_owned()),
    }
}
